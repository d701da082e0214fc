"""A real station (supervisor and all services) in a simulated world: bus, safety controller, car, card reader, meter."""

import asyncio
import json
import os
import shutil

from bus import Bus
from process import Children, Failure, Waiter, free_port

IDENTITY = "BULWATT-0001"
PASSWORD = "a-demo-password-0001"
START_WITHIN_S = 40
SAMPLE_INTERVAL_S = 2
CONNECTION_TIMEOUT_S = 55
SPEED = 30  # a minute of charging takes two seconds

CONFIG = """# Made by tests/interop
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
station = "Interoperability"
port = {page_port}

[ocpp]
csms_url = "{url}"
identity = "{identity}"
security_profile = {profile}
{password}tls_policy = "{policy}"
boot_retry = 1
retry = {{ wait_minimum = 1, random_range = 0, repeat_times = 0, connect_timeout = 10 }}

[session.settings]
sample_interval = {sample_interval}
ev_connection_timeout = {connection_timeout}
"""

CLIENT_KEY = """
[[vault.keys]]
name = "csms-client"
purpose = "tls_client"
algorithm = "ecdsa_p256"
user = "ocpp"
"""


class Pki:
    """A certificate authority of its own, with a server certificate for localhost and 127.0.0.1."""

    def __init__(self, binaries, folder, children):
        self.program = binaries / "bulwatt-csms"
        self.folder = folder
        self.children = children

    async def make(self, *more):
        await self.children.run("pki", [self.program, "pki", "--dir", self.folder, *more])
        return self

    async def sign(self, request, out):
        await self.make("--station", IDENTITY, "--csr", request, "--out", out)

    @property
    def root(self):
        return self.folder / "root.pem"

    def server_files(self):
        return {"key": str(self.folder / "server.key"), "chain": str(self.folder / "server.pem"), "trust": str(self.root)}


class World:
    def __init__(self, binaries, folder):
        self.binaries = binaries
        self.run_folder = folder / "run"
        self.state_folder = folder / "state"
        self.children = Children(folder / "log")
        self.waiter = Waiter(self.children.check)
        self.bus = Bus(self.waiter.wake)
        self.page_port = free_port()
        self.config = folder / "station.toml"
        self.more_config = ""  # tables beyond those of CONFIG
        self.requests = ""  # certificate requests of all keys of the vault, in the order of the configuration
        self.run_folder.mkdir(parents=True)
        self.state_folder.mkdir()

    def until(self, condition, within, what):
        return self.waiter.until(condition, within, what)

    def program(self, name):
        return self.binaries / f"bulwatt-{name}"

    async def start_surroundings(self):
        run = self.run_folder
        on_bus = ["--bus", run / "sim.sock"]
        await self.children.start("simbus", [self.program("simbus"), "--socket", run / "sim.sock"])
        await self.until(lambda: self.bus.join(run / "sim.sock"), START_WITHIN_S, "the simulation bus takes a participant")
        await self.children.start("board", [self.program("board"), "--tty", run / "mcu.tty", *on_bus])
        await self.children.start("ev", [self.program("ev"), "--speed", SPEED, *on_bus])
        await self.children.start("reader", [self.program("reader"), "--tty", run / "reader.tty", *on_bus])
        await self.children.start("metersim", [self.program("metersim"), "--port", 0, "--port-file", run / "meter.port",
                                               "--state", self.state_folder / "meter.json", *on_bus])
        for name in ("mcu.tty", "reader.tty", "meter.port"):
            await self.until((run / name).exists, START_WITHIN_S, f"{name} appears")

    def configure(self, url, profile, policy):
        with open(self.run_folder / "meter.port") as file:
            meter_port = int(file.read())
        password = f'basic_auth_password = "{PASSWORD}"\n' if profile < 3 else ""
        text = CONFIG.format(mode="root" if os.geteuid() == 0 else "rootless", run=self.run_folder, state=self.state_folder,
                             meter_port=meter_port, page_port=self.page_port, url=url, identity=IDENTITY, profile=profile,
                             password=password, policy=policy, sample_interval=SAMPLE_INTERVAL_S,
                             connection_timeout=CONNECTION_TIMEOUT_S)
        self.config.write_text(text + (CLIENT_KEY if profile == 3 else "") + self.more_config)

    async def provision(self, pki, profile):
        """The station's key is made in its vault; only the request leaves it."""
        vault = self.state_folder / "vault"
        vault.mkdir(exist_ok=True)
        if profile == 3 or self.more_config:
            self.requests = await self.children.run("provision", [self.binaries / "bulwatt", "provision", "--config", self.config])
        if profile == 3:
            request = self.run_folder / "station.csr"
            request.write_text(self.requests)
            await pki.sign(request, vault / "csms-client.pem")
        if profile > 1:
            shutil.copyfile(pki.root, vault / "trust-csms.pem")

    async def start_station(self):
        await self.children.start("station", [self.binaries / "bulwatt", "run", "--config", self.config])

    async def page(self):
        """What the station's own page shows, or None while it shows nothing."""
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.page_port), 2)
        except (OSError, asyncio.TimeoutError):
            return None
        try:
            writer.write(f"GET /state HTTP/1.1\r\nHost: localhost:{self.page_port}\r\nConnection: close\r\n\r\n".encode())
            answer = await asyncio.wait_for(reader.read(), 2)
            head, _, body = answer.partition(b"\r\n\r\n")
            return json.loads(body) if head.startswith(b"HTTP/1.1 200") else None
        except (OSError, asyncio.TimeoutError, ValueError):
            return None
        finally:
            writer.close()

    async def state(self):
        page = await self.page()
        return page.get("state") if page else None

    def contactor_closed(self):
        return bool(self.bus.latest.get("board", {}).get("contactor"))

    async def meter_wh(self):
        status = (await self.bus.ask("status"))["status"]
        if "energy_mwh" not in status.get("meter", {}):
            raise Failure("the simulated meter tells no register")
        return status["meter"]["energy_mwh"] / 1000

    def log(self):
        """Everything the station has logged so far."""
        logs = [self.children.log_of("station"), *sorted(self.run_folder.glob("**/*.log"))]
        return "".join(path.read_text(errors="replace") for path in logs if path.is_file())

    async def stop(self):
        await self.bus.leave()
        await self.children.stop()
