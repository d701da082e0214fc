#!/usr/bin/env python3
"""Both pages in a headless Chromium: runs cases.py against stations with one EVSE and with two. Last line: "N passed, N failed, N skipped"."""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "station"))

from cases import CASES, CASES_OF_TWO, Bench, expect  # noqa: E402
from stand import Stand  # noqa: E402
from webdriver import Browser  # noqa: E402


def types_are_right(node, compiler):
    """A sentence that a language lacks is a type error."""
    console = os.path.join(HERE, os.pardir, os.pardir, "console")
    done = subprocess.run([node, compiler, "-p", console], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, done.stdout)


def every_sentence_is_known():
    """What session may say to a driver is there in every language."""
    root = pathlib.Path(HERE).parent.parent
    said = set()
    for source in (root / "services" / "session").glob("*.cpp"):
        if not source.name.endswith("_test.cpp") and source.name != "main.cpp":
            said |= set(re.findall(r'"([A-Z][a-z][^"\n]{6,}[.])"', source.read_text(encoding="utf-8")))
    expect(len(said) > 20, "the sentences of session are written another way now")
    lines = (root / "console" / "words.ts").read_text(encoding="utf-8").splitlines()
    known = {line.split('"')[1] for line in lines if all(f" {code}: " in line for code in ("de", "fr", "es", "nl")) and '"' in line}
    expect(said <= known, f"not in every language: {sorted(said - known)}")


def attempt(name, case):
    start = time.monotonic()
    try:
        case()
    except Exception as error:  # noqa: BLE001 - a case may fail in any way; the others still run
        print(f"  FAILED {name}: {error}", flush=True)
        return False
    print(f"  {name} ({time.monotonic() - start:.1f} s)", flush=True)
    return True


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--programs", required=True, help="folder of the station's programs")
    options.add_argument("--modules", required=True, help="folder of the installed npm modules")
    options.add_argument("--node", required=True)
    options.add_argument("--pictures", required=True, help="folder for screenshots")
    options.add_argument("--only", default="", help="only cases whose name contains this")
    given = options.parse_args()
    os.makedirs(given.pictures, exist_ok=True)
    with open(os.path.join(given.modules, "axe-core", "axe.min.js"), encoding="utf-8") as file:
        axe = file.read()
    results = []
    if given.only in types_are_right.__name__:
        compiler = os.path.join(given.modules, "typescript", "bin", "tsc")
        results.append(attempt("types_are_right", lambda: types_are_right(given.node, compiler)))
    if given.only in every_sentence_is_known.__name__:
        results.append(attempt("every_sentence_is_known", every_sentence_is_known))
    for cases, options_of_station in ((CASES, ()), (CASES_OF_TWO, ("--evses", "2"))):
        chosen = [case for case in cases if given.only in case.__name__]
        if not chosen:
            continue
        with Stand(given.programs, *options_of_station) as stand, Browser() as browser:
            bench = Bench(stand, browser, given.pictures, axe)
            results += [attempt(case.__name__, lambda case=case: case(bench)) for case in chosen]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed, 0 skipped")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
