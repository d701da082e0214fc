#!/usr/bin/env python3
"""Two EVSEs charge at once, and every service is killed once meanwhile.

Neither contactor opens, and the backend sees two whole transactions, each at its EVSE and with the register of its meter.
"""

import os
import sys

from kill_each_once import kill_one
from stand import Bus, Stand, expect


def opened(bus):
    return [e for e in bus.events if e["event"] == "board" and not e.get("contactor", True)]


def closed(bus):
    return [e for e in bus.events if e["event"] == "board" and e.get("contactor")]


def register_wh(bus):
    return bus.command("status")["status"]["meter"]["energy_mwh"] / 1000


def settle(buses):
    before = [register_wh(bus) for bus in buses]
    for bus, start in zip(buses, before):
        bus.wait(lambda bus=bus, start=start: register_wh(bus) > start, "no energy flows after the kill", 10)


def check_backend(first, buses):
    def ended():
        ours = first.command("csms", "transactions")["transactions"]
        return ours if len(ours) == 2 and all(t["ended"] for t in ours) else None

    transactions = first.wait(ended, "the backend did not hear of both ends")
    events = first.command("csms", "events")["events"]
    for one in transactions:
        told = [e for e in events if e["transaction_id"] == one["transaction_id"]]
        numbers = sorted({e["seq_no"] for e in told})
        expect(numbers == list(range(one["last_seq_no"] + 1)), f"sequence numbers {numbers} of {one['transaction_id']}")
        types = [e["type"] for e in told]
        expect(types.count("Started") == 1 and types.count("Ended") == 1, f"event types {types}")
    last = sorted(t["energy_last_wh"] for t in transactions)
    meters = sorted(register_wh(bus) for bus in buses)
    for said, is_now in zip(last, meters):
        expect(abs(said - is_now) < 8, f"the backend was told {said} Wh, the meter stands at {is_now} Wh")
    violations = first.command("csms", "violations")["violations"]
    expect(not violations, f"violations at the backend: {violations}")
    print(f"  backend: 2 transactions, {len(events)} events, no violation")


def main(programs):
    with Stand(programs, "--evses", "2") as stand:
        first = stand.bus
        second = Bus(os.path.join(stand.run_folder, "sim2.sock"))
        second.command("plug")
        first.wait(lambda: second.command("status")["status"]["board"]["pilot"] != "A", "the second board sees no car")
        first.command("swipe", "DEMO-CARD-2")
        second.wait(lambda: closed(second), "the second car does not charge")
        print("  both EVSEs charge")
        first.events.clear()
        second.events.clear()
        for name in list(stand.services()):
            kill_one(stand, name)
            settle([first, second])
            second.pump(0.01)
        expect(not opened(first) and not opened(second), "a contactor opened")
        print("  both contactors stayed closed")
        first.command("swipe", "DEMO-CARD-2")
        second.wait(lambda: opened(second), "the second charge did not stop")
        expect(not opened(first), "the first charge stopped with the second")
        first.command("swipe", "DEMO-CARD-1")
        first.wait(lambda: opened(first), "the first charge did not stop")
        check_backend(first, [first, second])


if __name__ == "__main__":
    main(sys.argv[1])
