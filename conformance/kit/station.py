"""What a case works with: the station, its driver, its car and the central system it talks to."""

import asyncio
import time

from kit.csms import CallError, Csms
from kit.failure import Failure, NotApplicable, require, same
from kit.schema import Schemas
from kit.world import PASSWORD, World

SOON_S = 12
QUIET_S = 1.5
CARD, OTHER_CARD = "CONF-VALID-1", "CONF-VALID-2"
INVALID, BLOCKED, EXPIRED, UNKNOWN = "CONF-INVALID", "CONF-BLOCKED", "CONF-EXPIRED", "CONF-UNKNOWN"
MASTER, GROUP, MASTER_GROUP = "CONF-MASTER", "CONF-GROUP", "CONF-MASTER-GROUP"
CARD_TYPE = "ISO14443"
MISSING = ("UnknownComponent", "UnknownVariable", "NotSupportedAttributeType")

SCHEMAS = Schemas()


def token(name):
    return {"idToken": name, "type": CARD_TYPE}


def grouped(status="Accepted", group=GROUP):
    return {"status": status, "groupIdToken": token(group)}


class Station:
    def __init__(self, programs, folder):
        self.world = World(programs, folder)
        self.csms = Csms(self.world.waiter.wake, SCHEMAS)
        self.csms.password = PASSWORD
        self.csms.tokens = {CARD: {"status": "Accepted"}, OTHER_CARD: {"status": "Accepted"}, INVALID: {"status": "Invalid"},
                            BLOCKED: {"status": "Blocked"}, EXPIRED: {"status": "Expired"}}
        self.others = []
        self.path = "/ocpp"
        self.pki = None
        self.host = "localhost"

    def another_csms(self, tls=None):
        """A second one, on the other port that the station may connect to."""
        csms = Csms(self.world.waiter.wake, SCHEMAS, tls, self.world.second_port)
        self.others.append(csms)
        csms.password, csms.tokens = PASSWORD, self.csms.tokens
        return csms

    # Beginning and end.

    async def prepare(self):
        """Everything but the station itself."""
        await self.csms.listen()
        await self.world.start_surroundings()
        self.world.configure(self.url_of(self.csms))
        if self.pki:
            await self.world.provision(self.pki)

    def url_of(self, csms):
        return f"{'wss' if csms.tls else 'ws'}://{self.host}:{csms.port}{self.path}"

    async def start(self):
        await self.world.start_station()

    async def boot(self):
        """A fresh station, registered, with an available connector."""
        await self.prepare()
        await self.start()
        await self.booted(0)
        await self.up()

    async def up(self):
        """The station is past its start; a person at the station would not be quicker."""

        async def started():
            return await self.world.page() not in (None, "starting")

        await self.until(started, SOON_S, "the station's page says more than 'starting'")

    async def stop(self):
        for csms in (self.csms, *self.others):
            await csms.stop()
        await self.world.stop()

    async def power_cycle(self):
        """Off and on again; the state folder stays."""
        since = self.csms.mark
        await self.world.stop_station()
        await self.start()
        return since

    async def booted(self, since, status="Available", csms=None, within=30):
        """Reusable state Booted: registration, then the state of every connector."""
        boot = await self.expect("BootNotification", since=since, within=within, csms=csms)
        await self.connector(status, boot.index, csms=csms)
        return boot

    # What the driver does.

    async def plug(self):
        await self.world.bus.ask("plug")

    async def unplug(self):
        await self.world.bus.ask("unplug")

    async def swipe(self, name=CARD):
        await self.world.bus.ask("swipe", name)

    async def car_wants(self, energy):
        await self.world.bus.ask("demand", "on" if energy else "off")

    # What the central system sees.

    def until(self, condition, within, what):
        return self.world.until(condition, within, what)

    def find(self, action, where, since, csms=None):
        for message in (csms or self.csms).from_station(action, since):
            if where(message.payload):
                return message
        return None

    async def expect(self, action, where=lambda p: True, since=0, within=SOON_S, what="", csms=None):
        """The first such message that came after `since`, once it is answered."""

        def found():
            message = self.find(action, where, since, csms)
            return message if message and (message.answered is not None or getattr(message, "forgotten", False)) else None

        try:
            return await self.until(found, within, f"the station sends {action} {what}".strip())
        except Failure as failure:
            seen = [f"{m.action} {brief(m.payload)}" for m in (csms or self.csms).from_station(since=since)][-6:]
            raise Failure(f"{failure}; it sent: {', '.join(seen) or 'nothing'}") from None

    async def never(self, action, where=lambda p: True, since=0, seconds=QUIET_S, what=""):
        """Nothing like that within `seconds`."""
        end_at = time.monotonic() + seconds
        while time.monotonic() < end_at:
            message = self.find(action, where, since)
            require(message is None, f"the station sends {action} {what}, which it must not: {message and brief(message.payload)}")
            await asyncio.sleep(0.1)

    async def connector(self, status, since=0, evse=1, connector=1, within=SOON_S, csms=None):
        """A connector's state, told in either of the two ways the standard has."""

        def good(message):
            p = message.payload
            if message.action == "StatusNotification":
                return (p["connectorStatus"], p["evseId"], p["connectorId"]) == (status, evse, connector)
            return message.action == "NotifyEvent" and any(
                e["component"]["name"] == "Connector" and e["variable"]["name"] == "AvailabilityState" and e["actualValue"] == status
                and e["component"].get("evse", {}).get("id") == evse for e in p["eventData"])

        def found():
            return next((m for m in (csms or self.csms).from_station(since=since) if good(m) and m.answered is not None), None)

        try:
            return await self.until(found, within, f"the station says that connector {connector} of EVSE {evse} is {status}")
        except Failure as failure:
            seen = [m.payload.get("connectorStatus") for m in (csms or self.csms).from_station("StatusNotification", since)]
            raise Failure(f"{failure}; it said: {seen}") from None

    async def event(self, since=0, kind=None, trigger=None, state=None, within=SOON_S, where=lambda p: True, offline=None):
        """A TransactionEvent with these members; a tuple names what is allowed."""

        def one_of(actual, wanted):
            return wanted is None or actual in (wanted if isinstance(wanted, tuple) else (wanted,))

        def good(p):
            return (one_of(p["eventType"], kind) and one_of(p["triggerReason"], trigger) and where(p)
                    and one_of(p["transactionInfo"].get("chargingState"), state) and one_of(p.get("offline", False), offline))

        words = [f"{name}={value}" for name, value in (("eventType", kind), ("triggerReason", trigger), ("chargingState", state),
                                                       ("offline", offline)) if value is not None]
        return await self.expect("TransactionEvent", good, since, within, " ".join(words))

    async def ended(self, since=0, within=SOON_S):
        return await self.event(since, kind="Ended", within=within)

    def events(self, since=0):
        return [m.payload for m in self.csms.from_station("TransactionEvent", since)]

    # What the central system asks.

    async def call(self, action, **payload):
        return await self.csms.call(action, payload)

    async def ask(self, action, wanted, **payload):
        """A call whose answer has this status, or one of a tuple."""
        answer = await self.call(action, **payload)
        same(f"the status of the answer to {action}", answer.get("status"), wanted)
        return answer

    async def call_refused(self, action, code, **payload):
        """A call that is answered with CALLERROR."""
        try:
            answer = await self.call(action, **payload)
        except CallError as error:
            same(f"the error code of the answer to {action}", error.code, code)
            return
        raise Failure(f"{action} is answered {answer}, not with the error {code}")

    async def set(self, component, variable, value, instance=None, **more):
        """The whole SetVariableResult."""
        data = {"component": {"name": component}, "variable": {"name": variable}, "attributeValue": value, **more}
        if instance:
            data["variable"]["instance"] = instance
        answer = await self.call("SetVariables", setVariableData=[data])
        return answer["setVariableResult"][0]

    async def get(self, component, variable, instance=None, **more):
        data = {"component": {"name": component}, "variable": {"name": variable}, **more}
        if instance:
            data["variable"]["instance"] = instance
        answer = await self.call("GetVariables", getVariableData=[data])
        return answer["getVariableResult"][0]

    async def value(self, component, variable, instance=None):
        """The actual value as text; None when there is no such variable."""
        result = await self.get(component, variable, instance)
        return result.get("attributeValue", "") if result["attributeStatus"] == "Accepted" else None

    async def config(self, component, variable, value, instance=None, optional=False):
        """Preparation: the variable has this value. When it is optional and absent or fixed, nothing happens and False returns."""
        result = await self.set(component, variable, value, instance)
        status = result["attributeStatus"]
        if status in ("Accepted", "RebootRequired") or await self.value(component, variable, instance) == value:
            return True
        if optional:
            return False
        raise Failure(f"{component}.{variable} cannot be set to {value}: {status} {result.get('attributeStatusInfo', {})}")

    async def points(self, name):
        """TxStartPoint or TxStopPoint as a set."""
        return {word for word in (await self.value("TxCtrlr", name) or "").split(",") if word}

    async def want_points(self, name, *values):
        """Preparation of TxStartPoint or TxStopPoint; not applicable where the standard leaves the choice and the station made another."""
        result = await self.set("TxCtrlr", name, ",".join(values))
        if result["attributeStatus"] not in ("Accepted", "RebootRequired"):
            have = await self.points(name)
            if not set(values) & have:
                raise NotApplicable(f"{name} is {','.join(sorted(have))} and cannot become {','.join(values)}")

    # The network.

    async def offline(self):
        """Closes the connection and lets nobody in."""
        self.csms.open = False
        await self.csms.close()
        await self.until(lambda: not self.csms.connected, SOON_S, "the connection ends")

    async def online(self, within=30):
        """Lets the station in again; returns the mark from which on it is connected."""
        since = self.csms.mark
        count = self.csms.connections
        self.csms.open = True
        await self.until(lambda: self.csms.connections > count and self.csms.connected, within, "the station connects again")
        return since

    async def energy_flows(self, wh=20, within=SOON_S):
        before = await self.world.meter_wh()

        async def enough():
            return await self.world.meter_wh() >= before + wh

        await self.until(enough, within, f"{wh} Wh flow")

    async def at_rest(self, within=SOON_S):
        """Until no transaction runs any more and the car is gone: what happened has been written down by then."""
        async def free():
            return await self.world.page() in ("available", "unavailable")

        await self.until(free, within, "the station's page says that nobody charges")

    async def contactor(self, closed, within=SOON_S):
        word = "closes" if closed else "opens"
        await self.until(lambda: self.world.contactor_closed() == closed, within, f"the contactor {word}")


def brief(payload):
    text = str({k: v for k, v in payload.items() if k not in ("timestamp", "meterValue")})
    return text if len(text) < 300 else text[:297] + "…"
