#!/usr/bin/env python3
"""kill -9 of every service, once each, while a car charges.

The contactor stays closed, the others live on, and the backend sees one transaction: one Started, one Ended, no number
missing, the energy of the meter.
"""

import os
import signal
import sys

from stand import Stand, expect


def kill_one(stand, name):
    before = stand.services()
    os.kill(before[name]["pid"], signal.SIGKILL)

    def back():
        now = stand.services()
        return now if now[name]["state"] == "ready" and now[name]["pid"] != before[name]["pid"] else None

    now = stand.bus.wait(back, f"{name} did not come back", 10)
    for other, service in now.items():
        if other != name:
            expect(service["pid"] == before[other]["pid"], f"{other} was restarted although only {name} was killed")
    gap_ms = (now[name]["ready_us"] - now[name]["died_us"]) / 1000
    print(f"  {name}: back after {gap_ms:.1f} ms")


def opened(stand):
    return [e for e in stand.bus.events if e["event"] == "board" and not e.get("contactor", True)]


def settle(stand):
    """Energy flows again and nothing waits for the backend: the killed service does its job."""
    start = stand.world()["meter"]["energy_mwh"]
    stand.bus.wait(lambda: stand.world()["meter"]["energy_mwh"] > start, "no energy flows after the kill", 10)


def check_backend(stand):
    def ended():
        ours = stand.bus.command("csms", "transactions")["transactions"]
        return ours if ours and all(t["ended"] for t in ours) else None

    transactions = stand.bus.wait(ended, "the backend did not hear of the end")
    expect(len(transactions) == 1, f"the backend saw {len(transactions)} transactions instead of 1")
    one = transactions[0]
    events = stand.bus.command("csms", "events")["events"]
    told = {e["seq_no"]: e["type"] for e in events}
    expect(sorted(told) == list(range(one["last_seq_no"] + 1)), f"sequence numbers {sorted(told)}")
    types = list(told.values())
    expect(types.count("Started") == 1 and types.count("Ended") == 1, f"event types {types}")
    violations = stand.bus.command("csms", "violations")["violations"]
    expect(not violations, f"violations at the backend: {violations}")
    register_wh = stand.world()["meter"]["energy_mwh"] / 1000
    expect(abs(one["energy_last_wh"] - register_wh) < 8,  # the time-lapse counts some 180 Wh a second
           f"the backend was told a last register of {one['energy_last_wh']} Wh, the meter stands at {register_wh} Wh")
    energy = one["energy_last_wh"] - one["energy_start_wh"]
    print(f"  backend: {len(told)} events, {energy:.1f} Wh, no violation")


def main(programs):
    with Stand(programs) as stand:
        stand.bus.events.clear()
        for name in list(stand.services()):
            kill_one(stand, name)
            settle(stand)
        expect(not opened(stand), "the contactor opened")
        print("  the contactor stayed closed")
        stand.bus.command("swipe", "DEMO-CARD-1")
        stand.bus.wait(lambda: opened(stand), "the charge did not stop")
        check_backend(stand)
        stand.bus.command("unplug")
        with open(os.path.join(stand.folder, "world", "log", "station.log"), encoding="utf-8") as log:
            expect("allocated after the start" not in log.read(), "power allocated memory after its start")


if __name__ == "__main__":
    main(sys.argv[1])
