"""Attacks by what the central system does: silence, lateness, floods, answers that belong to nothing, impossible times."""

import asyncio
import json

from fields import BAD_TIMES, ODD_TIMES
from frames import GOOD, good_call
from hostile import RSS_LIMIT_MIB, attack
from kit.csms import now_text
from kit.failure import require, same
from kit.schema import good_time, parse_time
from kit.websocket import PING, Gone, frame

MESSAGE_TIMEOUT_S = 5  # as configured in kit/world.py


async def heartbeat(hostile, answer):
    """Makes the station send a Heartbeat that is answered by `answer`, a function of the message."""
    hostile.csms.answers["Heartbeat"] = answer
    mark = hostile.csms.mark
    await hostile.ask("TriggerMessage", {"requestedMessage": "Heartbeat"})
    message = await hostile.station.until(lambda: next(iter(hostile.csms.from_station("Heartbeat", mark)), None), 20, "the station sends a Heartbeat")
    await asyncio.sleep(0.1)
    hostile.csms.answers.pop("Heartbeat")
    return message


def by_hand(hostile, *texts):
    """An answer made of whole messages; {id} is the call's."""

    async def say(message):
        for text in texts:
            await hostile.raw(text.replace("{id}", message.id))

    async def answer(message):
        message.forgotten = True
        await say(message)

    return answer


@attack
async def never_answering(hostile):
    await heartbeat(hostile, lambda message: None)
    await asyncio.sleep(MESSAGE_TIMEOUT_S + 1)
    await heartbeat(hostile, lambda message: {"currentTime": now_text()})


@attack
async def answering_late(hostile):
    async def late(message):
        message.forgotten = True
        await asyncio.sleep(MESSAGE_TIMEOUT_S + 1)
        return {"currentTime": now_text()}

    await heartbeat(hostile, late)
    await asyncio.sleep(MESSAGE_TIMEOUT_S + 2)
    await heartbeat(hostile, lambda message: {"currentTime": now_text()})


@attack
async def answers_to_nothing(hostile):
    for text in ('[3,"nobody",{}]', '[3,"nobody",null]', '[4,"nobody","InternalError","",{}]', '[4,"nobody"]', '[3]', '[3,"x"]', '[3,5,{}]', '[4,"n","x",5,{}]'):
        await hostile.silence(text, 0.1)


@attack
async def answers_that_are_none(hostile):
    """To a Heartbeat: of a wrong kind, incomplete, doubled, an unknown error, for another id; each time the station goes on."""
    good = '[3,"{id}",{"currentTime":"%s"}]' % now_text()
    for texts in (['[3,"{id}",[]]'], ['[3,"{id}",{}]'], ['[3,"{id}",{"currentTime":5}]'], ['[3,"{id}",{"currentTime":"now"}]'], ['[3,"{id}"]'],
                  ['[3,"{id}",{"currentTime":"2024-01-01T00:00:00Z","more":1}]'], ['[4,"{id}","NoSuchCode","' + "x" * 5000 + '",{}]'], ['[4,"{id}"]'],
                  [good, good], ['[3,"another",{}]', good], ['[3,"{id}",{"status":"Accepted"}]'], ['[2,"{id}","GetLocalListVersion",{}]', good]):
        await heartbeat(hostile, by_hand(hostile, *texts))
        await hostile.back()


@attack
async def impossible_times(hostile):
    """Whatever time the station is told, it goes on, and what it says itself is a time; in the end it has the right one again."""
    for text in (*ODD_TIMES, *BAD_TIMES):
        await heartbeat(hostile, by_hand(hostile, f'[3,"{{id}}",{{"currentTime":{json.dumps(text)}}}]'))
    await heartbeat(hostile, lambda message: {"currentTime": now_text()})
    mark = hostile.csms.mark
    await hostile.ask("TriggerMessage", {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}})
    status = await hostile.station.expect("StatusNotification", since=mark)
    told = status.payload["timestamp"]
    require(good_time(told), f"the station says the time {told}")
    away = abs((parse_time(told) - parse_time(now_text())).total_seconds())
    require(away < 60, f"the station is {away:.0f} s away after it was told the right time again")


@attack
async def the_same_call_again(hostile):
    """Word for word again is a repetition and gets the same answer; other words under the same id are another call."""
    text = good_call("again-1")
    first = await answer_to(hostile, text, "again-1")
    same("the answer to a repetition", await answer_to(hostile, text, "again-1"), first)
    other = json.dumps([2, "again-1", "GetVariables", {"getVariableData": GOOD["getVariableData"] * 2}])
    answer = await answer_to(hostile, other, "again-1")
    require(answer[0] == 4 or len(answer[2]["getVariableResult"]) == 2, "another call under a used id gets the answer of the first")


async def answer_to(hostile, text, identifier):
    hostile.answers.pop(identifier, None)
    await hostile.raw(text)
    return await hostile.reply(identifier)


@attack
async def flood_of_calls(hostile):
    for number in range(3000):
        await hostile.raw(good_call(f"flood-{number}"))
    await asyncio.sleep(2)
    require(all(a[0] in (3, 4) for a in hostile.answers.values()), "a flooded station answers nonsense")
    hostile.answers.clear()


@attack
async def flood_of_unread_answers(hostile):
    """Calls whose answers are not read: the station must not keep them all."""
    await hostile.back()
    transport = hostile.csms.socket.writer.transport
    transport.pause_reading()
    try:
        for number in range(20_000):
            await asyncio.wait_for(hostile.csms.socket.send(good_call(f"unread-{number}")), 5)
    except (Gone, asyncio.TimeoutError):
        pass
    await asyncio.sleep(1)
    memory = hostile.memory_mib()
    require(memory < RSS_LIMIT_MIB, f"ocpp holds {memory:.1f} MiB of answers that nobody reads")
    if hostile.csms.connected:
        transport.resume_reading()
        hostile.csms.drop()
    hostile.answers.clear()
    await asyncio.sleep(1)


@attack
async def flood_of_pings_and_answers(hostile):
    await hostile.back()
    try:
        for number in range(5000):
            await hostile.csms.socket.send_raw(frame(PING, b"x" * 100))
            await hostile.csms.socket.send(f'[3,"nobody-{number}",{{}}]')
    except Gone:
        pass
    await asyncio.sleep(1)


@attack
async def upgrade_drop_by_drop(hostile):
    """The answer to the upgrade never ends; the station gives up after its own time and comes back."""
    await hostile.back()
    hostile.csms.drip_upgrades = 1
    hostile.csms.drop()
    await hostile.station.until(lambda: hostile.csms.drip_upgrades == 0, 30, "the station tries the slow central system")
    await hostile.station.until(lambda: hostile.csms.connected, 60, "the station gives a slow central system up")


@attack
async def out_of_order(hostile):
    """Requests that make no sense now."""
    for action, payload in (("RequestStopTransaction", {"transactionId": "nobody"}), ("RequestStartTransaction", {"idToken": {"idToken": "x", "type": "Central"}, "remoteStartId": -1}),
                            ("RequestStartTransaction", {"idToken": {"idToken": "x", "type": "Central"}, "remoteStartId": 1, "evseId": 1}), ("ClearCache", {}),
                            ("TriggerMessage", {"requestedMessage": "BootNotification"}), ("GetTransactionStatus", {"transactionId": "\u20ac" * 12}),
                            ("TriggerMessage", {"requestedMessage": "TransactionEvent", "evse": {"id": 7}}), ("UnlockConnector", {"evseId": -1, "connectorId": 0})):
        for _ in range(5):
            kind, answer, _ = await hostile.ask(action, payload)
            require(kind == 3 or answer in ("NotSupported", "PropertyConstraintViolation", "OccurrenceConstraintViolation", "GenericError"), f"{action} is answered {answer}")
