"""A central system made with the Python packages ocpp and websockets. Every message of both sides is checked against the
published JSON schemas by the package. It tells the runner all it sees, and answers what `rules` says."""

import asyncio
import datetime
import json
import logging
import sys
import uuid

from ocpp.charge_point import camel_to_snake_case
from ocpp.routing import on
from ocpp.v201 import ChargePoint, call, call_result
from ocpp.v201.enums import Action
from websockets.asyncio.server import basic_auth, serve
from websockets.exceptions import ConnectionClosed

ANSWER_WITHIN_S = 20


def say(**event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parsed(text):
    """None for what is no JSON; the package complains about it."""
    try:
        return json.loads(text)
    except ValueError:
        return None


class Complaints(logging.Handler):
    """What the package logs as an error is a fault: a message that is no OCPP, breaks its schema, or answers nothing."""

    def emit(self, record):
        cause = record.exc_info[1] if record.exc_info else None
        say(event="fault", text=record.getMessage() + (f": {cause!r} {getattr(cause, 'details', '')}" if cause else ""))


class Station(ChargePoint):
    """The far end of one connection."""

    def __init__(self, identity, connection, rules):
        super().__init__(identity, connection, response_timeout=ANSWER_WITHIN_S)
        self.rules = rules
        self.results = {}

    async def route_message(self, raw_msg):
        say(event="frame", from_station=True, text=raw_msg)
        match parsed(raw_msg):
            case [3, message_id, payload]:
                self.results[message_id] = payload
        await super().route_message(raw_msg)

    async def _send(self, message):
        await super()._send(message)
        say(event="frame", from_station=False, text=message)

    async def ask(self, action, payload):
        message_id = str(uuid.uuid4())
        request = getattr(call, action)(**camel_to_snake_case(payload))
        await self.call(request, suppress=False, unique_id=message_id)
        return self.results.pop(message_id)

    @on(Action.boot_notification)
    def boot(self, charging_station, reason, **_):
        status = self.rules["boot"].pop(0) if self.rules["boot"] else "Accepted"
        interval = self.rules["interval"] if status == "Accepted" else 1
        return call_result.BootNotification(current_time=now(), interval=interval, status=status)

    @on(Action.heartbeat)
    def heartbeat(self, **_):
        return call_result.Heartbeat(current_time=now())

    @on(Action.authorize)
    def authorize(self, id_token, **_):
        return call_result.Authorize(id_token_info=self.judged(id_token, self.rules["tokens"]))

    @on(Action.transaction_event)
    def transaction_event(self, event_type, timestamp, trigger_reason, seq_no, transaction_info, id_token=None, **_):
        if id_token is None:
            return call_result.TransactionEvent()
        tokens = self.rules["tokens"] | self.rules["later_tokens"]
        return call_result.TransactionEvent(id_token_info=self.judged(id_token, tokens))

    @on(Action.status_notification)
    def status_notification(self, timestamp, connector_status, evse_id, connector_id, **_):
        return call_result.StatusNotification()

    @on(Action.meter_values)
    def meter_values(self, evse_id, meter_value, **_):
        return call_result.MeterValues()

    @on(Action.notify_report)
    def notify_report(self, request_id, generated_at, seq_no, **_):
        return call_result.NotifyReport()

    @on(Action.notify_event)
    def notify_event(self, generated_at, seq_no, event_data, **_):
        return call_result.NotifyEvent()

    @on(Action.notify_monitoring_report)
    def notify_monitoring_report(self, request_id, generated_at, seq_no, **_):
        return call_result.NotifyMonitoringReport()

    @on(Action.log_status_notification)
    def log_status(self, status, **_):
        return call_result.LogStatusNotification()

    @on(Action.firmware_status_notification)
    def firmware_status(self, status, **_):
        return call_result.FirmwareStatusNotification()

    @on(Action.security_event_notification)
    def security_event(self, type, timestamp, **_):
        return call_result.SecurityEventNotification()

    @staticmethod
    def judged(id_token, tokens):
        return {"status": tokens.get(id_token["id_token"], "Unknown")}


class Backend:
    def __init__(self, settings):
        self.settings = settings
        self.rules = settings["rules"]
        self.port = 0
        self.server = None
        self.station = None
        self.connections = set()

    async def up(self, _=None):
        authenticate = basic_auth(realm="ocpp", check_credentials=self.knows) if self.rules["password"] else None
        self.server = await serve(self.connected, self.settings["host"], self.port, subprotocols=["ocpp2.0.1"],
                                  process_request=authenticate, ping_interval=5, ping_timeout=10)
        self.port = self.server.sockets[0].getsockname()[1]
        say(event="listening", port=self.port)

    async def down(self, _=None):
        """Cuts every connection without a word and refuses new ones."""
        for connection in self.connections:
            connection.transport.abort()
        self.server.close()
        await self.server.wait_closed()
        say(event="down")

    def knows(self, user, password):
        return user == self.settings["identity"] and password == self.rules["password"]

    async def connected(self, connection):
        endpoint, _, identity = connection.request.path.rpartition("/")
        say(event="upgrade", identity=identity, endpoint=endpoint,
            protocols=[p.strip() for p in connection.request.headers.get("Sec-WebSocket-Protocol", "").split(",")])
        say(event="connected", protocol=connection.subprotocol)
        if identity != self.settings["identity"]:
            return
        self.connections.add(connection)
        self.station = Station(identity, connection, self.rules)
        try:
            await self.station.start()
        except ConnectionClosed as closed:
            code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
            say(event="disconnected", code=code, reason=reason)
        finally:
            self.connections.discard(connection)

    async def call(self, command):
        return await self.station.ask(command["action"], command["payload"])

    async def set_rules(self, command):
        self.rules = command["rules"]
        if self.station:
            self.station.rules = self.rules

    async def obey(self, command):
        handlers = {"up": self.up, "down": self.down, "call": self.call, "rules": self.set_rules}
        try:
            value = await handlers[command["do"]](command)
            say(event="answer", id=command["id"], ok=True, value=value)
        except Exception as error:  # whatever it was, the runner hears of it
            say(event="answer", id=command["id"], ok=False, error=f"{type(error).__name__}: {error} {getattr(error, 'details', '')}")


async def main():
    logging.getLogger("ocpp").addHandler(Complaints(logging.ERROR))
    logging.getLogger("ocpp").propagate = False
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    backend = Backend(json.loads(sys.argv[1]))
    await backend.up()
    commands = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    running = set()
    while line := await commands.readline():
        task = asyncio.create_task(backend.obey(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


asyncio.run(main())
