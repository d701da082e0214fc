"""A scripted central system: what it answers is set by the case, everything said is kept in order and judged."""

import asyncio
import datetime
import itertools
import json
import time

from kit import websocket
from kit.failure import Failure
from kit.websocket import Gone

CALL, RESULT, ERROR = 2, 3, 4
ANSWER_WITHIN_S = 15
IDENTITY = "BULWATT-0001"


class CallError(Failure):
    """The station answered a CALL with CALLERROR."""

    def __init__(self, action, code, text):
        super().__init__(f"{action} is answered with the error {code}: {text}")
        self.code = code


class Refusal:
    """An answer to a station's CALL that is an error."""

    def __init__(self, code="InternalError", text=""):
        self.code, self.text = code, text


class Message:
    def __init__(self, index, connection, from_station, kind, identifier, action, payload):
        self.index, self.connection, self.from_station, self.kind = index, connection, from_station, kind
        self.id, self.action, self.payload = identifier, action, payload
        self.at = time.monotonic()
        self.answered = None  # the payload, a Refusal, or None while nothing was said

    def __repr__(self):
        return f"{'<' if self.from_station else '>'} {self.action} {json.dumps(self.payload)}"


def now_text(offset_s=0):
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=offset_s)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def drip(writer, answer):
    """All but the end of an answer, a byte at a time, and then more headers for as long as somebody listens."""
    try:
        for byte in answer[:-2] + b"X: y\r\n" * 1000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)
    except (OSError, RuntimeError) as error:
        raise Gone from error


class Csms:
    """One listening port. `wake` is called after everything that happens."""

    def __init__(self, wake, schemas, tls=None, port=0):
        self.wake, self.schemas, self.tls, self.port = wake, schemas, tls, port
        self.messages = []      # CALLs of both sides, in order
        self.faults = []        # what no message may be
        self.upgrades = []      # (time, Upgrade, True when let in)
        self.tls_failures = []  # reasons why handshakes failed
        self.socket = None
        self.open = True        # new connections are let in
        self.answers = {}       # action -> payload, Refusal, None (no answer), or a function of the payload
        self.tokens = {}        # idToken -> idTokenInfo at Authorize
        self.later_tokens = {}  # the same in the answer to TransactionEvent
        self.password = None
        self.protocol, self.upgrade_headers, self.cut_upgrades, self.drip_upgrades = "ocpp2.0.1", [], 0, 0  # for what a good one never does
        self.waiting = {}
        self.connections = 0
        self.ids = itertools.count(1)
        self.server = None
        self.tasks = set()

    async def listen(self, host="127.0.0.1"):
        """On its port, or on any when that is 0."""
        self.server = await asyncio.start_server(self.serve, host, self.port, limit=1 << 22)
        self.host, self.port = host, self.server.sockets[0].getsockname()[1]

    async def stop(self):
        self.drop()
        if self.server:
            self.server.close()
        for task in self.tasks:
            task.cancel()

    def drop(self):
        """Cuts the connection that is there."""
        if self.socket:
            self.socket.cut()
            self.socket = None
        for future in self.waiting.values():
            if not future[1].done():
                future[1].set_exception(Failure(f"the connection was lost before {future[0]} was answered"))
        self.waiting.clear()

    async def close(self):
        """Ends the connection as the standard says."""
        if self.socket:
            await self.socket.close()
        self.drop()

    @property
    def connected(self):
        return self.socket is not None and not self.socket.ended

    # A connection from its first byte to its last.

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        try:
            await self.converse(reader, writer)
        except (Gone, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(asyncio.current_task())
            writer.transport.abort()
            self.wake()

    async def converse(self, reader, writer):
        if self.tls:
            await self.start_tls(writer)
        upgrade = await websocket.read_upgrade(reader)
        good = self.open and self.judge_upgrade(upgrade)
        self.upgrades.append((time.monotonic(), upgrade, good))
        self.wake()
        if not good:
            writer.write(websocket.refuse(*((503, "Service Unavailable") if not self.open else (401, "Unauthorized"))))
            await writer.drain()
            return
        answer = websocket.answer_upgrade(upgrade, self.protocol, *self.upgrade_headers)
        if self.cut_upgrades > 0:
            self.cut_upgrades -= 1
            writer.write(answer[:40])
            await writer.drain()
            return
        if self.drip_upgrades > 0:
            self.drip_upgrades -= 1
            return await drip(writer, answer)
        writer.write(answer)
        if self.connected:
            self.faults.append("the station opens a second connection while the first lives")
        self.drop()
        self.connections += 1
        socket = self.socket = websocket.Socket(reader, writer)
        self.wake()
        try:
            while True:
                self.take(socket, await socket.receive())
                self.wake()
        finally:
            if self.socket is socket:
                self.drop()

    async def start_tls(self, writer):
        try:
            await writer.start_tls(self.tls, ssl_handshake_timeout=10)
        except (OSError, ConnectionError) as error:  # also everything ssl raises
            self.tls_failures.append(str(error))
            raise Gone from error

    def judge_upgrade(self, upgrade):
        if "ocpp2.0.1" not in [word.strip() for word in upgrade.headers.get("sec-websocket-protocol", "").split(",")]:
            self.faults.append("the upgrade does not offer ocpp2.0.1")
        return self.password is None or upgrade.credentials() == (IDENTITY, self.password)

    # Messages.

    def take(self, socket, text):
        try:
            message = json.loads(text)
            kind, identifier, *rest = message
        except (ValueError, TypeError):
            self.faults.append(f"this is no message of OCPP-J: {text[:200]}")
            return
        if kind == CALL and len(rest) == 2:
            self.take_call(socket, identifier, *rest)
        elif identifier in self.waiting and kind in (RESULT, ERROR):
            action, future = self.waiting.pop(identifier)
            if kind == ERROR:
                outcome = CallError(action, *rest[:2])
                if not future.done():
                    future.set_exception(outcome)
            else:
                self.check(f"{action}Response", rest[0])
                if not future.done():
                    future.set_result(rest[0])
        else:
            self.faults.append(f"the station answers what nobody asked: {text[:200]}")

    def check(self, name, payload):
        self.faults += self.schemas.faults(name, payload)

    def take_call(self, socket, identifier, action, payload):
        self.check(f"{action}Request", payload)
        message = Message(len(self.messages), self.connections, True, CALL, identifier, action, payload)
        last = next((m for m in reversed(self.messages) if m.from_station and m.connection == self.connections), None)
        if last and last.answered is None and not getattr(last, "forgotten", False):
            self.faults.append(f"the station sends {action} before {last.action} is answered")
        self.messages.append(message)
        task = asyncio.ensure_future(self.answer(socket, message))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, socket, message):
        answer = self.answers.get(message.action, self.usual)
        answer = answer(message) if callable(answer) else answer
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer is None:
            message.forgotten = True
            return
        message.answered = answer
        words = [ERROR, message.id, answer.code, answer.text, {}] if isinstance(answer, Refusal) else [RESULT, message.id, answer]
        try:
            await socket.send(json.dumps(words))
        except Gone:
            pass
        self.wake()

    def usual(self, message):
        """What a friendly central system says."""
        payload = message.payload
        if message.action == "BootNotification":
            return {"currentTime": now_text(), "interval": 300, "status": "Accepted"}
        if message.action == "Heartbeat":
            return {"currentTime": now_text()}
        if message.action == "Authorize":
            return {"idTokenInfo": self.judge_token(payload["idToken"], self.tokens)}
        if message.action == "TransactionEvent":
            return {"idTokenInfo": self.judge_token(payload["idToken"], self.later_tokens)} if payload.get("idToken") else {}
        if message.action == "SignCertificate":
            return {"status": "Accepted"}
        if message.action == "DataTransfer":
            return {"status": "UnknownVendorId"}
        return {}

    def judge_token(self, token, table):
        if token["type"] in ("NoAuthorization",):
            return {"status": "Accepted"}
        name = token["idToken"]
        return table.get(name) or self.tokens.get(name) or {"status": "Unknown"}

    async def call(self, action, payload, within=ANSWER_WITHIN_S):
        """The station's answer; CallError when it is an error."""
        if not self.connected:
            raise Failure(f"{action} cannot be sent: the station is not connected")
        self.faults += self.schemas.faults(f"{action}Request", payload)
        identifier = f"conformance-{next(self.ids)}"
        future = asyncio.get_running_loop().create_future()
        self.waiting[identifier] = (action, future)
        self.messages.append(Message(len(self.messages), self.connections, False, CALL, identifier, action, payload))
        self.messages[-1].answered = {}
        await self.socket.send(json.dumps([CALL, identifier, action, payload]))
        try:
            return await asyncio.wait_for(future, within)
        except asyncio.TimeoutError as error:
            raise Failure(f"the station does not answer {action} within {within} s") from error

    def from_station(self, action=None, since=0):
        return [m for m in self.messages[since:] if m.from_station and action in (None, m.action)]

    @property
    def mark(self):
        return len(self.messages)
