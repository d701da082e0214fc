from judge import require, same_energy
from scenarios import scenario
from stand import OTHER_CARD

REMOTE_START_ID = 4711
TOKEN = {"idToken": OTHER_CARD, "type": "Central"}


@scenario
async def remote_start_and_stop(stand):
    since = stand.csms.mark()
    before = await stand.world.meter_wh()
    await stand.plug()
    answer = await stand.call("RequestStartTransaction", evseId=1, remoteStartId=REMOTE_START_ID, idToken=TOKEN)
    require(answer["status"] == "Accepted", f"RequestStartTransaction is answered {answer}")
    started = await stand.charging(since)
    info = started.payload["transactionInfo"]
    require(started.payload["triggerReason"] == "RemoteStart", f"Started has the trigger {started.payload['triggerReason']}")
    require(info.get("remoteStartId") == REMOTE_START_ID, f"the first event has the remoteStartId {info.get('remoteStartId')}")
    require(started.payload.get("idToken", {}).get("idToken") == OTHER_CARD, f"Started names {started.payload.get('idToken')}")
    await second_start_is_refused(stand)
    await status_of(stand, info["transactionId"], ongoing=True)
    answer = await stand.call("RequestStopTransaction", transactionId="00000000-0000-0000-0000-000000000000")
    require(answer["status"] == "Rejected", f"stopping an unknown transaction is answered {answer}")
    answer = await stand.call("RequestStopTransaction", transactionId=info["transactionId"])
    require(answer["status"] == "Accepted", f"RequestStopTransaction is answered {answer}")
    ended = await stand.expect_transaction("Ended", since)
    require(ended.payload["triggerReason"] == "RemoteStop", f"Ended has the trigger {ended.payload['triggerReason']}")
    require(ended.payload["transactionInfo"].get("stoppedReason") == "Remote", "stoppedReason is not Remote")
    after = await stand.power_off()
    same_energy(stand.transaction(since), before, after)
    await status_of(stand, info["transactionId"], ongoing=False)


async def second_start_is_refused(stand):
    answer = await stand.call("RequestStartTransaction", evseId=1, remoteStartId=REMOTE_START_ID + 1, idToken=TOKEN)
    require(answer["status"] == "Rejected", f"a second RequestStartTransaction is answered {answer}")


async def status_of(stand, transaction, ongoing):
    answer = await stand.call("GetTransactionStatus", transactionId=transaction)
    require(answer.get("ongoingIndicator") == ongoing, f"GetTransactionStatus is answered {answer}, not ongoing={ongoing}")


@scenario
async def availability(stand):
    for evse in ({"evse": {"id": 1}}, {}):
        for status, told in (("Inoperative", "Unavailable"), ("Operative", "Available")):
            since = stand.csms.mark()
            answer = await stand.call("ChangeAvailability", operationalStatus=status, **evse)
            require(answer["status"] == "Accepted", f"ChangeAvailability {status} {evse} is answered {answer}")
            await stand.expect("StatusNotification", lambda p: p["connectorStatus"] == told, since)


@scenario
async def trigger_message(stand):
    """The answer comes first, then the message."""
    for message, place in (("Heartbeat", {}), ("StatusNotification", {"evse": {"id": 1, "connectorId": 1}}), ("MeterValues", {"evse": {"id": 1}}),
                           ("LogStatusNotification", {}), ("FirmwareStatusNotification", {})):
        since = stand.csms.mark()
        answer = await stand.call("TriggerMessage", requestedMessage=message, **place)
        require(answer["status"] == "Accepted", f"TriggerMessage {message} is answered {answer}")
        answered = next(m.index for m in stand.csms.messages if m.index >= since and m.from_station and m.kind == 3)
        await stand.expect(message, since=answered)
    for message, wanted in (("BootNotification", "Rejected"), ("PublishFirmwareStatusNotification", "NotImplemented")):
        answer = await stand.call("TriggerMessage", requestedMessage=message)
        require(answer["status"] == wanted, f"TriggerMessage {message} is answered {answer}, not {wanted}")


@scenario
async def unlock_without_lock(stand):
    answer = await stand.call("UnlockConnector", evseId=1, connectorId=1)
    require(answer["status"] == "Unlocked", f"UnlockConnector of a cable that nothing holds is answered {answer}")
    answer = await stand.call("UnlockConnector", evseId=9, connectorId=1)
    require(answer["status"] == "UnknownConnector", f"UnlockConnector of EVSE 9 is answered {answer}")
