#!/usr/bin/env python3
"""Looks for the private key in the memory of every process of a station, while it is used for one handshake after the other.

It must be in the vault's, or the search could not find it, and in nobody else's: not as a number in either order of bytes, not in
halves, not as text.
"""

import base64
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "station"))
from stand import PATIENCE_S, Failure, expect  # noqa: E402
from world import World  # noqa: E402

ROUNDS = 3
CHUNK = 4 << 20
OVERLAP = 128


def forms_of(scalar):
    """As OpenSSL keeps it (limbs, least first), as files have it (greatest first), each in halves; and inside a PEM text."""
    half = len(scalar) // 2
    backwards = scalar[::-1]
    forms = {"greatest byte first, first half": scalar[:half], "greatest byte first, second half": scalar[half:],
             "least byte first, first half": backwards[:half], "least byte first, second half": backwards[half:]}
    for shift in range(3):
        whole = scalar[shift:]
        forms[f"text, shifted by {shift}"] = base64.b64encode(whole[:len(whole) // 3 * 3])[:32]
    return forms


def regions(pid):
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", line)
            if match and "r" in match[3] and match[4] not in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
                yield int(match[1], 16), int(match[2], 16)


def found_in(pid, forms):
    """Names of the forms that lie in the process's memory; and how much was looked through."""
    found, size = set(), 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end in regions(pid):
            at, rest = start, b""
            while at < end:
                try:
                    memory.seek(at)
                    data = memory.read(min(CHUNK, end - at))
                except OSError:
                    break  # taken away meanwhile, or a device's
                if not data:
                    break
                size += len(data)
                text = rest + data
                found |= {name for name, form in forms.items() if form in text}
                rest = text[-OVERLAP:]
                at += len(data)
    return found, size


def processes(world):
    out = {name: service["pid"] for name, service in world.services().items()}
    out["supervisor"] = world.station.pid
    return out


def online(world):
    world.bus.wait(lambda: world.page().get("online"), "the station does not connect", 60)


def handshake(world):
    world.bus.command("network", "down")
    world.bus.wait(lambda: not world.page()["online"], "the station did not see that the backend is gone")
    world.bus.command("network", "up")


#=test OCPP-2.0.1 A02.FR.05
def scan(world, forms):
    looked = 0
    for name, pid in processes(world).items():
        found, size = found_in(pid, forms)
        looked += size
        if name == "vault":
            expect(found, "the key is not found where it must be: the search finds nothing")
            continue
        expect(not found, f"{name} has the private key in its memory: {sorted(found)}")
    return looked


def can_look(world):
    try:
        found_in(world.services()["hmi"]["pid"], {})
    except PermissionError:
        return False
    return True


def main(programs):
    reveal = os.path.join(programs, "..", "test", "reveal-key")
    with World(programs, resume_s=0) as world:
        online(world)
        if os.geteuid() != 0 or not can_look(world):
            print("  skipped: to look into the memory of others takes root and CAP_SYS_PTRACE")
            return
        done = subprocess.run([reveal, world.vault_folder, "csms-client", "tls_client", "ecdsa_p256"], check=True, capture_output=True, text=True)
        forms = forms_of(bytes.fromhex(done.stdout.strip()))
        looked = scan(world, forms)
        for _ in range(ROUNDS):
            handshake(world)
            seen = len(world.log())
            end = time.monotonic() + PATIENCE_S
            while "connected to wss" not in world.log()[seen:]:
                expect(time.monotonic() < end, "the station does not connect again")
                looked += scan(world, forms)
            looked += scan(world, forms)
        print(f"  {looked >> 20} MiB of {len(processes(world))} processes: the key lies in the vault, nowhere else")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Failure as failure:
        raise SystemExit(f"FAILED: {failure}") from failure
