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


def check_backend(stand, started_at):
    def ended():
        ours = stand.bus.command("csms", "transactions")["transactions"]
        return ours if ours and all(t["ended"] for t in ours) else None

    transactions = stand.bus.wait(ended, "the backend did not hear of the end")
    expect(len(transactions) == 1, f"the backend saw {len(transactions)} transactions instead of 1")
    one = transactions[0]
    expect(one["started"] == 1 and one["ended"] == 1, f"Started {one['started']} times, Ended {one['ended']} times")
    expect(one["seq_no"] == list(range(len(one["seq_no"]))), f"sequence numbers {one['seq_no']}")
    violations = stand.bus.command("csms", "violations")["violations"]
    expect(not violations, f"violations at the backend: {violations}")
    register = stand.world()["meter"]["energy_mwh"]
    expect(abs(one["energy_wh"] * 1000 - (register - started_at)) < 2000,
           f"the backend was told {one['energy_wh']} Wh, the meter counted {(register - started_at) / 1000} Wh")
    print(f"  backend: {len(one['seq_no'])} events, {one['energy_wh']} Wh, no violation")


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
        check_backend(stand, 100_000_000)
        stand.bus.command("unplug")


if __name__ == "__main__":
    main(sys.argv[1])
