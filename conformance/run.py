#!/usr/bin/env python3
"""Runs the conformance cases of OCPP 2.0.1 for charging stations against a whole simulated station.

    conformance/run.py                       all cases
    conformance/run.py --only TC_B_ --only TC_E_03_CS
    conformance/run.py --resume              not those that passed in the last run
    conformance/run.py --write               also writes conformance/results.json and results.md

The last line is `N passed, N failed, N skipped`. Skipped are cases that do not apply, and those that fail as recorded in results.json
(--strict counts them as failed). A case that fails is run once more by itself at the end: what fails only in a crowd is a matter of time.
"""

import argparse
import asyncio
import importlib
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests" / "interop")]
sys.dont_write_bytecode = True

from kit.failure import Failure, NotApplicable  # noqa: E402
from kit.registry import CASES, SETTINGS  # noqa: E402
from kit.station import SCHEMAS, Station  # noqa: E402

CASE_S = 150
AT_A_TIME = max(2, 2 * (os.cpu_count() or 1))
PASS, FAIL, NOT = "pass", "fail", "not applicable"


def profiles():
    """profile -> ids, from profiles.txt."""
    table, name = {}, None
    for line in (HERE / "profiles.txt").read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("#"):
            name = line[1:].strip()
            table[name] = []
        else:
            table[name] += line.split()
    return table


def load_cases():
    for path in sorted((HERE / "cases").glob("*.py")):
        if path.stem != "__init__":
            importlib.import_module(f"cases.{path.stem}")


class Run:
    def __init__(self, programs, folder, keep):
        self.programs, self.folder, self.keep = programs, folder, keep
        self.began = time.monotonic()
        self.results = {}
        self.known = set()  # cases that fail in the recorded run

    def say(self, text):
        print(f"[{time.monotonic() - self.began:4.0f} s] {text}", flush=True)

    async def one(self, identifier, attempt=1):
        began = time.monotonic()
        folder = self.folder / f"{identifier}-{attempt}"
        folder.mkdir()
        folder.chmod(0o755)
        station = Station(self.programs, folder)
        fresh, settings = SETTINGS[identifier]
        verdict, reason = PASS, ""
        try:
            await asyncio.wait_for(self.body(identifier, station, fresh, settings), CASE_S)
        except NotApplicable as error:
            verdict, reason = NOT, str(error)
        except Failure as error:
            verdict, reason = FAIL, str(error)
        except asyncio.TimeoutError:
            verdict, reason = FAIL, f"not done within {CASE_S} s"
        except Exception as error:  # a fault of the case itself is a failure too
            verdict, reason = FAIL, "".join(traceback.format_exception(error)[-2:]).strip()
        if verdict == PASS and station.csms.faults:
            verdict, reason = FAIL, "; ".join(dict.fromkeys(station.csms.faults))
        (folder / "messages.txt").write_text("\n".join(f"{m.at - began:7.3f} {m!r} = {m.answered}" for m in station.csms.messages))
        await station.stop()
        if verdict != FAIL and not self.keep:
            shutil.rmtree(folder, ignore_errors=True)
        self.results[identifier] = {"id": identifier, "verdict": verdict, "reason": reason, "seconds": round(time.monotonic() - began, 1)}
        return verdict

    async def body(self, identifier, station, fresh, settings):
        for name, value in settings.items():
            setattr(station.world, name, value)
        if fresh:
            await station.boot()
        await CASES[identifier](station)

    async def all(self, wanted, at_a_time):
        places = asyncio.Semaphore(at_a_time)

        async def in_turn(identifier):
            async with places:
                verdict = await self.one(identifier)
                result = self.results[identifier]
                self.say(f"{verdict:14} {identifier} ({result['seconds']} s) {result['reason'][:400]}")

        await asyncio.gather(*(in_turn(identifier) for identifier in wanted))
        for identifier in [name for name in wanted if self.results[name]["verdict"] == FAIL and at_a_time > 1]:
            if "is answered with the error NotSupported" in self.results[identifier]["reason"] or identifier in self.known:
                continue  # that does not depend on time
            if await self.one(identifier, attempt=2) == PASS:
                self.say(f"{'pass':14} {identifier} by itself, at the second attempt")


def markdown(results, table):
    lines = ["# Conformance cases of OCPP 2.0.1 for the charging station", "",
             "Made by `conformance/run.py --write`. Ids are those of the standard's test cases; the scripts are in `conformance/cases/`.", ""]
    lines += ["| profile | cases | pass | fail | not applicable | no script |", "|---|---|---|---|---|---|"]
    for name, ids in table.items():
        count = {v: sum(results.get(i, {}).get("verdict") == v for i in ids) for v in (PASS, FAIL, NOT)}
        lines.append(f"| {name} | {len(ids)} | {count[PASS]} | {count[FAIL]} | {count[NOT]} | {sum(i not in CASES for i in ids)} |")
    for name, ids in table.items():
        lines += ["", f"## {name}", "", "| case | verdict | reason |", "|---|---|---|"]
        for identifier in ids:
            result = results.get(identifier, {"verdict": "not run", "reason": ""})
            reason = " ".join(result["reason"].replace("|", "/").split())[:300]
            lines.append(f"| {identifier} | {result['verdict']} | {reason} |")
    return "\n".join(lines) + "\n"


def save(run, last, write):
    """Remembers the results for --resume; with `write` also as the committed pages."""
    merged = last | run.results
    table = profiles()
    known = [i for ids in table.values() for i in ids]
    text = json.dumps({"cases": [merged[i] for i in dict.fromkeys(known) if i in merged]}, indent=1) + "\n"
    last_file().parent.mkdir(parents=True, exist_ok=True)
    last_file().write_text(text, encoding="utf-8")
    if write:
        stable = {i: {k: v for k, v in r.items() if k != "seconds"} for i, r in merged.items()}
        (HERE / "results.json").write_text(json.dumps({"cases": [stable[i] for i in dict.fromkeys(known) if i in stable]}, indent=1) + "\n",
                                           encoding="utf-8")
        (HERE / "results.md").write_text(markdown(stable, table), encoding="utf-8")


def recorded_failures():
    recorded = HERE / "results.json"
    if not recorded.is_file():
        return set()
    return {case["id"] for case in json.loads(recorded.read_text(encoding="utf-8"))["cases"] if case["verdict"] == FAIL}


def last_file():
    return ROOT / "build" / "conformance.json"


def last_results():
    if not last_file().is_file():
        return {}
    return {case["id"]: case for case in json.loads(last_file().read_text(encoding="utf-8"))["cases"]}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="part of an id; may be given several times")
    parser.add_argument("--resume", action="store_true", help="leave out what passed in the last run")
    parser.add_argument("--write", action="store_true", help="write conformance/results.json and results.md")
    parser.add_argument("--strict", action="store_true", help="a case that fails as recorded counts as failed")
    parser.add_argument("--list", action="store_true", help="print the ids and end")
    parser.add_argument("--keep", action="store_true", help="keep the folders of cases that passed, too")
    parser.add_argument("--jobs", type=int, default=AT_A_TIME, help=f"cases at a time (default {AT_A_TIME})")
    parser.add_argument("--programs", default=os.environ.get("BULWATT_BIN", ROOT / "build" / "dev" / "bin"), help="folder of the programs")
    return parser.parse_args()


async def main():
    given = options()
    load_cases()
    every = [i for ids in profiles().values() for i in ids]
    missing = [i for i in every if i not in CASES]
    last = last_results()
    wanted = [i for i in every if i in CASES and (not given.only or any(word in i for word in given.only))]
    if given.resume:
        wanted = [i for i in wanted if last.get(i, {}).get("verdict") != PASS]
    if given.list:
        print("\n".join(wanted))
        return 0
    if not SCHEMAS.present():
        print("skipped: no schemas of OCPP on this machine; messages are not compared with them")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bulwatt-conformance-"))
    folder.chmod(0o755)  # the station's services run as users of their own
    run = Run(pathlib.Path(given.programs).resolve(), folder, given.keep)
    run.known = set() if given.strict or given.write else recorded_failures()
    task = asyncio.create_task(run.all(wanted, max(1, given.jobs)))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        run.say("ended before everything was done")
    save(run, last, given.write)
    return finish(run, folder, wanted, missing)


def finish(run, folder, wanted, missing):
    count = {v: sum(r["verdict"] == v for r in run.results.values()) for v in (PASS, FAIL, NOT)}
    failed = [i for i in wanted if run.results.get(i, {"verdict": FAIL})["verdict"] == FAIL]
    known = [i for i in failed if i in run.known]
    failed = [i for i in failed if i not in run.known]
    if missing:
        print(f"{len(missing)} cases have no script: {' '.join(missing)}")
    if known:
        print(f"{len(known)} cases fail as recorded: {' '.join(known)}")
    if failed:
        print(f"failed: {' '.join(failed)}\nlogs and messages are in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{count[PASS]} passed, {len(failed)} failed, {count[NOT] + len(known)} skipped", flush=True)
    return 0 if not failed and count[PASS] else 1


sys.exit(asyncio.run(main()))
