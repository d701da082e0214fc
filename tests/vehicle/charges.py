#!/usr/bin/env python3
"""A foreign car charges at the whole station over a virtual cable, to the end of the charge, seen by the backend."""

import json
import os
import shutil
import ssl
import subprocess
import sys

import speaking
from cable import Cable, why_not
from secured import Secured
from stand import Failure, expect
from world import CARD

EMAID = "DE8AATESTA00012"
SLOW_S = 120  # its codec is a virtual machine of its own
speaking.PATIENCE_OF_STATION_S = 120  # the foreign car is not quick to begin
CARS = {
    "ISO 15118-2, three phases": {"supportedProtocols": ["ISO_15118_2"], "energyTransferMode": "AC_three_phase_core"},
    "ISO 15118-2, one phase": {"supportedProtocols": ["ISO_15118_2"], "energyTransferMode": "AC_single_phase_core"},
    "ISO 15118-20 first, then -2": {"supportedProtocols": ["ISO_15118_20_AC", "ISO_15118_2"], "energyTransferMode": "AC_three_phase_core"},
    "ISO 15118-2 over TLS": {"supportedProtocols": ["ISO_15118_2"], "energyTransferMode": "AC_three_phase_core", "useTls": True},
    "ISO 15118-2 over TLS, by contract": {"supportedProtocols": ["ISO_15118_2"], "energyTransferMode": "AC_three_phase_core", "useTls": True},
}
# At a station of direct current, and one that has no root of contracts.
DIRECT = {
    "DIN SPEC 70121": {"supportedProtocols": ["DIN_SPEC_70121"], "energyTransferMode": "DC_extended"},
    "ISO 15118-2, direct current": {"supportedProtocols": ["ISO_15118_2"], "energyTransferMode": "DC_extended"},
    "ISO 15118-2 and DIN SPEC 70121, direct current over TLS": {"supportedProtocols": ["ISO_15118_2", "DIN_SPEC_70121"], "energyTransferMode": "DC_extended", "useTls": True},
}
# This car pays by contract whenever the station lets it: so the station learns of the operators' root between these two.
BY_CONTRACT = "ISO 15118-2 over TLS, by contract"
# Where the foreign car looks for what it has, and where that is in our test hierarchy.
CERTIFICATES = {"contractLeafCert": "mo/contract", "moSubCA2Cert": "mo/sub2", "moSubCA1Cert": "mo/sub1", "moRootCACert": "mo/root", "v2gRootCACert": "v2g/root"}
COMMON = {"supportedEnergyServices": ["AC"], "isCertInstallNeeded": False, "useTls": False, "chargeLoopCycle": 10}


def equip(world):
    """The folder of certificates and keys as the package has it."""
    folder = os.path.join(world.folder, "foreign-pki", "iso15118_2")
    for part in ("certs", "private_keys"):
        os.makedirs(os.path.join(folder, part))
    for name, ours in CERTIFICATES.items():
        with open(os.path.join(world.v2g_pki, f"{ours}.pem"), encoding="ascii") as file:
            first = file.read().split(ssl.PEM_FOOTER)[0] + ssl.PEM_FOOTER + "\n"
        with open(os.path.join(folder, "certs", f"{name}.pem"), "w", encoding="ascii") as file:
            file.write(first)
        with open(os.path.join(folder, "certs", f"{name}.der"), "wb") as file:
            file.write(ssl.PEM_cert_to_DER_cert(first))
    shutil.copyfile(os.path.join(world.v2g_pki, "mo", "contract.key"), os.path.join(folder, "private_keys", "contractLeaf.key"))
    open(os.path.join(folder, "private_keys", "contractLeafPassword.txt"), "w", encoding="ascii").close()
    return os.path.dirname(folder)


def one_charge(world, cable, name, kind):
    car = os.path.join(world.folder, "car.json")
    with open(car, "w", encoding="utf-8") as file:
        json.dump({**COMMON, **kind}, file)
    before = len(world.bus.command("csms", "transactions")["transactions"])
    energy = world.register_wh()
    world.bus.command("plug")
    world.bus.wait(lambda: world.status()["board"]["duty_permille"] == 50, "the pilot does not say 5 %")
    log = open(os.path.join(world.folder, "foreign-car.log"), "a", encoding="utf-8")
    with log:
        words = cable.inside("env", f"NETWORK_INTERFACE={cable.car}", "LOG_LEVEL=INFO", f"PKI_PATH={world.foreign_pki}", os.environ["BULWATT_VEHICLE_PYTHON"],
                             os.path.join(os.path.dirname(os.path.abspath(__file__)), "car.py"), os.path.join(world.run, "sim.sock"), car)
        process = subprocess.Popen(words, stdout=log, stderr=log, cwd=world.folder)
    try:
        world.bus.wait(lambda: "a car speaks" in world.station_log(), "the foreign car did not find the station", SLOW_S)
        world.bus.events.clear()
        if name != BY_CONTRACT:
            world.bus.command("swipe", CARD)
        world.bus.wait(lambda: world.status()["board"]["contactor"], "no charge came about")
        if kind.get("useTls"):
            expect(f"a car at EVSE 1 has TLSv1.2 secp256r1 ECDHE-ECDSA-AES128-SHA256" in world.station_log(), "not over TLS as the standard has it")
        asked = [e["payload"]["idToken"]["idToken"] for e in world.bus.events if e["event"] == "ocpp" and e.get("action") == "Authorize" and e.get("direction") == "in"]
        expect(asked in ([EMAID] if name == BY_CONTRACT else [CARD], []) and (name != BY_CONTRACT or asked), f"the backend was asked about {asked}")
        world.bus.wait(lambda: process.poll() is not None, "the foreign car does not come to an end", SLOW_S)
    finally:
        process.kill()
        process.wait()
    expect(process.returncode == 0, f"the foreign car ended with {process.returncode}")
    world.bus.wait(lambda: not world.status()["board"]["contactor"], "the contactor stayed closed")
    if name == BY_CONTRACT:
        world.bus.command("unplug")
    else:
        world.bus.command("swipe", CARD)
    ended = world.bus.wait(lambda: [t for t in world.bus.command("csms", "transactions")["transactions"] if t["ended"]][before:], "the backend did not hear of the end")
    expect(len(ended) == 1, f"{len(ended)} transactions of one charge")
    counted = ended[0]["energy_last_wh"] - ended[0]["energy_start_wh"]
    expect(counted > 0 and abs(counted - (world.register_wh() - energy)) < 2, f"{counted} Wh were told of {world.register_wh() - energy}")
    if name != BY_CONTRACT:
        world.bus.command("unplug")
    world.bus.wait(lambda: world.status()["board"]["pilot"] == "A", "the cable is still in")
    expect(not world.bus.command("csms", "violations").get("violations"), "the backend complains")
    print(f"ok   {name}: {counted:.0f} Wh, seen by the backend", flush=True)


class Watched(Secured):
    """A world whose station log can be read from where a scenario began."""

    begun = 0
    foreign_pki = ""

    def station_log(self):
        return self.log()[self.begun:]

    def mark(self):
        self.begun = 0
        self.begun = len(self.station_log())


def one_more(world, cable, name, kind):
    """Whether it charged."""
    try:
        if name == BY_CONTRACT:
            world.trusts_operators()
        world.mark()
        one_charge(world, cable, name, kind)
    except Failure as failure:
        print(f"FAIL {name}: {failure}", flush=True)
        os.system(f"tail -40 {world.folder}/foreign-car.log")
        world.bus.command("unplug")
        return False
    return True


def main():
    missing = why_not()
    if missing:
        print(f"skipped: {missing}\n0 passed, 0 failed, {len(CARS) + len(DIRECT)} skipped")
        return 0
    passed = failed = 0
    chosen = sys.argv[2] if len(sys.argv) > 2 else ""
    with Cable() as cable:
        for cars, direct in ((CARS, False), (DIRECT, True)):
            with Watched(sys.argv[1], cable, tokens=(EMAID,), direct=direct) as world:
                world.ready()
                world.foreign_pki = equip(world)
                for name, kind in cars.items():
                    if chosen not in name:
                        continue
                    if one_more(world, cable, name, kind):
                        passed += 1
                    else:
                        failed += 1
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
