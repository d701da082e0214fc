#!/usr/bin/env python3
"""A station whose client key lies in a TPM, and one whose key lies in a PKCS #11 token.

TLS with a hybrid group, charges, and what a chip can do to a station: it is slow, its power goes in the midst of a signature, it
comes back, it remembers less than it should. Every time the station says so, goes on charging, and nobody crashes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import chip
import token_store
from stand import Failure, expect
from world import CARD, World

GROUP = "X25519MLKEM768"
SLOW_S = 0.6  # 95 of 100 signatures of the slowest chips in the field take less
ANSWER_WITHIN_S = 0.5
BACK_WITHIN_S = 150  # the vault looks after its devices once a minute, and the backend is called again with growing pauses
SILENT_FOR_S = 90
TPM = '[vault]\nbackend = "tpm"\n'


class TpmWorld(World):
    def __init__(self, programs, folder):
        self.chip = chip.Chip(folder)
        super().__init__(programs, resume_s=0, devices=f'tpm = "{self.chip.path}"', vault=TPM)

    def _certificates(self, pki):
        super()._certificates(pki)
        self.chip.kill()
        self.chip.remember()
        self.chip.start()

    def _end(self, failed):
        super()._end(failed)
        self.chip.close()


class TokenWorld(World):
    def __init__(self, programs):
        super().__init__(programs, resume_s=0, vault=token_store.CONFIG)

    def before_keys(self):
        token_store.make(self.vault_folder, os.path.join(self.folder, "softhsm2.conf"))


def closed(world):
    return world.status()["board"]["contactor"]


def connections(world):
    return [line for line in world.log().splitlines() if "connected to wss://" in line and "no connection" not in line]


def connected(world, times, within=60):
    world.bus.wait(lambda: len(connections(world)) >= times and world.page().get("online"), f"the station did not connect for the {times}th time",
                   within)
    line = connections(world)[-1]
    expect(f"TLSv1.3 {GROUP}" in line and ", quantum safe" in line, f"the connection is not what it must be: {line}")


def key_lies_in(world, place):
    said = world.vault_says("keys")
    expect(any("csms-client" in line and f" {place} " in line for line in said.splitlines()), f"the key does not lie in {place}: {said}")
    expect("UNAVAILABLE" not in said, said)


def begin_charge(world):
    world.bus.wait(world.takes_drivers, "the station is not available")
    world.bus.command("plug")
    world.bus.command("swipe", CARD)
    world.bus.wait(lambda: closed(world), "the card began no charge")


def energy_flows(world):
    start = world.register_wh()
    world.bus.wait(lambda: world.register_wh() > start + 20, "no energy flows", 20)
    expect(closed(world), "the contactor is open")


def end_charge(world):
    world.bus.command("swipe", CARD)

    def told():
        ours = world.bus.command("csms", "transactions")["transactions"]
        return ours and all(t["ended"] for t in ours)

    world.bus.wait(told, "the backend did not hear of the end")
    world.bus.command("unplug")
    violations = world.bus.command("csms", "violations")["violations"]
    expect(not violations, f"violations at the backend: {violations}")


def pids(world):
    return {name: service["pid"] for name, service in world.services().items()}


def call(world, action, **payload):
    """Seconds until the station's answer."""
    start = time.monotonic()
    world.bus.command("csms", "call", action, json.dumps(payload))
    return time.monotonic() - start


def renewal_with_slow_chip(world):
    """A new key and certificate, while the chip takes its time for each command and the backend asks one thing after the other."""
    before = len(connections(world))
    world.chip.slow_s = SLOW_S
    world.chip.commands.clear()
    call(world, "TriggerMessage", requestedMessage="SignChargingStationCertificate")
    slowest = 0
    end = time.monotonic() + 60
    while len(connections(world)) == before:
        expect(time.monotonic() < end, "no connection with a new certificate")
        try:
            slowest = max(slowest, call(world, "GetLocalListVersion"))
        except Failure:
            pass  # between the two connections
        time.sleep(0.05)  # fewer than the station takes
    made = chip.CREATE in world.chip.commands
    world.chip.slow_s = 0
    connected(world, before + 1)
    expect(made, "the chip made no key")
    expect(slowest < ANSWER_WITHIN_S, f"ocpp stood still for {slowest:.2f} s while the chip worked")
    print(f"  a new key and certificate from a chip that takes {SLOW_S} s a command: ocpp answered within {slowest * 1000:.0f} ms")


def dies_while_signing(world):
    before = pids(world)
    times = len(connections(world))
    world.chip.die_at = chip.SIGN
    world.bus.command("network", "down")
    world.bus.wait(lambda: not world.page()["online"], "the station did not see that the backend is gone")
    world.bus.command("network", "up")
    world.bus.wait(lambda: world.chip.unanswered, "the chip was not asked to sign", 60)
    world.bus.wait(lambda: "the TPM does not answer any more" in world.log(), "nobody says that the TPM is gone", SILENT_FOR_S)
    energy_flows(world)
    said = world.vault_says("status")
    expect("the TPM does not answer any more" in said, f"the vault's status: {said}")
    time.sleep(2)  # a service that hangs is noticed within that time
    expect(pids(world) == before, f"somebody died with the chip: {before}, {pids(world)}")
    print("  power lost in the midst of a signature: said, the charge goes on, nobody died")
    world.chip.start()
    connected(world, times + 1, BACK_WITHIN_S)
    expect(pids(world) == before, f"somebody died when the chip came back: {before}, {pids(world)}")
    expect("every key and device is there again" in world.log(), "nobody says that the TPM is back")
    told = "\n".join(world.ledger().values())
    expect("VaultDegraded" in told and "VaultWhole" in told, "the ledger does not know")
    print("  the chip has power again: connected with the same key, told to the ledger")


def recorded(world, event):
    """Records of the ledger with this name."""
    words = [os.path.join(world.programs, "bulwatt"), "log", "search", os.path.join(world.medium.path, "ledger"), "--event", event]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.splitlines()


def older_chip(world):
    """What the chip remembered when the first key was made; since then there was another one, and the ledger was anchored twice."""
    world.stop_station()
    times = len(connections(world))
    world.start_station()
    connected(world, times + 1)
    world.bus.wait(lambda: len(recorded(world, "LedgerAnchored")) >= 2, "the ledger is not anchored in the chip")
    expect(not recorded(world, "AnchorBehind") and not recorded(world, "AnchorAhead"), "an honest chip is accused")
    world.stop_station()
    world.chip.kill()
    world.chip.put_back()
    world.chip.start()
    times = len(connections(world))
    world.start_station()
    world.bus.wait(lambda: "older copy" in world.log(), "nobody notices that the chip is an older copy")
    said = world.vault_says("keys")
    expect("UNAVAILABLE" in said, f"keys are used with an older copy of the chip: {said}")
    begin_charge_offline(world)
    world.bus.wait(lambda: recorded(world, "AnchorBehind"), "the ledger does not notice that the chip is an older copy")
    expect("TAMPERED: counter_behind" in world.verified(), "`log verify` does not name it")
    print("  the chip put back to an older copy of itself: noticed, its keys are not used, the rest of the station works")
    world.stop_station()
    world.provision("--accept-restored")
    world.start_station()
    connected(world, times + 1)
    print("  accepted by a person: connected again")


def begin_charge_offline(world):
    expect(all(s["state"] == "ready" for s in world.services().values()), "not every service runs")
    expect(not world.page()["online"], "the station is connected without its key")


def in_tpm(programs):
    with tempfile.TemporaryDirectory(prefix="bulwatt-chip-") as folder:
        os.chmod(folder, 0o755)
        with TpmWorld(programs, folder) as world:
            connected(world, 1)
            key_lies_in(world, "tpm")
            expect(chip.SIGN in world.chip.commands, "the chip signed nothing")
            begin_charge(world)
            energy_flows(world)
            print(f"  key in the TPM: {GROUP}, a charge")
            renewal_with_slow_chip(world)
            dies_while_signing(world)
            end_charge(world)
            older_chip(world)


def in_token(programs):
    with TokenWorld(programs) as world:
        connected(world, 1)
        key_lies_in(world, "pkcs11")
        before = pids(world)
        begin_charge(world)
        energy_flows(world)
        world.bus.command("network", "down")
        world.bus.wait(lambda: not world.page()["online"], "the station did not see that the backend is gone")
        world.bus.command("network", "up")
        connected(world, 2)
        call(world, "TriggerMessage", requestedMessage="SignChargingStationCertificate")
        connected(world, 3)
        energy_flows(world)
        end_charge(world)
        expect(pids(world) == before, f"somebody died: {before}, {pids(world)}")
        print(f"  key in the token: {GROUP}, a charge, another connection, a new key and certificate")


def main(programs):
    for missing, scenario in ((chip.why_not(), in_tpm), (token_store.why_not(), in_token)):
        if missing:
            print(f"  skipped: {scenario.__name__}; {missing}")
        else:
            scenario(programs)


if __name__ == "__main__":
    main(sys.argv[1])
