"""Block B: provisioning."""

import asyncio
import csv
import time

from cases.A import prefer, set_profile, with_pki
from kit.csms import now_text
from kit.failure import Failure, NotApplicable, require, same
from kit.pki import Authority, server_context
from kit.registry import case
from kit.schema import good_time, shared_data
from kit.states import session, unavailable
from kit.station import CARD, token

COMM = "OCPPCommCtrlr"
LISTS = ("OptionList", "SequenceList", "MemberList")
LONG_S = 60


def boot_answers(*statuses, interval=1):
    """Answers to BootNotification, one after the other; the last stays."""
    left = list(statuses)

    def answer(_):
        status = left.pop(0) if len(left) > 1 else left[0]
        return {"currentTime": now_text(), "interval": interval if status != "Accepted" else 300, "status": status}

    return answer


# Registration.


@case("TC_B_01_CS", shows="B01.FR.01 B01.FR.05 B01.FR.09")
async def cold_boot(station):
    require(station.csms.messages[0].action == "BootNotification", "the first message is no BootNotification")


@case("TC_B_02_CS", fresh=False, shows="B02.FR.02 B02.FR.04 B02.FR.05 B02.FR.06 B02.FR.08")
async def pending(station):
    station.csms.answers["BootNotification"] = boot_answers("Pending", "Accepted", interval=30)
    await station.prepare()
    await station.start()
    boot = await station.expect("BootNotification", within=30)
    result = await station.set(COMM, "OfflineThreshold", "300")
    same("SetVariables while pending", result["attributeStatus"], "Accepted")
    result = await station.get(COMM, "OfflineThreshold")
    same("GetVariables while pending", result["attributeStatus"], "Accepted")
    await report(station, "FullInventory")
    await station.ask("RequestStartTransaction", "Rejected", idToken=token(CARD), remoteStartId=7, evseId=1)
    unasked = [m for m in station.csms.from_station(since=boot.index + 1) if m.action != "NotifyReport"]
    require(not unasked, f"the station sends {unasked} while pending")
    answer = await station.ask("TriggerMessage", ("Accepted", "NotImplemented"), requestedMessage="BootNotification")
    if answer["status"] == "NotImplemented":
        raise Failure("BootNotification cannot be triggered, and the interval of this case is long")
    again = await station.booted(boot.index + 1)
    same("the reason of the triggered BootNotification", again.payload["reason"], "Triggered")


@case("TC_B_03_CS", fresh=False, shows="B03.FR.02 B03.FR.04 B03.FR.06")
async def rejected(station):
    station.csms.answers["BootNotification"] = boot_answers("Rejected", "Accepted", interval=3)
    await station.prepare()
    await station.start()
    first = await station.expect("BootNotification", within=30)
    second = await station.booted(first.index + 1)
    require(second.index == first.index + 1, "the station sends something between two BootNotifications")
    require(second.at - first.at >= 3, f"the second BootNotification comes after {second.at - first.at:.1f} s, not 3")


@case("TC_B_30_CS", fresh=False, shows="B03.FR.08")
async def asked_while_rejected(station):
    station.csms.answers["BootNotification"] = boot_answers("Rejected", interval=30)
    await station.prepare()
    await station.start()
    await station.expect("BootNotification", within=30)
    await asyncio.sleep(0.3)
    if station.csms.connected:
        await station.call_refused("GetBaseReport", "SecurityError", requestId=1, reportBase="FullInventory")


async def plugged_while_offline(station, threshold):
    await station.config(COMM, "OfflineThreshold", str(threshold))
    await station.config(COMM, "RetryBackOffRandomRange", "0")
    began = time.monotonic()
    await station.offline()
    await station.plug()
    await asyncio.sleep(max(0, 3 - (time.monotonic() - began)))
    since = await station.online()
    await station.connector("Occupied", since)
    require(not station.csms.from_station("BootNotification", since), "the station boots anew although it only lost its connection")


@case("TC_B_51_CS", shows="B04.FR.01")
async def status_after_long_offline(station):
    await plugged_while_offline(station, 1)


@case("TC_B_52_CS", shows="B04.FR.02")
async def status_after_short_offline(station):
    await plugged_while_offline(station, 60)


# Variables.


@case("TC_B_06_CS", shows="B06.FR.01 B06.FR.02 B06.FR.03 B06.FR.04 B06.FR.10 B06.FR.11")
async def get_one(station):
    await station.config(COMM, "OfflineThreshold", "300")
    check_got(await station.get(COMM, "OfflineThreshold", attributeType="Actual"), COMM, "OfflineThreshold", "300")


def check_got(result, component, variable, value):
    same("attributeStatus", result["attributeStatus"], "Accepted")
    same("attributeType", result.get("attributeType", "Actual"), "Actual")
    same("attributeValue", result["attributeValue"], value)
    same("component", result["component"]["name"], component)
    same("variable", result["variable"]["name"], variable)
    same("reasonCode", result.get("attributeStatusInfo", {}).get("reasonCode", "NoError"), "NoError")


def variable_of(component, variable, **more):
    return {"component": {"name": component}, "variable": {"name": variable}, **more}


async def offline_variable(station):
    """The name of AuthCtrlr's switch for offline authorization; part 2 has another than the case."""
    return "LocalAuthorizeOffline"


@case("TC_B_07_CS", shows="B06.FR.01 B06.FR.02 B06.FR.03 B06.FR.04 B06.FR.10")
async def get_several(station):
    name = await offline_variable(station)
    await station.config(COMM, "OfflineThreshold", "300")
    await station.config("AuthCtrlr", name, "true")
    answer = await station.call("GetVariables", getVariableData=[variable_of(COMM, "OfflineThreshold", attributeType="Actual"),
                                                                variable_of("AuthCtrlr", name, attributeType="Actual")])
    results = {r["variable"]["name"]: r for r in answer["getVariableResult"]}
    same("the number of results", len(answer["getVariableResult"]), 2)
    check_got(results["OfflineThreshold"], COMM, "OfflineThreshold", "300")
    check_got(results[name], "AuthCtrlr", name, "true")


async def get_wrong(station, component, variable, status, **more):
    result = await station.get(component, variable, **more)
    same("attributeStatus", result["attributeStatus"], status)
    same("component", result["component"]["name"], component)
    same("variable", result["variable"]["name"], variable)
    return result


@case("TC_B_32_CS", shows="B06.FR.06")
async def get_unknown_component(station):
    await get_wrong(station, "UnknownComponent", "OfflineThreshold", "UnknownComponent")


@case("TC_B_33_CS", shows="B06.FR.07")
async def get_unknown_variable(station):
    await get_wrong(station, COMM, "UnknownVariable", "UnknownVariable")


@case("TC_B_34_CS", shows="B06.FR.08")
async def get_target(station):
    result = await get_wrong(station, COMM, "OfflineThreshold", "NotSupportedAttributeType", attributeType="Target")
    same("attributeType", result.get("attributeType"), "Target")


def check_set(result, component, variable):
    same("attributeStatus", result["attributeStatus"], "Accepted")
    same("attributeType", result.get("attributeType", "Actual"), "Actual")
    same("component", result["component"]["name"], component)
    same("variable", result["variable"]["name"], variable)
    same("reasonCode", result.get("attributeStatusInfo", {}).get("reasonCode", "NoError"), "NoError")


@case("TC_B_09_CS", shows="B05.FR.01 B05.FR.02 B05.FR.03 B05.FR.10 B05.FR.12")
async def set_one(station):
    check_set(await station.set(COMM, "OfflineThreshold", "300", attributeType="Actual"), COMM, "OfflineThreshold")


@case("TC_B_10_CS", shows="B05.FR.01 B05.FR.02 B05.FR.03 B05.FR.10 B05.FR.12")
async def set_several(station):
    name = await offline_variable(station)
    answer = await station.call("SetVariables", setVariableData=[
        variable_of(COMM, "OfflineThreshold", attributeType="Actual", attributeValue="300"),
        variable_of("AuthCtrlr", name, attributeType="Actual", attributeValue="true")])
    results = {r["variable"]["name"]: r for r in answer["setVariableResult"]}
    same("the number of results", len(answer["setVariableResult"]), 2)
    check_set(results["OfflineThreshold"], COMM, "OfflineThreshold")
    check_set(results[name], "AuthCtrlr", name)


async def set_wrong(station, component, variable, status, instance=None, **more):
    result = await station.set(component, variable, "300", instance, **more)
    same("attributeStatus", result["attributeStatus"], status)
    same("component", result["component"]["name"], component)
    same("variable", result["variable"]["name"], variable)
    same("the instance", result["variable"].get("instance"), instance)
    return result


@case("TC_B_35_CS", shows="B05.FR.04")
async def set_unknown_component(station):
    await set_wrong(station, "UnknownComponent", "OfflineThreshold", "UnknownComponent")


@case("TC_B_36_CS", shows="B05.FR.05")
async def set_unknown_variable(station):
    await set_wrong(station, COMM, "UnknownVariable", "UnknownVariable")


@case("TC_B_37_CS", shows="B05.FR.06")
async def set_target(station):
    result = await set_wrong(station, COMM, "OfflineThreshold", "NotSupportedAttributeType", attributeType="Target")
    same("attributeType", result.get("attributeType"), "Target")


@case("TC_B_11_CS", shows="B05.FR.07")
async def set_ill_formed(station):
    """Each value is good for one kind of variable and bad for the others."""
    values = {"number": "60", "fraction": "60.1", "truth": "true", "time": now_text(), "word": "abc"}
    rows = [(COMM, "OfflineThreshold", {"number"}), ("SmartChargingCtrlr", "LimitChangeSignificance", {"number", "fraction"}),
            ("AuthCtrlr", "AuthorizeRemoteStart", {"truth"}), ("ClockCtrlr", "NextTimeOffsetTransitionDateTime", {"time"})]
    tried = 0
    for component, variable, good in rows:
        for kind, value in values.items():
            result = await station.set(component, variable, value)
            status = result["attributeStatus"]
            if status in ("UnknownComponent", "UnknownVariable"):
                break
            tried += 1
            same(f"the status of {component}.{variable} = {value}", status, "Accepted" if kind in good else "Rejected")
            same("reasonCode", result.get("attributeStatusInfo", {}).get("reasonCode", ""),
                 ("", "NoError") if kind in good else ("", "InvalidValue", "PropertyConstraintViolation"))
    require(tried >= 10, f"only {tried} values could be tried")


@case("TC_B_39_CS", shows="B05.FR.09")
async def set_read_only(station):
    await set_wrong(station, COMM, "MessageTimeout", "Rejected", instance="Default")


# Reports.


async def report(station, base, identifier=4711):
    """All ReportData of a base report; order and numbers are checked."""
    since = station.csms.mark
    answer = await station.ask("GetBaseReport", "Accepted", requestId=identifier, reportBase=base)
    same("reasonCode", answer.get("statusInfo", {}).get("reasonCode", "NoError"), "NoError")

    def whole():
        parts = [m.payload for m in station.csms.from_station("NotifyReport", since)]
        return parts if parts and not parts[-1].get("tbc", False) else None

    parts = await station.until(whole, 30, "the report is complete")
    same("the sequence numbers of the report", [p["seqNo"] for p in parts], list(range(len(parts))))
    require(all(p["requestId"] == identifier for p in parts), "a part of the report has another requestId")
    require(all(good_time(p["generatedAt"]) for p in parts), "generatedAt is no time")
    data = [entry for p in parts for entry in p.get("reportData", [])]
    for entry in data:
        check_reported(entry)
    return data


def name_of(entry):
    return f"{entry['component']['name']}.{entry['variable']['name']}"


def check_reported(entry):
    facts = entry.get("variableCharacteristics")
    require(facts, f"{name_of(entry)} has no characteristics")
    if facts["dataType"] in LISTS:
        allowed = facts.get("valuesList", "").split(",")
        require(allowed != [""], f"{name_of(entry)} is a list without valuesList")
        for attribute in entry["variableAttribute"]:
            wrong = [v for v in attribute.get("value", "").split(",") if v and v not in allowed]
            require(not wrong, f"{name_of(entry)} holds {wrong}, which is not in its valuesList")
    for attribute in entry["variableAttribute"]:
        if attribute.get("mutability") == "WriteOnly":
            require("value" not in attribute, f"{name_of(entry)} is write-only and its value is reported")


@case("TC_B_12_CS", shows="B07.FR.03 B07.FR.04 B07.FR.07 B07.FR.10 B07.FR.12")
async def configuration_inventory(station):
    data = await report(station, "ConfigurationInventory")
    for entry in data:
        writable = [a for a in entry["variableAttribute"] if a.get("mutability", "ReadWrite") in ("ReadWrite", "WriteOnly")]
        require(writable, f"{name_of(entry)} cannot be written and is in the ConfigurationInventory")
    have = {name_of(entry) for entry in data}
    for name in ("OCPPCommCtrlr.OfflineThreshold", "OCPPCommCtrlr.MessageAttempts", "AuthCtrlr.AuthorizeRemoteStart",
                 "TxCtrlr.EVConnectionTimeOut", "SampledDataCtrlr.TxUpdatedInterval", "AlignedDataCtrlr.Interval"):
        require(name in have, f"{name} is missing in the ConfigurationInventory")


@case("TC_B_13_CS", shows="B07.FR.03 B07.FR.04 B07.FR.08 B07.FR.10 B07.FR.12")
async def full_inventory(station):
    data = await report(station, "FullInventory")
    have = {name_of(entry) for entry in data}
    for name in ("ChargingStation.AvailabilityState", "EVSE.AvailabilityState", "Connector.AvailabilityState", "ChargingStation.Model"):
        require(name in have, f"{name} is missing in the FullInventory")


@case("TC_B_15_CS", shows="B07.FR.02")
async def no_summary(station):
    since = station.csms.mark
    answer = await station.call("GetBaseReport", requestId=99, reportBase="SummaryInventory")
    if answer["status"] == "Accepted":
        raise NotApplicable("the station has the optional SummaryInventory")
    same("the status of the answer to GetBaseReport", answer["status"], "NotSupported")
    same("reasonCode", answer.get("statusInfo", {}).get("reasonCode", "UnsupportedParam"), "UnsupportedParam")
    await station.never("NotifyReport", since=since)


def required_variables(implemented):
    """(component, variable) that the standard demands of a station with these controllers; None without the standard's list."""
    path = shared_data() / "ocpp" / "device-model-2.0.1" / "dm_components_vars.csv"
    if not path.is_file():
        return None
    with open(path, encoding="latin-1", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return {(row["Specific Component"], row["Variable"]) for row in rows
            if row["Required?"].strip().lower() == "yes" and row["Specific Component"] in implemented}


@case("TC_B_53_CS")
async def mandatory_variables(station):
    data = await report(station, "FullInventory")
    have = {(entry["component"]["name"], entry["variable"]["name"]) for entry in data}
    wanted = required_variables({component for component, _ in have})
    if wanted is None:
        wanted = {("ChargingStation", "AvailabilityState"), ("EVSE", "AvailabilityState"), ("Connector", "AvailabilityState"),
                  ("OCPPCommCtrlr", "NetworkConfigurationPriority"), ("TxCtrlr", "TxStartPoint"), ("TxCtrlr", "TxStopPoint")}
    missing = sorted(f"{component}.{variable}" for component, variable in wanted - have)
    require(not missing, f"required variables are missing: {', '.join(missing)}")


# Reset.


async def reset(station, kind, wanted, **more):
    since = station.csms.mark
    await station.ask("Reset", wanted, type=kind, **more)
    return since


@case("TC_B_20_CS", shows="B11.FR.01 B11.FR.03 B11.FR.04 B01.FR.03")
async def reset_when_idle(station):
    await station.booted(await reset(station, "OnIdle", "Accepted"), within=LONG_S)


@case("TC_B_21_CS", shows="B12.FR.01 B12.FR.03")
async def reset_waits(station):
    one = await session(station).charging()
    since = await reset(station, "OnIdle", "Scheduled")
    await one.stop_authorized()
    await one.power_off()
    if not one.over:
        await one.disconnected()
    boot = await station.booted(since, status="Occupied" if one.plugged else "Available", within=LONG_S)
    same("the reason of BootNotification", boot.payload["reason"], "ScheduledReset")
    await station.expect("SecurityEventNotification", lambda p: p["type"] in ("StartupOfTheDevice", "ResetOrReboot"), since)


def ended_by_reset(event):
    p = event.payload
    same("triggerReason", p["triggerReason"], "ResetCommand")
    same("stoppedReason", p["transactionInfo"].get("stoppedReason"), "ImmediateReset")
    same("chargingState", p["transactionInfo"].get("chargingState"), "EVConnected")


@case("TC_B_22_CS", shows="B12.FR.02 B12.FR.04 B01.FR.03")
async def reset_at_once(station):
    one = await session(station).charging()
    since = await reset(station, "Immediate", "Accepted")
    event = await station.ended(one.since, within=LONG_S)
    ended_by_reset(event)
    require("idToken" not in event.payload, "the end by a reset names a token")
    boot = await station.booted(since, status="Occupied", within=LONG_S)
    same("the reason of BootNotification", boot.payload["reason"], "RemoteReset")


@case("TC_B_23_CS", shows="B11.FR.01 B11.FR.02 B11.FR.03 B11.FR.04")
async def unavailable_over_a_reset(station):
    await unavailable(station, id=1, connectorId=1)
    boot = await station.booted(await reset(station, "OnIdle", "Accepted"), status="Unavailable", within=LONG_S)
    same("the reason of BootNotification", boot.payload["reason"], "RemoteReset")


async def resets_single_evses(station):
    data = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AllowReset"}}
    answer = await station.call("GetVariables", getVariableData=[data])
    return answer["getVariableResult"][0].get("attributeValue") == "true"


async def need_evse_reset(station, wanted):
    if await resets_single_evses(station) != wanted:
        raise NotApplicable(f"the station {'cannot reset' if wanted else 'can reset'} a single EVSE")


@case("TC_B_25_CS")
async def evse_reset(station):
    await need_evse_reset(station, True)
    await reset(station, "OnIdle", "Accepted", evseId=1)


@case("TC_B_26_CS")
async def evse_reset_waits(station):
    await need_evse_reset(station, True)
    one = await session(station).charging()
    await reset(station, "OnIdle", "Scheduled", evseId=1)
    await one.gone()


@case("TC_B_27_CS")
async def evse_reset_at_once(station):
    await need_evse_reset(station, True)
    one = await session(station).charging()
    await reset(station, "Immediate", "Accepted", evseId=1)
    ended_by_reset(await station.ended(one.since))


@case("TC_B_28_CS", shows="B11.FR.09")
async def no_evse_reset(station):
    await need_evse_reset(station, False)
    await reset(station, "OnIdle", "Rejected", evseId=1)


@case("TC_B_29_CS", shows="B12.FR.09")
async def no_evse_reset_while_charging(station):
    await need_evse_reset(station, False)
    await session(station).charging()
    await reset(station, "OnIdle", "Rejected", evseId=1)


@case("TC_B_41_CS")
async def reset_waits_for_all(station):
    raise NotApplicable("the simulated world has one car and one EVSE")


# Network profiles.


@case("TC_B_43_CS", shows="B09.FR.02")
async def unknown_slot(station):
    await set_profile(station, station.csms, wanted="Rejected", slot=999)


async def migrate(station, other, profile=1):
    """The other backend becomes the first choice; the station restarts."""
    await set_profile(station, other, profile)
    status = await prefer(station, 2, 1)
    if status == "RebootRequired" or station.csms.connected:
        await station.ask("Reset", "Accepted", type="OnIdle")


@case("TC_B_45_CS", shows="B09.FR.01 B10.FR.01 B10.FR.04 B10.FR.06")
async def migrated(station):
    other = station.another_csms()
    await other.listen()
    await migrate(station, other)
    await station.booted(0, csms=other, within=LONG_S)


@case("TC_B_46_CS", shows="B10.FR.03 B10.FR.04")
async def falls_back(station):
    await station.config(COMM, "NetworkProfileConnectionAttempts", "2")
    other = station.another_csms()
    other.open = False
    await other.listen()
    since = station.csms.mark
    await migrate(station, other)
    await station.booted(since, within=LONG_S)
    same("the number of attempts at the first choice", len(other.upgrades), 2)


@case("TC_B_47_CS", fresh=False, shows="M05.FR.15 M05.FR.16")
async def falls_back_to_old_root(station):
    await with_roots(station)
    other = station.another_csms(station.csms.tls)
    await other.listen()
    await station.config(COMM, "NetworkProfileConnectionAttempts", "1")
    since = station.csms.mark
    await migrate(station, other, 2)
    await station.booted(since, within=LONG_S)
    answer = await station.ask("GetInstalledCertificateIds", "Accepted", certificateType=["CSMSRootCertificate"])
    have = [entry["certificateHashData"] for entry in answer["certificateHashDataChain"]]
    require(station.pki.hash_data() in have, "the old root certificate is gone although it was needed")


async def with_roots(station):
    """A station of profile 2 that got a second root, signed by the first, and asks for that signature."""
    root = with_pki(station)
    station.world.root_check = True
    await station.boot()
    same("AdditionalRootCertificateCheck", await station.value("SecurityCtrlr", "AdditionalRootCertificateCheck"), "true")
    newer = Authority(station.world.folder / "newer", "newer", parent=root)
    await station.ask("InstallCertificate", "Accepted", certificateType="CSMSRootCertificate", certificate=newer.pem())
    return newer


@case("TC_B_49_CS", shows="B10.FR.07")
async def falls_back_and_waits(station):
    for name, value in (("NetworkProfileConnectionAttempts", "1"), ("RetryBackOffRepeatTimes", "0"), ("RetryBackOffRandomRange", "0"),
                        ("RetryBackOffWaitMinimum", "2")):
        await station.config(COMM, name, value)
    other = station.another_csms()
    other.open = False
    await other.listen()
    since, before = station.csms.mark, len(station.csms.upgrades)
    await migrate(station, other)
    station.csms.open = False
    await station.until(lambda: len(station.csms.upgrades) > before, LONG_S, "the station returns to the first backend")
    refused_at = station.csms.upgrades[-1][0]
    station.csms.open = True
    await station.booted(since, within=LONG_S)
    waited = next(at for at, _, good in station.csms.upgrades if good and at > refused_at) - refused_at
    require(waited >= 1.9, f"the station waits {waited:.1f} s, not RetryBackOffWaitMinimum")


@case("TC_B_50_CS", fresh=False, shows="B10.FR.04")
async def migrated_to_new_root(station):
    with_pki(station)
    await station.boot()
    another = Authority(station.world.folder / "another", "another",
                        parent=station.pki if await station.value("SecurityCtrlr", "AdditionalRootCertificateCheck") == "true" else None)
    await station.ask("InstallCertificate", "Accepted", certificateType="CSMSRootCertificate", certificate=another.pem())
    other = station.another_csms(server_context(*another.issue()))
    await other.listen()
    await migrate(station, other, 2)
    await station.booted(0, csms=other, within=LONG_S)


@case("TC_B_57_CS")
async def reconnects(station):
    for name, value in (("RetryBackOffRepeatTimes", "2"), ("RetryBackOffRandomRange", "0"), ("RetryBackOffWaitMinimum", "2")):
        await station.config(COMM, name, value)
    csms = station.csms
    lost = time.monotonic()
    await csms.close()
    await station.until(lambda: csms.connected, 30, "the station connects again")
    require(csms.upgrades[-1][0] - lost >= 1.9, "the station comes back before RetryBackOffWaitMinimum")
    csms.open = False
    count = len(csms.upgrades)
    await csms.close()
    await station.until(lambda: len(csms.upgrades) > count, 30, "the station connects again")
    refused_at = csms.upgrades[-1][0]
    csms.open = True
    await station.until(lambda: csms.connected, 30, "the station connects again after a refusal")
    waited = csms.upgrades[-1][0] - refused_at
    require(waited >= 3.9, f"the second wait is {waited:.1f} s, not twice RetryBackOffWaitMinimum")
