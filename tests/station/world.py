"""A simulated world of its own for one station that may die as a whole: the world lives on, the station starts again."""

import ctypes
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "shared"))
from ports import free_port  # noqa: E402

from medium import Medium  # noqa: E402
from stand import PATIENCE_S, Bus, expect  # noqa: E402

IDENTITY = "BULWATT-0001"
CARD = "DEMO-CARD-1"
SPEED = 30
PR_SET_PDEATHSIG = 1
END_OF_REQUEST = b"-----END CERTIFICATE REQUEST-----\n"
libc = ctypes.CDLL(None)

CONFIG = """[station]
profile = "developer"
mode = "{mode}"
run_folder = "{run}"
state_folder = "{state}"

[devices]
mcu = "{run}/mcu.tty"
reader = "{run}/reader.tty"
{devices}

[meter]
port = {meter_port}
poll_ms = 250

[hmi]
port = {page_port}

[ledger]
segment = 1024
segments = 8

[session]
resume_after_power_loss = {resume_s}
register_interval = 10
{session}
[session.settings]
sample_interval = 2

[ocpp]
csms_url = "wss://localhost:{csms_port}/ocpp"
identity = "{identity}"
security_profile = 3
boot_retry = 1
retry = {{ wait_minimum = 1, random_range = 0, repeat_times = 0, connect_timeout = 10 }}

{vault}
[[vault.keys]]
name = "csms-client"
purpose = "tls_client"
algorithm = "ecdsa_p256"
user = "ocpp"
"""


class World:
    """Bus, safety controller, car, reader, meter, backend; and the station in it. Use as a context manager."""

    def __init__(self, programs, resume_s, devices="", tokens=(), vault="", more="", session="", board=()):
        self.programs = os.path.abspath(programs)
        self.folder = tempfile.mkdtemp(prefix="bulwatt-test-")
        os.chmod(self.folder, 0o755)  # in root mode every service has a user of its own
        self.run = os.path.join(self.folder, "run")
        os.mkdir(self.run)
        self.medium = Medium(self.folder)
        self.bus = None
        self.station = None
        self._resume_s = resume_s
        self._devices = devices
        self._more = more
        self._session = session  # lines of the section [session]
        self._vault = vault  # lines of the configuration before the keys
        self._tokens = (CARD, *tokens)
        self._board = board  # more words for the safety controller
        self._children = []
        self._page_port = free_port()

    # What runs.

    def _start(self, name, *words):
        with open(os.path.join(self.folder, f"{name}.log"), "ab") as log:
            child = subprocess.Popen([str(w) for w in words], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                                     preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM))
        self._children.append(child)
        return child

    def _program(self, name):
        return os.path.join(self.programs, f"bulwatt-{name}")

    def _appears(self, name):
        path = os.path.join(self.run, name)
        deadline = time.monotonic() + PATIENCE_S
        while not os.path.lexists(path) or (name.endswith(".port") and not os.path.getsize(path)):
            expect(time.monotonic() < deadline, f"{name} did not appear")
            time.sleep(0.02)
        return path

    def _port(self, name):
        with open(self._appears(name), encoding="ascii") as file:
            return int(file.read())

    def __enter__(self):
        try:
            self._begin()
        except BaseException:
            self._end(failed=True)
            raise
        return self

    def _begin(self):
        bus, pki = os.path.join(self.run, "sim.sock"), os.path.join(self.folder, "pki")
        self._start("simbus", self._program("simbus"), "--socket", bus)
        self._appears("sim.sock")
        self.bus = Bus(bus)
        self._start("board", self._program("board"), "--tty", f"{self.run}/mcu.tty", "--bus", bus, *self._board)
        self._start("ev", self._program("ev"), "--bus", bus, "--speed", SPEED)
        self._start("reader", self._program("reader"), "--tty", f"{self.run}/reader.tty", "--bus", bus)
        self._start("metersim", self._program("metersim"), "--port", 0, "--port-file", f"{self.run}/meter.port", "--bus", bus)
        self._start("csms", self._program("csms"), *self.csms_options(), "--port", 0, "--port-file", f"{self.run}/csms.port", "--bus", bus, "--pki", pki,
                    "--db", f"{self.folder}/csms.sqlite", "--quiet", *(word for token in self._tokens for word in ("--token", f"{token}=Accepted")))
        for name in ("mcu.tty", "reader.tty"):
            self._appears(name)
        config = CONFIG.format(mode="root" if os.geteuid() == 0 else "rootless", run=self.run, state=self.medium.path,
                               meter_port=self._port("meter.port"), page_port=self._page_port, csms_port=self.csms_port,
                               resume_s=self._resume_s, identity=IDENTITY, devices=self._devices, vault=self._vault, session=self._session)
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(self.amended(config) + self._more)
        os.makedirs(self.vault_folder)
        self.before_keys()
        self._certificates(pki)
        self.start_station()
        self.bus.wait(self.takes_drivers, "the station does not become available")

    def csms_options(self):
        """Further words for the backend's command line."""
        return ()

    def amended(self, config):
        """The configuration, for worlds that want another one."""
        return config

    def before_keys(self):
        """For worlds that have something to do before the station's keys are made."""

    def provision(self, *words):
        """The requests of the station's keys, PEM; makes those that are not there."""
        done = subprocess.run([self._bulwatt, "provision", "--config", self.config, *words], check=False, capture_output=True)
        expect(done.returncode == 0, f"no keys were made: {done.stderr.decode()}")
        return done.stdout

    def _certificates(self, pki):
        vault = self.vault_folder
        first = self.provision().split(END_OF_REQUEST)[0]  # the key of the configuration above
        with open(f"{self.run}/station.csr", "wb") as file:
            file.write(first + END_OF_REQUEST)
        subprocess.run([self._program("csms"), "pki", "--dir", pki, "--station", IDENTITY, "--csr", f"{self.run}/station.csr",
                        "--out", f"{vault}/csms-client.pem"], check=True, capture_output=True)
        shutil.copyfile(f"{pki}/root.pem", f"{vault}/trust-csms.pem")
        os.sync()  # what the factory puts there is there

    @property
    def csms_port(self):
        return self._port("csms.port")

    @property
    def vault_folder(self):
        return os.path.join(self.medium.path, "vault")

    @property
    def config(self):
        return os.path.join(self.folder, "station.toml")

    @property
    def _bulwatt(self):
        return os.path.join(self.programs, "bulwatt")

    def start_station(self):
        """From nothing to every service READY."""
        try:
            os.unlink(f"{self.run}/status")  # what the dead station said of itself
        except FileNotFoundError:
            pass
        self.station = self._start("station", self._bulwatt, "run", "--config", self.config)
        return self.bus.wait(self.all_ready, "not every service came up", PATIENCE_S)

    def stop_station(self):
        """An orderly end."""
        self.station.terminate()
        self.station.wait(PATIENCE_S)

    def kill_station(self):
        """SIGKILL of supervisor and every service; none of them is there any more when this returns."""
        pids = [s["pid"] for s in self.services().values() if s["pid"]]
        self.station.kill()
        self.station.wait()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # went with the supervisor
        deadline = time.monotonic() + PATIENCE_S
        while any(os.path.exists(f"/proc/{pid}/exe") for pid in pids):
            expect(time.monotonic() < deadline, "a killed station lives on")
            time.sleep(0.002)

    def _end(self, failed):
        for child in reversed(self._children):
            child.terminate()
        for child in self._children:
            try:
                child.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if failed and os.path.isdir(self.medium.path):
            shutil.copytree(self.medium.path, os.path.join(self.folder, "state-kept"), dirs_exist_ok=True)
        self.medium.close()
        if failed:
            print(f"what happened is kept in {self.folder}")
        else:
            shutil.rmtree(self.folder)

    def __exit__(self, kind, *_):
        self._end(failed=kind is not None)

    # What is seen.

    def services(self):
        """Those that this station has, by name, or {} while there is no status."""
        done = subprocess.run([self._bulwatt, "ps", "--run-folder", self.run, "--json"], capture_output=True, text=True, check=False)
        return {s["name"]: s for s in json.loads(done.stdout)["services"] if s["state"] != "absent"} if done.returncode == 0 else {}

    def absent(self):
        """Names of the services that this station is without."""
        text = subprocess.run([self._bulwatt, "ps", "--run-folder", self.run, "--json"], capture_output=True, text=True, check=True).stdout
        return [s["name"] for s in json.loads(text)["services"] if s["state"] == "absent"]

    def all_ready(self):
        expect(self.station.poll() is None, "the station ended by itself")
        services = self.services()
        return services if services and all(s["state"] == "ready" for s in services.values()) else None

    def takes_drivers(self):
        """A card that is shown while the station still looks around is refused."""
        return self.page().get("state") == "available"

    def page(self):
        """What the local page shows; {} while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://localhost:{self._page_port}/state", timeout=2) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return {}

    def status(self):
        return self.bus.command("status")["status"]

    def register_wh(self):
        return self.status()["meter"]["energy_mwh"] / 1000

    def log(self):
        """What the station said of itself, whole."""
        with open(os.path.join(self.run, "log", "station.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def vault_says(self, what):
        """`bulwatt vault status` or `keys`, whatever it ends with."""
        words = [self._bulwatt, "vault", what, "--config", self.config]
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout

    def told(self, query):
        """Rows of the backend's records, oldest first."""
        with sqlite3.connect(f"file:{self.folder}/csms.sqlite?mode=ro", uri=True, timeout=10) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query)]

    def verified(self):
        """What `bulwatt log verify` says of the ledger, whole or not."""
        words = [self._bulwatt, "log", "verify", os.path.join(self.medium.path, "ledger")]
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout

    def ledger(self):
        """Every record of the ledger, by number; the chain over all of them holds."""
        folder = os.path.join(self.medium.path, "ledger")
        done = subprocess.run([self._bulwatt, "log", "verify", folder], capture_output=True, text=True, check=False)
        expect(done.returncode == 0, f"the ledger does not verify: {done.stdout}{done.stderr}")
        lines = subprocess.run([self._bulwatt, "log", "tail", folder, "--lines", "1000000"], capture_output=True, text=True, check=True).stdout
        return {int(match[1]): match[0] for match in re.finditer(r"^ *(\d+)  .*$", lines, re.MULTILINE)}
