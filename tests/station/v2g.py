#!/usr/bin/env python3
"""A car that speaks ISO 15118-2 charges over a link of its own: SDP, TCP, the control pilot, the backend.

v2g is killed in the middle of a charge: that car's energy stops, the transaction goes on, nobody else notices. A storm of SDP requests,
hundreds of silent connections and a car that breaks the rules at every request leave nothing behind. A car that does not speak is told
its current by the duty cycle.
"""

import json
import os
import signal
import subprocess
import sys
import time

from cable import Cable, why_not
from speaking import Speaking, begins
from stand import expect
from world import CARD

BROKEN = ("hang_up", "garbage", "giant")
# Before anybody is authorized; a repeated AuthorizationReq is none, a session id in the first request is only a wish.
EARLY = [f"{kind}@SessionSetupReq" for kind in ("repeat", "skip", *BROKEN)] + [
    f"{kind}@AuthorizationReq" for kind in ("zero_id", "other_id", "skip", *BROKEN)] + ["skip@PaymentServiceSelectionReq"]
# Of an authorized driver's car: no energy either.
LATE = [f"{kind}@{request}" for request in ("ChargeParameterDiscoveryReq", "PowerDeliveryReq") for kind in ("zero_id", "other_id", *BROKEN)] + [
    "skip@ChargeParameterDiscoveryReq"]
# Sent at the car's end; what comes back is counted.
STORM = """
import socket, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("car0"))
for i in range(1000):
    s.sendto(bytes.fromhex("01fe9000000000021000"), ("ff02::1", 15118, 0, socket.if_nametoindex("car0")))
s.settimeout(0.5)
answers = 0
try:
    while True:
        s.recv(64); answers += 1
except TimeoutError:
    print(answers)
"""
SILENT = """
import socket, sys
kept = []
refused = 0
for i in range(200):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.settimeout(2)
    try:
        s.connect((sys.argv[1], 61341, 0, socket.if_nametoindex("car0")))
        kept.append(s)
    except OSError:
        refused += 1
print(len(kept), flush=True)
sys.stdin.read()
"""


def a_whole_charge(world):
    begins(world)
    before = world.register_wh()
    world.until(lambda: world.register_wh() > before + 20, "no energy is counted")
    expect(world.status()["board"]["duty_permille"] == 50, "the signal changed while the car speaks")
    world.bus.command("evcc", "stop")
    world.until(lambda: world.car()["sessions"] == 1, "the session did not end")
    expect(world.car()["problem"] == "", f"the session ended badly: {world.car()['problem']}")
    world.until(lambda: not world.contactor(), "the contactor stayed closed")
    world.bus.command("swipe", CARD)
    told = world.until(lambda: [t for t in world.transactions() if t.get("ended")], "the backend did not hear of the end")
    expect(len(world.transactions()) == 1, "more than one transaction")
    print(f"  ISO 15118-2 AC to its end: {(told[0]['energy_last_wh'] or 0) - (told[0]['energy_start_wh'] or 0):.0f} Wh told to the backend; loop p50 {world.car()['loop_p50_ms']:.2f} ms")
    world.unplug()


def v2g_dies(world):
    begins(world)
    pids = {name: s["pid"] for name, s in world.services().items()}
    running = [t for t in world.transactions() if not t.get("ended")]
    expect(len(running) == 1, f"{len(running)} transactions run")
    os.kill(pids["v2g"], signal.SIGKILL)
    began = time.monotonic()
    world.until(lambda: not world.contactor(), "the contactor stayed closed")
    took = time.monotonic() - began
    world.until(lambda: world.services()["v2g"]["state"] == "ready" and world.services()["v2g"]["pid"] != pids["v2g"], "v2g did not come back")
    now = {name: s["pid"] for name, s in world.services().items()}
    expect({n: p for n, p in now.items() if n != "v2g"} == {n: p for n, p in pids.items() if n != "v2g"}, "another service was restarted")
    world.until(lambda: not world.car()["speaks"], "the car did not notice")
    expect([t["transaction_id"] for t in world.transactions() if not t.get("ended")] == [t["transaction_id"] for t in running], "the transaction did not go on")
    world.bus.command("evcc", "start")
    world.until(lambda: world.contactor() and world.car()["loops"] >= 2, "the car could not come back")
    expect([t["transaction_id"] for t in world.transactions() if not t.get("ended")] == [t["transaction_id"] for t in running], "another transaction began")
    print(f"  v2g killed in mid-charge: open after {took * 1000:.0f} ms, same transaction, and the car came back")


def the_driver_ends_it(world):
    """By card: the car is asked to stop, and does."""
    sessions = world.car()["sessions"]
    world.bus.command("swipe", CARD)
    world.until(lambda: world.car()["sessions"] == sessions + 1, "the car was not asked to stop")
    expect(world.car()["problem"] == "", f"the session ended badly: {world.car()['problem']}")
    world.until(lambda: not world.contactor(), "the contactor stayed closed")
    world.until(lambda: all(t.get("ended") for t in world.transactions()), "the backend did not hear of the end")
    world.unplug()
    print("  ended by card: the car was asked to stop and ended its session")


def breaks_the_rules(world, fault, authorized):
    world.unplug()
    world.until(lambda: not world.car()["speaks"], "the car goes on without a cable")
    world.until(lambda: all(t["ended"] for t in world.transactions()), "a transaction goes on without a cable")
    sessions = world.car()["sessions"]
    world.bus.command("evcc", "fault", fault)
    world.bus.command("plug")
    if authorized:
        world.until(lambda: world.car()["step"] == "AuthorizationReq", "the car did not get to its authorization")
        world.bus.command("swipe", CARD)
    world.bus.events.clear()
    world.until(lambda: world.car()["sessions"] > sessions, f"{fault} was taken")
    closed = [e for e in world.bus.events if e["event"] == "board" and e.get("contactor")]
    expect(not closed and not world.contactor(), f"{fault}: energy")


def attacks(world):
    pid = world.services()["v2g"]["pid"]
    world.silence()
    world.bus.command("plug")
    world.bus.wait(lambda: world.status()["board"]["duty_permille"] == 50, "the pilot does not say 5 %")
    before = world.descriptors()
    answers = int(subprocess.run(world.cable.inside(sys.executable, "-c", STORM), check=True, capture_output=True, text=True).stdout)
    expect(1 <= answers <= 120, f"{answers} of 1000 requests were answered")
    silent = subprocess.Popen(world.cable.inside(sys.executable, "-c", SILENT, world.cable.address), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    made = int(silent.stdout.readline())
    expect(world.descriptors() <= before + 4, f"{world.descriptors() - before} descriptors for silent connections")
    # A car gets its seat beside them.
    world.unplug()
    world.speak()
    world.bus.command("plug")
    world.until(lambda: world.car()["step"] == "AuthorizationReq", "silent connections kept a car out")
    silent.stdin.close()
    silent.wait()
    print(f"  1000 SDP requests: {answers} answered; {made} silent connections kept no car out")
    for fault in EARLY + LATE:
        breaks_the_rules(world, fault, authorized=fault in LATE)
    world.unplug()
    world.bus.command("evcc", "fault", "none")
    world.until(lambda: not world.car()["speaks"], "the car goes on without a cable")
    expect(world.services()["v2g"]["pid"] == pid, "v2g did not live through it")
    world.bus.wait(lambda: world.descriptors() <= before, f"{world.descriptors() - before} descriptors were left behind")
    print(f"  {len(EARLY + LATE)} ways to break the rules: no energy, nothing left behind")


def a_car_that_does_not_speak(world):
    world.silence()
    world.bus.command("plug")
    world.bus.wait(lambda: world.status()["board"]["duty_permille"] == 50, "the pilot does not say 5 %")
    world.bus.command("swipe", CARD)
    began = time.monotonic()
    world.bus.wait(world.contactor, "a car that does not speak was not charged")
    expect(world.status()["board"]["duty_permille"] > 80, "it is charged without a duty cycle")
    expect(time.monotonic() - began > 2, "the signal changed without a pause")
    world.unplug()
    print("  a car that does not speak: told its current by the duty cycle")


def main():
    missing = why_not()
    if missing:
        print(f"skipped: {missing}")
        return
    with Cable() as cable, Speaking(sys.argv[1], cable) as world:
        expect(world.services()["v2g"]["state"] == "ready", "the station runs no v2g")
        world.bus.wait(lambda: "is reached by cars" in world.log(), "v2g did not find its address")
        world.speak()
        a_whole_charge(world)
        v2g_dies(world)
        the_driver_ends_it(world)
        attacks(world)
        a_car_that_does_not_speak(world)
        violations = world.bus.command("csms", "violations")
        expect(not violations.get("violations"), f"the backend complains: {json.dumps(violations)}")
        expect(world.ledger(), "the ledger is empty")
    print("v2g: passed")


main()
