"""A world whose station has a link to a car, with the car's communication controller on its other end."""

import os

from stand import Failure, expect
from world import CARD, World

PATIENCE_OF_STATION_S = 6
DIRECT = """connectors = ["cCCS2"]
current = "direct"
"""
LINK = """
[[session.evse]]
digital_patience = {patience}
{evse}

[[v2g.link]]
interface = "{interface}"
evse_id = "ZZ*BWT*E1"
"""


class Speaking(World):
    """Use as a context manager, as World."""

    def __init__(self, programs, cable, more="", tokens=(), direct=False):
        """`direct`: the outlet gives direct current."""
        link = LINK.format(interface=cable.station, patience=PATIENCE_OF_STATION_S, evse=DIRECT if direct else "")
        super().__init__(programs, 0, tokens=tokens, more=more + link, board=("--dc",) if direct else ())
        self.cable = cable

    def speak(self, *options):
        bus = os.path.join(self.run, "sim.sock")
        self.evcc = self._start("evcc", *self.cable.inside(self._program("evcc"), "--bus", bus, "--interface", self.cable.car, *options))
        self.bus.wait(lambda: "evcc" in self.status(), "the car's controller did not come up")

    def silence(self):
        self.evcc.terminate()
        self.evcc.wait()

    def car(self):
        return self.status()["evcc"]

    def contactor(self):
        return self.status()["board"]["contactor"]

    def transactions(self):
        return self.bus.command("csms", "transactions")["transactions"]

    def log(self):
        with open(os.path.join(self.run, "log", "station.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def until(self, condition, sentence):
        try:
            return self.bus.wait(condition, sentence)
        except Failure as failure:
            status = self.status()
            raise Failure(f"{failure}; the car says {status.get('evcc')}, the board {status['board']}") from failure

    def unplug(self):
        self.bus.command("unplug")
        self.bus.wait(lambda: self.status()["board"]["pilot"] == "A", "the board does not see that the cable is out")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.services()['v2g']['pid']}/fd"))


def begins(world):
    world.bus.command("plug")
    world.until(lambda: world.status()["board"]["duty_permille"] == 50, "the pilot does not say 5 %")
    world.until(lambda: world.car()["step"] == "AuthorizationReq", "the car did not get to its authorization")
    expect(not world.contactor(), "energy before anybody was authorized")
    world.bus.command("swipe", CARD)
    world.until(lambda: world.contactor() and world.car()["loops"] >= 2, "no charge came about")
