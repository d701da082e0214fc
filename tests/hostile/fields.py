"""Attacks in the members of requests: every text, list, number, time and enumeration one step outside, one after the other."""

import copy
import json

from hostile import attack
from kit.failure import NotApplicable, require
from kit.station import SCHEMAS

TO_THE_STATION = """
CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile ClearDisplayMessage ClearVariableMonitoring
CostUpdated CustomerInformation DataTransfer DeleteCertificate GetBaseReport GetChargingProfiles GetCompositeSchedule GetDisplayMessages
GetInstalledCertificateIds GetLocalListVersion GetLog GetMonitoringReport GetReport GetTransactionStatus GetVariables InstallCertificate
PublishFirmware RequestStartTransaction RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SetDisplayMessage
SetMonitoringBase SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables TriggerMessage UnlockConnector
UnpublishFirmware UpdateFirmware
""".split()
CARRIED_OUT = {"Reset", "ChangeAvailability", "SetNetworkProfile"}  # a good request would end the charge
TYPE, PROPERTY, OCCURRENCE, FORMAT = ("TypeConstraintViolation", "PropertyConstraintViolation", "OccurrenceConstraintViolation",
                                      "FormatViolation")
HUGE = (2**31, -2**31 - 1, 2**63, -2**63 - 1, 10**40)
BAD_TIMES = ("", "now", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T25:00:00Z", "2024-01-01T00:00:00", "+294276-01-01T00:00:00Z",
             "2024-01-01T00:00:00." + "9" * 400 + "Z", "99999-01-01T00:00:00Z", "-0001-01-01T00:00:00Z")
ODD_TIMES = ("0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2016-12-31T23:59:60Z", "2024-01-01T00:00:00." + "9" * 20 + "Z",
             "2024-01-01T00:00:00+23:59", "2024-01-01t00:00:00z")
META = ("$(touch {0})", "`touch {0}`", ";touch {0};", "|touch {0}", "&&touch {0}", "\ntouch {0}\n", "%s%s%n%n", "../../../../../etc/passwd", "' OR '1'='1",
        "\r\nX-Injected: yes", "<script>alert(1)</script>", "file:///etc/passwd", "http://169.254.169.254/", "{{7*7}}", "\u202e\u2028\U0001f50c", "\x7f\x1b[2J")


class Walk:
    """All members of a request schema, and a payload that has them all."""

    def __init__(self, schema):
        self.root = schema.root
        self.base = self.example(schema.root)
        self.places = list(self.find(schema.root, ()))

    def resolve(self, schema):
        return self.root["definitions"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema

    def example(self, schema):
        schema = self.resolve(schema)
        kind = schema.get("type")
        if kind == "object":
            return {name: self.example(member) for name, member in schema.get("properties", {}).items() if name != "customData"}
        if kind == "array":
            return [self.example(schema["items"])]
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("format") == "date-time":
            return "2024-01-01T00:00:00Z"
        return {"string": "x", "integer": max(1, schema.get("minimum", 1)), "number": 1.5, "boolean": False}.get(kind, {})

    def find(self, schema, path):
        """(path, schema, whether it is required) of every member."""
        schema = self.resolve(schema)
        for name, member in schema.get("properties", {}).items():
            if name == "customData":
                continue
            at, inner = (*path, name), self.resolve(member)
            yield at, inner, name in schema.get("required", ())
            yield from self.find(inner, at)
            if inner.get("type") == "array":
                item = self.resolve(inner["items"])
                yield (*at, 0), item, False
                yield from self.find(item, (*at, 0))

    def with_value(self, path, value, remove=False):
        payload = copy.deepcopy(self.base)
        place = payload
        for step in path[:-1]:
            place = place[step]
        if remove:
            del place[path[-1]]
        else:
            place[path[-1]] = value
        return payload

    def broken(self):
        """(what, payload, codes): every request that is wrong in one place."""
        for path, schema, required in self.places:
            if required:
                yield path, self.with_value(path, None, remove=True), (OCCURRENCE,)
            yield path, self.with_value(path, None), (TYPE,)
            for value, codes in self.bad_values(schema, path):
                yield path, self.with_value(path, value), codes

    def bad_values(self, schema, path):
        kind = schema.get("type")
        if kind == "string" and "enum" in schema:
            yield schema["enum"][0] + "x", (PROPERTY,)
            yield 1, (TYPE,)
        elif kind == "string" and schema.get("format") == "date-time":
            yield from ((text, (TYPE, FORMAT, PROPERTY)) for text in BAD_TIMES)
        elif kind == "string":
            if "maxLength" in schema:
                yield "x" * (schema["maxLength"] + 1), (PROPERTY,)
                yield "\u20ac" * (schema["maxLength"] + 1), (PROPERTY,)
            yield {"x": 1}, (TYPE,)
        elif kind == "integer":
            yield from ((number, (TYPE, PROPERTY, FORMAT)) for number in HUGE)
            yield from ((value, (TYPE,)) for value in ("1", 1.5, True, [1]))
        elif kind == "boolean":
            yield from ((value, (TYPE,)) for value in ("true", 1))
        elif kind == "array":
            yield {}, (TYPE,)
            if schema.get("minItems", 0) > 0:
                yield [], (OCCURRENCE,)
            if "maxItems" in schema:
                yield [self.example(schema["items"])] * (schema["maxItems"] + 1), (OCCURRENCE,)
            yield [self.example(schema["items"])] * 3000, (OCCURRENCE, FORMAT)
        elif kind == "object":
            yield [], (TYPE,)
            yield self.example(schema) | {"unheardOf": 1}, (FORMAT,)

    def texts(self):
        """(path, limit) of every free text."""
        return [(path, schema.get("maxLength", 10_000)) for path, schema, _ in self.places
                if schema.get("type") == "string" and "enum" not in schema and "format" not in schema]

    def times(self):
        return [path for path, schema, _ in self.places if schema.get("format") == "date-time"]


def walks():
    if not SCHEMAS.present():
        raise NotApplicable("there are no schemas of OCPP on this machine")
    return {action: Walk(SCHEMAS.get(f"{action}Request")) for action in TO_THE_STATION}


async def supported(hostile, action):
    """Whether the station has the action; asked with a member that no action has."""
    _, code, _ = await hostile.ask(action, {"unheardOf": 1})
    require(code in ("NotSupported", FORMAT, OCCURRENCE), f"{action} with an unknown member is answered {code}")
    return code != "NotSupported"


@attack
async def every_member_one_step_outside(hostile):
    count = 0
    for action, walk in walks().items():
        if not await supported(hostile, action):
            continue
        for _, payload, codes in walk.broken():
            if len(json.dumps(payload)) < 120_000:
                await hostile.refused(action, payload, *codes)
                count += 1
    require(count > 200, f"only {count} broken requests were made")


@attack
async def shell_in_every_text(hostile):
    count = 0
    for action, walk in walks().items():
        if action in CARRIED_OUT or not await supported(hostile, action):
            continue
        for path, limit in walk.texts():
            for pattern in META:
                kind, answer, _ = await hostile.ask(action, walk.with_value(path, pattern.format(hostile.canary)[:limit]))
                require(kind == 3 or answer in (PROPERTY, OCCURRENCE, "NotSupported", "SecurityError", "InternalError", FORMAT, TYPE),
                        f"{action} with {pattern!r} is answered {answer}")
                count += 1
    require(count > 50, f"only {count} requests were made")
    require(not hostile.canary.exists(), "a text was run as a command")


@attack
async def odd_times_in_every_request(hostile):
    for action, walk in walks().items():
        if action in CARRIED_OUT or not walk.times() or not await supported(hostile, action):
            continue
        for path in walk.times():
            for text in ODD_TIMES:
                await hostile.ask(action, walk.with_value(path, text))


@attack
async def unknown_and_unwanted_actions(hostile):
    for action in ("", "x" * 64, "x" * 1000, "GetVariables\u0000", "getvariables", "GetVariablesRequest", "../GetVariables", "\u20ac" * 30, "StartTransaction"):
        await hostile.refused(action, {}, "NotImplemented", "RpcFrameworkError", "FormatViolation", "PropertyConstraintViolation")
    for action in ("BootNotification", "Heartbeat", "TransactionEvent", "StatusNotification", "Authorize", "NotifyReport"):
        await hostile.refused(action, {}, "NotSupported", "NotImplemented")


@attack
async def a_request_without_schema_knowledge(hostile):
    """What holds also where no schemas are at hand."""
    variable = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}}
    await hostile.refused("GetVariables", {}, OCCURRENCE)
    await hostile.refused("GetVariables", {"getVariableData": []}, OCCURRENCE)
    await hostile.refused("GetVariables", {"getVariableData": [variable] * 17}, OCCURRENCE)
    await hostile.refused("GetVariables", {"getVariableData": [{"component": {"name": "x" * 51}, "variable": {"name": "y"}}]}, PROPERTY)
    await hostile.refused("SetVariables", {"setVariableData": [variable | {"attributeValue": "x" * 1001}]}, PROPERTY)
    await hostile.refused("Reset", {"type": "Immediately"}, PROPERTY)
    await hostile.refused("Reset", {"type": None}, TYPE)
    await hostile.refused("Reset", {"type": "OnIdle", "evse": 1}, FORMAT)
    await hostile.refused("RequestStopTransaction", {"transactionId": "x" * 37}, PROPERTY)
    await hostile.refused("DataTransfer", {"vendorId": "x" * 256}, PROPERTY)
    await hostile.refused("TriggerMessage", {"requestedMessage": 1}, TYPE)
