"""Block F: remote control, and the one case of block K that a station without smart charging has."""

from cases.E import no_cable_comes
from cases.L import Update
from kit.failure import NotApplicable, require, same
from kit.files import FileServer
from kit.registry import case
from kit.states import session
from kit.station import CARD, token

AUTH = "AuthCtrlr"
LOCK = {"evseId": 1, "connectorId": 1}
LOCK_PLACE = {"id": 1, "connectorId": 1}


@case("TC_F_01_CS", shows="F01.FR.03 F01.FR.13 F01.FR.19")
async def cable_first(station):
    one = await session(station).connected()
    await one.authorized("remote")
    await one.charging()


async def remote_first(station, ask):
    if not await station.config(AUTH, "AuthorizeRemoteStart", ask, optional=True):
        raise NotApplicable(f"AuthorizeRemoteStart cannot be {ask}")
    one = await session(station).learn()
    since = station.csms.mark
    await one.authorized("remote")
    await one.charging()
    if ask == "false":
        require(not station.csms.from_station("Authorize", since), "the station asks for a token of a remote start")


@case("TC_F_02_CS", shows="F01.FR.01 F02.FR.01")
async def remote_first_asked(station):
    await remote_first(station, "true")


@case("TC_F_03_CS", shows="F01.FR.02 F02.FR.01")
async def remote_first_not_asked(station):
    await remote_first(station, "false")


@case("TC_F_04_CS", shows="F02.FR.01")
async def remote_first_no_cable(station):
    if "Authorized" not in await station.points("TxStartPoint"):
        await station.want_points("TxStartPoint", "Authorized")
        await station.want_points("TxStopPoint", "Authorized")
    one = await no_cable_comes(station, "remote")
    await station.ended(one.since)
    again = await session(station).learn()
    await again.authorized("remote")


@case("TC_F_08_CS", shows="F03.FR.02 F03.FR.03 F03.FR.07 F03.FR.09")
async def stopped_remotely(station):
    one = await session(station).charging()
    await one.stop_authorized("remote")


@case("TC_F_09_CS", shows="F03.FR.08")
async def stop_of_another(station):
    one = await session(station).charging()
    await station.ask("RequestStopTransaction", "Rejected", transactionId="no-such-transaction")
    require(station.world.contactor_closed() and not one.over, "the charge stopped")


# Unlocking.


async def unlock(station, wanted, **connector):
    answer = await station.call("UnlockConnector", **(connector or LOCK))
    if answer["status"] == "UnlockFailed" and await cable_is_fixed(station):
        raise NotApplicable("the cable is fixed to the station, there is nothing to unlock")
    same("the status of the answer to UnlockConnector", answer["status"], wanted)


async def cable_is_fixed(station):
    """ConnectorEnumType names connectors of a fixed cable c…, sockets s…."""
    data = {"component": {"name": "Connector", "evse": LOCK_PLACE}, "variable": {"name": "ConnectorType"}}
    answer = await station.call("GetVariables", getVariableData=[data])
    return answer["getVariableResult"][0].get("attributeValue", "").startswith("c")


@case("TC_F_05_CS", shows="F05.FR.01 F05.FR.02")
async def unlock_while_charging(station):
    await session(station).charging()
    await unlock(station, "OngoingAuthorizedTransaction")


@case("TC_F_06_CS", shows="F05.FR.01 F05.FR.04")
async def unlock_idle(station):
    await session(station).connected()
    await unlock(station, "Unlocked")


@case("TC_F_07_CS", shows="F05.FR.01 F05.FR.06")
async def unlock_without_cable(station):
    await unlock(station, "Unlocked")


@case("TC_F_10_CS", shows="F05.FR.03")
async def unlock_unknown(station):
    await unlock(station, "UnknownConnector", evseId=1, connectorId=999)


# Triggers.


async def trigger(station, message, wanted="Accepted", **evse):
    since = station.csms.mark
    await station.ask("TriggerMessage", wanted, requestedMessage=message, **({"evse": evse} if evse else {}))
    return since


def check_triggered(values, what):
    require(values, f"{what} has no meter value")
    same(f"the context of {what}", values[0]["sampledValue"][0].get("context"), "Trigger")


@case("TC_F_11_CS", shows="F06.FR.04 F06.FR.06 F06.FR.10")
async def meter_values(station):
    since = await trigger(station, "MeterValues", id=1)
    message = await station.expect("MeterValues", since=since)
    same("evseId", message.payload["evseId"], 1)
    check_triggered(message.payload["meterValue"], "MeterValues")


@case("TC_F_12_CS", shows="F06.FR.06 F06.FR.11")
async def meter_values_of_all(station):
    since = await trigger(station, "MeterValues")
    message = await station.expect("MeterValues", lambda p: p["evseId"] == 1, since)
    check_triggered(message.payload["meterValue"], "MeterValues")


async def transaction_event(station, **evse):
    await session(station).charging()
    since = await trigger(station, "TransactionEvent", **evse)
    message = await station.event(since, trigger="Trigger", state="Charging")
    same("evse", message.payload.get("evse", {"id": 1})["id"], 1)
    check_triggered(message.payload.get("meterValue"), "TransactionEvent")


@case("TC_F_13_CS", shows="F06.FR.04 F06.FR.07 F06.FR.10")
async def transaction_event_of_one(station):
    await transaction_event(station, id=1)


@case("TC_F_14_CS", shows="F06.FR.07 F06.FR.11")
async def transaction_event_of_all(station):
    await transaction_event(station)


@case("TC_F_15_CS", shows="F06.FR.15")
async def log_status(station):
    since = await trigger(station, "LogStatusNotification")
    message = await station.expect("LogStatusNotification", since=since)
    same("status", message.payload["status"], "Idle")


@case("TC_F_16_CS", shows="F06.FR.14")
async def log_status_uploading(station):
    server = await FileServer(station, slow=True).listen()
    since = station.csms.mark
    await station.ask("GetLog", "Accepted", requestId=5, logType="DiagnosticsLog", log={"remoteLocation": server.url("logs/")})
    await station.expect("LogStatusNotification", lambda p: p["status"] == "Uploading", since)
    since = await trigger(station, "LogStatusNotification")
    await station.expect("LogStatusNotification", lambda p: p["status"] == "Uploading", since)


async def firmware_status(station, **evse):
    since = await trigger(station, "FirmwareStatusNotification", **evse)
    message = await station.expect("FirmwareStatusNotification", since=since)
    same("status", message.payload["status"], "Idle")


@case("TC_F_17_CS", shows="F06.FR.03")
async def firmware_status_of_an_evse(station):
    await firmware_status(station, id=1)


@case("TC_F_18_CS", shows="F06.FR.16")
async def firmware_status_idle(station):
    await firmware_status(station)


@case("TC_F_19_CS")
async def firmware_status_downloading(station):
    update = await Update(station, slow=True).prepare()
    await update.request("Accepted")
    await update.status("Downloading")
    since = await trigger(station, "FirmwareStatusNotification")
    await station.expect("FirmwareStatusNotification", lambda p: p["status"] == "Downloading", since)


@case("TC_F_20_CS", shows="F06.FR.04 F06.FR.10")
async def heartbeat(station):
    since = await trigger(station, "Heartbeat")
    await station.expect("Heartbeat", since=since)


async def connector_status(station, status):
    since = await trigger(station, "StatusNotification", id=1, connectorId=1)
    await station.connector(status, since)


@case("TC_F_23_CS", shows="F06.FR.04 F06.FR.10")
async def status_available(station):
    await connector_status(station, "Available")


@case("TC_F_24_CS", shows="F06.FR.04 F06.FR.10")
async def status_occupied(station):
    await session(station).connected()
    await connector_status(station, "Occupied")


@case("TC_F_26_CS", shows="F06.FR.17")
async def boot_notification(station):
    await trigger(station, "BootNotification", "Rejected")


@case("TC_F_27_CS", shows="F06.FR.08")
async def not_implemented(station):
    await trigger(station, "SignCombinedCertificate", "NotImplemented")


@case("TC_K_38_CS", shows="F01.FR.12")
async def profile_is_ignored(station):
    if await station.value("SmartChargingCtrlr", "Enabled") == "true":
        raise NotApplicable("the station has smart charging")
    one = await session(station).connected()
    since = station.csms.mark
    profile = {"id": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative", "chargingSchedule": [
        {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6, "numberPhases": 3}]}]}
    await station.ask("RequestStartTransaction", "Accepted", idToken=token(CARD), remoteStartId=9, evseId=1, chargingProfile=profile)
    event = await station.event(since, trigger="RemoteStart")
    require("remoteStartId" in event.payload["transactionInfo"], "the event of a remote start has no remoteStartId")
    one.authorized_by = "remote"
    await one.charging()
