"""A participant of the simulation bus (peers/README.md) that looks on and gives commands."""

import asyncio
import json

from process import Failure

ANSWER_WITHIN_S = 10


class Bus:
    def __init__(self, wake):
        self.wake = wake
        self.latest = {}  # last event of each kind
        self.answers = {}
        self.next_id = 1
        self.writer = None
        self.reading = None

    async def join(self, path):
        """False while nobody listens there."""
        try:
            reader, self.writer = await asyncio.open_unix_connection(str(path), limit=1 << 20)
        except OSError:
            return False
        self.send({"hello": "interop", "observe": True})
        self.reading = asyncio.create_task(self.read(reader))
        return True

    def send(self, line):
        self.writer.write((json.dumps(line) + "\n").encode())

    async def read(self, reader):
        while line := await reader.readline():
            message = json.loads(line)
            if "ok" in message and message.get("id") in self.answers:
                self.answers.pop(message["id"]).set_result(message)
            elif "event" in message:
                self.latest[message["event"]] = message
            self.wake()

    async def ask(self, command, *arguments):
        number, self.next_id = self.next_id, self.next_id + 1
        answer = asyncio.get_running_loop().create_future()
        self.answers[number] = answer
        self.send({"id": number, "command": command, "args": [str(a) for a in arguments]})
        result = await asyncio.wait_for(answer, ANSWER_WITHIN_S)
        if not result["ok"]:
            raise Failure(f"the simulated world refuses '{command}': {result.get('error', 'without a reason')}")
        return result

    async def leave(self):
        if self.writer:
            self.writer.close()
            self.reading.cancel()
