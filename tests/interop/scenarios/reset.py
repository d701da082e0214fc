from judge import require
from scenarios import scenario
from stand import CARD, PATIENCE_S

RESTART_WITHIN_S = 2 * PATIENCE_S


async def restarted(stand, answered, reason):
    """The station goes after its answer and comes back with another BootNotification."""
    await stand.until(lambda: stand.csms.events("disconnected", answered), RESTART_WITHIN_S, "the station ends its connection")
    boot = await stand.expect("BootNotification", since=answered, within=RESTART_WITHIN_S)
    require(boot.payload["reason"] == reason, f"the boot reason is {boot.payload['reason']}, not {reason}")
    gone = next(i for i in range(answered, stand.csms.mark()) if stand.csms.history[i]["event"] == "disconnected")
    require(stand.csms.calls(since=gone)[0] == boot, "the BootNotification is not the first message after the restart")
    await stand.expect("StatusNotification", since=boot.index)
    return boot


async def reset(stand, kind, wanted):
    """The index of the station's answer."""
    answer = await stand.call("Reset", type=kind)
    require(answer["status"] == wanted, f"Reset {kind} is answered {answer}, not {wanted}")
    return stand.csms.mark()


@scenario
async def reset_when_idle(stand):
    await restarted(stand, await reset(stand, "OnIdle", "Accepted"), "RemoteReset")


@scenario
async def reset_waits_for_the_driver(stand):
    """OnIdle in the middle of a transaction is scheduled; the transaction is whole."""
    since = stand.csms.mark()
    await stand.plug()
    await stand.swipe(CARD)
    await stand.charging(since)
    answered = await reset(stand, "OnIdle", "Scheduled")
    await stand.energy_flows(100)
    await stand.swipe(CARD)
    await stand.expect_transaction("Ended", answered)
    await restarted(stand, answered, "ScheduledReset")
    stand.transaction(since)


@scenario
async def reset_at_once(stand):
    """Immediate in the middle of a transaction ends it; its end reaches the backend."""
    since = stand.csms.mark()
    await stand.plug()
    await stand.swipe(CARD)
    await stand.charging(since)
    answered = await reset(stand, "Immediate", "Accepted")
    await restarted(stand, answered, "RemoteReset")
    ended = await stand.expect_transaction("Ended", since)
    reason = ended.payload["transactionInfo"].get("stoppedReason")
    require(reason == "ImmediateReset", f"stoppedReason is {reason}")
    require(ended.payload["triggerReason"] == "ResetCommand", f"Ended has the trigger {ended.payload['triggerReason']}")
    stand.transaction(since)
