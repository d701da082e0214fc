#!/usr/bin/env python3
"""A foreign car charges at the whole station over a virtual cable, to the end of the charge, seen by the backend."""

import json
import os
import subprocess
import sys

from cable import Cable, why_not
from stand import Failure, expect
from world import CARD, World

CONFIG = """
[[session.evse]]
digital_patience = 60

[[v2g.link]]
interface = "{interface}"
evse_id = "ZZ*BWT*E1"
"""
CARS = {
    "ISO 15118-2, three phases": {"supportedProtocols": ["ISO_15118_2"], "energyTransferMode": "AC_three_phase_core"},
    "ISO 15118-2, one phase": {"supportedProtocols": ["ISO_15118_2"], "energyTransferMode": "AC_single_phase_core"},
    "ISO 15118-20 first, then -2": {"supportedProtocols": ["ISO_15118_20_AC", "ISO_15118_2"], "energyTransferMode": "AC_three_phase_core"},
}
COMMON = {"supportedEnergyServices": ["AC"], "isCertInstallNeeded": False, "useTls": False, "chargeLoopCycle": 10}


def one_charge(world, cable, name):
    car = os.path.join(world.folder, "car.json")
    with open(car, "w", encoding="utf-8") as file:
        json.dump({**COMMON, **CARS[name]}, file)
    before = len(world.bus.command("csms", "transactions")["transactions"])
    energy = world.register_wh()
    world.bus.command("plug")
    world.bus.wait(lambda: world.status()["board"]["duty_permille"] == 50, "the pilot does not say 5 %")
    log = open(os.path.join(world.folder, "foreign-car.log"), "a", encoding="utf-8")
    with log:
        words = cable.inside("env", f"NETWORK_INTERFACE={cable.car}", "LOG_LEVEL=INFO", os.environ["BULWATT_VEHICLE_PYTHON"],
                             os.path.join(os.path.dirname(os.path.abspath(__file__)), "car.py"), os.path.join(world.run, "sim.sock"), car)
        process = subprocess.Popen(words, stdout=log, stderr=log, cwd=world.folder)
    try:
        world.bus.wait(lambda: "a car speaks" in world.station_log(), "the foreign car did not find the station")
        world.bus.command("swipe", CARD)
        world.bus.wait(lambda: world.status()["board"]["contactor"], "no charge came about")
        world.bus.wait(lambda: process.poll() is not None, "the foreign car does not come to an end", 60)
    finally:
        process.kill()
        process.wait()
    expect(process.returncode == 0, f"the foreign car ended with {process.returncode}")
    world.bus.wait(lambda: not world.status()["board"]["contactor"], "the contactor stayed closed")
    world.bus.command("swipe", CARD)
    ended = world.bus.wait(lambda: [t for t in world.bus.command("csms", "transactions")["transactions"] if t["ended"]][before:], "the backend did not hear of the end")
    expect(len(ended) == 1, f"{len(ended)} transactions of one charge")
    counted = ended[0]["energy_last_wh"] - ended[0]["energy_start_wh"]
    expect(counted > 0 and abs(counted - (world.register_wh() - energy)) < 2, f"{counted} Wh were told of {world.register_wh() - energy}")
    world.bus.command("unplug")
    world.bus.wait(lambda: world.status()["board"]["pilot"] == "A", "the cable is still in")
    expect(not world.bus.command("csms", "violations").get("violations"), "the backend complains")
    print(f"ok   {name}: {counted:.0f} Wh, seen by the backend", flush=True)


class Watched(World):
    """A world whose station log can be read from where a scenario began."""

    begun = 0

    def station_log(self):
        with open(os.path.join(self.run, "log", "station.log"), encoding="utf-8", errors="replace") as file:
            return file.read()[self.begun:]

    def mark(self):
        self.begun = 0
        self.begun = len(self.station_log())


def main():
    missing = why_not()
    if missing:
        print(f"skipped: {missing}\n0 passed, 0 failed, {len(CARS)} skipped")
        return 0
    passed = failed = 0
    with Cable() as cable, Watched(sys.argv[1], 0, more=CONFIG.format(interface=cable.station)) as world:
        for name in CARS:
            try:
                world.mark()
                one_charge(world, cable, name)
                passed += 1
            except Failure as failure:
                failed += 1
                print(f"FAIL {name}: {failure}", flush=True)
                os.system(f"tail -40 {world.folder}/foreign-car.log")
                world.bus.command("unplug")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
