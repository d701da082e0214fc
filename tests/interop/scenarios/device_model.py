from judge import require
from scenarios import scenario
from station import CONNECTION_TIMEOUT_S, SAMPLE_INTERVAL_S

MOVING = {"DateTime", "Power", "AvailabilityState"}
PER_REQUEST = 16


def variable(component, name, **more):
    return {"component": {"name": component}, "variable": {"name": name}, **more}


async def get(stand, *asked):
    results = (await stand.call("GetVariables", getVariableData=list(asked)))["getVariableResult"]
    require(len(results) == len(asked), f"{len(asked)} variables were asked, {len(results)} answered")
    return results


async def set_one(stand, component, name, value):
    asked = variable(component, name, attributeValue=value)
    return (await stand.call("SetVariables", setVariableData=[asked]))["setVariableResult"][0]["attributeStatus"]


async def set_variable(stand, component, name, value):
    status = await set_one(stand, component, name, value)
    require(status == "Accepted", f"setting {name} to {value} is answered {status}")


@scenario
async def configured_settings(stand):
    """What the owner configured for the session is what the backend reads."""
    interval, timeout = await get(stand, variable("SampledDataCtrlr", "TxUpdatedInterval"), variable("TxCtrlr", "EVConnectionTimeOut"))
    require(interval["attributeValue"] == str(SAMPLE_INTERVAL_S),
            f"TxUpdatedInterval is read as {interval['attributeValue']}; [session.settings] sample_interval is {SAMPLE_INTERVAL_S}")
    require(timeout["attributeValue"] == str(CONNECTION_TIMEOUT_S),
            f"EVConnectionTimeOut is read as {timeout['attributeValue']}; [session.settings] ev_connection_timeout is {CONNECTION_TIMEOUT_S}")


@scenario
async def variables(stand):
    heartbeat, unknown_variable, unknown_component, secret = await get(
        stand, variable("OCPPCommCtrlr", "HeartbeatInterval"), variable("OCPPCommCtrlr", "NoSuchVariable"),
        variable("NoSuchCtrlr", "NoSuchVariable"), variable("SecurityCtrlr", "BasicAuthPassword"))
    require(heartbeat["attributeStatus"] == "Accepted", f"HeartbeatInterval is answered {heartbeat}")
    require(heartbeat["attributeValue"] == str(stand.rules["interval"]), f"HeartbeatInterval is {heartbeat['attributeValue']}")
    require(unknown_variable["attributeStatus"] == "UnknownVariable", f"an unknown variable is answered {unknown_variable}")
    require(unknown_component["attributeStatus"] == "UnknownComponent", f"an unknown component is answered {unknown_component}")
    require(secret["attributeStatus"] == "Rejected" and "attributeValue" not in secret, f"the password is answered {secret}")
    await set_and_read_back(stand)
    for component, name, value in (("OCPPCommCtrlr", "HeartbeatInterval", "soon"), ("OCPPCommCtrlr", "HeartbeatInterval", "-1"),
                                   ("SecurityCtrlr", "SecurityProfile", "1"), ("AuthCtrlr", "AuthorizeRemoteStart", "perhaps")):
        status = await set_one(stand, component, name, value)
        require(status == "Rejected", f"setting {name} to '{value}' is answered {status}")


async def set_and_read_back(stand):
    asked = variable("TxCtrlr", "EVConnectionTimeOut")
    before = (await get(stand, asked))[0]["attributeValue"]
    for value in ("77", before):
        await set_variable(stand, "TxCtrlr", "EVConnectionTimeOut", value)
        now = (await get(stand, asked))[0]["attributeValue"]
        require(now == value, f"EVConnectionTimeOut was set to {value} and is {now}")


async def report(stand, base, request_id):
    """All parts of a report, in order, as one list."""
    since = stand.csms.mark()
    answer = await stand.call("GetBaseReport", requestId=request_id, reportBase=base)
    require(answer["status"] == "Accepted", f"GetBaseReport {base} is answered {answer}")
    last = await stand.expect("NotifyReport", lambda p: not p.get("tbc", False), since)
    parts = [c.payload for c in stand.csms.calls("NotifyReport", since) if c.index <= last.index]
    require([p["seqNo"] for p in parts] == list(range(len(parts))), f"{base}: the parts are numbered {[p['seqNo'] for p in parts]}")
    require(all(p["requestId"] == request_id for p in parts), f"{base}: a part names another request")
    rows = [row for part in parts for row in part["reportData"]]
    names = [repr((row["component"], row["variable"])) for row in rows]
    require(len(set(names)) == len(names), f"{base}: a variable is reported twice")
    return rows


@scenario
async def base_report(stand):
    """What is reported is what can be read, word for word."""
    everything = await report(stand, "FullInventory", 1)
    settings = await report(stand, "ConfigurationInventory", 2)
    summary = await report(stand, "SummaryInventory", 3)
    require(len(everything) > len(settings) > 0, f"{len(everything)} variables in all, {len(settings)} can be set")
    for part, name in ((settings, "ConfigurationInventory"), (summary, "SummaryInventory")):
        missing = [row["variable"]["name"] for row in part if place(row) not in [place(other) for other in everything]]
        require(not missing, f"{name} has what FullInventory has not: {missing}")
    readable = [row for row in everything if row["variableAttribute"][0].get("mutability") != "WriteOnly" and row["variable"]["name"] not in MOVING]
    for at in range(0, len(readable), PER_REQUEST):
        rows = readable[at : at + PER_REQUEST]
        for row, result in zip(rows, await get(stand, *({"component": r["component"], "variable": r["variable"]} for r in rows))):
            value = row["variableAttribute"][0].get("value")
            require(result.get("attributeValue") == value, f"{row['variable']} is reported as '{value}' and read as {result}")


def place(row):
    return repr((row["component"], row["variable"]))
