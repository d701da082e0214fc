"""Runs every scenario on every foreign backend, two stations at a time, and counts."""

import argparse
import asyncio
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field

import evidence
import meters
import refusals
from process import Failure
from scenarios import ALL
from scenarios.boot import FIRST_ANSWERS
from stand import BINARIES, HYBRID_GROUP, STRONGEST_GROUP, Stand

TOTAL_S = 10 * 60
SCENARIO_S = 150
AT_A_TIME = 2

FIRST = ["boot"]  # looks at the first connection
PASSWORD_ONLY = {"wrong_password"}
TLS_ONLY = {"tls_handshake"}
SHORT = ("boot", "tls_handshake", "metered_transaction")


@dataclass(frozen=True)
class Suite:
    name: str
    backend: str
    profile: int
    only: tuple = ()
    host: str = "localhost"
    tls: dict = field(default_factory=dict, hash=False)  # policy of the station, settings of the server

    def scenarios(self):
        unfit = PASSWORD_ONLY if self.profile == 3 else set()
        unfit = unfit | (TLS_ONLY if self.profile == 1 else set())
        return [name for name in ALL if name not in unfit and (not self.only or name in self.only)]


SUITES = [
    Suite("mobilityhouse-profile3", "mobilityhouse", 3),
    Suite("ocpp-rpc-profile3", "ocpp-rpc", 3),
    Suite("mobilityhouse-profile1", "mobilityhouse", 1, host="127.0.0.1"),
    Suite("ocpp-rpc-profile1", "ocpp-rpc", 1, host="127.0.0.1"),
    Suite("ocpp-rpc-profile2", "ocpp-rpc", 2, SHORT),
    Suite("ocpp-rpc-level5", "ocpp-rpc", 3, SHORT, host="127.0.0.1", tls={"policy": "level5", "groups": STRONGEST_GROUP}),
]
REFUSALS = "refusals"
METERS = "meters"
EVIDENCE = "evidence"


@dataclass
class Run:
    folder: pathlib.Path
    wanted: list
    began: float = field(default_factory=time.monotonic)
    passed: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)

    def say(self, text):
        print(f"[{time.monotonic() - self.began:4.0f} s] {text}", flush=True)

    def wants(self, name):
        return not self.wanted or any(word in name for word in self.wanted)

    async def report(self, name, attempt):
        """Runs one test to its end and counts it; true when it passed."""
        began = time.monotonic()
        try:
            await asyncio.wait_for(attempt, SCENARIO_S)
        except Exception as error:
            self.failed.append(name)
            text = str(error) if isinstance(error, Failure) else "".join(traceback.format_exception(error)[-3:]).strip()
            text = text or f"not done within {SCENARIO_S} s"
            self.say(f"FAILED {name}: {text}")
            return False
        self.passed.append(name)
        self.say(f"passed {name} ({time.monotonic() - began:.1f} s)")
        return True


async def one(stand, name):
    """A scenario between two idle states, and the rules that every message must keep."""
    if name not in FIRST:
        await stand.idle()
    await ALL[name](stand)
    await stand.idle()
    stand.judge()


async def run_suite(run, suite):
    """The scenarios share a station until one fails; the next gets a new one."""
    names = [name for name in suite.scenarios() if run.wants(f"{suite.name}/{name}")]
    stand, count = None, 0
    try:
        for name in names:
            if stand is None:
                count += 1
                stand = Stand(run.folder / f"{suite.name}-{count}", suite.backend, suite.profile, suite.host, **suite.tls)
                attempt = start_and_run(stand, name)
            else:
                attempt = one(stand, name)
            if not await run.report(f"{suite.name}/{name}", attempt):
                await stand.stop()
                stand = None
    finally:
        if stand:
            await stand.stop()


async def start_and_run(stand, name):
    await stand.start(boot=FIRST_ANSWERS if name in FIRST else ())
    await one(stand, name)


REFUSING = {
    "server_of_another_name": (refusals.wrong_name, {"host": "127.0.0.2"}),
    "reason_told_although_another_address_is_silent": (refusals.two_addresses, {"groups": "X25519"}),
    "downgrade_of_a_known_backend": (refusals.downgrade, {"policy": "hybrid-preferred", "groups": f"{HYBRID_GROUP}:X25519", "host": "127.0.0.1"}),
}


async def run_refusals(run):
    """Negative tests of the station's TLS, against a foreign TLS server."""

    async def report(name, attempt):
        await run.report(f"{REFUSALS}/{name}", attempt)

    stand = Stand(run.folder / REFUSALS, "mobilityhouse", 3, host="127.0.0.1", groups="X25519")
    try:
        await stand.start()
        await refusals.bad_servers(stand, report)
    finally:
        await stand.stop()
    for name, (test, settings) in REFUSING.items():
        stand = Stand(run.folder / name, "mobilityhouse", 3, **settings)
        try:
            await stand.start()
            await report(name, test(stand))
        finally:
            await stand.stop()


async def run_meters(run):
    """The meter service's reader against somebody else's Modbus; no station is needed."""
    bench = meters.Bench(BINARIES, run.folder / METERS)
    for name, test in meters.ALL.items():
        if run.wants(f"{METERS}/{name}"):
            await run.report(f"{METERS}/{name}", test(bench))
    await bench.children.stop()


async def run_evidence(run):
    """Foreign verifiers over what one station has left behind."""
    bench = evidence.Bench(run.folder / EVIDENCE)
    try:
        if not await run.report(f"{EVIDENCE}/a_station_charges_and_signs", bench.start()):
            return
        for name, test in evidence.ALL.items():
            if run.wants(f"{EVIDENCE}/{name}"):
                await run.report(f"{EVIDENCE}/{name}", test(bench))
    finally:
        await bench.stand.stop()


async def run_all(run):
    places = asyncio.Semaphore(AT_A_TIME)

    async def in_turn(name, coroutine):
        async with places:
            try:
                await coroutine
            except Exception as error:
                run.failed.append(name)
                run.say(f"FAILED {name}: {error}")

    jobs = [in_turn(suite.name, run_suite(run, suite)) for suite in SUITES if any(run.wants(f"{suite.name}/{n}") for n in suite.scenarios())]
    if any(run.wants(f"{METERS}/{name}") for name in meters.ALL):
        jobs.append(in_turn(METERS, run_meters(run)))
    if any(run.wants(f"{EVIDENCE}/{name}") for name in evidence.ALL):
        jobs.append(in_turn(EVIDENCE, run_evidence(run)))
    if run.wants(REFUSALS):
        jobs.append(in_turn(REFUSALS, run_refusals(run)))
    await asyncio.gather(*jobs)


async def main():
    options = argparse.ArgumentParser(prog="tests/interop/run", description=__doc__)
    options.add_argument("wanted", nargs="*", help="parts of names, such as 'profile1' or '/metered'; all when none is given")
    options.add_argument("--list", action="store_true", help="print the names and end")
    options.add_argument("--keep", action="store_true", help="keep the folder of logs even when all is well")
    given = options.parse_args()
    run = Run(pathlib.Path(tempfile.mkdtemp(prefix="bulwatt-interop-")), given.wanted)
    if given.list:
        run.folder.rmdir()
        print("\n".join(f"{suite.name}/{name}" for suite in SUITES for name in suite.scenarios()) + "\n" + "\n".join(f"{METERS}/{name}" for name in meters.ALL) + "\n" + "\n".join(f"{EVIDENCE}/{name}" for name in evidence.ALL) + f"\n{REFUSALS}")
        return 0
    run.folder.chmod(0o755)  # the station's services run as users of their own
    task = asyncio.create_task(run_all(run))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await asyncio.wait_for(task, TOTAL_S)
    except (asyncio.TimeoutError, asyncio.CancelledError):
        run.failed.append("the whole run")
        run.say(f"FAILED: ended before everything was done (limit {TOTAL_S} s)")
    return finish(run, given.keep)


def finish(run, keep):
    good = bool(run.passed) and not run.failed
    if good and not keep:
        shutil.rmtree(run.folder)
    else:
        run.say(f"logs and messages are in {run.folder}")
    if run.failed:
        print("failed: " + ", ".join(run.failed))
    print(f"{len(run.passed)} passed, {len(run.failed)} failed, {len(run.skipped)} skipped", flush=True)
    return 0 if good else 1


sys.exit(asyncio.run(main()))
