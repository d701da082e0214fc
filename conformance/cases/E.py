"""Block E: transactions."""

import asyncio

from kit.csms import CallError, Refusal
from kit.failure import NotApplicable, require, same
from kit.registry import case
from kit.states import cache, local_list, session
from kit.station import CARD, OTHER_CARD, SOON_S, UNKNOWN, grouped, token

AUTH, TX, SAMPLED, COMM = "AuthCtrlr", "TxCtrlr", "SampledDataCtrlr", "OCPPCommCtrlr"
NO_BAY = "the station has no detector of parking bays"


async def with_card_readers(station):
    await station.config(AUTH, "Enabled", "true", optional=True)
    await station.config(AUTH, "DisableRemoteAuthorization", "false", optional=True)


# Local start and stop.


@case("TC_E_38_CS")
async def car_not_ready(station):
    await station.car_wants(False)
    one = await session(station).learn()
    await one.authorized()
    await one.connected()
    await station.event(one.since, trigger=("ChargingStateChanged", "CablePluggedIn", "Authorized"), state="SuspendedEV")


@case("TC_E_06_CS", shows="E06.FR.15 E07.FR.04 C01.FR.03")
async def stopped_locally(station):
    await with_card_readers(station)
    one = await session(station).charging()
    await one.stop_authorized()
    await one.power_off()
    await one.disconnected()
    await station.ended(one.since)


@case("TC_E_03_CS", shows="E02.FR.01 E02.FR.05 C01.FR.02")
async def cable_first(station):
    await with_card_readers(station)
    one = await session(station).connected()
    await one.authorized()
    await one.charging()


@case("TC_E_04_CS", shows="E03.FR.01 C01.FR.02")
async def card_first(station):
    await with_card_readers(station)
    one = await session(station).learn()
    await one.authorized()
    await one.charging()


async def no_cable_comes(station, how):
    """The time for the cable runs out; a transaction that began already says so. Returns the session."""
    await station.config(TX, "EVConnectionTimeOut", "2")
    one = await session(station).learn()
    await one.authorized(how)
    if one.started:
        event = await station.event(one.since, trigger="EVConnectTimeout")
        same("the event type after the time-out", event.payload["eventType"], "Ended" if "Authorized" in one.stop_points else "Updated")
        if event.payload["eventType"] == "Ended":
            same("stoppedReason", event.payload["transactionInfo"].get("stoppedReason"), "Timeout")
    else:
        await asyncio.sleep(3)
    return one


@case("TC_E_05_CS", shows="E03.FR.05")
async def card_first_no_cable(station):
    await with_card_readers(station)
    await station.config("AuthCacheCtrlr", "Enabled", "false", optional=True)
    await station.config(AUTH, "LocalPreAuthorize", "false")
    await no_cable_comes(station, "local")
    again = await session(station).learn()
    await again.authorized()
    await again.charging()


@case("TC_E_52_CS")
async def no_remote_authorization(station):
    if not await station.config(AUTH, "DisableRemoteAuthorization", "true", optional=True):
        raise NotApplicable("the station has no DisableRemoteAuthorization")
    since = station.csms.mark
    await station.swipe(CARD)
    await station.never("Authorize", since=since)
    await station.plug()
    await asyncio.sleep(1)
    require(not station.world.contactor_closed(), "a card that nobody knows started a charge")


# Start points.


async def starts_at(station, *points):
    await station.want_points("TxStartPoint", *points)


@case("TC_E_09_CS", shows="E01.FR.02 E01.FR.07 E01.FR.15")
async def start_ev_connected(station):
    await starts_at(station, "EVConnected")
    since = station.csms.mark
    await station.plug()
    await station.connector("Occupied", since)
    event = await station.event(since, kind="Started", trigger=("CablePluggedIn", "ChargingStateChanged"), state="EVConnected")
    require(event.payload.get("evse", {}).get("connectorId"), "the first event names no connector")


@case("TC_E_10_CS", shows="E01.FR.03 E01.FR.07 E01.FR.15")
async def start_authorized(station):
    await starts_at(station, "Authorized")
    await with_card_readers(station)
    since = station.csms.mark
    await station.swipe(CARD)
    await station.expect("Authorize", lambda p: p["idToken"] == token(CARD), since)
    event = await station.event(since, kind="Started", trigger="Authorized")
    same("idToken", event.payload.get("idToken"), token(CARD))


@case("TC_E_13_CS", shows="E01.FR.03 F02.FR.01")
async def start_authorized_remotely(station):
    await starts_at(station, "Authorized")
    since = station.csms.mark
    await station.ask("RequestStartTransaction", "Accepted", idToken=token(CARD), remoteStartId=77, evseId=1)
    if await station.value(AUTH, "AuthorizeRemoteStart") == "true":
        await station.expect("Authorize", lambda p: p["idToken"] == token(CARD), since)
    event = await station.event(since, kind="Started", trigger="RemoteStart")
    same("idToken", event.payload.get("idToken"), token(CARD))
    same("remoteStartId", event.payload["transactionInfo"].get("remoteStartId"), 77)


@case("TC_E_11_CS")
async def start_data_signed(station):
    if not await station.config(SAMPLED, "SignReadings", "true", optional=True):
        raise NotApplicable("whether values are signed is set by the owner and not by the backend")
    await starts_at(station, "DataSigned")
    one = await session(station).learn()
    await one.authorized()
    await station.plug()
    event = await station.event(one.since, kind="Started", trigger=("SignedDataReceived", "RemoteStart"))
    require("signedMeterValue" in event.payload["meterValue"][0]["sampledValue"][0], "the first event has no signed value")


@case("TC_E_01_CS", shows="E01.FR.05 E01.FR.07 E01.FR.15")
async def start_power_path_closed(station):
    await starts_at(station, "PowerPathClosed")
    one = await session(station).learn()
    await one.authorized()
    await one.connected()
    require(one.started, "no transaction began although card and cable are there")


@case("TC_E_02_CS", shows="E01.FR.06 E01.FR.07 E01.FR.15")
async def start_energy_transfer(station):
    await starts_at(station, "EnergyTransfer")
    one = await session(station).learn()
    await one.authorized()
    await station.plug()
    await station.connector("Occupied", one.since)
    event = await station.event(one.since, kind="Started", trigger=("ChargingStateChanged", "Authorized"), state="Charging")
    same("idToken", event.payload.get("idToken"), token(CARD))
    require(event.payload.get("evse", {}).get("connectorId"), "the first event names no connector")


@case("TC_E_12_CS")
async def start_parking_bay(station):
    raise NotApplicable(NO_BAY)


# Stop points.


async def stops_at(station, *points):
    await station.want_points("TxStopPoint", *points)


@case("TC_E_14_CS", shows="E06.FR.02 E06.FR.15")
async def stop_ev_disconnected(station):
    await stops_at(station, "EVConnected")
    one = await session(station).charging()
    await one.stop_authorized()
    await one.power_off()
    since = station.csms.mark
    await station.unplug()
    await station.connector("Available", since)
    event = await station.event(since, kind="Ended", trigger="EVCommunicationLost", state="Idle")
    same("stoppedReason", event.payload["transactionInfo"].get("stoppedReason", "Local"), ("Local", "EVDisconnected"))


async def car_pulls_out(station, reasons, *points):
    """The car leaves while it takes nothing; the transaction ends with that."""
    await stops_at(station, *points)
    await station.config(TX, "StopTxOnEVSideDisconnect", "false", optional=True)
    one = await session(station).charging()
    await one.suspended()
    await station.unplug()
    event = await station.event(one.since, kind="Ended", trigger="EVCommunicationLost", state="Idle")
    same("stoppedReason", event.payload["transactionInfo"].get("stoppedReason"), reasons)


@case("TC_E_20_CS", shows="E06.FR.02 E06.FR.15")
async def stop_car_disconnects(station):
    await car_pulls_out(station, "EVDisconnected", "EVConnected")


@case("TC_E_54_CS")
async def stop_car_disconnects_digital(station):
    raise NotApplicable("the station has no high-level communication with cars")


@case("TC_E_15_CS", shows="E06.FR.03 E06.FR.15")
async def stop_authorized(station):
    await stops_at(station, "Authorized")
    await session(station).charging()
    since = station.csms.mark
    await station.swipe(CARD)
    event = await station.event(since, kind="Ended", trigger="StopAuthorized")
    same("stoppedReason", event.payload["transactionInfo"].get("stoppedReason", "Local"), "Local")


async def stop_remotely(station, *points):
    await stops_at(station, *points)
    one = await session(station).charging()
    since = station.csms.mark
    await station.ask("RequestStopTransaction", "Accepted", transactionId=one.id)
    event = await station.event(since, kind="Ended", trigger="RemoteStop")
    same("stoppedReason", event.payload["transactionInfo"].get("stoppedReason"), "Remote")


@case("TC_E_21_CS", shows="E06.FR.03 E06.FR.15 F03.FR.09")
async def stop_authorized_remotely(station):
    await stop_remotely(station, "Authorized")


async def want_deauthorization(station):
    have = await station.points("TxStopPoint")
    if not have & {"Authorized", "PowerPathClosed"}:
        await stops_at(station, "Authorized", "PowerPathClosed")


@case("TC_E_16_CS", shows="E06.FR.04 C15.FR.04")
async def stop_deauthorized(station):
    await want_deauthorization(station)
    await with_card_readers(station)
    await station.config(AUTH, "OfflineTxForUnknownIdEnabled", "true", optional=True)
    await station.config(TX, "StopTxOnInvalidId", "true")
    one = await session(station).learn()
    await station.offline()
    await station.plug()
    await station.swipe(UNKNOWN)
    await station.contactor(True)
    station.csms.later_tokens[UNKNOWN] = {"status": "Invalid"}
    since = await station.online()
    await station.event(since, kind="Started", offline=True)
    event = await station.event(since, kind="Ended", trigger="Deauthorized")
    same("stoppedReason", event.payload["transactionInfo"].get("stoppedReason"), "DeAuthorized")
    same("the number of transactions", len({e["transactionInfo"]["transactionId"] for e in one.mine()}), 1)


@case("TC_E_17_CS", shows="E06.FR.04 E09.FR.01")
async def stop_car_leaves(station):
    await want_deauthorization(station)
    await station.config(TX, "StopTxOnEVSideDisconnect", "true")
    await station.config(COMM, "UnlockOnEVSideDisconnect", "false", optional=True)
    one = await session(station).charging()
    since = station.csms.mark
    await station.unplug()
    event = await station.event(one.since, kind="Ended", trigger="EVCommunicationLost", state="Idle")
    same("stoppedReason", event.payload["transactionInfo"].get("stoppedReason"), "EVDisconnected")
    await station.connector("Available", since)


@case("TC_E_39_CS", shows="E06.FR.04")
async def stop_time_out(station):
    await stops_at(station, "Authorized")
    await with_card_readers(station)
    await no_cable_comes(station, "local")
    since = station.csms.mark
    await station.plug()
    await station.connector("Occupied", since)
    await station.never("TransactionEvent", lambda p: p["triggerReason"] != "CablePluggedIn" or p["transactionInfo"].get("chargingState") == "Charging", since)
    require(not station.world.contactor_closed(), "energy flows after the authorization ran out")


@case("TC_E_07_CS", shows="E06.FR.06 E06.FR.15")
async def stop_power_path(station):
    await stops_at(station, "PowerPathClosed")
    one = await session(station).charging()
    await one.stop_authorized()
    await station.ended(one.since)


@case("TC_E_35_CS", shows="E06.FR.06 E06.FR.15 F03.FR.09")
async def stop_power_path_remotely(station):
    await stop_remotely(station, "PowerPathClosed")


@case("TC_E_37_CS", shows="E06.FR.06 E06.FR.15")
async def stop_power_path_car(station):
    await car_pulls_out(station, ("EVDisconnected", "StoppedByEV"), "PowerPathClosed")


@case("TC_E_08_CS", shows="E06.FR.07 E06.FR.15")
async def stop_energy_transfer(station):
    await stops_at(station, "EnergyTransfer")
    one = await session(station).charging()
    await one.stop_authorized()
    await station.ended(one.since)


@case("TC_E_22_CS", shows="E06.FR.07 E06.FR.15")
async def stop_car_suspends(station):
    await stops_at(station, "EnergyTransfer")
    await session(station).charging()
    since = station.csms.mark
    await station.car_wants(False)
    event = await station.event(since, trigger="ChargingStateChanged", state=("EVConnected", "SuspendedEV"))
    info = event.payload["transactionInfo"]
    same("the event type", event.payload["eventType"], "Ended" if info["chargingState"] == "EVConnected" else ("Updated", "Ended"))
    if event.payload["eventType"] == "Ended":
        same("stoppedReason", info.get("stoppedReason"), "StoppedByEV")


@case("TC_E_19_CS")
async def stop_parking_bay(station):
    raise NotApplicable(NO_BAY)


# The cable at the side of the car.


async def pulled_at_the_car(station, unlock):
    await station.config(TX, "StopTxOnEVSideDisconnect", "true")
    await station.config(COMM, "UnlockOnEVSideDisconnect", unlock, optional=True)
    one = await session(station).charging()
    await one.suspended()
    since = station.csms.mark
    await station.unplug()
    await station.event(one.since, trigger="EVCommunicationLost", state="Idle")
    await station.connector("Available", since)


@case("TC_E_24_CS", shows="E09.FR.01 E09.FR.04")
async def pulled_and_unlocked(station):
    await pulled_at_the_car(station, "true")


@case("TC_E_25_CS", shows="E09.FR.01 E09.FR.04")
async def pulled_and_locked(station):
    await pulled_at_the_car(station, "false")


async def pulled_and_waiting(station):
    """The transaction outlives the cable: one that ends with the authorization only."""
    await stops_at(station, "Authorized")
    await station.config(TX, "StopTxOnEVSideDisconnect", "false")
    await station.config(COMM, "UnlockOnEVSideDisconnect", "false", optional=True)
    one = await session(station).charging()
    since = station.csms.mark
    await station.unplug()
    await station.event(since, kind="Updated", trigger="EVCommunicationLost", state="Idle")
    if station.world.fixed_cable:  # a cable in a socket keeps its connector occupied
        await station.connector("Available", since)
    return one


@case("TC_E_26_CS", shows="E10.FR.01 E10.FR.03")
async def pulled_and_back(station):
    await pulled_and_waiting(station)
    since = station.csms.mark
    await station.plug()
    await station.event(since, kind="Updated", trigger="CablePluggedIn", state="EVConnected")
    await station.event(since, kind="Updated", trigger="ChargingStateChanged", state="Charging")


@case("TC_E_27_CS", fixed_cable=True, shows="E10.FR.02 E10.FR.03")
async def pulled_and_gone(station):
    await station.config(TX, "EVConnectionTimeOut", "2")
    one = await pulled_and_waiting(station)
    event = await station.event(one.since, kind="Ended", trigger="EVConnectTimeout")
    same("stoppedReason", event.payload["transactionInfo"].get("stoppedReason"), "Timeout")


# Messages that fail.

INTERVAL_S, TIMEOUT_S, TOLERANCE_S = 1, 2, 4


async def unlucky_event(station, attempts, answer):
    """The event that says Charging is answered as `answer(attempt)` says; returns its transmissions once no more can come."""
    await station.config(COMM, "MessageAttempts", str(attempts), "TransactionEvent")
    await station.config(COMM, "MessageAttemptInterval", str(INTERVAL_S), "TransactionEvent")
    seen = []

    def choose(message):
        info = message.payload["transactionInfo"]
        if info.get("chargingState") == "Charging" and (not seen or message.payload["seqNo"] == seen[0].payload["seqNo"]):
            seen.append(message)
            return answer(len(seen))
        return station.csms.usual(message)

    station.csms.answers["TransactionEvent"] = choose
    one = await session(station).learn()
    await one.authorized()
    await station.plug()
    await station.contactor(True)
    return one, seen


async def transmissions(station, seen, count, timeout):
    """So many transmissions, at growing distances, and no more."""
    within = sum(INTERVAL_S * n + timeout for n in range(1, count + 1)) + TOLERANCE_S + SOON_S
    await station.until(lambda: len(seen) >= count, within, f"the event is sent {count} times")
    for n in range(1, count):
        gap, least = seen[n].at - seen[n - 1].at, INTERVAL_S * n + timeout
        require(least - 0.2 <= gap <= least + TOLERANCE_S, f"transmission {n + 1} comes {gap:.1f} s after the one before, not {least}")
    await asyncio.sleep(INTERVAL_S * count + timeout + 1)
    same("the number of transmissions", len(seen), count)
    same("the message ids of one event, all for itself", len({m.payload["seqNo"] for m in seen}), 1)


async def next_one_passes(station, one):
    """After the lost event the next is delivered."""
    since = station.csms.mark
    await station.swipe(CARD)
    await station.event(since, trigger="StopAuthorized")


@case("TC_E_41_CS", message_timeout=TIMEOUT_S, shows="E13.FR.01 E13.FR.02 E13.FR.03 E13.FR.04")
async def never_answered(station):
    one, seen = await unlucky_event(station, 2, lambda n: None)
    await transmissions(station, seen, 2, TIMEOUT_S)
    await next_one_passes(station, one)


@case("TC_E_42_CS", message_timeout=TIMEOUT_S, shows="E13.FR.01 E13.FR.02 E13.FR.03")
async def answered_at_last(station):
    _, seen = await unlucky_event(station, 3, lambda n: None if n == 1 else {})
    await transmissions(station, seen, 2, TIMEOUT_S)


@case("TC_E_50_CS", message_timeout=TIMEOUT_S, shows="E13.FR.01 E13.FR.02 E13.FR.03 E13.FR.04")
async def always_an_error(station):
    one, seen = await unlucky_event(station, 2, lambda n: Refusal("InternalError"))
    await transmissions(station, seen, 2, 0)
    await next_one_passes(station, one)


@case("TC_E_51_CS", message_timeout=TIMEOUT_S, shows="E13.FR.01 E13.FR.02 E13.FR.03")
async def an_error_first(station):
    _, seen = await unlucky_event(station, 3, lambda n: Refusal("InternalError") if n == 1 else {})
    await transmissions(station, seen, 2, 0)


# Offline.


async def sampling(station):
    await station.config(SAMPLED, "Enabled", "true", optional=True)
    await station.config(SAMPLED, "TxUpdatedInterval", "1")
    await station.config(COMM, "OfflineThreshold", "63")
    await station.config(COMM, "RetryBackOffRandomRange", "0")


def queued(station, since):
    """Events that had waited: those before the first that happened online."""
    events = station.events(since)
    return [e for n, e in enumerate(events) if all(x.get("offline") for x in events[:n + 1])]


@case("TC_E_40_CS", shows="E04.FR.03 E11.FR.01 E11.FR.02")
async def offline_while_charging(station):
    await sampling(station)
    await session(station).charging()
    await station.offline()
    await asyncio.sleep(3)
    require(station.world.contactor_closed(), "the charge stopped because the network went")
    since = await station.online()
    await station.event(since, kind="Updated", offline=True)
    await station.event(since, offline=False)
    for event in queued(station, since):
        same("the event type", event["eventType"], "Updated")
        require(event.get("meterValue"), "an event of the time offline has no meter value")


@case("TC_E_43_CS", shows="E12.FR.01 E12.FR.02 E12.FR.06")
async def offline_from_start_to_end(station):
    await station.config(AUTH, "OfflineTxForUnknownIdEnabled", "true", optional=True)
    one = await session(station).learn()
    await station.offline()
    await station.plug()
    await station.swipe(CARD)
    await station.contactor(True)
    await station.swipe(CARD)
    await station.contactor(False)
    await station.unplug()
    await asyncio.sleep(0.5)
    since = await station.online()
    await station.ended(since)
    require(one.started, "the transaction has no beginning")
    require(all(event.get("offline") for event in one.mine()), "an event is not marked offline")


@case("TC_E_44_CS", shows="E08.FR.01 E08.FR.04")
async def stopped_offline(station):
    await session(station).charging()
    await station.offline()
    await station.swipe(CARD)
    await station.contactor(False)
    await station.unplug()
    await asyncio.sleep(0.5)
    since = await station.online()
    await station.ended(since)
    require(all(event.get("offline") for event in station.events(since)), "an event is not marked offline")


@case("TC_E_45_CS", shows="E08.FR.02")
async def stopped_offline_by_group(station):
    for card in (CARD, OTHER_CARD):
        station.csms.tokens[card] = station.csms.later_tokens[card] = grouped()
    try:
        await local_list(station, (OTHER_CARD, grouped()))
    except CallError:  # no local list: the case accepts the cache as well
        await cache(station, OTHER_CARD)
    await session(station).charging()
    await station.offline()
    await station.swipe(OTHER_CARD)
    await station.contactor(False)
    await station.unplug()
    await asyncio.sleep(0.5)
    since = await station.online()
    await station.ended(since)
    require(all(event.get("offline") for event in station.events(since)), "an event is not marked offline")


# GetTransactionStatus.


async def status(station, identifier, ongoing, waiting):
    answer = await station.call("GetTransactionStatus", **({"transactionId": identifier} if identifier else {}))
    same("ongoingIndicator", answer.get("ongoingIndicator"), ongoing)
    same("messagesInQueue", answer["messagesInQueue"], waiting)


@case("TC_E_28_CS", shows="E14.FR.01")
async def status_unknown(station):
    await status(station, "no-such-transaction", False, False)


def hold_events(station):
    """No answer to a TransactionEvent before the returned event is set."""
    gate = asyncio.Event()

    async def wait(message):
        await gate.wait()
        return station.csms.usual(message)

    station.csms.answers["TransactionEvent"] = wait
    return gate


async def status_with_queue(station, with_id, ongoing, stop=False):
    await sampling(station)
    one = await session(station).charging()
    identifier = one.id
    await station.offline()
    if stop:
        await station.swipe(CARD)
        await station.contactor(False)
        await station.unplug()
    await asyncio.sleep(3)
    gate = hold_events(station)
    since = await station.online()
    await status(station, identifier if with_id else None, ongoing, True)
    gate.set()
    await station.event(since, offline=True)
    if stop:
        await station.ended(since)
        return
    for event in queued(station, since):
        same("the event type", event["eventType"], "Updated")
        require(event.get("meterValue"), "an event of the time offline has no meter value")


async def all_told(station):
    """Every event so far is answered, and the station had the time to note it."""
    await station.until(lambda: all(m.answered is not None for m in station.csms.from_station()), SOON_S, "all messages are answered")
    await asyncio.sleep(0.3)


@case("TC_E_29_CS", shows="E14.FR.02 E14.FR.04")
async def status_ongoing_queued(station):
    await status_with_queue(station, True, True)


@case("TC_E_30_CS", shows="E14.FR.02 E14.FR.05")
async def status_ongoing(station):
    one = await session(station).charging()
    await all_told(station)
    await status(station, one.id, True, False)


@case("TC_E_31_CS", shows="E14.FR.03 E14.FR.04")
async def status_ended_queued(station):
    await status_with_queue(station, True, False, stop=True)


@case("TC_E_32_CS", shows="E14.FR.03 E14.FR.05")
async def status_ended(station):
    one = await session(station).charging()
    await one.gone()
    await all_told(station)
    await status(station, one.id, False, False)


@case("TC_E_33_CS", shows="E14.FR.06 E14.FR.07")
async def status_of_the_queue(station):
    await status_with_queue(station, False, None)


@case("TC_E_34_CS", shows="E14.FR.06 E14.FR.08")
async def status_of_an_empty_queue(station):
    await status(station, None, None, False)
