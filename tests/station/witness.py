#!/usr/bin/env python3
"""A station whose ledger the backend witnesses and mirrors, over the TLS of the backend link: receipts, a restart, the mirror against
the ledger offline, and an older picture of the disk that only the witness can see. `witness.py BIN`."""

import os
import shutil
import subprocess
import sys

from stand import expect
from world import CARD, IDENTITY, World

import signing_keys

END = b"-----END CERTIFICATE REQUEST-----\n"
LONG_S = 60


class Witnessed(World):
    """The backend has a witness's folder; its keys lie in the ledger's."""

    def __init__(self, programs):
        super().__init__(programs, 0, more=signing_keys.OF_LEDGER)

    def csms_options(self):
        return ("--witness", self.witness, "--witness-name", "csms.invalid")

    def amended(self, config):
        url = f'witness_url = "https://localhost:{self.csms_port}/witness"'
        return config.replace("[ledger]\n", "[ledger]\nseal = 1\n").replace("[ocpp]\n", f"[ocpp]\n{url}\n")

    def provision(self, *words):
        """The request of the key to the backend: those of the ledger want no certificate."""
        return super().provision(*words).split(END)[0] + END

    def before_keys(self):
        os.makedirs(self.folder_of_ledger)
        for name in ("witness.keys", "mirror.keys"):
            shutil.copyfile(os.path.join(self.witness, name), os.path.join(self.folder_of_ledger, name))

    @property
    def witness(self):
        return os.path.join(self.folder, "witness")

    @property
    def folder_of_ledger(self):
        return os.path.join(self.medium.path, "ledger")

    def known(self):
        """What the backend says of the one log."""
        logs = self.bus.command("csms", "witness")["logs"]
        return next(iter(logs.values())) if logs else {"witnessed": 0, "mirrored": 0, "offences": 0}

    def mirrored(self, at_least):
        def enough():
            known = self.known()
            return known["mirrored"] >= at_least and known["mirrored"] == known["witnessed"] and known
        return self.bus.wait(enough, f"no receipt for {at_least} records", LONG_S)

    def charge(self):
        self.bus.wait(self.takes_drivers, "the station is not available", LONG_S)
        self.bus.command("plug")
        self.bus.command("swipe", CARD)
        self.bus.wait(lambda: self.status()["board"]["contactor"], "no charge began", LONG_S)
        self.bus.command("swipe", CARD)
        self.bus.wait(lambda: not self.status()["board"]["contactor"], "the charge did not end", LONG_S)
        self.bus.command("unplug")

    def verify(self, folder, witness, *words):
        done = subprocess.run([self._bulwatt, "log", "verify", folder, "--witness", witness, *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def events(self, name):
        return [line for line in self.ledger().values() if f" {name}  " in line]


def unknown_then_known(world):
    """A log that the witness does not know is refused, which is recorded; once its owner gave the keys it is signed for."""
    keys = os.path.join(world.folder_of_ledger, "checkpoint.2")
    world.bus.wait(lambda: os.path.exists(keys) and b"+" in open(keys, "rb").read(), "the station signs nothing", LONG_S)
    world.bus.wait(lambda: world.events("WitnessRefuses"), "the refusal is not recorded", LONG_S)
    shutil.copyfile(keys, os.path.join(world.witness, "logs", IDENTITY))
    world.charge()
    known = world.mirrored(10)
    world.bus.wait(lambda: world.events("ReceiptsAgain"), "that it signs now is not recorded", LONG_S)
    expect(len(world.events("WitnessConnected")) == 1, "the connection to the witness is not recorded once")
    expect("X25519MLKEM768" in world.events("WitnessConnected")[0], "the witness is not reached by the TLS of the backend")
    return known["mirrored"]


def restart_goes_on(world, before):
    world.stop_station()
    world.start_station()
    world.charge()
    known = world.mirrored(before + 5)
    expect(known["offences"] == 0, f"an honest station is accused: {known}")
    return known["mirrored"]


def offline(world):
    """Copies of both folders, on no network: whole; and one byte of the mirror's records is found."""
    away = os.path.join(world.folder, "away")
    shutil.copytree(world.folder_of_ledger, os.path.join(away, "ledger"))
    shutil.copytree(world.witness, os.path.join(away, "witness"))
    code, said = world.verify(os.path.join(away, "ledger"), os.path.join(away, "witness"))
    expect(code == 0 and "the ledger is whole" in said and "mirror   holds records" in said, f"not whole: {said}")
    place = os.path.join(away, "witness", "state", os.listdir(os.path.join(away, "witness", "state"))[0], "entries")
    with open(place, "r+b") as file:
        file.seek(200)
        byte = file.read(1)
        file.seek(200)
        file.write(bytes([byte[0] ^ 1]))
    code, said = world.verify(os.path.join(away, "ledger"), os.path.join(away, "witness"))
    expect(code != 0 and "was changed" in said, f"a changed mirror was not found: {said}")


def older_disk(world):
    """The ledger's folder of before a charge is put back, keys and receipts included: the station cannot know, the witness does."""
    before = world.known()["mirrored"]
    world.stop_station()
    kept = os.path.join(world.folder, "older")
    subprocess.run(["cp", "-a", world.folder_of_ledger, kept], check=True)
    world.start_station()
    world.charge()
    known = world.mirrored(before + 5)
    world.stop_station()
    present = os.path.join(world.folder, "present")
    subprocess.run(["cp", "-a", world.folder_of_ledger, present], check=True)
    for name in os.listdir(world.folder_of_ledger):
        os.unlink(os.path.join(world.folder_of_ledger, name))
    subprocess.run(["cp", "-a", f"{kept}/.", world.folder_of_ledger], check=True)
    code, said = world.verify(world.folder_of_ledger, world.witness)
    expect(code != 0 and "TAMPERED: rolled_back" in said, f"verify does not name it: {said}")
    world.start_station()
    world.bus.wait(lambda: world.known()["offences"] > known["offences"], "the witness does not see it", LONG_S)
    event = next(e for e in world.bus.events if e.get("event") == "witness")
    expect(event["offence"] in ("rolled_back", "not_consistent", "forked"), f"another name: {event}")
    expect(os.path.getsize(event["evidence"] + ".request") > 3000, "the station's own signature was not kept as evidence")
    world.bus.wait(lambda: world.events("WitnessAhead") or world.events("WitnessRefuses"), "the station does not record it", LONG_S)
    code, said = world.verify(world.folder_of_ledger, world.witness)
    expect(code != 0 and "refused  by the witness: 1-" in said, f"verify does not tell of the refusal: {said}")
    code, said = world.verify(present, world.witness)
    expect("the ledger is whole" in said and code == 0, f"the true ledger is not whole any more: {said}")


def main():
    with Witnessed(sys.argv[1]) as world:
        before = unknown_then_known(world)
        restart_goes_on(world, before)
        offline(world)
        older_disk(world)
    print("witness: unknown then known, receipts, restart, offline copy, older disk: all as they must be")


if __name__ == "__main__":
    main()
