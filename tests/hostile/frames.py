"""Attacks below OCPP: WebSocket frames and JSON that are wrong."""

import asyncio
import contextlib
import json
import struct

from hostile import attack
from kit.failure import require
from kit.websocket import BINARY, CONTINUATION, PING, PONG, TEXT, Gone, frame

GOOD = {"getVariableData": [{"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}}]}
MIB = 1 << 20


def good_call(identifier):
    return json.dumps([2, identifier, "GetVariables", GOOD])


async def raw_frame(hostile, *parts):
    """Sends bytes; a station that has had enough may end the connection in between."""
    await hostile.back()
    for part in parts:
        try:
            await hostile.csms.socket.send_raw(part)
        except Gone:
            return


async def connection_ends(hostile, *parts):
    """What no WebSocket endpoint may send ends the connection; the station comes back by itself."""
    await hostile.back()
    count = hostile.csms.connections
    await raw_frame(hostile, *parts)
    await hostile.station.until(lambda: hostile.csms.connections > count and hostile.csms.connected, 30,
                                "the station ends the connection and makes another")


@attack
async def fragments_with_pings_between(hostile):
    identifier = hostile.next_id()
    text = good_call(identifier).encode()
    await raw_frame(hostile, frame(TEXT, text[:10], final=False), frame(PING, b"between"), frame(CONTINUATION, text[10:11], final=False),
                    frame(CONTINUATION, b"", final=False), frame(PONG, b"unasked"), frame(CONTINUATION, text[11:]))
    await hostile.reply(identifier)


@attack
async def byte_by_byte(hostile):
    identifier = hostile.next_id()
    for byte in frame(TEXT, good_call(identifier).encode()):
        await raw_frame(hostile, bytes([byte]))
        await asyncio.sleep(0.005)
    await hostile.reply(identifier)


@attack
async def masked_by_the_server(hostile):
    await connection_ends(hostile, frame(TEXT, b"[]", mask=b"abcd"))


@attack
async def reserved_bits(hostile):
    await connection_ends(hostile, frame(TEXT, b"[]", reserved=4))


@attack
async def unknown_opcode(hostile):
    await connection_ends(hostile, frame(3, b"x"))


@attack
async def continuation_of_nothing(hostile):
    await connection_ends(hostile, frame(CONTINUATION, b"x"))


@attack
async def text_within_text(hostile):
    await connection_ends(hostile, frame(TEXT, b"[", final=False), frame(TEXT, b"]"))


@attack
async def long_ping(hostile):
    await connection_ends(hostile, frame(PING, b"x" * 126))


@attack
async def fragmented_ping(hostile):
    await connection_ends(hostile, frame(PING, b"x", final=False))


@attack
async def length_of_2_to_the_63(hostile):
    await connection_ends(hostile, bytes([0x81, 127]) + struct.pack(">Q", 1 << 63))


@attack
async def length_of_nearly_2_to_the_63(hostile):
    await connection_ends(hostile, bytes([0x81, 127]) + struct.pack(">Q", (1 << 63) - 1) + b"x" * 1000)


@attack
async def frame_of_16_mib(hostile):
    await connection_ends(hostile, bytes([0x81, 127]) + struct.pack(">Q", 16 * MIB), *[b"x" * MIB] * 16)


@attack
async def fragments_without_end(hostile):
    await connection_ends(hostile, frame(TEXT, b"[", final=False), *[frame(CONTINUATION, b" " * 65536, final=False)] * 64)


@attack
async def closed_in_the_middle_of_a_frame(hostile):
    await hostile.back()
    await raw_frame(hostile, frame(TEXT, good_call("cut").encode())[:20])
    hostile.csms.socket.cut()


@attack
async def closed_in_the_middle_of_the_upgrade(hostile):
    await hostile.back()
    hostile.csms.cut_upgrades = 3
    hostile.csms.socket.cut()
    await hostile.station.until(lambda: hostile.csms.cut_upgrades == 0, 30, "the station tries three times")


@attack
async def bad_utf8(hostile):
    await connection_ends(hostile, frame(TEXT, b'[2,"1","GetVariables",{"a":"\xff\xfe"}]'))


@attack
async def binary_message(hostile):
    await raw_frame(hostile, frame(BINARY, good_call("binary").encode()))


@attack
async def compression_that_nobody_asked_for(hostile):
    await hostile.back()
    count = len(hostile.csms.upgrades)
    hostile.csms.upgrade_headers = ["Sec-WebSocket-Extensions: permessage-deflate"]
    hostile.csms.drop()
    await hostile.station.until(lambda: len(hostile.csms.upgrades) > count + 1, 30, "the station refuses an extension it did not offer")
    hostile.csms.upgrade_headers = []
    hostile.csms.drop()


@attack
async def another_subprotocol(hostile):
    await hostile.back()
    count = len(hostile.csms.upgrades)
    hostile.csms.protocol = "ocpp9.9"
    hostile.csms.drop()
    await hostile.station.until(lambda: len(hostile.csms.upgrades) > count + 1, 30, "the station refuses a subprotocol it did not offer")
    hostile.csms.protocol = "ocpp2.0.1"
    hostile.csms.drop()


# JSON.


@attack
async def no_json(hostile):
    for text in ("", " ", "{", "[", "[2", '[2,"a"', "]", "nul", '"text"', "[,]", "[2,,]", '[2 "a"]', "\ufeff[]", "[]" * 100):
        await hostile.frame_refused(text, ("-1", "a"), "RpcFrameworkError", "FormatViolation")


@attack
async def no_call(hostile):
    for message in ([], {}, [2], [2, "a"], [2, "a", "GetVariables"], [2, "a", 5, {}], [2, "a", "GetVariables", []],
                    [2, "a", "GetVariables", {}, {}], [2, "a", "GetVariables", None]):
        hostile.answers.clear()
        await hostile.raw(json.dumps(message))
        await hostile.station.until(lambda: hostile.answers, 10, f"the station answers {message}")
        (answer,) = hostile.answers.values()
        require(answer[0] == 4 and answer[1] in ("-1", "a"), f"{message} is answered {answer}")
        require(answer[2] in ("RpcFrameworkError", "FormatViolation", "OccurrenceConstraintViolation", "TypeConstraintViolation", "ProtocolError"),
                f"{message} is answered {answer}")


@attack
async def bad_message_ids(hostile):
    for identifier in ("", "x" * 37, 7, None, {}, ["a"], "é" * 37):
        await hostile.frame_refused(json.dumps([2, identifier, "GetVariables", GOOD]), "-1", "RpcFrameworkError", "FormatViolation")


@attack
async def message_id_of_36_characters(hostile):
    for identifier in ("x" * 36, "\u20ac" * 36, '"' * 36):
        await hostile.raw(json.dumps([2, identifier, "GetVariables", GOOD]))
        await hostile.reply(identifier)


@attack
async def other_message_types(hostile):
    """Types of another version and of none: not answered, or with an error, never carried out."""
    for kind in (5, 6, 7, 0, -1, 99, 2**31, 2**63, 2**64):
        hostile.answers.clear()
        await hostile.raw(json.dumps([kind, "type", "GetVariables", GOOD]))
        await asyncio.sleep(0.05)
        answers = list(hostile.answers.values())
        require(all(a[0] == 4 for a in answers), f"the message type {kind} is answered {answers}")


@attack
async def huge_numbers_as_types(hostile):
    for number in ("1e400", "-1e400", "1e-400", "9" * 400, "2.5", "0x2", "+2", "02", "1e", "NaN", "Infinity", "-"):
        hostile.answers.clear()
        await hostile.raw(f'[{number},"a","GetVariables",{{}}]')
        await asyncio.sleep(0.05)
        require(all(a[0] == 4 for a in hostile.answers.values()), f"the message type {number} is answered {hostile.answers}")


@attack
async def deep_nesting(hostile):
    for depth in (17, 1000, 60_000):
        for inner in ("[" * depth + "]" * depth, '{"a":' * (depth // 5) + "1" + "}" * (depth // 5)):
            hostile.answers.clear()
            await hostile.raw(f'[2,"deep","DataTransfer",{{"vendorId":"v","data":{inner}}}]')
            await hostile.station.until(lambda: hostile.answers or not hostile.csms.connected, 10, "the station answers or ends the connection")
            require(all(a[0] == 4 and a[2] in ("FormatViolation", "RpcFrameworkError") for a in hostile.answers.values()) or depth == 17,
                    f"nesting of depth {depth} is answered {list(hostile.answers.values())}")
            await hostile.back()


@attack
async def duplicate_members(hostile):
    await hostile.frame_refused('[2,"dup","GetLocalListVersion",{"customData":{"vendorId":"a"},"customData":{"vendorId":"a"}}]', "dup",
                                "FormatViolation", "NotSupported")
    await hostile.frame_refused('[2,"dup2","TriggerMessage",{"requestedMessage":"Heartbeat","requestedMessage":"Heartbeat"}]', "dup2", "FormatViolation")


@attack
async def bad_escapes(hostile):
    for text in ('"\\x"', '"\\u12"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\x01"', "'a'", '"a'):
        await hostile.frame_refused(f'[2,"esc","DataTransfer",{{"vendorId":{text}}}]', ("esc", "-1"), "FormatViolation",
                                    "RpcFrameworkError", "PropertyConstraintViolation")


@attack
async def longest_message_and_one_more(hostile):
    """At the limit an answer, beyond it an error or the end of the connection."""
    for size in (64 * 1024, 128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1, 1 << 20):
        await hostile.back()
        hostile.answers.clear()
        head = '[2,"long","DataTransfer",{"vendorId":"v","data":"'
        with contextlib.suppress(Gone):  # the station may have had enough while the rest is still being sent
            await hostile.raw(head + "x" * (size - len(head) - 3) + '"}]')
        await hostile.station.until(lambda: hostile.answers or not hostile.csms.connected, 10, "the station answers or ends the connection")
        require(all(a[0] == 4 for a in hostile.answers.values()), f"a message of {size} bytes is answered {list(hostile.answers.values())}")


@attack
async def spaces_without_end(hostile):
    await hostile.back()
    identifier = hostile.next_id()
    await hostile.raw(" " * 60_000 + good_call(identifier) + "\n" * 60_000)
    await hostile.reply(identifier)
