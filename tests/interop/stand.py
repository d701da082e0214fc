"""A station and the foreign central system it is connected to; what a scenario works with."""

import asyncio
import copy
import os
import pathlib
import sys

from judge import the_transaction
from peer import Peer
from process import Failure
from rules import broken_rules
from station import IDENTITY, PASSWORD, Pki, World

HERE = pathlib.Path(__file__).parent
TOOLBOX = pathlib.Path(os.environ["BULWATT_INTEROP_TOOLBOX"])
BINARIES = pathlib.Path(os.environ["BULWATT_BIN"]).resolve()
NODE = TOOLBOX / "node" / "node"
PATIENCE_S = 30
HYBRID_GROUP = "X25519MLKEM768"
STRONGEST_GROUP = "SecP384r1MLKEM1024"

CARD = "INTEROP-CARD-1"
OTHER_CARD = "INTEROP-CARD-2"
BLOCKED_CARD = "INTEROP-BLOCKED"
LATE_CARD = "INTEROP-LATE"  # good at Authorize, blocked in the answer to TransactionEvent

RULES = {
    "boot": [],
    "interval": 2,
    "password": None,
    "tokens": {CARD: "Accepted", OTHER_CARD: "Accepted", BLOCKED_CARD: "Blocked", LATE_CARD: "Accepted"},
    "later_tokens": {LATE_CARD: "Blocked"},
}

BACKENDS = {
    "mobilityhouse": [sys.executable, HERE / "mobilityhouse" / "csms.py"],
    "ocpp-rpc": [NODE, HERE / "ocpp_rpc" / "csms.mjs"],
}
FRONT = [NODE, HERE / "ocpp_rpc" / "front.mjs"]


def tls_settings(pki, **changes):
    """A server that can do nothing but TLS 1.3 with the hybrid group, and wants the station's certificate."""
    return pki.server_files() | {"version": "TLSv1.3", "groups": HYBRID_GROUP, "client_certificate": True} | changes


class Stand:
    def __init__(self, folder, backend, profile, host="localhost", policy="hybrid-required", **server):
        """`host` is what the station dials, `policy` its TLS policy; `server` changes the settings of the TLS server."""
        self.host = host
        self.policy = policy
        self.server = server
        self.folder = folder
        self.backend = backend
        self.profile = profile
        self.world = World(BINARIES, folder)
        self.until = self.world.until
        self.pki = Pki(BINARIES, folder / "pki", self.world.children)
        self.csms = self.peer("csms")
        self.front = None  # terminates TLS where the backend does not
        self.rules = copy.deepcopy(RULES)

    def peer(self, name):
        return Peer(self.world.children, name, self.world.waiter.wake)

    @property
    def gate(self):
        """The program whose port the station dials."""
        return self.front or self.csms

    async def start(self, boot=()):
        self.rules |= {"boot": list(boot), "password": PASSWORD if self.profile < 3 else None}
        await self.world.start_surroundings()
        await self.start_backend()
        scheme = "ws" if self.profile == 1 else "wss"
        self.world.configure(f"{scheme}://{self.host}:{self.gate.port()}/ocpp/2", self.profile, self.policy)
        await self.world.provision(self.pki, self.profile)
        await self.world.start_station()

    async def start_backend(self):
        address = "127.0.0.1" if self.host == "localhost" else self.host
        settings = {"host": address, "identity": IDENTITY, "rules": self.rules, "tls": None}
        tls = None
        if self.profile > 1:
            await self.pki.make()
            tls = tls_settings(self.pki, client_certificate=self.profile == 3, **self.server)
        if self.backend == "ocpp-rpc":
            settings["tls"] = tls
        await self.csms.start(BACKENDS[self.backend], settings)
        await self.until(self.csms.port, PATIENCE_S, "the backend listens")
        if tls and self.backend != "ocpp-rpc":
            self.front = self.peer("front")
            await self.front.start(FRONT, {"host": address, "inner_host": address, "inner_port": self.csms.port(), "tls": tls})
            await self.until(self.front.port, PATIENCE_S, "the TLS front listens")

    async def change_rules(self, **changes):
        self.rules |= changes
        await self.csms.tell("rules", rules=self.rules)

    # What the driver does.

    async def plug(self):
        await self.world.bus.ask("plug")

        async def seen():
            page = await self.world.page()
            return page and page.get("cable")

        await self.until(seen, PATIENCE_S, "the station sees the cable")

    async def unplug(self):
        await self.world.bus.ask("unplug")

    async def swipe(self, token):
        await self.world.bus.ask("swipe", token)

    # What the backend does and sees.

    async def call(self, action, **payload):
        return await self.csms.tell("call", action=action, payload=payload)

    async def expect(self, action, where=lambda payload: True, since=0, within=PATIENCE_S):
        """The station's first such call that came after `since`, once it is answered."""

        def found():
            return next((c for c in self.csms.calls(action, since) if where(c.payload) and self.csms.answer_to(c)), None)

        return await self.until(found, within, f"the station sends {action} as expected")

    async def expect_transaction(self, kind, since=0, within=PATIENCE_S, where=lambda payload: True):
        return await self.expect("TransactionEvent", lambda p: p["eventType"] == kind and where(p), since, within)

    def transaction(self, since):
        """The one whole transaction that was told after `since`."""
        lost = [i for i, event in enumerate(self.csms.history) if event["event"] == "disconnected"]
        return the_transaction(self.csms.calls("TransactionEvent", since), lost)

    async def network_down(self):
        since = self.csms.mark()
        await self.gate.tell("down")
        await self.until(lambda: self.csms.events("disconnected", since), PATIENCE_S, "the backend loses the station")

    async def network_up(self):
        since = self.csms.mark()
        await self.gate.tell("up")
        await self.until(lambda: self.csms.events("connected", since), PATIENCE_S, "the station comes back")

    # States.

    async def charging(self, since, within=PATIENCE_S):
        """A transaction began after `since` and energy flows; its first event."""
        started = await self.expect_transaction("Started", since, within)
        await self.until(self.world.contactor_closed, within, "the contactor closes")
        await self.energy_flows(50)
        return started

    async def energy_flows(self, wh, within=PATIENCE_S):
        before = await self.world.meter_wh()

        async def enough():
            return await self.world.meter_wh() >= before + wh

        await self.until(enough, within, f"{wh} Wh flow")

    async def power_off(self):
        """The register, once no current flows any more."""
        await self.until(lambda: not self.world.contactor_closed(), PATIENCE_S, "the contactor opens")
        last = -1.0

        async def steady():
            nonlocal last
            before, last = last, await self.world.meter_wh()
            return before == last

        await self.until(steady, PATIENCE_S, "the meter stands still")
        return last

    async def state(self, wanted, within=PATIENCE_S):
        async def reached():
            return await self.world.state() == wanted

        await self.until(reached, within, f"the station's page says '{wanted}'")

    async def idle(self):
        """Nobody there, nothing queued: how every scenario begins and ends."""
        await self.unplug()
        await self.state("available")

        async def all_delivered():
            status = await self.world.page()
            return status and status.get("online") and not status.get("pending_events")

        await self.until(all_delivered, PATIENCE_S, "all events are delivered")

    def judge(self):
        broken = broken_rules(self.csms.history, self.csms.messages)
        if broken:
            raise Failure("; ".join(dict.fromkeys(broken)))

    async def stop(self):
        await asyncio.shield(self.world.stop())
