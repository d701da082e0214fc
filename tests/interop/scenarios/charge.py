from judge import registers, require, same_energy
from scenarios import scenario
from scenarios.device_model import set_variable
from stand import BLOCKED_CARD, CARD, LATE_CARD


def token_of(call):
    return call.payload.get("idToken", {}).get("idToken")


@scenario
async def authorize(stand):
    """A blocked card starts nothing; the next card does, and is named in the first event."""
    since = stand.csms.mark()
    await stand.plug()
    await stand.swipe(BLOCKED_CARD)
    asked = await stand.expect("Authorize", lambda p: p["idToken"]["idToken"] == BLOCKED_CARD, since)
    require(asked.payload["idToken"]["type"] == "ISO14443", f"the token type is {asked.payload['idToken']['type']}")
    await stand.state("connected")  # a card shown while another is judged is not looked at
    await stand.swipe(CARD)
    good = await stand.expect("Authorize", lambda p: p["idToken"]["idToken"] == CARD, since)
    started = await stand.charging(since)
    require(started.index > good.index, "a transaction started before a good card was shown")
    require(token_of(started) == CARD, f"Started names the card {token_of(started)}")
    await stand.swipe(CARD)
    await stand.expect_transaction("Ended", since)


@scenario
async def metered_transaction(stand):
    """Started, Updated…, Ended; one identity, numbers without a gap, times and registers that only rise."""
    since = stand.csms.mark()
    await set_variable(stand, "SampledDataCtrlr", "TxUpdatedInterval", "1")
    await stand.plug()
    await stand.expect("StatusNotification", lambda p: p["connectorStatus"] == "Occupied", since)
    await stand.swipe(CARD)
    await stand.charging(since)
    await stand.energy_flows(300)
    await stand.expect_transaction("Updated", since, where=lambda p: p["triggerReason"] == "MeterValuePeriodic" and registers(p))
    await stand.swipe(CARD)
    ended = await stand.expect_transaction("Ended", since)
    await stand.power_off()
    await stand.unplug()
    await stand.expect("StatusNotification", lambda p: p["connectorStatus"] == "Available", ended.index)
    transaction = stand.transaction(since)
    first, last = transaction.events[0], transaction.events[-1]
    require(first["triggerReason"] in ("Authorized", "CablePluggedIn"), f"Started has the trigger {first['triggerReason']}")
    require(last["triggerReason"] == "StopAuthorized", f"Ended has the trigger {last['triggerReason']}")
    require(last["transactionInfo"].get("stoppedReason", "Local") == "Local", f"stoppedReason is {last['transactionInfo']['stoppedReason']}")
    require(any(e["transactionInfo"].get("chargingState") == "Charging" for e in transaction.events), "no event says Charging")
    require(not any(e.get("offline") for e in transaction.events), "an event of a connected station says offline")


@scenario
async def energy_is_what_passed_the_meter(stand):
    """The driver stops: Transaction.End less Transaction.Begin is all that the meter has counted."""
    since = stand.csms.mark()
    before = await stand.world.meter_wh()
    await stand.plug()
    await stand.swipe(CARD)
    await stand.charging(since)
    await stand.energy_flows(300)
    await stand.swipe(CARD)
    after = await stand.power_off()
    await stand.expect_transaction("Ended", since)
    same_energy(stand.transaction(since), before, after)


@scenario
async def car_leaves(stand):
    """The cable is pulled while energy flows."""
    since = stand.csms.mark()
    before = await stand.world.meter_wh()
    await stand.plug()
    await stand.swipe(CARD)
    await stand.charging(since)
    await stand.unplug()
    ended = await stand.expect_transaction("Ended", since)
    reason = ended.payload["transactionInfo"].get("stoppedReason")
    require(reason == "EVDisconnected", f"stoppedReason is {reason}")
    trigger = ended.payload["triggerReason"]
    require(trigger in ("EVCommunicationLost", "EVDeparted"), f"Ended has the trigger {trigger}")
    after = await stand.power_off()
    same_energy(stand.transaction(since), before, after)


@scenario
async def refused_later(stand):
    """The answer to Started takes the card back: StopTxOnInvalidId ends the transaction."""
    since = stand.csms.mark()
    await stand.plug()
    await stand.swipe(LATE_CARD)
    ended = await stand.expect_transaction("Ended", since)
    reason = ended.payload["transactionInfo"].get("stoppedReason")
    require(reason == "DeAuthorized", f"stoppedReason is {reason}")
    require(ended.payload["triggerReason"] == "Deauthorized", f"Ended has the trigger {ended.payload['triggerReason']}")
    await stand.power_off()
    stand.transaction(since)
