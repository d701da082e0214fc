#!/usr/bin/env python3
"""Line coverage of a build with preset coverage: asks gcov for every object and adds up what it says per source line.

A line that several programs compile (a header, a template) has run when it ran in any of them.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys

OWN = ("interfaces/", "libs/", "mcu/", "peers/", "protocols/", "services/", "tools/")
NOT_COUNTED = ("_test.cpp", "_for_tests.hpp", "_for_tests.cpp", "_for_fuzzing.hpp", "bench.cpp")
BATCH = 16


def objects(build):
    """Notes of every compiled object; one that never ran has no counts beside it and gcov says so by zeros."""
    for folder, _, files in os.walk(build):
        for name in files:
            if name.endswith(".gcno"):
                yield os.path.join(folder, name)


def ask_gcov(batch, root):
    """Lines of gcov's answer, one JSON document per object."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", *batch], cwd=root, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"error: gcov failed: {done.stderr.strip().splitlines()[-1]}")
    return [line for line in done.stdout.splitlines() if line.startswith("{")]


def own_name(root, name):
    """The path below the tree of a source that counts, or None."""
    path = os.path.normpath(os.path.join(root, name))
    if not path.startswith(root + os.sep):
        return None
    path = os.path.relpath(path, root)
    return path if path.startswith(OWN) and not path.endswith(NOT_COUNTED) else None


def counts_of(build, root, jobs):
    """{source: {line: how often it ran}}"""
    notes = sorted(objects(build))
    batches = [notes[i : i + BATCH] for i in range(0, len(notes), BATCH)]
    sources = collections.defaultdict(dict)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for answer in pool.map(lambda batch: ask_gcov(batch, root), batches):
            for text in answer:
                for file in json.loads(text)["files"]:
                    name = own_name(root, file["file"])
                    if name is None:
                        continue
                    lines = sources[name]
                    for line in file["lines"]:
                        number = line["line_number"]
                        lines[number] = max(lines.get(number, 0), line["count"])
    return sources


def spans(numbers):
    """[1, 2, 3, 7] as "1-3 7"."""
    out = []
    for number in numbers:
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def percent(covered, of):
    return f"{100 * covered / of:.1f} %" if of else "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root")
    parser.add_argument("build")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    sources = counts_of(options.build, os.path.realpath(options.root), options.jobs)
    folders = collections.defaultdict(lambda: [0, 0])
    with open(os.path.join(options.build, "lines.txt"), "w", encoding="utf-8") as report:
        for name, lines in sorted(sources.items()):
            missed = sorted(number for number, count in lines.items() if count == 0)
            covered = len(lines) - len(missed)
            print(f"{name}: {percent(covered, len(lines))}, not run: {spans(missed) or 'none'}", file=report)
            for folder in (os.path.dirname(name), ""):
                folders[folder][0] += covered
                folders[folder][1] += len(lines)
    covered, of = folders.pop("", [0, 0])
    if of == 0:
        raise SystemExit("error: no counts were found; has a test run?")
    for folder, (ran, all_lines) in sorted(folders.items()):
        print(f"{folder:32}{percent(ran, all_lines):>8}  {ran} of {all_lines}")
    print(f"coverage: lines={100 * covered / of:.1f} covered={covered} of={of}")


if __name__ == "__main__":
    sys.exit(main())
