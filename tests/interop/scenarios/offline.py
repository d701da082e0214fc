from judge import require, same_energy
from scenarios import scenario
from scenarios.device_model import set_variable
from stand import CARD, PATIENCE_S


async def all_told(stand, since):
    """All events of the one transaction that ended, once none waits any more."""
    await stand.expect_transaction("Ended", since)
    return stand.transaction(since)


@scenario
async def network_lost_while_charging(stand):
    """Charging goes on; what happened meanwhile comes afterwards, in order, marked."""
    await set_variable(stand, "SampledDataCtrlr", "TxUpdatedInterval", "1")
    since = stand.csms.mark()
    before = await stand.world.meter_wh()
    await stand.plug()
    await stand.swipe(CARD)
    await stand.charging(since)
    await stand.expect_transaction("Updated", since)
    await stand.network_down()
    await stand.energy_flows(600)
    require(stand.world.contactor_closed(), "the contactor opened when the network went")
    await stand.swipe(CARD)
    after = await stand.power_off()
    await stand.network_up()
    transaction = await all_told(stand, since)
    offline = [bool(event.get("offline")) for event in transaction.events]
    require(not offline[0], "Started came while connected and is marked offline")
    require(offline[-1], "Ended happened without a network and is not marked offline")
    require(sum(offline) >= 3, f"only {sum(offline)} events are marked offline")
    same_energy(transaction, before, after)


@scenario
async def network_lost_from_start_to_end(stand):
    """A known card starts and ends a whole transaction that the backend hears of later."""
    since = stand.csms.mark()
    before = await stand.world.meter_wh()
    await stand.swipe(CARD)
    await stand.expect("Authorize", since=since)  # from now on the station knows the card
    await stand.state("waiting_for_car")
    await stand.swipe(CARD)  # the driver thinks better of it
    await stand.state("available")
    await stand.network_down()
    await stand.plug()
    await stand.swipe(CARD)
    await stand.until(stand.world.contactor_closed, PATIENCE_S, "the contactor closes without a network")
    await stand.energy_flows(200)
    await stand.swipe(CARD)
    after = await stand.power_off()
    await stand.network_up()
    transaction = await all_told(stand, since)
    require(all(event.get("offline") for event in transaction.events), "an event of the time without network is not marked offline")
    require(transaction.events[0].get("idToken", {}).get("idToken") == CARD, "Started does not name the card")
    same_energy(transaction, before, after)


@scenario
async def network_comes_back_while_charging(stand):
    """A short loss: the same transaction goes on, without a gap and without a new boot."""
    await set_variable(stand, "SampledDataCtrlr", "TxUpdatedInterval", "1")
    since = stand.csms.mark()
    await stand.plug()
    await stand.swipe(CARD)
    await stand.charging(since)
    await stand.network_down()
    await stand.energy_flows(300)
    lost = stand.csms.mark()
    await stand.network_up()
    await stand.expect_transaction("Updated", lost, where=lambda p: not p.get("offline"))
    require(not stand.csms.calls("BootNotification", lost), "the station booted anew although it did not restart")
    await stand.swipe(CARD)
    transaction = await all_told(stand, since)
    require(any(event.get("offline") for event in transaction.events), "no event is marked offline")
    require(not transaction.events[-1].get("offline"), "Ended came while connected and is marked offline")
