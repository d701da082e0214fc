"""Block J: meter values."""

import asyncio

from kit.failure import NotApplicable, require, same
from kit.registry import case
from kit.schema import parse_time
from kit.states import session

SAMPLED, ALIGNED = "SampledDataCtrlr", "AlignedDataCtrlr"
REGISTER = "Energy.Active.Import.Register"


async def measurands(station, component, variable):
    return {word for word in (await station.value(component, variable) or "").split(",") if word}


def check_values(value, context, wanted):
    """One MeterValue: every measurand that is configured, in this context."""
    samples = value["sampledValue"]
    same("the context", samples[0].get("context", "Sample.Periodic"), context)
    have = {sample.get("measurand", REGISTER) for sample in samples}
    require(wanted <= have, f"the values lack {sorted(wanted - have)}")


def check_distances(times, interval, aligned):
    """Different times are whole intervals apart; aligned ones also stand on the clock."""
    stamps = sorted({parse_time(text) for text in times})
    require(len(stamps) >= 2, "there are fewer than two times to compare")
    for before, after in zip(stamps, stamps[1:]):
        gap = (after - before).total_seconds()
        require(abs(gap - interval) < (0.01 if aligned else 0.6), f"two times are {gap} s apart, not {interval}")
    if aligned:
        require(all(stamp.timestamp() % interval < 0.01 for stamp in stamps), "a time does not stand on the clock")


async def aligned(station, interval):
    await station.config(ALIGNED, "Enabled", "true", optional=True)
    await station.config(ALIGNED, "Interval", str(interval))


def meter_values(station, since):
    return [m.payload for m in station.csms.from_station("MeterValues", since) if m.payload["evseId"] == 1]


@case("TC_J_01_CS", shows="J01.FR.01 J01.FR.02 J01.FR.03 J01.FR.14")
async def clock_without_transaction(station):
    wanted = await measurands(station, ALIGNED, "Measurands")
    since = station.csms.mark
    await aligned(station, 1)
    messages = await station.until(lambda: len(meter_values(station, since)) >= 3 and meter_values(station, since), 15, "three MeterValues come")
    for message in messages:
        check_values(message["meterValue"][0], "Sample.Clock", wanted)
    check_distances([m["meterValue"][0]["timestamp"] for m in messages], 1, aligned=True)


def of_trigger(station, since, trigger):
    return [e for e in station.events(since) if e["triggerReason"] == trigger]


@case("TC_J_02_CS", shows="J01.FR.01 J01.FR.02 J01.FR.03 J01.FR.14")
async def clock_while_charging(station):
    await station.config(ALIGNED, "SendDuringIdle", "false", optional=True)
    wanted = await measurands(station, ALIGNED, "Measurands")
    await session(station).charging()
    since = station.csms.mark
    await aligned(station, 1)
    events = await station.until(lambda: len(of_trigger(station, since, "MeterValueClock")) >= 3 and of_trigger(station, since, "MeterValueClock"), 15,
                                 "three TransactionEvents with MeterValueClock come")
    for event in events:
        check_values(event["meterValue"][0], "Sample.Clock", wanted)
    check_distances([e["meterValue"][0]["timestamp"] for e in events], 1, aligned=True)


async def values_of_the_end(station, seconds=4):
    one = await session(station).charging()
    await asyncio.sleep(seconds)
    event = await one.gone()
    require(event.payload.get("meterValue"), "the last event has no meter values")
    return event.payload["meterValue"]


@case("TC_J_03_CS", shows="J01.FR.01 J01.FR.02 J01.FR.03")
async def clock_at_the_end(station):
    wanted = await measurands(station, ALIGNED, "TxEndedMeasurands")
    await station.config(ALIGNED, "TxEndedInterval", "1")
    await station.config(SAMPLED, "TxEndedMeasurands", "")
    values = await values_of_the_end(station)
    require(wanted, "AlignedDataCtrlr.TxEndedMeasurands is empty")
    for value in values:
        check_values(value, "Sample.Clock", wanted)
    check_distances([v["timestamp"] for v in values], 1, aligned=True)


async def signed(station, component):
    if not await station.config(component, "SignReadings", "true", optional=True):
        raise NotApplicable("whether values are signed is set by the owner and not by the backend")
    for value in await values_of_the_end(station):
        require(all("signedMeterValue" in sample for sample in value["sampledValue"]), "a value is not signed")


@case("TC_J_04_CS")
async def clock_signed(station):
    await station.config(ALIGNED, "TxEndedInterval", "1", optional=True)
    await signed(station, ALIGNED)


@case("TC_J_06_CS", shows="J01.FR.19 J01.FR.20")
async def clock_only_when_idle(station):
    if not await station.config(ALIGNED, "SendDuringIdle", "true", optional=True):
        raise NotApplicable("the station has no SendDuringIdle")
    since = station.csms.mark
    await aligned(station, 2)
    await station.expect("MeterValues", since=since)
    one = await session(station).charging()
    began = station.csms.mark
    await asyncio.sleep(4.5)
    require(not meter_values(station, began), "MeterValues come during a transaction")
    require(not of_trigger(station, began, "MeterValueClock"), "clock-aligned values come during a transaction")
    await one.gone()
    since = station.csms.mark
    await station.expect("MeterValues", since=since)


@case("TC_J_07_CS", shows="J02.FR.01 J02.FR.02 J02.FR.03 E01.FR.09")
async def samples_at_the_start(station):
    wanted = await measurands(station, SAMPLED, "TxStartedMeasurands")
    one = await session(station).charging()
    first = one.mine()[0]
    same("the first event", first["eventType"], "Started")
    require(first.get("meterValue"), "the first event has no meter value")
    check_values(first["meterValue"][0], "Transaction.Begin", wanted)


@case("TC_J_08_CS", shows="E03.FR.11")
async def samples_once_the_evse_is_known(station):
    """A card reader of a single EVSE knows it at once; then the first event names it."""
    await station.want_points("TxStartPoint", "Authorized")
    wanted = await measurands(station, SAMPLED, "TxStartedMeasurands")
    one = await session(station).learn()
    await one.authorized()
    await one.charging()
    first = next((e for e in one.mine() if e.get("evse")), None)
    require(first, "no event names an EVSE")
    require(first.get("meterValue"), "the first event that names an EVSE has no meter value")
    check_values(first["meterValue"][0], "Transaction.Begin", wanted)


@case("TC_J_09_CS", shows="J02.FR.01 J02.FR.02 J02.FR.03 J02.FR.11 E02.FR.10")
async def samples_while_charging(station):
    await station.config(SAMPLED, "TxUpdatedInterval", "1")
    wanted = await measurands(station, SAMPLED, "TxUpdatedMeasurands")
    one = await session(station).charging()
    events = await station.until(lambda: len(of_trigger(station, one.since, "MeterValuePeriodic")) >= 3 and of_trigger(station, one.since, "MeterValuePeriodic"),
                                 15, "three TransactionEvents with MeterValuePeriodic come")
    for event in events:
        check_values(event["meterValue"][0], "Sample.Periodic", wanted)
    check_distances([e["meterValue"][0]["timestamp"] for e in events], 1, aligned=False)


@case("TC_J_10_CS", shows="E06.FR.11")
async def samples_at_the_end(station):
    wanted = await measurands(station, SAMPLED, "TxEndedMeasurands")
    await station.config(SAMPLED, "TxEndedInterval", "1")
    values = await values_of_the_end(station)
    contexts = [v["sampledValue"][0].get("context", "Sample.Periodic") for v in values]
    require(set(contexts) <= {"Transaction.Begin", "Sample.Periodic", "Transaction.End"}, f"the contexts are {contexts}")
    same("the last context", contexts[-1], "Transaction.End")
    require("Sample.Periodic" in contexts, "no value was sampled in between")
    for value, context in zip(values, contexts):
        check_values(value, context, wanted)
    check_distances([v["timestamp"] for v, c in zip(values, contexts) if c == "Sample.Periodic"], 1, aligned=False)


@case("TC_J_11_CS")
async def samples_signed(station):
    await station.config(SAMPLED, "TxEndedInterval", "1", optional=True)
    await signed(station, SAMPLED)
