#!/usr/bin/env python3
"""The tools that judge a station are judged themselves."""

import asyncio
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "conformance"), str(ROOT / "tests" / "interop")]

import requirements  # noqa: E402
from kit import websocket  # noqa: E402
from kit.schema import Schema, good_time  # noqa: E402

SCHEMA = Schema({
    "definitions": {"Kind": {"type": "string", "enum": ["A", "B"]}},
    "type": "object", "additionalProperties": False, "required": ["kind"],
    "properties": {"kind": {"$ref": "#/definitions/Kind"}, "text": {"type": "string", "maxLength": 3}, "count": {"type": "integer", "minimum": 0},
                   "at": {"type": "string", "format": "date-time"}, "list": {"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": 2}}})


class SchemaFindsFaults(unittest.TestCase):
    def test_a_good_payload_has_none(self):
        self.assertEqual(SCHEMA.faults({"kind": "A", "text": "abc", "count": 1.0, "at": "2024-02-29T00:00:00Z", "list": [1, 2.5]}), [])

    def test_every_slip_is_found(self):
        for slip in ({}, {"kind": "C"}, {"kind": "A", "text": "abcd"}, {"kind": "A", "count": -1}, {"kind": "A", "count": 1.5}, {"kind": "A", "count": True},
                     {"kind": "A", "at": "2023-02-29T00:00:00Z"}, {"kind": "A", "list": []}, {"kind": "A", "list": [1, 2, 3]}, {"kind": "A", "list": ["1"]},
                     {"kind": "A", "other": 1}, {"kind": None}, []):
            self.assertTrue(SCHEMA.faults(slip), slip)

    def test_times(self):
        for text in ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.123456789+02:00"):
            self.assertTrue(good_time(text), text)
        for text in ("2024-01-01", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00", "now"):
            self.assertFalse(good_time(text), text)


class Frames(unittest.IsolatedAsyncioTestCase):
    async def round_trip(self, *frames):
        reader = asyncio.StreamReader()
        reader.feed_data(b"".join(frames))
        reader.feed_eof()
        return await websocket.Socket(reader, None).receive()

    async def test_a_masked_frame_comes_back_at_every_length(self):
        for size in (0, 1, 125, 126, 65535, 65536):
            text = "x" * size
            self.assertEqual(await self.round_trip(websocket.frame(websocket.TEXT, text.encode(), mask=b"\x01\x02\x03\x04")), text)

    async def test_fragments_are_put_together(self):
        parts = [websocket.frame(websocket.TEXT, b"one ", final=False), websocket.frame(websocket.CONTINUATION, b"two")]
        self.assertEqual(await self.round_trip(*parts), "one two")

    async def test_half_a_frame_is_the_end(self):
        with self.assertRaises(websocket.Gone):
            await self.round_trip(websocket.frame(websocket.TEXT, b"cut")[:-1])

    def test_the_accept_key_is_that_of_the_rfc(self):
        upgrade = websocket.Upgrade("GET /chat HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        self.assertEqual(upgrade.accept(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")


class RequirementComments(unittest.TestCase):
    def faults(self, text):
        claims = requirements.Claims()
        match = requirements.COMMENT.match(text)
        self.assertTrue(match, text)
        claims.take("file.cpp", 1, match[1] is not None, match[2])
        return claims.faults

    def test_good_ones(self):
        for text in ("//= OCPP-2.0.1 B03.FR.02", "    //=test OCPP-2.0.1 A00.FR.203", "#=test BULWATT-SAFETY-1 X", "//= IEC-62443-4-2 CR-1.1"):
            self.assertEqual(self.faults(text), [], text)

    def test_bad_ones(self):
        for text in ("//= OCPP-2.0.1", "//= OCPP-2.0.1 B3.FR.02", "//= OCPP B03.FR.02", "//=test OCPP-2.0.1 B03.FR.02 because", "//= B03.FR.02"):
            self.assertNotEqual(self.faults(text), [], text)


if __name__ == "__main__":
    unittest.main()
