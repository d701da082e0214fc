"""A TPM emulator (swtpm) behind a line of its own, as a chip is behind the kernel's device.

The line stays when the chip goes: what is asked of a chip without power is not answered. The chip can be made as slow as
hardware, lose its power in the midst of a command, and be put back to an older copy of what it remembers.
"""

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import threading
import time

from stand import PATIENCE_S, expect

PROGRAM = "/usr/bin/swtpm"
HEADER = 10
SIGN = 0x15D
CREATE = 0x153
# What makes or uses a key or wears memory out: the commands that take hardware its time.
SLOW_COMMANDS = {SIGN, CREATE, 0x131, 0x157, 0x15E, 0x161, 0x176, 0x134}


def why_not():
    return None if os.access(PROGRAM, os.X_OK) else "swtpm is not installed"


class Chip:
    """`path` is what [devices] tpm names."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "line")
        self.slow_s = 0  # how long a slow command takes
        self.die_at = None  # the next command of this code is begun, then the power goes
        self.commands = []  # codes of what was asked
        self.unanswered = 0
        self._state = os.path.join(folder, "chip")
        self._copy = os.path.join(folder, "chip-copy")
        self._child = None
        self._to_chip = None
        self._lock = threading.Lock()
        os.makedirs(self._state)
        self.start()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._listen, daemon=True).start()

    # Its power.

    def start(self):
        place = os.path.join(self._state, "socket")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)
        self._child = subprocess.Popen(
            [PROGRAM, "socket", "--tpm2", "--tpmstate", f"dir={self._state},mode=0600", "--server", f"type=unixio,path={place}",
             "--ctrl", f"type=unixio,path={self._state}/control", "--flags", "not-need-init,startup-clear"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE_S
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        while line.connect_ex(place) != 0:
            expect(time.monotonic() < deadline, "the emulator of the TPM does not come up")
            time.sleep(0.01)
        with self._lock:
            self._to_chip = line

    def kill(self):
        with self._lock:
            self._child.kill()
            self._child.wait()
            if self._to_chip is not None:
                self._to_chip.close()
            self._to_chip = None

    def close(self):
        self.kill()
        self._listener.close()

    # What it remembers.

    def remember(self):
        """Copies what the chip remembers now; it must be without power."""
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self._state, self._copy, ignore=shutil.ignore_patterns("socket", "control"))

    def put_back(self):
        """Whoever owns a cloned or emulated chip can do this."""
        for name in os.listdir(self._copy):
            shutil.copyfile(os.path.join(self._copy, name), os.path.join(self._state, name))

    # The line.

    def _listen(self):
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller):
        with contextlib.suppress(OSError), caller:
            while (command := whole_frame(caller)) is not None:
                answer = self._ask(command)
                if answer is None:
                    self.unanswered += 1
                else:
                    caller.sendall(answer)

    def _ask(self, command):
        code = struct.unpack_from(">I", command, 6)[0]
        self.commands.append(code)
        if self.slow_s and code in SLOW_COMMANDS:
            time.sleep(self.slow_s)
        dies = code == self.die_at
        with self._lock:
            if self._to_chip is None:
                return None
            with contextlib.suppress(OSError):
                self._to_chip.sendall(command)
                if not dies:
                    return whole_frame(self._to_chip)
        if dies:
            self.die_at = None
            self.kill()
        return None


def whole_frame(line):
    """One command or response; None when the other end is gone."""
    frame = b""
    while len(frame) < HEADER or len(frame) < struct.unpack_from(">I", frame, 2)[0]:
        data = line.recv(4096)
        if not data:
            return None
        frame += data
    return frame
