"""A small HTTP server for logs that come and firmware that goes; slow or refusing when told."""

import asyncio

CHUNK = 1024
SLOW_S = 0.2


class FileServer:
    def __init__(self, station, slow=False, refuse=None):
        self.station, self.slow, self.refuse = station, slow, refuse
        self.files = {}      # path -> bytes, to be fetched
        self.received = {}   # path -> bytes
        self.attempts = 0

    async def listen(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.station.world.file_port)
        self.port = self.station.world.file_port
        self.station.others.append(self)
        return self

    async def stop(self):
        self.server.close()

    @property
    def faults(self):
        return []

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    async def serve(self, reader, writer):
        try:
            await self.exchange(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, ValueError):
            pass
        finally:
            writer.transport.abort() if self.refuse == "cut" else writer.close()

    async def exchange(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split(" ", 2)
        fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:])}
        self.attempts += 1
        if self.refuse:
            return self.say(writer, self.refuse)
        if method == "GET":
            return await self.give(writer, path)
        body = b""
        size = int(fields.get("content-length", 0))
        if "100-continue" in fields.get("expect", "").lower():
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(body) < size:
            body += await reader.read(min(CHUNK if self.slow else size, size - len(body))) or b""
            if self.slow:
                await asyncio.sleep(SLOW_S)
        self.received[path] = body
        self.say(writer, 201)
        await writer.drain()

    async def give(self, writer, path):
        data = self.files.get(path.lstrip("/"))
        if data is None:
            return self.say(writer, 404)
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode())
        for at in range(0, len(data), CHUNK if self.slow else len(data)):
            writer.write(data[at:at + (CHUNK if self.slow else len(data))])
            await writer.drain()
            if self.slow:
                await asyncio.sleep(SLOW_S)

    @staticmethod
    def say(writer, code):
        writer.write(f"HTTP/1.1 {code} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
