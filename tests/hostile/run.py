#!/usr/bin/env python3
"""A central system that attacks a station while a car charges.

    tests/hostile/run.py PROGRAMS [PART-OF-A-NAME | FILE.py]...

After each attack the same processes must live, ocpp must be small, the station must answer, and the car must charge on.
The last line is `N passed, N failed, N skipped`.
"""

import asyncio
import json
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "conformance"), str(ROOT / "tests" / "interop")]
sys.dont_write_bytecode = True

import behaviour  # noqa: E402, F401
import cves  # noqa: E402, F401
import fields  # noqa: E402, F401
import frames  # noqa: E402, F401
from hostile import ATTACKS, Hostile  # noqa: E402
from kit.failure import Failure, NotApplicable  # noqa: E402

ATTACK_S = 120


def tap(hostile):
    """Every answer to messages that the scripted central system did not send itself."""
    take = hostile.csms.take

    def look(socket, text):
        identifier, message = hostile_answer(text)
        if identifier is not None and identifier not in hostile.csms.waiting:
            hostile.answers[identifier] = message
        else:
            take(socket, text)

    hostile.csms.take = look


def hostile_answer(text):
    try:
        message = json.loads(text)
        return (message[1], message) if message[0] in (3, 4) else (None, None)
    except (ValueError, TypeError, IndexError, KeyError):
        return None, None


async def one(hostile, name):
    try:
        await asyncio.wait_for(ATTACKS[name](hostile), ATTACK_S)
        await asyncio.wait_for(hostile.peace(), ATTACK_S)
        return "passed", ""
    except NotApplicable as reason:
        return "skipped", str(reason)
    except asyncio.TimeoutError:
        return "failed", f"not done within {ATTACK_S} s"
    except Failure as failure:
        return "failed", str(failure)
    except Exception as error:  # a fault of the attack itself is a failure too
        return "failed", "".join(traceback.format_exception(error)[-2:]).strip()


async def main():
    programs, wanted = sys.argv[1], sys.argv[2:]
    names = [name for name, attack in ATTACKS.items() if not wanted or any(word in name or word == f"{attack.__module__}.py" for word in wanted)]
    began, count, number, hostile = time.monotonic(), {"passed": 0, "failed": 0, "skipped": 0}, 0, None
    root = pathlib.Path(tempfile.mkdtemp(prefix="bulwatt-hostile-"))
    root.chmod(0o755)  # the station's services run as users of their own
    for name in names:
        if hostile is None:  # a station that an attack has hurt is not attacked again
            number += 1
            folder = root / str(number)
            folder.mkdir()
            folder.chmod(0o755)
            hostile = Hostile(programs, folder)
            tap(hostile)
            await hostile.start()
        verdict, reason = await one(hostile, name)
        count[verdict] += 1
        size = hostile.memory_mib() if verdict != "failed" else 0
        print(f"[{time.monotonic() - began:4.0f} s] {verdict} {name} {reason[:600]}" + (f"({size:.1f} MiB)" if size else ""), flush=True)
        if verdict == "failed":
            await hostile.station.stop()
            hostile = None
    if hostile:
        await hostile.station.stop()
    if count["failed"]:
        print(f"what happened is kept in {root}")
    else:
        shutil.rmtree(root, ignore_errors=True)
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 0 if count["passed"] and not count["failed"] else 1


sys.exit(asyncio.run(main()))
