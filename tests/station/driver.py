"""A driver who charges again and again, whatever happens to the station meanwhile; and what must be true of each charge.

A generator: it yields whenever it waits, so that something else can happen at any moment of a charge.
"""

import json
import time

from stand import Failure, expect
from world import CARD

TRY_AGAIN_S = 7  # a card that was read by a process that died was not read
LOOK_AGAIN_S = 0.3  # the page does not answer: it cannot be said yet whether to try again
START_WITHIN_S = 60
STOP_WITHIN_S = 40
TELL_WITHIN_S = 90
REGISTER_SLACK_WH = 8.5  # resolution of the simulated meter's float at 100 kWh


class Driver:
    def __init__(self, world, chance):
        self.world = world
        self.chance = chance
        self.charges = 0  # whole ones
        self.steady = False  # nothing but the driver may end this charge
        self.flowed_wh = []  # of each charge, by the meter
        self._remote_start = 0
        self._steps = self._life()

    def step(self):
        """Goes on as far as possible; False when the driver is between two charges."""
        for event in self.world.bus.events:
            if self.steady and event["event"] == "board":
                expect(event["contactor"], f"the contactor opened in the midst of a charge: {event}")
        self.world.bus.events.clear()
        return next(self._steps)

    def outage(self):
        """The station is gone as a whole: what comes of this charge is not the driver's doing."""
        self.steady = False
        self._steps = self._after_outage()

    def _until(self, condition, within, sentence, again=lambda: None):
        end = time.monotonic() + within
        try_again = time.monotonic() + TRY_AGAIN_S
        while not condition():
            expect(time.monotonic() < end, f"{sentence}; the page says {self.world.page()}")
            if time.monotonic() > try_again:
                try_again = time.monotonic() + (LOOK_AGAIN_S if again() is False else TRY_AGAIN_S)
            yield True

    def _closed(self):
        return self.world.status()["board"]["contactor"]

    def _swipe(self):
        self.world.bus.command("swipe", CARD)

    def _call(self, action, **payload):
        try:
            self.world.bus.command("csms", "call", action, json.dumps(payload))
        except Failure:
            pass  # no connection at the moment, or its end died while it was asked; tried again

    def _remote(self):
        self._remote_start += 1
        self._call("RequestStartTransaction", idToken={"idToken": CARD, "type": "ISO14443"}, remoteStartId=self._remote_start, evseId=1)

    def _remote_stop(self):
        for one in self._open():
            self._call("RequestStopTransaction", transactionId=one["transaction_id"])

    def _open(self):
        return self.world.told("SELECT transaction_id FROM transactions WHERE ended IS NULL")

    def _start_again(self, how):
        """Only while nothing is under way: the same card once more would end what it began. False: that cannot be seen."""
        page = self.world.page()
        if not page:
            return False
        if not self._closed() and not page.get("transaction") and page["state"] not in ("authorizing", "starting", "stopping"):
            how()
        return True

    def _stop_again(self, how):
        page = self.world.page()
        if not page:
            return False
        if self._closed() and page.get("transaction"):
            how()
        return True

    def _life(self):
        while True:
            yield from self._charge()

    def _charge(self):
        world, bus = self.world, self.world.bus
        before = world.register_wh()
        known = len(world.told("SELECT 1 FROM transactions"))
        bus.command("soc", "20")
        bus.command("plug")
        start = self.chance.choice((self._swipe, self._swipe, self._remote))
        start()
        yield from self._until(self._closed, START_WITHIN_S, "the charge did not start", lambda: self._start_again(start))
        self.steady = True
        world.bus.events.clear()
        yield from self._flows()
        yield from self._wait(self.chance.uniform(0.5, 5))
        self.steady = False
        stop = self.chance.choice((self._swipe, self._remote_stop, lambda: bus.command("unplug")))
        stop()
        yield from self._until(lambda: not self._closed(), STOP_WITHIN_S, "the charge did not stop", lambda: self._stop_again(stop))
        bus.command("unplug")
        yield from self._told(known + 1, before)

    def _flows(self):
        start = self.world.register_wh()
        yield from self._until(lambda: self.world.register_wh() > start + 20, 20, "the contactor is closed and no energy flows")

    def _wait(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            yield True

    def _told(self, count, before):
        """The backend has the whole story of one more transaction, with the energy of the meter."""

        def whole():
            ours = self.world.told("SELECT * FROM transactions ORDER BY started")
            expect(len(ours) <= count, f"the backend knows {len(ours)} transactions instead of {count}")
            return len(ours) == count and all(t["ended"] for t in ours)

        yield from self._until(whole, TELL_WITHIN_S, f"the backend has not heard of the end of transaction {count}")
        one = self.world.told("SELECT * FROM transactions ORDER BY started")[-1]
        now = self.world.register_wh()
        for what, said, true in (("first", one["energy_start_wh"], before), ("last", one["energy_last_wh"], now)):
            expect(abs(said - true) < REGISTER_SLACK_WH, f"the {what} register told is {said} Wh, the meter stood at {true} Wh")
        self.flowed_wh.append(now - before)
        self.charges += 1
        yield False

    def _after_outage(self):
        """Whatever was begun has an end; then on."""
        self.world.bus.command("unplug")
        yield from self._until(lambda: not self._closed(), STOP_WITHIN_S, "the contactor is closed without a car")

        def settled():
            page = self.world.page()
            return page.get("state") == "available" and page["online"] and not page["pending_events"] and not self._open()

        yield from self._until(settled, TELL_WITHIN_S, "the station did not become available with its story told")
        self._check_register()
        yield False
        yield from self._life()

    def _check_register(self):
        """No energy flows between charges, so the last word on the last charge is where the meter stands."""
        ours = self.world.told("SELECT * FROM transactions ORDER BY started")
        now = self.world.register_wh()
        if not ours:
            return
        said = ours[-1]["energy_last_wh"]
        expect(abs(said - now) < REGISTER_SLACK_WH, f"after an outage the last register told is {said} Wh, the meter stands at {now} Wh")
