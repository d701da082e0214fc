#!/usr/bin/env python3
"""Another crypto profile while a car charges.

Its two authorities sign it; a vault of its own tries it, with the backend as endpoint; then the vault takes it, ocpp connects anew under
it, and the charge does not notice. One that is forged, old or untried is refused. One under which nothing connects goes by itself, back
to what was before; its trial had said so.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

from key_places import begin_charge, closed, connections, end_charge, energy_flows, pids
from stand import expect
from world import World

CONTEXT = b"bulwatt crypto profile 1\n"
PROBATION_S = 15
HYBRID, LEVEL5 = "X25519MLKEM768", "SecP384r1MLKEM1024"
P256 = "ecdsa_secp256r1_sha256"


class ProfileWorld(World):
    def __init__(self, programs):
        super().__init__(programs, resume_s=0, vault=f"[vault]\nprofile_probation = {PROBATION_S}\nprofile_needs_trial = true\n")

    def before_keys(self):
        """Who signs profiles: two keys of two kinds, both must."""
        self.authorities = [os.path.join(self.folder, "first.key"), os.path.join(self.folder, "second.key")]
        subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", self.authorities[0]], check=True, capture_output=True)
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.authorities[1]], check=True,
                       capture_output=True)
        with open(os.path.join(self.vault_folder, "profile-authority.pem"), "wb") as out:
            for key in self.authorities:
                out.write(subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], check=True, capture_output=True).stdout)

    def _signature(self, key, content):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            words = ["openssl", "pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", file.name]
            if key == self.authorities[1]:
                words = ["openssl", "dgst", "-sha256", "-sign", key, file.name]
            return base64.b64encode(subprocess.run(words, check=True, capture_output=True).stdout)

    def hand_in(self, text, signers=None):
        signatures = b"\n".join(self._signature(key, CONTEXT + text) for key in signers or self.authorities) + b"\n"
        for ending, content in ((".json", text), (".sig", signatures)):  # the signature last: then it is whole
            path = os.path.join(self.vault_folder, f"profile.new{ending}")
            with open(path + ".part", "wb") as file:
                file.write(content)
            shutil.copymode(os.path.join(self.vault_folder, "csms-client.pem"), path + ".part")
            os.rename(path + ".part", path)

    def as_files(self, text):
        paths = [os.path.join(self.folder, f"handed-in{ending}") for ending in (".json", ".sig")]
        for path, content in zip(paths, (text, b"\n".join(self._signature(key, CONTEXT + text) for key in self.authorities) + b"\n")):
            with open(path, "wb") as file:
                file.write(content)
        return "--profile", paths[0], "--signatures", paths[1]

    def profile_verb(self, verb, *words):
        """Exit code and what `bulwatt vault profile` says."""
        done = subprocess.run([self._bulwatt, "vault", "profile", verb, "--config", self.config, *words], capture_output=True, text=True, check=False,
                              timeout=120)
        return done.returncode, done.stdout + done.stderr

    def told_in_log(self, words):
        told = subprocess.run([self._bulwatt, "log", "tail", os.path.join(self.medium.path, "ledger"), "--lines", "1000"], capture_output=True,
                              text=True, check=False).stdout
        return told.count(words)


def profile(number, groups, signatures=(P256,)):
    def active(*names):
        return [{"name": name, "state": "active"} for name in names]

    link = {"link": "csms", "versions": active("TLSv1.3"), "groups": active(*groups), "signatures": active(*signatures),
            "suites": active("TLS_AES_256_GCM_SHA384")}
    return json.dumps({"number": number, "name": f"profile {number}", "links": [link]}).encode()


def connected_with(world, group, times):
    world.bus.wait(lambda: len(connections(world)) >= times and world.page().get("online"), f"no {times}th connection", 120)
    expect(f"TLSv1.3 {group} " in connections(world)[-1], f"{connections(world)[-1]} is not {group}")


def ledger_says(world, words, within=60, count=1):
    world.bus.wait(lambda: world.told_in_log(words) >= count, f"the ledger does not say {words}", within)


def main(programs):
    with ProfileWorld(programs) as world:
        connected_with(world, HYBRID, 1)
        before = pids(world)
        begin_charge(world)
        endpoint = f"localhost:{world.csms_port}"
        first = world.as_files(profile(1, (LEVEL5, HYBRID)))
        world.hand_in(profile(1, (LEVEL5, HYBRID)))
        ledger_says(world, "it passed no trial")
        code, said = world.profile_verb("trial", *first, "--endpoint", endpoint)
        expect(code == 0 and "live handshake with localhost" in said and f"TLSv1.3 {LEVEL5}" in said, f"the trial: {code}\n{said}")
        expect(f"handshake {HYBRID}, {P256}" in said and "BAD" not in said and "ml-kem-1024, known answer" in said, said)
        ledger_says(world, "ProfileTrialPassed")
        print("  a trial in a vault of its own: known answers, every handshake, the backend as endpoint; in the ledger")
        code, said = world.profile_verb("install", *first)
        expect(code == 0, said)
        connected_with(world, LEVEL5, 2)
        ledger_says(world, "ProfileTaken")
        ledger_says(world, "ProfileProven")
        world.bus.wait(lambda: "number 1  'profile 1'  proven" in world.profile_verb("status")[1], "the status does not say that it is proven", 30)
        energy_flows(world)
        print(f"  a new profile in the midst of a charge: {HYBRID} gives way to {LEVEL5}")
        world.hand_in(profile(2, (HYBRID,)), signers=world.authorities[:1])
        ledger_says(world, "bad_signature")
        world.hand_in(profile(1, (HYBRID,)))
        ledger_says(world, "not_newer")
        expect(len(connections(world)) == 2, "a profile that was refused made a new connection")
        print("  signed by one of two, or older: refused")
        unmet = profile(3, (LEVEL5, HYBRID), signatures=("mldsa65",))
        code, said = world.profile_verb("trial", *world.as_files(unmet), "--endpoint", endpoint)
        expect(code == 1 and "FAILED its trial: live handshake" in said and f"handshake {LEVEL5}, mldsa65" in said, f"{code}\n{said}")
        ledger_says(world, "ProfileTrialFailed")
        print("  one that the backend does not meet: its trial says so")
        code, said = world.profile_verb("trial", *world.as_files(unmet))
        expect(code == 0, said)
        ledger_says(world, "number=3 endpoint=none")
        world.hand_in(unmet)
        ledger_says(world, "ProfileTaken", count=2)
        world.bus.wait(lambda: not world.page()["online"], "the station is connected under a profile that its backend does not meet")
        connected_with(world, LEVEL5, 3)
        ledger_says(world, "ProfileFellBack")
        ledger_says(world, "crypto profile 1 again, no connection under 3")
        energy_flows(world)
        expect(closed(world) and pids(world) == before, f"somebody died: {before}, {pids(world)}")
        end_charge(world)
        print("  one under which nothing connects: back to what was before, by itself")


if __name__ == "__main__":
    main(sys.argv[1])
