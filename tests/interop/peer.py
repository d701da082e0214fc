"""A foreign program under the runner's command: lines of JSON both ways, and a history of all it told."""

import asyncio
import json
from dataclasses import dataclass

from process import Failure

ANSWER_WITHIN_S = 40
CALL, RESULT, ERROR = 2, 3, 4


@dataclass(frozen=True)
class Message:
    """One OCPP-J message as it went over the wire. `index` orders it among all events of its peer."""

    index: int
    from_station: bool
    kind: int
    id: str
    action: str = ""
    payload: object = None
    code: str = ""


def message_of(index, event):
    """None for what is no OCPP-J; the backend tells it as a fault."""
    try:
        frame = json.loads(event["text"])
    except ValueError:
        return None
    head = {"index": index, "from_station": event["from_station"]}
    match frame:
        case [2, str(id), str(action), dict(payload)]:
            return Message(**head, kind=CALL, id=id, action=action, payload=payload)
        case [3, str(id), dict(payload)]:
            return Message(**head, kind=RESULT, id=id, payload=payload)
        case [4, str(id), str(code), str(text), dict()]:
            return Message(**head, kind=ERROR, id=id, code=code, payload=text)
    return None


class Peer:
    def __init__(self, children, name, wake):
        self.children = children
        self.name = name
        self.wake = wake
        self.history = []  # events, in order
        self.messages = []
        self.answers = {}
        self.next_id = 1
        self.child = None
        self.reading = None

    async def start(self, words, settings):
        pipe = asyncio.subprocess.PIPE
        self.child = await self.children.start(self.name, [*words, json.dumps(settings)], stdin=pipe, stdout=pipe)
        self.reading = asyncio.create_task(self.read())

    async def read(self):
        with open(self.children.log_of(self.name + ".events"), "a") as log:
            while line := await self.child.stdout.readline():
                log.write(line.decode())
                log.flush()
                event = json.loads(line)
                if event["event"] == "answer":
                    self.answers.pop(event["id"]).set_result(event)
                self.history.append(event)
                message = message_of(len(self.history) - 1, event) if event["event"] == "frame" else None
                if message:
                    self.messages.append(message)
                self.wake()

    async def tell(self, do, **arguments):
        number, self.next_id = self.next_id, self.next_id + 1
        answer = asyncio.get_running_loop().create_future()
        self.answers[number] = answer
        self.child.stdin.write((json.dumps({"do": do, "id": number, **arguments}) + "\n").encode())
        try:
            result = await asyncio.wait_for(answer, ANSWER_WITHIN_S)
        except asyncio.TimeoutError:
            raise Failure(f"{self.name} does not answer '{do}'") from None
        if not result["ok"]:
            raise Failure(f"{do} {arguments.get('action', '')} failed: {result['error']}")
        return result["value"]

    def mark(self):
        """A point in the history, to look for what comes after it."""
        return len(self.history)

    def events(self, kind, since=0):
        return [event for event in self.history[since:] if event["event"] == kind]

    def port(self):
        listening = self.events("listening")
        return listening[-1]["port"] if listening else 0

    def calls(self, action=None, since=0):
        """Calls of the station."""
        return [m for m in self.messages if m.index >= since and m.from_station and m.kind == CALL and action in (None, m.action)]

    def answer_to(self, call):
        """The index of our answer to a call of the station, or None."""
        return next((m.index for m in self.messages if m.index > call.index and not m.from_station and m.id == call.id), None)
