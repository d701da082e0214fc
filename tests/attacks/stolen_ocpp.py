#!/usr/bin/env python3
"""`ocpp` was taken over: another program in its place, under its exact entry in the authority graph, beside the real vault.

It gets signatures of handshakes for as long as it runs, at the rate of its key, and nothing else: no private half, no firmware
manifest, no meter record, no checkpoint, no certificate for another station, no file, no device.
"""

import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "station"))
from stand import expect  # noqa: E402
from world import World  # noqa: E402

KEYS = """
[[vault.keys]]
name = "meter"
purpose = "meter_record"
algorithm = "ecdsa_p256"
user = "session"

[[vault.keys]]
name = "checkpoint"
purpose = "checkpoint"
algorithm = "ed25519"
user = "ledger"
"""
ANSWERS = {
    "firmware manifest": "refused",
    "meter record": "refused",
    "checkpoint": "refused",
    "request of another station": "refused",
    "meter's key": "not_yours",
    "ledger's key": "not_yours",
    "no key": "unknown_key",
    "other name": "refused",
    "request with meter's key": "not_yours",
    "slow way": "refused",
    "somebody's signature": "unknown_ticket",
    "renewal of meter's key": "unknown_key",
    "meter's chain": "not_yours",
    "what a key says of itself": "its public half",
}
BURST, PER_MINUTE = 30, 120  # defaults of a key
SPENT_BEFORE = 20  # refused attempts count as well, also those that were tried again


class StolenWorld(World):
    """Every program is the real one but ocpp's."""

    def __init__(self, programs):
        self._theirs = tempfile.mkdtemp(prefix="bulwatt-stolen-")
        os.chmod(self._theirs, 0o755)
        for name in os.listdir(programs):
            if name.startswith("bulwatt") and not name.startswith("bulwatt-bench"):
                shutil.copy(os.path.join(programs, name), os.path.join(self._theirs, name))
        shutil.copy(os.path.join(programs, "..", "test", "taken-over-ocpp"), os.path.join(self._theirs, "bulwatt-ocpp"))
        super().__init__(self._theirs, resume_s=0, vault="[vault]" + KEYS)

    def _end(self, failed):
        super()._end(failed)
        shutil.rmtree(self._theirs)


def answers(world):
    return dict(re.findall(r"ocpp: attack ([^:]+): (.*)", world.log()))


def rate(said):
    match = re.fullmatch(r"too_often after (\d+)", said)
    expect(match, f"signing without end: {said}")
    count = int(match[1])
    expect(BURST - SPENT_BEFORE <= count <= BURST + PER_MINUTE, f"{count} signatures at the rate of {PER_MINUTE} a minute")
    return count


def ledger_knows(world):
    told = "\n".join(world.ledger().values())
    for outcome in ("refused", "not_yours", "unknown_key", "too_often"):
        expect(f"outcome={outcome}" in told, f"the ledger has no use that was {outcome}")


def others_see_no_keys(world):
    """From the outside: no key file in anybody's view but the vault's, and no line to a device of keys."""
    if os.geteuid() != 0:
        print("  the views of the services: not looked into, that takes root")
        return
    for name, service in world.services().items():
        keys = [file for file in files_in(f"/proc/{service['pid']}/root") if file.endswith((".key", "seal.secret", "seal.tpm"))]
        expect(bool(keys) == (name == "vault"), f"{name} sees {keys}")


def files_in(root):
    for folder, inner, names in os.walk(root):
        if os.path.basename(folder) == "proc":
            inner.clear()
        yield from (os.path.join(folder, name) for name in names)


def main(programs):
    with StolenWorld(programs) as world:
        world.bus.wait(lambda: "end" in answers(world), "the attack did not come to its end")
        said = answers(world)
        for attack, expected in ANSWERS.items():
            expect(said.get(attack) == expected, f"{attack}: {said.get(attack)} instead of {expected}")
        files = {attack: answer for attack, answer in said.items() if attack.startswith("file ")}
        expect(len(files) == 8 and "OPENED" not in files.values(), f"files: {files}")
        count = rate(said["rate"])
        others_see_no_keys(world)
        services = world.services()
        expect(all(s["restarts"] == 0 for s in services.values()), f"somebody was restarted: {services}")
        world.stop_station()
        ledger_knows(world)
        print(f"  ocpp taken over: {len(ANSWERS)} attempts refused, {len(files)} files not there, {count} handshakes before the rate ended it")


if __name__ == "__main__":
    main(sys.argv[1])
