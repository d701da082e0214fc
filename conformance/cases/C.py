"""Block C: authorization; the cases of the cache and of the local list."""

import asyncio

from kit.failure import NotApplicable, require, same
from kit.registry import case
from kit.states import Session, cache, local_list, offline_transaction, session
from kit.station import BLOCKED, CARD, EXPIRED, INVALID, MASTER, MASTER_GROUP, OTHER_CARD, UNKNOWN, grouped, token

AUTH, CACHE, LIST, TX = "AuthCtrlr", "AuthCacheCtrlr", "LocalAuthListCtrlr", "TxCtrlr"


async def enabled(station):
    await station.config(AUTH, "Enabled", "true", optional=True)
    await station.config(AUTH, "DisableRemoteAuthorization", "false", optional=True)


def asked(station, card, since=0):
    return station.expect("Authorize", lambda p: p["idToken"] == token(card), since, what=f"for {card}")


async def not_asked(station, card, since):
    await station.never("Authorize", lambda p: p["idToken"]["idToken"] == card, since, what=f"for {card}")


async def nothing_starts(station, since, one=None):
    """No transaction begins or goes on because of a card, and no energy flows."""
    await station.never("TransactionEvent", lambda p: p["triggerReason"] in ("Authorized", "ChargingStateChanged") or "idToken" in p, since)
    require(not station.world.contactor_closed(), "energy flows although the card is not good")


async def refused_card(station, card, status):
    await enabled(station)
    station.csms.tokens[card] = {"status": status}
    await session(station).connected()
    since = station.csms.mark
    await station.swipe(card)
    await asked(station, card, since)
    await nothing_starts(station, since)


@case("TC_C_02_CS", shows="C01.FR.02")
async def invalid(station):
    await refused_card(station, INVALID, "Invalid")


@case("TC_C_06_CS", shows="C01.FR.02")
async def blocked(station):
    await refused_card(station, BLOCKED, "Blocked")


@case("TC_C_07_CS", shows="C01.FR.02")
async def expired(station):
    await refused_card(station, EXPIRED, "Expired")


@case("TC_C_56_CS", shows="C01.FR.02")
async def unknown(station):
    await refused_card(station, UNKNOWN, "Unknown")


@case("TC_C_05_CS")
async def cable_lock(station):
    raise NotApplicable("no lock keeps the cable out before authorization")


@case("TC_C_04_CS", shows="C01.FR.03")
async def another_card(station):
    await enabled(station)
    one = await session(station).charging()
    since = station.csms.mark
    await station.swipe(OTHER_CARD)
    await asked(station, OTHER_CARD, since)
    await station.never("TransactionEvent", lambda p: "idToken" in p or p["eventType"] == "Ended", since)
    require(station.world.contactor_closed() and not one.over, "another card stopped the charge")


# Groups.


def of_one_group(station, *cards):
    for card in cards:
        station.csms.tokens[card] = station.csms.later_tokens[card] = grouped()


@case("TC_C_39_CS", shows="C09.FR.03 C09.FR.05")
async def stopped_by_group(station):
    of_one_group(station, CARD, OTHER_CARD)
    one = await session(station).connected()
    await one.charging()
    event = await one.stop_authorized(card=OTHER_CARD, ask=True)
    same("the token of the stop", event.payload["idToken"], token(OTHER_CARD))
    await one.power_off()
    await one.disconnected()
    await station.ended(one.since)


async def master_pass(station):
    if not await station.config(AUTH, "MasterPassGroupId", MASTER_GROUP, optional=True):
        raise NotApplicable("the station has no master pass")
    station.csms.tokens[MASTER] = station.csms.later_tokens[MASTER] = grouped(group=MASTER_GROUP)


@case("TC_C_45_CS", shows="C12.FR.09 C16.FR.03")
async def master_pass_starts_nothing(station):
    await master_pass(station)
    since = station.csms.mark
    await station.swipe(MASTER)
    await asked(station, MASTER, since)
    await station.plug()
    await station.connector("Occupied", since)
    await station.never("TransactionEvent", lambda p: p["transactionInfo"].get("chargingState") == "Charging", since)
    require(not station.world.contactor_closed(), "a master pass started a charge")


@case("TC_C_42_CS")
async def not_stopped_by_invalid_of_group(station):
    of_one_group(station, CARD)
    station.csms.tokens[INVALID] = grouped("Invalid")
    one = await session(station).charging()
    since = station.csms.mark
    await station.swipe(INVALID)
    await asked(station, INVALID, since)
    await still_charging(station, one, since)


async def still_charging(station, one, since):
    await station.never("TransactionEvent", lambda p: p["triggerReason"] == "StopAuthorized" or p["eventType"] == "Ended", since)
    require(station.world.contactor_closed() and not one.over, "the charge was stopped")


@case("TC_C_47_CS")
async def master_pass_chooses_all(station):
    raise NotApplicable("the station has no user interface to choose transactions with a master pass; it stops all (TC_C_49)")


@case("TC_C_48_CS")
async def master_pass_chooses_one(station):
    raise NotApplicable("the station has no user interface to choose transactions with a master pass; it stops all (TC_C_49)")


@case("TC_C_49_CS", shows="C16.FR.02")
async def master_pass_stops(station):
    await master_pass(station)
    one = await session(station).charging()
    since = station.csms.mark
    await station.swipe(MASTER)
    await asked(station, MASTER, since)
    event = await station.event(since, where=lambda p: p["transactionInfo"].get("stoppedReason") == "MasterPass")
    require(event.payload.get("idToken", token(MASTER)) == token(MASTER), "the stop by a master pass names another token")
    await one.power_off()
    await one.disconnected()
    await station.ended(one.since)


# Offline.


async def local_settings(station, **more):
    """LocalPreAuthorize and what a case says on top; names are variables of AuthCtrlr or TxCtrlr."""
    await station.config(AUTH, "LocalPreAuthorize", "true")
    places = {"OfflineTxForUnknownIdEnabled": AUTH, "LocalAuthorizeOffline": AUTH, "StopTxOnInvalidId": TX, "MaxEnergyOnInvalidId": TX}
    for name, value in more.items():
        if not await station.config(places[name], name, value, optional=True) and name == "MaxEnergyOnInvalidId" and value != "0":
            raise NotApplicable("the station has no MaxEnergyOnInvalidId")


async def come_back(station, later=None):
    """Online again; what the backend says of cards in TransactionEvent meanwhile. Returns the mark."""
    station.csms.later_tokens |= later or {}
    return await station.online()


@case("TC_C_26_CS", shows="C15.FR.02 C15.FR.08")
async def offline_unknown(station):
    await station.config(LIST, "Enabled", "true", optional=True)
    await local_settings(station, LocalAuthorizeOffline="true", StopTxOnInvalidId="false", MaxEnergyOnInvalidId="0")
    await station.config(AUTH, "OfflineTxForUnknownIdEnabled", "true")
    one = await offline_transaction(station, UNKNOWN)
    since = await come_back(station, {UNKNOWN: {"status": "Invalid"}})
    await station.event(since, offline=True)
    await station.event(since, state="SuspendedEVSE")
    await station.contactor(False)
    since = station.csms.mark
    await station.swipe(UNKNOWN)
    await station.event(since, trigger="StopAuthorized")
    await station.unplug()
    await station.ended(one.since)


# The cache.


async def with_cache(station, card=CARD, info=None, **settings):
    await station.config(CACHE, "Enabled", "true", optional=True)
    await local_settings(station, **settings)
    await cache(station, card, info)


async def by_cache(station, card=CARD):
    """A session with a card that the station knows; it does not ask."""
    one = Session(station, card=card)
    one.cached = True
    return await one.learn()


@case("TC_C_32_CS", shows="C10.FR.02")
async def cache_over_a_restart(station):
    await with_cache(station)
    since = await station.power_cycle()
    await station.booted(since)
    one = await by_cache(station)
    mark = station.csms.mark
    await one.authorized()
    await one.charging()
    await not_asked(station, CARD, mark)


@case("TC_C_33_CS", shows="C10.FR.04 C12.FR.02 C12.FR.06")
async def cache_from_authorize(station):
    await local_settings(station)
    one = await session(station).connected()
    await one.charging()
    await one.gone()
    again = await by_cache(station)
    station.csms.later_tokens[CARD] = {"status": "Invalid"}
    await again.connected()
    since = station.csms.mark
    await again.authorized()
    await not_asked(station, CARD, since)


@case("TC_C_34_CS", shows="C10.FR.05 C12.FR.06")
async def cache_from_transaction(station):
    await with_cache(station)
    one = await by_cache(station)
    station.csms.later_tokens[CARD] = {"status": "Invalid"}
    await one.connected()
    await one.authorized()
    since = station.csms.mark
    await station.unplug()
    await station.connector("Available", since)
    since = station.csms.mark
    await station.plug()
    await station.connector("Occupied", since)
    station.csms.tokens[CARD] = {"status": "Invalid"}
    await station.swipe(CARD)
    await asked(station, CARD, since)
    await nothing_starts(station, since)


@case("TC_C_36_CS")
async def cache_not_used(station):
    await station.config(CACHE, "Enabled", "true", optional=True)
    await cache(station)
    await station.config(AUTH, "LocalPreAuthorize", "false")
    station.csms.tokens[CARD] = {"status": "Invalid"}
    since = station.csms.mark
    await station.swipe(CARD)
    await asked(station, CARD, since)
    await nothing_starts(station, since)


@case("TC_C_46_CS", shows="C10.FR.08")
async def cache_life_time(station):
    await station.config(CACHE, "LifeTime", "2")
    await with_cache(station)
    one = await session(station).connected()
    await asyncio.sleep(3)
    await one.authorized()


@case("TC_C_37_CS", shows="C11.FR.01 C11.FR.02 C11.FR.03")
async def cache_cleared(station):
    await with_cache(station)
    await station.ask("ClearCache", "Accepted")
    await session(station).charging()


@case("TC_C_38_CS", shows="C11.FR.04")
async def cache_clear_refused(station):
    await with_cache(station)
    await station.config(CACHE, "Enabled", "false")
    await station.ask("ClearCache", "Rejected")


@case("TC_C_41_CS", shows="C09.FR.03")
async def group_from_cache(station):
    of_one_group(station, CARD, OTHER_CARD)
    await with_cache(station)
    await cache(station, OTHER_CARD)
    one = await by_cache(station)
    since = station.csms.mark
    await one.charging()
    await one.stop_authorized(card=OTHER_CARD)
    await one.power_off()
    await one.disconnected()
    await station.ended(one.since)
    await station.never("Authorize", since=since, seconds=0.3)


@case("TC_C_44_CS")
async def invalid_of_group_in_cache(station):
    of_one_group(station, CARD)
    station.csms.tokens[INVALID] = grouped("Invalid")
    await with_cache(station)
    await cache(station, INVALID)
    one = await by_cache(station)
    await one.charging()
    since = station.csms.mark
    await station.swipe(INVALID)
    await asked(station, INVALID, since)
    await still_charging(station, one, since)


@case("TC_C_08_CS", shows="C10.FR.01 C12.FR.02")
async def cache_accepted(station):
    await with_cache(station)
    one = await by_cache(station)
    since = station.csms.mark
    await one.connected()
    await one.authorized()
    await one.charging()
    await not_asked(station, CARD, since)


async def bad_in_cache(station, card, status, now=None):
    """A card the cache knows as bad is asked for once more."""
    station.csms.tokens[card] = {"status": status}
    await station.config(CACHE, "DisablePostAuthorize", "false", optional=True)
    await with_cache(station, card)
    one = await session(station, card=card).connected()
    station.csms.tokens[card] = {"status": now or status}
    if now:
        await one.charging()
        return
    since = station.csms.mark
    await station.swipe(card)
    await asked(station, card, since)
    await nothing_starts(station, since)


@case("TC_C_09_CS", shows="C10.FR.03")
async def cache_invalid(station):
    await bad_in_cache(station, INVALID, "Invalid")


@case("TC_C_12_CS", shows="C10.FR.03")
async def cache_invalid_now_good(station):
    await bad_in_cache(station, INVALID, "Invalid", now="Accepted")


@case("TC_C_10_CS", shows="C10.FR.03 C12.FR.05")
async def cache_blocked(station):
    await bad_in_cache(station, BLOCKED, "Blocked")


@case("TC_C_11_CS", shows="C10.FR.03 C12.FR.05")
async def cache_expired(station):
    await bad_in_cache(station, EXPIRED, "Expired")


@case("TC_C_13_CS", shows="C12.FR.02")
async def cache_before_the_cable(station):
    await with_cache(station)
    one = await by_cache(station)
    since = station.csms.mark
    await one.authorized()
    require(not station.world.contactor_closed(), "the contactor closed without a cable")
    await one.connected()
    await one.charging()
    await not_asked(station, CARD, since)


async def invalid_when_back(station, stop, energy):
    """A cached card starts without a network; when the network is back the backend does not know it any more."""
    await station.config(AUTH, "OfflineTxForUnknownIdEnabled", "true", optional=True)
    await with_cache(station, LocalAuthorizeOffline="true", StopTxOnInvalidId=stop, MaxEnergyOnInvalidId=energy)
    one = await session(station).connected()
    await station.offline()
    await station.swipe(CARD)
    await station.contactor(True)
    since = await come_back(station, {CARD: {"status": "Invalid"}})
    await station.event(since, state="Charging", offline=True)
    return one, since


@case("TC_C_15_CS")
async def some_energy_on_invalid(station):
    one, since = await invalid_when_back(station, "false", "10000")
    await station.event(since, offline=True, where=lambda p: p.get("idToken") == token(CARD))
    await station.never("TransactionEvent", lambda p: p["triggerReason"] == "Deauthorized", since)
    require(not one.over, "the transaction ended before its energy was delivered")


@case("TC_C_16_CS", shows="E05.FR.02")
async def stop_on_invalid(station):
    _, since = await invalid_when_back(station, "true", "0")
    await station.event(since, trigger="Deauthorized")
    await station.contactor(False)


@case("TC_C_17_CS")
async def suspend_on_invalid(station):
    one, since = await invalid_when_back(station, "false", "0")
    await station.event(since, state="SuspendedEVSE")
    await station.contactor(False)
    require(not one.over, "the transaction ended although StopTxOnInvalidId is false")


@case("TC_C_18_CS")
async def stop_on_invalid_after_energy(station):
    _, since = await invalid_when_back(station, "true", "1000")
    await station.event(since, trigger="Deauthorized", offline=False, within=30)
    await station.contactor(False)


@case("TC_C_57_CS")
async def no_second_look_at_cache(station):
    if not await station.config(CACHE, "DisablePostAuthorize", "true", optional=True):
        raise NotApplicable("the cache has no DisablePostAuthorize")
    await with_cache(station, INVALID)
    await session(station).connected()
    since = station.csms.mark
    await station.swipe(INVALID)
    await not_asked(station, INVALID, since)
    await nothing_starts(station, since)


# The local list.


async def with_list(station, *entries, **settings):
    await local_settings(station, OfflineTxForUnknownIdEnabled="false", **settings)
    await local_list(station, *entries)


@case("TC_C_21_CS", shows="C13.FR.02")
async def listed_offline(station):
    await with_list(station, CARD, LocalAuthorizeOffline="true")
    one = await offline_transaction(station)
    await station.swipe(CARD)
    await station.contactor(False)
    await station.unplug()
    await station.at_rest()
    since = await station.online()
    await station.event(since, trigger="StopAuthorized")
    await station.ended(one.since)
    require(all(event.get("offline") for event in one.mine()), "an event of the time without network is not marked offline")


async def bad_in_list_offline(station, card, status):
    await with_list(station, (card, {"status": status}), LocalAuthorizeOffline="true")
    await station.offline()
    await station.swipe(card)
    await asyncio.sleep(1)
    await station.plug()
    await asyncio.sleep(1)
    require(not station.world.contactor_closed(), "a card that the list forbids started a charge")
    since = await station.online()
    await station.never("TransactionEvent", lambda p: "idToken" in p, since)


@case("TC_C_22_CS")
async def invalid_in_list_offline(station):
    await bad_in_list_offline(station, INVALID, "Invalid")


@case("TC_C_23_CS")
async def blocked_in_list_offline(station):
    await bad_in_list_offline(station, BLOCKED, "Blocked")


@case("TC_C_24_CS")
async def expired_in_list_offline(station):
    await bad_in_list_offline(station, EXPIRED, "Expired")


@case("TC_C_25_CS", shows="C14.FR.01")
async def list_before_cache(station):
    await with_cache(station, LocalAuthorizeOffline="true", OfflineTxForUnknownIdEnabled="true", StopTxOnInvalidId="false")
    await local_list(station, (CARD, {"status": "Invalid"}))
    await session(station).connected()
    await station.offline()
    await station.swipe(CARD)
    await asyncio.sleep(2)
    require(not station.world.contactor_closed(), "the cache was believed against the local list")
    since = await station.online()
    await station.never("TransactionEvent", lambda p: "idToken" in p, since)


@case("TC_C_27_CS", shows="C14.FR.02")
async def listed_online(station):
    await with_list(station, CARD)
    one = await by_cache(station)
    since = station.csms.mark
    await one.authorized()
    await one.connected()
    await one.charging()
    await not_asked(station, CARD, since)


async def bad_in_list(station, card, status, now=None):
    await station.config(LIST, "DisablePostAuthorize", "false", optional=True)
    await with_list(station, (card, {"status": status}))
    station.csms.tokens[card] = {"status": now or status}
    if now:
        one = await session(station, card=card).learn()
        await one.authorized()
        await one.connected()
        await one.charging()
        return
    await session(station).connected()
    since = station.csms.mark
    await station.swipe(card)
    await asked(station, card, since)
    await nothing_starts(station, since)


@case("TC_C_28_CS")
async def list_invalid(station):
    await bad_in_list(station, INVALID, "Invalid")


@case("TC_C_31_CS")
async def list_invalid_now_good(station):
    await bad_in_list(station, INVALID, "Invalid", now="Accepted")


@case("TC_C_29_CS")
async def list_blocked(station):
    await bad_in_list(station, BLOCKED, "Blocked")


@case("TC_C_30_CS")
async def list_expired(station):
    await bad_in_list(station, EXPIRED, "Expired")


@case("TC_C_58_CS")
async def no_second_look_at_list(station):
    if not await station.config(LIST, "DisablePostAuthorize", "true", optional=True):
        raise NotApplicable("the local list has no DisablePostAuthorize")
    await with_list(station, (INVALID, {"status": "Invalid"}))
    await session(station).connected()
    since = station.csms.mark
    await station.swipe(INVALID)
    await not_asked(station, INVALID, since)
    await nothing_starts(station, since)


@case("TC_C_40_CS", shows="C09.FR.03")
async def group_from_list(station):
    of_one_group(station, CARD, OTHER_CARD)
    await with_list(station, (CARD, grouped()), (OTHER_CARD, grouped()))
    one = await by_cache(station)
    since = station.csms.mark
    await one.connected()
    await one.charging()
    await one.stop_authorized(card=OTHER_CARD)
    await one.power_off()
    await one.disconnected()
    await station.ended(one.since)
    await station.never("Authorize", since=since, seconds=0.3)


@case("TC_C_43_CS")
async def invalid_of_group_in_list(station):
    of_one_group(station, CARD)
    station.csms.tokens[INVALID] = grouped("Invalid")
    await with_list(station, (CARD, grouped()), (INVALID, grouped("Invalid")))
    one = await by_cache(station)
    await one.charging()
    since = station.csms.mark
    await station.swipe(INVALID)
    await asked(station, INVALID, since)
    await still_charging(station, one, since)
