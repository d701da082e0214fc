"""A WebSocket server on asyncio streams (RFC 6455) that does what it is told, also what it must not do. Standard library only."""

import asyncio
import base64
import hashlib
import struct

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
HEAD_LIMIT = 16 * 1024
HEAD_WITHIN_S = 10


class Gone(Exception):
    """The other side is not there any more."""


def frame(opcode, payload, final=True, mask=None, reserved=0):
    """One frame as bytes; `mask` of four bytes masks it, which a server must not."""
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    flag = 0x80 if mask else 0
    size = len(payload)
    if size < 126:
        head += bytes([flag | size])
    elif size < 1 << 16:
        head += bytes([flag | 126]) + struct.pack(">H", size)
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", size)
    if mask:
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return head + (mask or b"") + payload


class Upgrade:
    """The HTTP request that asks for a WebSocket."""

    def __init__(self, text):
        first, *lines = text.split("\r\n")
        self.method, self.path, _ = (first.split(" ") + ["", "", ""])[:3]
        self.headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()

    def credentials(self):
        """(name, password) of Basic authentication, or None."""
        scheme, _, word = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        name, _, password = base64.b64decode(word).decode("utf-8", "replace").partition(":")
        return name, password

    def accept(self):
        key = self.headers.get("sec-websocket-key", "") + GUID
        return base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode()


class Socket:
    """One connection after its upgrade."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.ended = False

    async def send(self, text):
        await self.send_raw(frame(TEXT, text.encode() if isinstance(text, str) else text))

    async def send_raw(self, data):
        if self.ended:
            raise Gone
        try:
            self.writer.write(data)
            await self.writer.drain()
        except (OSError, RuntimeError) as error:
            raise Gone from error

    async def receive(self):
        """The next whole text message; pings are answered on the way."""
        parts, kind = [], None
        while True:
            final, opcode, payload = await self.read_frame()
            if opcode == PING:
                await self.send_raw(frame(PONG, payload))
            elif opcode == CLOSE:
                await self.close(payload[:2])
                raise Gone
            elif opcode in (TEXT, BINARY, CONTINUATION):
                kind = opcode if opcode != CONTINUATION else kind
                parts.append(payload)
                if final:
                    return b"".join(parts).decode("utf-8", "replace")

    async def read_frame(self):
        try:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack(">H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", await self.reader.readexactly(8))
            mask = await self.reader.readexactly(4) if second & 0x80 else bytes(4)
            payload = await self.reader.readexactly(size)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Gone from error
        repeated = (mask * (size // 4 + 1))[:size]
        return bool(first & 0x80), first & 0x0F, (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")

    async def close(self, code=b"\x03\xe8"):
        try:
            await self.send_raw(frame(CLOSE, code))
        except Gone:
            pass
        self.cut()

    def cut(self):
        """Ends the connection without a word."""
        self.ended = True
        if self.writer.transport:
            self.writer.transport.abort()


async def read_upgrade(reader):
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_WITHIN_S)
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError) as error:
        raise Gone from error
    return Upgrade(head[:HEAD_LIMIT].decode("latin-1").rstrip("\r\n"))


def answer_upgrade(upgrade, protocol, *more_headers):
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
             f"Sec-WebSocket-Accept: {upgrade.accept()}", *more_headers]
    if protocol:
        lines.append(f"Sec-WebSocket-Protocol: {protocol}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def refuse(code, word):
    return f"HTTP/1.1 {code} {word}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
