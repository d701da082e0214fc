#!/usr/bin/env python3
"""Cars that speak ISO 15118-2 over TLS: with the suite of that standard, with the best that both have, with a root that is not the
station's. The station's key is the vault's; v2g has it signed there. Card and backend are as without TLS.
"""

import os
import signal
import subprocess
import sys

from cable import Cable, why_not
from secured import Secured
from speaking import begins
from stand import expect

REQUIRED = "\n[v2g]\nrequire_tls = true\n"
# At the car's end, on the port for TLS: silence, what is no TLS, half a handshake, and one that is broken off after the station has signed.
HOSTILE = """
import socket, ssl, sys
def connect():
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.settimeout(2)
    s.connect((sys.argv[1], 64109, 0, socket.if_nametoindex("car0")))
    return s
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
kept = []
signed = 0
for i in range(25):
    try:
        s = connect()
        kept.append(s)
        s = connect()
        s.sendall(b"GET / HTTP/1.1" * 10)
        kept.append(s)
        s = connect()
        s.sendall(bytes.fromhex("160301020001000600"))
        s.close()
        try:
            context.wrap_socket(connect(), server_hostname="x").close()
            signed += 1
        except ssl.SSLError:
            pass
    except OSError:
        pass
print(signed, flush=True)
sys.stdin.read()
"""


def charges(world, words, tls):
    world.speak(*words)
    begins(world)
    expect(world.car()["tls"] == tls, f"the car has {world.car()['tls']!r}, not {tls!r}")
    before = world.register_wh()
    world.until(lambda: world.register_wh() > before + 10, "no energy is counted")
    loop, energy = world.car()["loop_p50_ms"], world.car()["to_energy_ms"]
    world.ends_by_card()
    world.silence()
    print(f"  {tls or 'without TLS'}: charged; loop p50 {loop:.2f} ms, energy {energy:.0f} ms after the car began to look")


def the_vault_dies(world):
    """The key's holder is needed for a handshake, not for a session that stands."""
    world.speak("--tls", "any", "--trust", world.root)
    begins(world)
    vault, v2g = world.services()["vault"]["pid"], world.services()["v2g"]["pid"]
    loops = world.car()["loops"]
    os.kill(vault, signal.SIGKILL)
    world.until(lambda: world.services()["vault"]["state"] == "ready" and world.services()["vault"]["pid"] != vault, "the vault did not come back")
    world.until(lambda: world.car()["loops"] > loops + 3, "the charge did not go on")
    expect(world.contactor() and world.services()["v2g"]["pid"] == v2g, "v2g or the energy went with the vault")
    world.ends_by_card()
    # The next handshake is signed by the vault that came back.
    begins(world)
    world.ends_by_card()
    world.silence()
    print("  vault killed in mid-charge: the charge goes on, and the next car has TLS again")


def is_refused(world, words, problem):
    world.speak(*words)
    world.bus.command("plug")
    world.until(lambda: world.car()["sessions"] > 0, "the car went on")
    expect(problem in world.car()["problem"], f"the car says {world.car()['problem']!r}, not {problem!r}")
    expect(not world.contactor(), "energy")
    world.unplug()
    world.silence()
    print(f"  {' '.join(words[:2]) or 'without TLS'}: {problem}")


def hostile(world):
    pid = world.services()["v2g"]["pid"]
    world.bus.command("plug")
    world.bus.wait(lambda: world.status()["board"]["duty_permille"] == 50, "the pilot does not say 5 %")
    before = world.descriptors()
    words = world.cable.inside(sys.executable, "-c", HOSTILE, world.cable.address)
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    signed = int(process.stdout.readline())
    expect(signed > 0, "not one handshake was made")
    expect(world.descriptors() <= before + 4, f"{world.descriptors() - before} descriptors for what is no car")
    world.unplug()
    world.speak("--tls", "iso2", "--trust", world.root)
    world.bus.command("plug")
    world.until(lambda: world.car()["step"] == "AuthorizationReq", "hostile connections kept a car out")
    process.stdin.close()
    process.wait()
    world.unplug()
    world.silence()
    expect(world.services()["v2g"]["pid"] == pid, "v2g did not live through it")
    world.bus.wait(lambda: world.descriptors() <= before, f"{world.descriptors() - before} descriptors were left behind")
    print(f"  silence, no TLS, half a handshake, {signed} whole ones and no word after them: a car gets through, nothing is left behind")


def main():
    missing = why_not()
    if missing:
        print(f"skipped: {missing}")
        return
    with Cable() as cable:
        with Secured(sys.argv[1], cable) as world:
            world.ready()
            trust = ("--trust", world.root)
            charges(world, ("--tls", "iso2", *trust), "TLSv1.2 secp256r1 ECDHE-ECDSA-AES128-SHA256")
            charges(world, ("--tls", "any", *trust), "TLSv1.3 X25519MLKEM768 TLS_AES_256_GCM_SHA384")
            charges(world, (), "")
            the_vault_dies(world)
            is_refused(world, ("--tls", "iso2", "--trust", os.path.join(world.v2g_pki, "oem", "root.pem")), "certificate_untrusted")
            hostile(world)
            expect(any("key=secc user=v2g outcome=granted" in line for line in world.ledger().values()), "the use of the key is not recorded")
            expect(not world.bus.command("csms", "violations").get("violations"), "the backend complains")
        with Secured(sys.argv[1], cable, more=REQUIRED) as world:
            world.ready()
            is_refused(world, (), "the station speaks only with TLS")
            charges(world, ("--tls", "iso2", "--trust", world.root), "TLSv1.2 secp256r1 ECDHE-ECDSA-AES128-SHA256")
    print("v2g_tls: passed")


main()
