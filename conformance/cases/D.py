"""Block D: the local authorization list."""

from kit.failure import NotApplicable, same
from kit.registry import case
from kit.states import local_list
from kit.station import CARD, INVALID, OTHER_CARD, token

ACCEPTED = {"status": "Accepted"}


async def version(station, wanted):
    answer = await station.call("GetLocalListVersion")
    same("versionNumber", answer["versionNumber"], wanted)


async def send(station, number, kind, wanted, *entries):
    more = {"localAuthorizationList": list(entries)} if entries else {}
    return await station.ask("SendLocalList", wanted, versionNumber=number, updateType=kind, **more)


def entry(name, info=ACCEPTED):
    return {"idToken": token(name), **({"idTokenInfo": info} if info else {})}


@case("TC_D_01_CS", shows="D01.FR.01 D01.FR.13")
async def full(station):
    await station.config("LocalAuthListCtrlr", "Enabled", "true", optional=True)
    await send(station, 3, "Full", "Accepted", entry(CARD))
    await version(station, 3)


@case("TC_D_02_CS", shows="D01.FR.16")
async def added(station):
    await local_list(station, CARD, version=3)
    await send(station, 4, "Differential", "Accepted", entry(OTHER_CARD))
    await version(station, 4)


@case("TC_D_03_CS", shows="D01.FR.17")
async def removed(station):
    await local_list(station, CARD, version=3)
    await send(station, 4, "Differential", "Accepted", entry(CARD, None))
    await version(station, 4)


@case("TC_D_04_CS", shows="D01.FR.04")
async def emptied(station):
    await local_list(station, CARD, INVALID, version=3)
    await send(station, 4, "Full", "Accepted")
    await version(station, 4)


@case("TC_D_05_CS", shows="D01.FR.05")
async def only_a_new_number(station):
    await local_list(station, CARD, version=3)
    await send(station, 4, "Differential", "Accepted")
    await version(station, 4)


@case("TC_D_06_CS", shows="D01.FR.19")
async def older_number(station):
    await local_list(station, CARD, version=3)
    await send(station, 2, "Differential", "VersionMismatch", entry(OTHER_CARD))
    await version(station, 3)


@case("TC_D_07_CS")
async def over_a_restart(station):
    await local_list(station, CARD, version=3)
    since = await station.power_cycle()
    await station.booted(since)
    await version(station, 3)


@case("TC_D_08_CS", shows="D02.FR.01")
async def number(station):
    await local_list(station, CARD, version=3)
    await version(station, 3)


@case("TC_D_10_CS", shows="D02.FR.03")
async def disabled(station):
    if not await station.config("LocalAuthListCtrlr", "Enabled", "false", optional=True):
        raise NotApplicable("the local list cannot be disabled")
    await version(station, 0)
