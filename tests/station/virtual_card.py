"""A smart card daemon with a virtual reader, and cards that are laid on it: pcscd and vpcd of the machine, the card is ours.

The daemon runs with a file view of its own, where its socket lies in a folder of the test; so one of the machine is not disturbed.
A card speaks to vpcd over TCP: two bytes of length before every message; one byte alone is a control: 0 power off, 1 power on, 2
reset, 4 what is your ATR. Everything else is a command, answered with data and status. A card that hangs up is taken away.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from stand import PATIENCE_S, expect

DAEMON = "/usr/sbin/pcscd"
DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
ATR = bytes.fromhex("3b8f8001804f0ca000000306030001000000006a")  # a contactless storage card, as PC/SC writes it
GET_UID = bytes.fromhex("ffca000000")


def why_not():
    """What is missing to run the daemon, or None."""
    for path in (DAEMON, DRIVER):
        if not os.path.exists(path):
            return f"{path} is not there (Debian: pcscd, vsmartcard-vpcd)"
    if os.geteuid() != 0:
        return "the daemon needs root"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        return "no file view of its own for the daemon (unshare)"
    return None


class Daemon:
    """pcscd with one virtual reader of two slots. Its socket lies in `folder`/pcscd."""

    def __init__(self, folder, port):
        self.folder = os.path.join(folder, "pcscd")
        self.port = port
        self._config = os.path.join(folder, "pcscd.conf.d")
        self._log = os.path.join(folder, "pcscd.log")
        self._child = None
        for path in (self.folder, self._config):
            os.makedirs(path, exist_ok=True)
            os.chmod(path, 0o755)
        with open(os.path.join(self._config, "vpcd"), "w", encoding="ascii") as file:
            file.write(f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{port:#x}\nLIBPATH {DRIVER}\nCHANNELID {port:#x}\n')

    def start(self):
        script = ("mount --make-rprivate / && mount -t tmpfs none /run && mkdir /run/pcscd && "
                  f'mount --bind "{self.folder}" /run/pcscd && exec {DAEMON} --foreground --info --config "{self._config}"')
        with open(self._log, "ab") as log:
            self._child = subprocess.Popen(["unshare", "--mount", "sh", "-c", script], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE_S
        while not os.path.exists(os.path.join(self.folder, "pcscd.comm")):
            expect(self._child.poll() is None and time.monotonic() < deadline, f"the smart card daemon did not start, see {self._log}")
            time.sleep(0.02)

    def stop(self, how=signal.SIGKILL):
        self._child.send_signal(how)
        self._child.wait(PATIENCE_S)
        for name in ("pcscd.comm", "pcscd.pid"):  # what a killed daemon leaves
            if os.path.exists(os.path.join(self.folder, name)):
                os.unlink(os.path.join(self.folder, name))

    def close(self):
        if self._child and self._child.poll() is None:
            self.stop(signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)


class Card:
    """Lies on the reader from its making until take_away()."""

    def __init__(self, port, uid, torn=False):
        self.uid = bytes.fromhex(uid)
        self.torn = torn  # goes away as soon as it is asked for its number
        self.asked = 0
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
                break
            except OSError:
                expect(time.monotonic() < deadline, "the virtual reader takes no card")
                time.sleep(0.05)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def take_away(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
        self._thread.join(PATIENCE_S)

    def _receive(self, size):
        data = b""
        while len(data) < size:
            more = self._socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def _serve(self):
        try:
            while True:
                (size,) = struct.unpack(">H", self._receive(2))
                answer = self._answer(self._receive(size))
                if answer is not None:
                    self._socket.sendall(struct.pack(">H", len(answer)) + answer)
        except (EOFError, OSError):
            pass

    def _answer(self, message):
        if len(message) == 1:
            return ATR if message[0] == 4 else None
        if message != GET_UID:
            return bytes.fromhex("6d00")
        self.asked += 1
        if self.torn:
            self._socket.shutdown(socket.SHUT_RDWR)
            raise EOFError
        return self.uid + bytes.fromhex("9000")
