"""Block G: availability."""

from kit.failure import require, same
from kit.registry import case
from kit.states import session, unavailable

EVSE = {"id": 1}
CONNECTOR = {"id": 1, "connectorId": 1}


async def change(station, status, wanted, evse=None):
    more = {"evse": evse} if evse else {}
    return await station.ask("ChangeAvailability", wanted, operationalStatus=status, **more)


@case("TC_G_01_CS", shows="G01.FR.01")
async def available_to_occupied(station):
    await session(station).connected()


@case("TC_G_02_CS", shows="G01.FR.01")
async def occupied_to_available(station):
    await session(station).connected()
    since = station.csms.mark
    await station.unplug()
    await station.connector("Available", since)


async def to_inoperative(station, evse):
    since = station.csms.mark
    await change(station, "Inoperative", "Accepted", evse)
    await station.connector("Unavailable", since)


async def no_change(station, status, evse):
    """The answer is Accepted and the state stays."""
    since = station.csms.mark
    await change(station, status, "Accepted", evse)
    wrong = "Available" if status == "Inoperative" else "Unavailable"
    await station.never("StatusNotification", lambda p: p["connectorStatus"] == wrong, since, what=f"with {wrong}")


async def back_to_operative(station, evse):
    await unavailable(station, **(evse or {}))
    since = station.csms.mark
    await change(station, "Operative", "Accepted", evse)
    await station.connector("Available", since)


async def again_inoperative(station, evse):
    await unavailable(station, **(evse or {}))
    await no_change(station, "Inoperative", evse)


async def while_charging(station, evse):
    """The change waits for the end of the transaction."""
    one = await session(station).charging()
    since = station.csms.mark
    await change(station, "Inoperative", "Scheduled", evse)
    require(not one.over, "a scheduled change of availability ended the transaction")
    require(station.world.contactor_closed(), "a scheduled change of availability stopped the energy")
    await one.stop_authorized()
    await one.power_off()
    if not one.over:
        await station.unplug()
        await station.ended(one.since)
    await station.connector("Unavailable", since)


async def persists(station, evse):
    await unavailable(station, **(evse or {}))
    since = await station.power_cycle()
    boot = await station.booted(since, status="Unavailable")
    told = [m.payload for m in station.csms.from_station("StatusNotification", boot.index)]
    require(all(p["evseId"] != 0 and p["connectorId"] != 0 for p in told), "a status names EVSE or connector 0")
    event = await station.expect("SecurityEventNotification", since=since)
    same("the security event after a start", event.payload["type"], ("StartupOfTheDevice", "ResetOrReboot"))


@case("TC_G_03_CS", shows="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.06")
async def evse_to_inoperative(station):
    await to_inoperative(station, EVSE)


@case("TC_G_09_CS", shows="G03.FR.03")
async def evse_stays_operative(station):
    await no_change(station, "Operative", EVSE)


@case("TC_G_04_CS", shows="G03.FR.04 G03.FR.07")
async def evse_to_operative(station):
    await back_to_operative(station, EVSE)


@case("TC_G_10_CS", shows="G03.FR.03")
async def evse_stays_inoperative(station):
    await again_inoperative(station, EVSE)


@case("TC_G_11_CS", shows="G03.FR.05")
async def evse_while_charging(station):
    await while_charging(station, EVSE)


@case("TC_G_18_CS", shows="G03.FR.08")
async def evse_over_a_restart(station):
    await persists(station, EVSE)


@case("TC_G_05_CS", shows="G04.FR.01 G04.FR.02 G04.FR.05 G04.FR.07")
async def station_to_inoperative(station):
    await to_inoperative(station, None)


@case("TC_G_12_CS", shows="G04.FR.04")
async def station_stays_operative(station):
    await no_change(station, "Operative", None)


@case("TC_G_06_CS", shows="G04.FR.05 G04.FR.08")
async def station_to_operative(station):
    await back_to_operative(station, None)


@case("TC_G_13_CS", shows="G04.FR.04")
async def station_stays_inoperative(station):
    await again_inoperative(station, None)


@case("TC_G_21_CS", shows="G04.FR.09")
async def station_over_a_restart(station):
    await persists(station, None)


@case("TC_G_14_CS", shows="G04.FR.06")
async def station_while_charging(station):
    await while_charging(station, None)


@case("TC_G_07_CS", shows="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.06")
async def connector_to_inoperative(station):
    await to_inoperative(station, CONNECTOR)


@case("TC_G_15_CS", shows="G03.FR.03")
async def connector_stays_operative(station):
    await no_change(station, "Operative", CONNECTOR)


@case("TC_G_08_CS", shows="G03.FR.04 G03.FR.07")
async def connector_to_operative(station):
    await back_to_operative(station, CONNECTOR)


@case("TC_G_16_CS", shows="G03.FR.03")
async def connector_stays_inoperative(station):
    await again_inoperative(station, CONNECTOR)


@case("TC_G_17_CS", shows="G03.FR.05")
async def connector_while_charging(station):
    await while_charging(station, CONNECTOR)


@case("TC_G_19_CS", shows="G03.FR.08")
async def connector_over_a_restart(station):
    await persists(station, CONNECTOR)
