"""A whole station (supervisor and all services) in a simulated world, fresh for one case."""

import asyncio
import json
import os
import shutil

from bus import Bus
from kit.csms import IDENTITY
from kit.failure import Failure
from process import Children, Waiter, end, free_port

START_WITHIN_S = 40
SPEED = 30  # a minute of charging takes two seconds
PASSWORD = "conformance-password-1"

CONFIG = """# Made by conformance/run.py
[station]
profile = "developer"
mode = "{mode}"
run_folder = "{run}"
state_folder = "{state}"

[devices]
mcu = "{run}/mcu.tty"
reader = "{run}/reader.tty"

[meter]
port = {meter_port}
poll_ms = 250

[hmi]
station = "Conformance"
port = {page_port}

[ocpp]
csms_url = "{url}"
identity = "{identity}"
security_profile = {profile}
{password}tls_policy = "{policy}"
boot_retry = 1
message_timeout = {message_timeout}
message_attempt_interval = 1
aligned_interval = 0
second_port = {second_port}
file_port = {file_port}
retry = {{ wait_minimum = 1, random_range = 0, repeat_times = 0, connect_timeout = 10 }}
{ocpp}
[vault]
additional_root_check = {root_check}

[session]
{session}
[session.settings]
sample_interval = 0
ev_connection_timeout = {connection_timeout}
"""

CLIENT_KEY = """
[[vault.keys]]
name = "csms-client"
purpose = "tls_client"
algorithm = "ecdsa_p256"
user = "ocpp"
"""


class World:
    """Settings are attributes; change them before start()."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.run_folder, self.state_folder = folder / "run", folder / "state"
        self.children = Children(folder / "log")
        self.waiter = Waiter(self.children.check)
        self.bus = Bus(self.waiter.wake)
        self.profile, self.policy = 1, "classical"
        self.message_timeout, self.connection_timeout = 5, 30
        self.ocpp, self.session, self.more = "", "", ""
        self.root_check = False  # a new root certificate of the backend must be signed by the present one
        self.fixed_cable, self.speed = False, SPEED
        self.station = None
        self.page_port, self.second_port, self.file_port = free_port(), free_port(), free_port()

    @property
    def until(self):
        return self.waiter.until

    def program(self, name):
        return self.programs / f"bulwatt-{name}"

    async def start_surroundings(self):
        run = self.run_folder
        run.mkdir(parents=True)
        self.state_folder.mkdir()
        bus = ["--bus", run / "sim.sock"]
        await self.children.start("simbus", [self.program("simbus"), "--socket", run / "sim.sock"])
        await self.children.start("board", [self.program("board"), "--tty", run / "mcu.tty", *bus,
                                            *(["--fixed-cable"] if self.fixed_cable else [])])
        await self.children.start("ev", [self.program("ev"), "--speed", self.speed, *bus])
        await self.children.start("reader", [self.program("reader"), "--tty", run / "reader.tty", *bus])
        await self.children.start("metersim", [self.program("metersim"), "--port", 0, "--port-file", run / "meter.port",
                                               "--state", self.state_folder / "meter.json", *bus])
        await self.until(lambda: self.bus.join(run / "sim.sock"), START_WITHIN_S, "the simulation bus takes a participant")
        for name in ("mcu.tty", "reader.tty", "meter.port"):
            await self.until((run / name).exists, START_WITHIN_S, f"{name} appears")

    def configure(self, url):
        password = f'basic_auth_password = "{PASSWORD}"\n' if self.profile < 3 else ""
        text = CONFIG.format(mode="root" if os.geteuid() == 0 else "rootless", run=self.run_folder, state=self.state_folder,
                             meter_port=int((self.run_folder / "meter.port").read_text()), page_port=self.page_port, second_port=self.second_port, file_port=self.file_port, url=url,
                             identity=IDENTITY, profile=self.profile, password=password, policy=self.policy,
                             message_timeout=self.message_timeout, ocpp=self.ocpp, session=self.session,
                             connection_timeout=self.connection_timeout, root_check=str(self.root_check).lower())
        (self.folder / "station.toml").write_text(text + self.more + (CLIENT_KEY if self.profile == 3 else ""))

    async def provision(self, pki):
        """What a factory does: the trusted root; in profile 3 also the station's certificate, whose key is made in its vault."""
        vault = self.state_folder / "vault"
        vault.mkdir(exist_ok=True)
        if self.profile == 3:
            request = self.run_folder / "station.csr"
            request.write_text(await self.children.run("provision", [self.programs / "bulwatt", "provision", "--config",
                                                                     self.folder / "station.toml"]))
            shutil.copyfile(pki.sign_request(request), vault / "csms-client.pem")
        if pki:
            shutil.copyfile(pki.root, vault / "trust-csms.pem")

    async def start_station(self):
        self.station = await self.children.start("station", [self.programs / "bulwatt", "run", "--config", self.folder / "station.toml"])

    async def stop_station(self):
        """A power cut is kill; this is the polite end."""
        self.children.children = [(name, child) for name, child in self.children.children if child is not self.station]
        await end(self.station)

    def contactor_closed(self):
        return bool(self.bus.latest.get("board", {}).get("contactor"))

    async def meter_wh(self):
        status = (await self.bus.ask("status"))["status"]
        if "energy_mwh" not in status.get("meter", {}):
            raise Failure("the simulated meter tells no register")
        return status["meter"]["energy_mwh"] / 1000

    async def page(self):
        """The station's state in a word, as its own page has it; None while it shows nothing."""
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.page_port), 2)
        except (OSError, asyncio.TimeoutError):
            return None
        try:
            writer.write(f"GET /state HTTP/1.1\r\nHost: localhost:{self.page_port}\r\nConnection: close\r\n\r\n".encode())
            head, _, body = (await asyncio.wait_for(reader.read(), 2)).partition(b"\r\n\r\n")
            return json.loads(body).get("state") if head.startswith(b"HTTP/1.1 200") else None
        except (OSError, asyncio.TimeoutError, ValueError):
            return None
        finally:
            writer.close()

    def log(self):
        logs = [self.children.log_of("station"), *sorted(self.run_folder.glob("**/*.log"))]
        return "".join(path.read_text(errors="replace") for path in logs if path.is_file())

    async def stop(self):
        await self.bus.leave()
        children, self.children.children = self.children.children, []
        await asyncio.gather(*(end(child) for _, child in reversed(children)))
