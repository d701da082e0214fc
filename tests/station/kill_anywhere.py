#!/usr/bin/env python3
"""Everything may die at any moment of a charge: each service by kill -9 and by SIGSTOP, the station as a whole, its power.

While one service after the other is killed, at instants of chance, cars charge. Always: the contactor opens only when the
driver says so; the backend gets exactly one Started and one Ended per transaction, no number missing, the energy of the
meter; no record of the ledger is lost; no other process is restarted. A failure says the seed and the command that tries
it again (the order of events is the seed's; the machine's own timing is not).

    kill_anywhere.py BIN [--kills 100] [--stops 5] [--outages 10] [--seed N]
"""

import argparse
import os
import random
import signal
import sys
import time

from driver import Driver
from stand import Failure, expect
from world import World

BACK_WITHIN_S = 15  # the longest back-off is 5 s and a quarter; a hang is found after three beats
GAP_S = 0.5
RENEWED_S = 0.5  # once back, these two first take up again what they hold for each other
SETTLED_S = 1.0  # power and session: together they are the lease; two failures at once may end a charge
DEATHS_A_MINUTE = 14  # of one service; more would climb the supervisor's ladder, which is not what is tried here
SYNCED_S = 2.0  # a record that is so old was acknowledged long ago
PAIRS = {"power": "session", "session": "power"}
HANGS = 2  # of each of these two, after a fresh start: a hang and a long back-off together outlast lease and permit


class Trial:
    """Kills to come, and what is expected of who lives."""

    def __init__(self, world, chance, kills, stops, outages):
        self.world = world
        self.chance = chance
        self.pids = {name: s["pid"] for name, s in world.services().items()}
        self.left = [(name, signal.SIGKILL) for name in self.pids for _ in range(kills)]
        self.left += [(name, signal.SIGSTOP) for name in self.pids if name not in PAIRS for _ in range(stops)]
        chance.shuffle(self.left)
        self.left[:0] = [(name, signal.SIGSTOP) for name in PAIRS for _ in range(min(stops, HANGS * (outages + 1)))]
        self.hits = dict.fromkeys(self.pids, 0)  # since the station's start
        self.down = {}  # service: (when, how)
        self.back_at = dict.fromkeys(self.pids, 0.0)
        self.deaths = {name: [] for name in self.pids}
        self.worst_ms = {}
        self.done = 0
        self._next = 0.0

    def _may_die(self, name, how):
        now = time.monotonic()
        partner = PAIRS.get(name)
        if partner and how == signal.SIGSTOP and self.hits[name] >= HANGS:
            return False
        if name in self.down or now - self.back_at[name] < (RENEWED_S if partner else 0.1):
            return False
        if partner and (partner in self.down or now - self.back_at[partner] < SETTLED_S):
            return False
        return sum(now - at < 60 for at in self.deaths[name]) < DEATHS_A_MINUTE

    def step(self):
        if self.down:
            self.look()
        now = time.monotonic()
        if now < self._next or not self.left:
            return
        at = next((i for i, (name, how) in enumerate(self.left) if self._may_die(name, how)), None)
        if at is None:
            return
        name, how = self.left.pop(at)
        os.kill(self.pids[name], how)
        self.down[name] = (now, how)
        self.deaths[name].append(now)
        self.hits[name] += 1
        self.done += 1
        self._next = now + self.chance.uniform(0, GAP_S)

    def goes_on(self):
        """But for hangs that need another fresh start of the station."""
        return self.down or any(how == signal.SIGKILL or name not in PAIRS for name, how in self.left)

    def look(self):
        """Who was hit comes back as another process; nobody else does."""
        services = self.world.services()
        for name, service in services.items():
            if name not in self.down:
                expect(service["pid"] == self.pids[name], f"{name} was restarted although only {', '.join(self.down)} was hit")
                continue
            since, how = self.down[name]
            if service["pid"] not in (0, self.pids[name]) and service["state"] == "ready":
                self.pids[name] = service["pid"]
                self.back_at[name] = time.monotonic()
                del self.down[name]
                took = (service["ready_us"] - service["died_us"]) / 1000 if how == signal.SIGKILL else (time.monotonic() - since) * 1000
                self.worst_ms[how, name] = max(self.worst_ms.get((how, name), 0), took)
            else:
                expect(time.monotonic() - since < BACK_WITHIN_S, f"{name} did not come back after {how.name}")

    def forget(self):
        """After an outage everybody is somebody else."""
        self.down.clear()
        self.hits = dict.fromkeys(self.hits, 0)
        self.pids = {name: s["pid"] for name, s in self.world.services().items()}
        self.back_at = dict.fromkeys(self.pids, time.monotonic())


class Records:
    """No record that the ledger has acknowledged may ever change or go."""

    def __init__(self, world):
        self.world = world
        self._known = {}
        self._seen = (time.monotonic(), {})

    def look(self, power_was_cut=False):
        """Every record is there that was there before; over a power cut, every one that was synced."""
        at, seen = self._seen
        if not power_was_cut or time.monotonic() - at > SYNCED_S:
            self._known = seen
        now = self.world.ledger()
        expect(sorted(now) == list(range(1, len(now) + 1)), "the ledger's numbers have a gap")
        for number, text in self._known.items():
            expect(now.get(number) == text, f"the ledger has lost or changed this record: {text}")
        self._seen = (time.monotonic(), now)
        return len(now)


def outage(world, driver, trial, records, cut):
    """The whole station dies; it starts again at once, or when the contactor has opened without it."""
    chance = trial.chance
    world.bus.pump(0)
    driver.step()
    if cut:
        while trial.down:  # a ledger that was stopped between writing and syncing has acknowledged nothing
            wait(world, driver, 0.05)
            trial.look()
        records.look()
        wait(world, driver, chance.uniform(SYNCED_S + 0.1, SYNCED_S + 4))
    wait(world, driver, chance.uniform(0, 0.5))
    world.kill_station()
    driver.outage()
    if cut:
        world.medium.cut_power()
    if chance.random() < 0.5:
        world.bus.wait(lambda: not world.status()["board"]["contactor"], "the contactor stayed closed although the station is dead", 8)
    world.start_station()
    trial.forget()
    records.look(power_was_cut=cut)
    while driver.step():
        world.bus.pump(0.02)


def wait(world, driver, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        world.bus.pump(0.02)
        driver.step()


def check_backend(world, driver):
    events = world.told("SELECT * FROM events ORDER BY id")
    transactions = world.told("SELECT * FROM transactions ORDER BY started")
    for one in transactions:
        told = {}
        for event in events:
            if event["transaction_id"] == one["transaction_id"]:
                told[event["seq_no"]] = event["type"]
        expect(sorted(told) == list(range(one["last_seq_no"] + 1)), f"sequence numbers {sorted(told)} of {one['transaction_id']}")
        types = [told[n] for n in sorted(told)]
        expect(types[0] == "Started" and types[-1] == "Ended", f"event types {types}")
        expect(types.count("Started") == 1 and types.count("Ended") == 1, f"event types {types}")
    violations = world.told("SELECT kind, detail FROM violations")
    expect(not violations, f"violations at the backend: {violations}")
    billed = sum(t["energy_last_wh"] - t["energy_start_wh"] for t in transactions)
    again = sum(e["retransmission"] for e in events)
    print(f"  backend: {len(transactions)} transactions, {len(events)} events ({again} sent again), {billed / 1000:.2f} kWh, no violation")
    return billed, len(transactions)


def attempt(options, chance):
    with World(options.bin, resume_s=chance.choice((0, 600))) as world:
        begun_at = world.register_wh()
        driver = Driver(world, chance)
        trial = Trial(world, chance, options.kills, options.stops, options.outages)
        records = Records(world)
        total = len(trial.left)
        outages = [bool(i % 2) and world.medium.why_not is None for i in range(options.outages)]
        cuts = sum(outages)
        if world.medium.why_not and outages:
            print(f"  no power cuts on real files here ({world.medium.why_not}); tests/simulation has them on a simulated medium")
        every = max(1, total // (len(outages) + 1))
        while trial.goes_on() or driver.step():
            world.bus.pump(0.02)
            driver.step()
            trial.step()
            if outages and trial.done >= every * (options.outages - len(outages) + 1):
                outage(world, driver, trial, records, outages.pop())
        while outages:
            outage(world, driver, trial, records, outages.pop())
        count = records.look()
        for how in (signal.SIGKILL, signal.SIGSTOP):
            worst = ", ".join(f"{name} {ms:.0f} ms" for (kind, name), ms in sorted(trial.worst_ms.items()) if kind == how)
            print(f"  {how.name}: longest until back: {worst}")
        print(f"  {trial.done} services hit, {options.outages} times the whole station, {cuts} of them with the power; the contactor never opened by itself")
        print(f"  ledger: {count} records, none lost, the chain holds")
        billed, transactions = check_backend(world, driver)
        flowed = world.register_wh() - begun_at
        expect(abs(billed - flowed) < 8.5 * max(1, transactions), f"{billed:.0f} Wh were told, {flowed:.0f} Wh have flowed")
        expect(driver.charges > 0, "no charge was completed")


def main():
    parser = argparse.ArgumentParser(description="kills everything at any moment of a charge")
    parser.add_argument("bin", help="folder of the programs")
    parser.add_argument("--kills", type=int, default=100, help="of each service")
    parser.add_argument("--stops", type=int, default=5, help="SIGSTOPs of each service")
    parser.add_argument("--outages", type=int, default=10, help="of the whole station, every second with its power")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    print(f"  seed {options.seed}", flush=True)
    try:
        attempt(options, random.Random(options.seed))
    except Failure as failure:
        print(f"FAILED: {failure}\nagain: {' '.join(sys.argv[:2])} --kills {options.kills} --stops {options.stops} "
              f"--outages {options.outages} --seed {options.seed}")
        sys.exit(1)


if __name__ == "__main__":
    main()
