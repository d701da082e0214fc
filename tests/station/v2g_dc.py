#!/usr/bin/env python3
"""Direct current, from the car's first word to the backend's last: DIN SPEC 70121, ISO 15118-2, and ISO 15118-2 over TLS by contract.

The safety controller closes, tests the isolation, and lets the supply follow the car only after that. What breaks (isolation, precharge
resistor, a supply that is silent or weak, heat, a welded contact, a contact that stays charged) ends without energy and leaves the outlet
dead. v2g, session, power and the safety controller's lease die in mid-charge.
"""

import os
import signal
import sys
import time

from cable import Cable, why_not
from secured import Secured
from speaking import begins
from stand import expect
from world import CARD

EMAID = "DE8AATESTA00012"
BATTERY_MV = 400_000
SAFE_MV = 60_000
DIN = ("--mode", "din-dc")
ISO = ("--mode", "iso2-dc")
NAMES = {DIN: "DIN SPEC 70121", ISO: "ISO 15118-2 DC"}


def board(world):
    return world.status()["board"]


def boards(world):
    """What the safety controller showed since the events were cleared."""
    return [e for e in world.bus.events if e["event"] == "board"]


def is_dead(world):
    now = board(world)
    return not now["contactor"] and now["outlet_mv"] < SAFE_MV and now["outlet_ma"] == 0


def ended_well(world, sessions):
    world.until(lambda: world.car()["sessions"] > sessions, "the session did not end")
    expect(world.car()["problem"] == "", f"the session ended badly: {world.car()['problem']}")
    world.until(lambda: is_dead(world), "the outlet is not dead")


def one_transaction(world, before, energy_wh):
    """The backend heard of one transaction more, with the energy that the meter counted."""
    world.until(lambda: len(world.transactions()) > len(before) and all(t.get("ended") for t in world.transactions()), "the backend did not hear of the end")
    told = [t for t in world.transactions() if t["transaction_id"] not in [b["transaction_id"] for b in before]]
    expect(len(told) == 1, f"{len(told)} transactions of one charge")
    counted = told[0]["energy_last_wh"] - told[0]["energy_start_wh"]
    expect(counted > 0 and abs(counted - (world.register_wh() - energy_wh)) < 2, f"{counted} Wh were told, the meter counted {world.register_wh() - energy_wh}")
    return counted


def flows(world, energy_wh):
    world.until(lambda: board(world)["outlet_ma"] > 10_000, "no current flows")
    world.until(lambda: world.register_wh() > energy_wh + 20, "no energy is counted")


def a_whole_charge(world, mode):
    world.speak(*mode)
    world.bus.events.clear()
    before, energy = world.transactions(), world.register_wh()
    begins(world)
    flows(world, energy)
    expect(board(world)["duty_permille"] == 50, "the signal changed while the car speaks")
    world.until(lambda: abs(world.car()["present_mv"] - BATTERY_MV) < 20_000 and world.car()["present_ma"] > 10_000, "the car is not told voltage and current")
    tested = [e["outlet_mv"] for e in boards(world) if e["isolation"] == "testing"]
    expect(tested and max(tested) >= 480_000, f"the isolation was tested with {max(tested, default=0)} mV")
    early = [e for e in boards(world) if e["isolation"] in ("idle", "testing") and e["outlet_ma"] > 0]
    expect(not early, f"current before the isolation was tested: {early[:1]}")
    page = world.page()["vehicle"]
    expect(page["soc_percent"] >= 20 and page["target_ma"] > 0 and page["target_mv"] > BATTERY_MV, f"the page shows {page}")
    took = {k: world.car()[k] for k in ("to_energy_ms", "loop_p50_ms", "loop_p99_ms")}
    world.bus.command("evcc", "stop")
    ended_well(world, 0)
    world.bus.command("swipe", CARD)
    counted = one_transaction(world, before, energy)
    world.unplug()
    world.silence()
    print(f"  {NAMES[mode]} to its end: {counted:.0f} Wh told to the backend and counted by the meter; energy {took['to_energy_ms']:.0f} ms after the car "
          f"began to look, loop p50 {took['loop_p50_ms']:.2f} ms, p99 {took['loop_p99_ms']:.2f} ms")


def by_card(world):
    """The driver ends it: the car is asked to stop by message, and does."""
    world.speak(*ISO)
    before, energy = world.transactions(), world.register_wh()
    begins(world)
    flows(world, energy)
    world.bus.command("swipe", CARD)
    ended_well(world, 0)
    one_transaction(world, before, energy)
    world.unplug()
    world.silence()
    print("  ended by card: the car was asked to stop and ended its session")


def mended(world):
    """Nothing is broken any more, and the outlet takes the next car."""
    world.bus.command("clear", "all")
    world.unplug()
    world.until(lambda: not board(world)["faults"] and is_dead(world), "the outlet does not come back")
    world.until(lambda: all(t.get("ended") for t in world.transactions()), "a transaction goes on without a cable")
    world.silence()
    world.until(lambda: world.page().get("state") == "available", "the station does not become free again")


def authorizes(world):
    world.bus.events.clear()
    world.bus.command("plug")
    world.until(lambda: world.car()["step"] == "AuthorizationReq", "the car did not get to its authorization")
    world.bus.command("swipe", CARD)


def broken_before(world, fault, problem, seen):
    """Broken before the car comes: its session ends before the supply gives anything to it."""
    world.bus.command("fault", fault)
    world.speak(*ISO)
    authorizes(world)
    world.until(lambda: world.car()["sessions"] == 1, f"{fault}: the car's session goes on")
    expect(world.car()["problem"].startswith(problem), f"{fault}: the car says {world.car()['problem']!r}")
    world.until(lambda: is_dead(world), f"{fault}: the outlet is not dead")
    expect(not [e for e in boards(world) if e["outlet_ma"] > 0], f"{fault}: current flowed")
    expect([e for e in boards(world) if seen in e["faults"] or e["isolation"] == seen], f"{fault}: the safety controller does not say {seen}")
    mended(world)


def broken_at_precharge(world):
    """The supply turns weak after the isolation was tested: the outlet never gets the battery's voltage."""
    world.speak(*DIN)
    authorizes(world)
    world.until(lambda: [e for e in boards(world) if e["isolation"] == "valid"], "the isolation was not tested")
    world.bus.command("fault", "supply_low")
    world.until(lambda: world.car()["sessions"] == 1, "the car's session goes on")
    expect(world.car()["problem"].startswith("PreChargeReq was refused"), f"the car says {world.car()['problem']!r}")
    world.until(lambda: is_dead(world), "the outlet is not dead")
    expect(not [e for e in boards(world) if e["outlet_ma"] > 0], "current flowed")
    mended(world)


def charges(world, mode=ISO):
    world.speak(*mode)
    begins(world)
    world.until(lambda: board(world)["outlet_ma"] > 10_000, "no current flows")


def broken_under_way(world, fault, name):
    charges(world)
    began = time.monotonic()
    world.bus.command("fault", fault)
    world.until(lambda: is_dead(world), f"{fault}: the outlet is not dead")
    took = time.monotonic() - began
    world.until(lambda: name in board(world)["faults"], f"{fault}: the safety controller does not say {name}")
    world.until(lambda: world.car()["sessions"] == 1, f"{fault}: the car's session goes on")
    mended(world)
    return f"{fault} {took * 1000:.0f} ms"


def found_at_the_end(world, fault, name):
    """What only opening shows."""
    charges(world)
    world.bus.command("fault", fault)
    world.bus.command("evcc", "stop")
    world.until(lambda: world.car()["sessions"] == 1, f"{fault}: the session did not end")
    world.until(lambda: name in board(world)["faults"], f"{fault}: the safety controller does not say {name}")
    expect(board(world)["outlet_ma"] == 0, f"{fault}: current flows")
    mended(world)


def a_warning(world):
    world.bus.command("fault", "isolation_low")
    charges(world)
    expect(board(world)["isolation"] == "warning", "the warning is not told")
    world.bus.command("evcc", "stop")
    ended_well(world, 0)
    mended(world)


def what_breaks(world):
    broken_before(world, "precharge", "CableCheckReq was refused", "precharge")
    broken_before(world, "supply_low", "CableCheckReq was refused", "fault")
    broken_before(world, "supply_silent", "CableCheckReq was refused", "supply")
    broken_at_precharge(world)
    a_warning(world)
    print("  broken before energy (resistor, weak and silent supply, precharge that does not reach): no current, the car is told; a warning charges")
    dead = [broken_under_way(world, fault, name) for fault, name in (("isolation", "isolation"), ("supply_silent", "supply"), ("overtemp", "overtemp"), ("estop", "estop"))]
    for fault, name in (("weld", "weld"), ("weld_negative", "weld"), ("discharge", "discharge")):
        found_at_the_end(world, fault, name)
    print(f"  broken under way, dead after: {', '.join(dead)}; welds and an outlet that stays charged found at the end")


def v2g_dies(world):
    charges(world)
    pids = {name: s["pid"] for name, s in world.services().items()}
    running = [t["transaction_id"] for t in world.transactions() if not t.get("ended")]
    os.kill(pids["v2g"], signal.SIGKILL)
    began = time.monotonic()
    world.until(lambda: board(world)["outlet_ma"] == 0, "current flows without v2g")
    no_current = time.monotonic() - began
    world.until(lambda: is_dead(world), "the outlet is not dead")
    opened = time.monotonic() - began
    world.until(lambda: world.services()["v2g"]["state"] == "ready" and not world.car()["speaks"], "v2g did not come back, or the car did not notice")
    now = {name: s["pid"] for name, s in world.services().items()}
    expect({n: p for n, p in now.items() if n != "v2g"} == {n: p for n, p in pids.items() if n != "v2g"}, "another service was restarted")
    world.bus.command("evcc", "start")
    world.until(lambda: board(world)["outlet_ma"] > 10_000, "the car could not come back")
    expect([t["transaction_id"] for t in world.transactions() if not t.get("ended")] == running, "another transaction began")
    world.bus.command("evcc", "stop")
    ended_well(world, 1)
    mended(world)
    print(f"  v2g killed: no current after {no_current * 1000:.0f} ms, dead after {opened * 1000:.0f} ms, same transaction when the car came back")


def power_and_session_die(world):
    """One after the other: the charge goes on."""
    charges(world)
    for name in ("power", "session"):
        world.bus.events.clear()
        pid = world.services()[name]["pid"]
        os.kill(pid, signal.SIGKILL)
        world.until(lambda: world.services()[name]["state"] == "ready" and world.services()[name]["pid"] != pid, f"{name} did not come back")
        world.until(lambda: board(world)["outlet_ma"] > 10_000, f"no current after {name} was killed")
        loops = world.car()["loops"]
        world.until(lambda: world.car()["loops"] > loops + 20, "the car does not go on")
        expect(all(e["contactor"] for e in boards(world)), f"the contactor opened when {name} was killed")
    expect(board(world)["outlet_ma"] > 10_000, "no current")
    world.bus.command("evcc", "stop")
    ended_well(world, 0)
    mended(world)
    print("  power and session killed under way: the charge went on")


def everything_dies(world):
    charges(world)
    world.kill_station()
    began = time.monotonic()
    world.until(lambda: board(world)["outlet_ma"] == 0, "current flows without a station")
    no_current = time.monotonic() - began
    world.until(lambda: is_dead(world), "the outlet is not dead")
    opened = time.monotonic() - began
    world.start_station()
    mended(world)
    print(f"  the whole station killed: no current after {no_current * 1000:.0f} ms, dead after {opened * 1000:.0f} ms")


def by_contract(world):
    world.trusts_operators()
    contract = os.path.join(world.v2g_pki, "mo", "contract")
    world.speak(*ISO, "--tls", "iso2", "--trust", world.root, "--contract", f"{contract}.pem", "--contract-key", f"{contract}.key")
    world.bus.events.clear()
    before, energy = world.transactions(), world.register_wh()
    world.bus.command("plug")
    flows(world, energy)
    world.until(lambda: world.car()["receipts"] >= 1, "the car was not asked for a receipt")
    expect(world.car()["tls"].startswith("TLSv1.2"), f"not over TLS: {world.car()['tls']}")
    asked = [e["payload"]["idToken"] for e in world.bus.events if e["event"] == "ocpp" and e.get("action") == "Authorize" and e.get("direction") == "in"]
    expect(asked == [{"idToken": EMAID, "type": "eMAID"}], f"the backend was asked about {asked}")
    receipts = world.car()["receipts"]
    world.bus.command("evcc", "stop")
    ended_well(world, 0)
    world.unplug()
    counted = one_transaction(world, before, energy)
    mended(world)
    print(f"  ISO 15118-2 DC over TLS, by contract {EMAID}: {counted:.0f} Wh told to the backend, {receipts} receipts")


def main():
    missing = why_not()
    if missing:
        print(f"skipped: {missing}")
        return
    with Cable() as cable, Secured(sys.argv[1], cable, more="\n[v2g]\nreceipt_every = 20\n", tokens=(EMAID,), direct=True) as world:
        world.ready()
        for mode in NAMES:
            a_whole_charge(world, mode)
        by_card(world)
        v2g_dies(world)
        power_and_session_die(world)
        what_breaks(world)
        by_contract(world)
        expect(not world.bus.command("csms", "violations").get("violations"), "the backend complains")
        expect(world.ledger(), "the ledger is empty")
        everything_dies(world)
    print("v2g_dc: passed")


main()
