#!/usr/bin/env python3
"""A car charges by a meter on a serial line (Modbus RTU), and the meter is exchanged under way.

What was charged is counted on: it never falls, no energy of the other meter is in it, the backend gets the energy that flowed.
"""

import os
import sys

from stand import Stand, expect

STEP_WH = 100  # of this meter's register
SLACK_WH = 4 * STEP_WH  # what flows and is not counted while the meter is exchanged


def station_log(stand):
    with open(os.path.join(stand.run_folder, "log", "station.log"), encoding="utf-8", errors="replace") as file:
        return file.read()


def energy_rises(stand, wh):
    start = stand.page()["energy_wh"]
    stand.bus.wait(lambda: stand.page()["energy_wh"] >= start + wh, "no energy is counted", 60)


def true_wh(stand):
    return stand.world()["meter"]["true_mwh"] / 1000


def exchange(stand):
    before = stand.services()["meter"]["pid"]
    shown = stand.page()["energy_wh"]
    stand.bus.command("fault", "meter_replaced")
    stand.bus.wait(lambda: "is another one, or was reset" in station_log(stand), "the other meter was not noticed")
    expect(shown <= stand.page()["energy_wh"] < shown + 100_000, f"the energy went from {shown} to {stand.page()['energy_wh']} Wh")
    energy_rises(stand, 3 * STEP_WH)
    expect(stand.services()["meter"]["pid"] == before, "the meter service was restarted")
    print("  another meter under way: counted on from its register")


def fault(stand, name, health):
    stand.bus.command("fault", name)
    stand.bus.wait(lambda: health in station_log(stand), f"{name} was not told")
    stand.bus.command("clear", name)
    energy_rises(stand, STEP_WH)
    print(f"  {name} on the serial line: told, and read again")


def ended(stand):
    ours = stand.bus.command("csms", "transactions")["transactions"]
    return ours[0] if ours and all(t["ended"] for t in ours) else None


def main(programs):
    with Stand(programs, "--meter", "em340", "--meter-bus", "--speed", "60") as stand:
        expect(stand.world()["meter"]["model"] == "em340" and stand.world()["meter"]["requests"] > 0, "the meter is not read")
        energy_rises(stand, 2 * STEP_WH)
        print("  a charge is metered over Modbus RTU")
        for name, health in (("meter_silent", "does not answer"), ("meter_garbage", "not Modbus"), ("meter_exception", "Modbus exception")):
            fault(stand, name, health)
        exchange(stand)
        stand.bus.command("swipe", "DEMO-CARD-1")
        one = stand.bus.wait(lambda: ended(stand), "the backend did not hear of the end")
        told = one["energy_last_wh"] - one["energy_start_wh"]
        flowed = true_wh(stand) - 100_000  # a new simulated meter stands at 100 kWh
        expect(abs(told - flowed) <= SLACK_WH + STEP_WH, f"the backend was told {told} Wh, {flowed} Wh have flowed")
        violations = stand.bus.command("csms", "violations")["violations"]
        expect(not violations, f"violations at the backend: {violations}")
        print(f"  backend: {told:.0f} Wh of {flowed:.0f} Wh, no violation")
        stand.bus.command("unplug")


if __name__ == "__main__":
    main(sys.argv[1])
