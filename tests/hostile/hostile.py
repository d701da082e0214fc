"""A whole station with a car that charges, and a central system that means it badly; what attacks are written with."""

import asyncio
import json
import os
import pathlib
import subprocess
import time

from kit.csms import ERROR, RESULT
from kit.failure import Failure, require, same
from kit.station import CARD, Station
from kit.states import session
from kit.websocket import Gone

RSS_LIMIT_MIB = 16        # of ocpp, memory of its own; in peace it is a few
OPEN_FILES_LIMIT = 40     # of ocpp
BACK_WITHIN_S = 30
ANSWER_WITHIN_S = 10
KNOWN_CODES = {"FormatViolation", "GenericError", "InternalError", "MessageTypeNotSupported", "NotImplemented", "NotSupported",
               "OccurrenceConstraintViolation", "PropertyConstraintViolation", "ProtocolError", "RpcFrameworkError", "SecurityError",
               "TypeConstraintViolation"}
ATTACKS = {}


def attack(function):
    """Registers an attack: an async function of one Hostile, after which the station must be as before."""
    ATTACKS[function.__name__] = function
    return function


class Hostile:
    def __init__(self, programs, folder):
        self.programs = pathlib.Path(programs)
        self.station = Station(self.programs, folder)
        self.station.world.speed = 1  # the battery must last
        self.csms = self.station.csms
        self.canary = folder / "canary"
        self.answers = {}
        self.serial = 0
        self.pids = {}

    async def start(self):
        await self.station.boot()
        self.one = await session(self.station).charging()
        self.pids = self.services()
        await self.peace()

    # What the station is made of.

    def services(self):
        text = subprocess.run([self.programs / "bulwatt", "ps", "--run-folder", self.station.world.run_folder, "--json"], check=True,
                              capture_output=True, text=True).stdout
        return {service["name"]: service["pid"] for service in json.loads(text)["services"] if service["state"] != "absent"}

    def memory_mib(self):
        """What ocpp has resident of its own; pages of the program file do not count."""
        with open(f"/proc/{self.pids['ocpp']}/status", encoding="utf-8") as file:
            fields = dict(line.split(":", 1) for line in file if ":" in line)
        return int(fields["RssAnon"].split()[0]) / 1024

    def open_files(self):
        """0 where a process that is nobody's business does not show them: only root may look."""
        try:
            return len(os.listdir(f"/proc/{self.pids['ocpp']}/fd"))
        except PermissionError:
            return 0

    # Frames as they are.

    async def raw(self, text):
        """Sends a text message that need not be JSON."""
        if not self.csms.connected:
            await self.back()
        await self.csms.socket.send(text)

    async def reply(self, identifier, within=ANSWER_WITHIN_S):
        """The station's answer to this id as a whole message; Failure when none comes."""

        def arrived():
            return self.answers.pop(identifier, None)

        return await self.station.until(arrived, within, f"the station answers the message {identifier!r}")

    async def frame_refused(self, text, identifiers, *codes):
        """A message that the station must answer with CALLERROR, one of these codes, and an id of these: "-1" where it read none."""
        self.answers.clear()
        await self.raw(text)
        await self.station.until(lambda: self.answers, ANSWER_WITHIN_S, f"the station answers {text[:60]!r}")
        kind, identifier, code, words, _ = next(iter(self.answers.values()))
        same("the type of the answer", kind, ERROR)
        same(f"the id of the answer to {text[:60]!r}", identifier, identifiers)
        same(f"the error code for {text[:60]!r}", code, codes)
        check_words(words)

    async def silence(self, text, seconds=0.5):
        """A message that must not be answered."""
        self.answers.clear()
        await self.raw(text)
        await asyncio.sleep(seconds)
        require(not self.answers, f"the station answers {list(self.answers.values())[:1]} to {text[:80]!r}")

    def next_id(self):
        self.serial += 1
        return f"hostile-{self.serial}"

    async def ask(self, action, payload):
        """(type, code or payload, words) of the answer; waits when the station takes no more requests for a while."""
        while True:
            identifier = self.next_id()
            await self.raw(json.dumps([2, identifier, action, payload]))
            kind, _, *rest = await self.reply(identifier)
            if kind == ERROR and rest[0] == "GenericError" and "more requests" in rest[1]:
                await asyncio.sleep(0.2)
                continue
            return (kind, rest[0], "") if kind == RESULT else (kind, rest[0], rest[1])

    async def refused(self, action, payload, *codes):
        kind, code, words = await self.ask(action, payload)
        require(kind == ERROR, f"{action} {json.dumps(payload)[:200]} is answered {code}")
        same(f"the error code for {action} {json.dumps(payload)[:200]}", code, codes)
        check_words(words)
        return words

    # Peace.

    async def back(self):
        """The station is connected, however that came about."""
        await self.station.until(lambda: self.csms.connected, BACK_WITHIN_S, "the station connects again")

    async def peace(self):
        """After an attack: connected, answering, the same processes, little memory, and the car charges on."""
        for _ in range(3):
            try:
                await self.back()
                kind, answer, _ = await self.ask("GetVariables", {"getVariableData": [
                    {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}}]})
                break
            except (Failure, Gone):  # a connection that ends just now is no harm
                await asyncio.sleep(0.2)
        else:
            raise Failure("the station does not answer any more")
        same("the type of an answer in peace", kind, RESULT)
        same("attributeStatus", answer["getVariableResult"][0]["attributeStatus"], "Accepted")
        same("the processes of the station", self.services(), self.pids)
        memory, files = self.memory_mib(), self.open_files()
        require(memory <= RSS_LIMIT_MIB, f"ocpp holds {memory:.1f} MiB, more than {RSS_LIMIT_MIB}")
        require(files <= OPEN_FILES_LIMIT, f"ocpp has {files} open files, more than {OPEN_FILES_LIMIT}")
        require(self.station.world.contactor_closed(), "the contactor opened")
        require(not self.one.over, "the transaction ended")
        require(not self.canary.exists(), "a text of the central system was run as a command")
        same("the state on the station's page", await self.station.world.page(), "charging")

    async def charge_again(self):
        """For attacks that may end a charge by rights: another one begins."""
        await self.station.unplug()
        await asyncio.sleep(0.5)
        self.one = await session(self.station, card=CARD).charging()


def check_words(words):
    """An error's description is short, printable and says nothing of the memory around it."""
    require(len(words) <= 255, "an error description is longer than 255 characters")
    require(all(c.isprintable() for c in words), f"an error description has unprintable characters: {words!r}")


def since(moment):
    return time.monotonic() - moment
