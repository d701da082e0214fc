#!/usr/bin/env python3
"""What happens around a station while a car charges: the backend goes away, the meter talks nonsense, earth is lost.

Nothing is lost, the driver is told, and what can go on goes on.
"""

import socket
import sys

from stand import Failure, Stand, expect


def backend_goes_away(stand):
    stand.bus.command("network", "down")
    stand.bus.wait(lambda: not stand.page()["online"], "the station did not see that the backend is gone")
    energy_rises(stand)
    before = len(events(stand))
    wait_for_updates(stand)
    stand.bus.command("network", "up")
    stand.bus.wait(lambda: stand.page()["online"], "the station did not come back to the backend", 90)
    stand.bus.wait(lambda: any(e["offline"] for e in events(stand)), "no event was marked as of the time offline")
    expect(len(events(stand)) > before, "the events of the time offline did not arrive")
    print("  backend away and back: events of that time arrived, marked offline")


def wait_for_updates(stand):
    """Until at least one periodic sample was taken without a backend (every five seconds in the demo)."""
    start = stand.page()["energy_wh"]
    stand.bus.wait(lambda: stand.page()["energy_wh"] > start + 900, "no energy flows without a backend", 60)


def energy_rises(stand):
    start = stand.page()["energy_wh"]
    stand.bus.wait(lambda: stand.page()["energy_wh"] > start, "no energy flows", 20)


def events(stand):
    return stand.bus.command("csms", "events")["events"]


def meter_talks_nonsense(stand, fault):
    before = stand.services()["meter"]["pid"]
    stand.bus.command("fault", fault)
    start = stand.world()["ev"]["drawn_mwh"]
    stand.bus.wait(lambda: stand.world()["ev"]["drawn_mwh"] > start + 200_000, "the charge stopped at once with the meter")
    stand.bus.command("clear", fault)
    energy_rises(stand)
    expect(stand.services()["meter"]["pid"] == before, f"{fault} ended the meter service")
    print(f"  {fault}: the service lived on and reads again")


def earth_is_lost(stand):
    stand.bus.command("fault", "pe_loss")
    stand.bus.wait(lambda: not stand.world()["board"]["contactor"], "the contactor stayed closed without earth", 2)
    state = stand.bus.wait(lambda: stand.page() if stand.page()["state"] == "faulted" else None, "the page shows no fault")
    expect("pe_loss" in state["faults"] and state["notice"], f"the driver is not told: {state}")
    stand.bus.command("clear", "pe_loss")
    stand.bus.command("unplug")
    stand.bus.wait(lambda: stand.page()["state"] == "available", "the station did not recover")
    print("  earth lost: contactor open, driver told, available again after it")


def check_backend(stand):
    transactions = stand.bus.wait(lambda: [t for t in stand.bus.command("csms", "transactions")["transactions"] if t["ended"]],
                                  "the backend did not hear of the end")
    expect(len(transactions) == 1, f"{len(transactions)} transactions")
    told = sorted(e["seq_no"] for e in events(stand))
    expect(told == list(range(transactions[0]["last_seq_no"] + 1)), f"sequence numbers {told}")
    violations = stand.bus.command("csms", "violations")["violations"]
    expect(not violations, f"violations at the backend: {violations}")
    print(f"  backend: {len(told)} events, none missing, no violation")


def page_is_for_this_machine(stand):
    for host in ("127.0.0.1", "::1"):
        try:
            socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
        except OSError:
            print(f"  the page on {host}: not tried, the host does not have that address")
            continue
        expect(stand.page(host)["state"] == "charging", f"the page on {host} does not show the charge")
    for host in ("127.0.0.2", machine_address()):
        try:
            socket.create_connection((host, stand.page_port), timeout=2).close()
        except OSError:
            continue
        raise Failure(f"the page is served on {host}")
    print("  the page: on the loopback addresses, nowhere else")


def machine_address():
    """The address that this machine would use for others; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.3"
        return probe.getsockname()[0]


def main(programs):
    with Stand(programs) as stand:
        page_is_for_this_machine(stand)
        backend_goes_away(stand)
        for fault in ("meter_garbage", "meter_silent", "meter_exception", "meter_nan", "meter_absent"):
            meter_talks_nonsense(stand, fault)
        earth_is_lost(stand)
        check_backend(stand)


if __name__ == "__main__":
    main(sys.argv[1])
