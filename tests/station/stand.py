"""A whole simulated station for tests: `bulwatt demo` brings it to a running charge and stays; the test drives it on.

Only the standard library. Nothing here sleeps blindly: every wait has a condition and a deadline.
"""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

PATIENCE_S = 30


class Failure(Exception):
    """A test's expectation was not met."""


def expect(condition, sentence):
    if not condition:
        raise Failure(sentence)


class Bus:
    """An observer on the simulation bus: collects events, gives commands."""

    def __init__(self, path):
        self._socket = self._connected(path)
        self._rest = b""
        self._next_id = 1
        self.events = []
        self._send({"hello": "test", "observe": True})

    @staticmethod
    def _connected(path):
        """A socket has its name a moment before it listens."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                end.connect(path)
                return end
            except ConnectionRefusedError:
                end.close()
                expect(time.monotonic() < deadline, "the simulation bus takes nobody")
                time.sleep(0.02)

    def _send(self, line):
        self._socket.sendall(json.dumps(line).encode() + b"\n")

    def pump(self, seconds):
        """Takes what arrives within `seconds`; returns the answers among it."""
        answers = []
        readable, _, _ = select.select([self._socket], [], [], seconds)
        if readable:
            data = self._socket.recv(65536)
            expect(data, "the simulation bus is gone")
            *lines, self._rest = (self._rest + data).split(b"\n")
            for text in lines:
                line = json.loads(text)
                (self.events if "event" in line else answers).append(line)
        return answers

    def command(self, *words):
        """Gives a command and returns its answer; a refusal is a Failure."""
        number = self._next_id
        self._next_id += 1
        self._send({"id": number, "command": words[0], "args": list(words[1:])})
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for answer in self.pump(0.2):
                if answer.get("id") == number:
                    expect(answer.get("ok"), f"{' '.join(words)}: {answer.get('error')}")
                    return answer
        raise Failure(f"no answer to {' '.join(words)}")

    def call_station(self, action, payload):
        """The backend calls; it may do so once the station is there. Returns what the station answered."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self.command("csms", "call", action, json.dumps(payload))
            except Failure as failure:
                if "no station is connected" not in str(failure) or time.monotonic() > deadline:
                    raise
            self.pump(0.1)

    def wait(self, condition, sentence, seconds=PATIENCE_S):
        """Pumps until condition() is true; returns what it returned."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            self.pump(0.05)
        raise Failure(sentence)


class Stand:
    """The station and its world, charging. Use as a context manager."""

    def __init__(self, programs, *options):
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="bulwatt-test-")
        self._options = options
        self._log = open(os.path.join(self.folder, "demo.log"), "w", encoding="utf-8")
        self._demo = None
        self.bus = None

    def program(self, name):
        return os.path.join(self.programs, name)

    def __enter__(self):
        self._demo = subprocess.Popen(
            [self.program("bulwatt"), "demo", "--folder", os.path.join(self.folder, "world"), *self._options],
            stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
        self._wait_for_charge()
        self.bus = Bus(os.path.join(self.run_folder, "sim.sock"))
        return self

    def __exit__(self, kind, *_):
        self._demo.send_signal(signal.SIGTERM)
        try:
            self._demo.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._demo.pid, signal.SIGKILL)
        self._log.close()
        if kind is None:
            shutil.rmtree(self.folder)
        else:
            print(f"what happened is kept in {self.folder}")

    @property
    def run_folder(self):
        return os.path.join(self.folder, "world", "run")

    def log(self):
        with open(os.path.join(self.folder, "demo.log"), encoding="utf-8") as file:
            return file.read()

    def _wait_for_charge(self):
        deadline = time.monotonic() + 2 * PATIENCE_S
        while "The station is running." not in self.log():
            expect(self._demo.poll() is None, f"the demo ended early:\n{self.log()}")
            expect(time.monotonic() < deadline, f"no charge came about:\n{self.log()}")
            time.sleep(0.05)

    def status(self):
        """What `bulwatt ps --json` says."""
        text = subprocess.run([self.program("bulwatt"), "ps", "--run-folder", self.run_folder, "--json"], check=True,
                              capture_output=True, text=True).stdout
        return json.loads(text)

    def services(self):
        """Those that this station has, by name."""
        return {s["name"]: s for s in self.status()["services"] if s["state"] != "absent"}

    @property
    def page_port(self):
        address = next(word for word in self.log().split() if word.startswith("http://localhost:"))
        return urllib.parse.urlsplit(address).port

    def page(self, host="localhost"):
        """What the local page shows to a browser that goes to `host`."""
        name = f"[{host}]" if ":" in host else host
        with urllib.request.urlopen(f"http://{name}:{self.page_port}/state", timeout=5) as answer:
            return json.load(answer)

    def world(self):
        """Answers of all participants of the simulated world to `status`."""
        return self.bus.command("status")["status"]
