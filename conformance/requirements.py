#!/usr/bin/env python3
"""Collects requirement comments of the whole tree and makes docs/support-matrix.md of them.

    conformance/requirements.py            checks every comment and that the page is up to date
    conformance/requirements.py --write    writes the page

A comment is alone on its line: `//= OCPP-2.0.1 B03.FR.02` where a requirement is met, `//=test OCPP-2.0.1 B03.FR.02` where a
test shows it (`#=` in files that comment so). Conformance cases name what they show in `shows=`; they count once they passed.
"""

import argparse
import collections
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PAGE = ROOT / "docs" / "support-matrix.md"
IDS = HERE / "ids-2.0.1.txt"
OCPP = "OCPP-2.0.1"
KNOWN_FORMS = {
    OCPP: r"([A-Z]\d\d\.)?FR\.\d+",  # without a use case: of the message layer
    "OCPP-2.1": r"[A-Z]\d\d\.FR\.\d+",
    "OCPP-1.6": r"[A-Z]\d\d\.FR\.\d+",
    "ISO15118-2": r"V2G2-\d+",
    "ISO15118-20": r"V2G20-\d+",
    "DIN-70121": r"V2G-DC-\d+",
    "IEC-61851-1": r"[A-Z]?[\d.]+[a-z]?",
    "IEC-62443-4-2": r"(CR|SAR|EDR|HDR|NDR|CCSC)-[\d.]+",
}
OWN_PREFIX = re.compile(r"BULWATT-[A-Z0-9-]+$")
COMMENT = re.compile(r"^\s*(?://|#)=(test)?\s+(.*?)\s*$")
SOURCES = (".cpp", ".hpp", ".c", ".h", ".py", ".sh", ".toml", ".pml", ".mjs", ".js", ".cmake", ".txt", "run")

BLOCKS = {
    "A": "Security", "B": "Provisioning", "C": "Authorization", "D": "Local list", "E": "Transactions", "F": "Remote control",
    "G": "Availability", "J": "Metering", "M": "Certificate management", "P": "Data transfer",
}


class Claims:
    """What the tree says of requirements: by (prefix, id), the files that meet it and the files that test it."""

    def __init__(self):
        self.done = collections.defaultdict(set)
        self.tested = collections.defaultdict(set)
        self.faults = []

    def take(self, path, number, is_test, text):
        where = f"{path}:{number}"
        words = text.split()
        if len(words) != 2:
            return self.faults.append(f"{where}: a requirement comment is a prefix and one id, not '{text}'")
        prefix, name = words
        form = KNOWN_FORMS.get(prefix)
        if form is None and not OWN_PREFIX.match(prefix):
            return self.faults.append(f"{where}: '{prefix}' is no known prefix")
        if form and not re.fullmatch(form, name):
            return self.faults.append(f"{where}: '{name}' is no id of {prefix}")
        if not path.startswith("peers/"):  # a peer is a backend; what it meets is not met by the station
            (self.tested if is_test else self.done)[prefix, name].add(path)
        return None


def files_of_the_tree():
    """Everything under version control or about to be; a tree without git is walked."""
    try:
        listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True,
                                capture_output=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if "build" not in path.relative_to(ROOT).parts[:1]]
    return sorted({name for name in listed if name.endswith(SOURCES) and (ROOT / name).is_file()})


def collect():
    claims = Claims()
    for name in files_of_the_tree():
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        if "//=" not in text and "#=" not in text:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if match := COMMENT.match(line):
                claims.take(name, number, match[1] is not None, match[2])
    return claims


def shared_data():
    named = os.environ.get("BULWATT_SHARED_DATA")
    return pathlib.Path(named) if named else ROOT / ".." / "shared" / "data"


def known_ids():
    return IDS.read_text(encoding="utf-8").split()


def check_against_index(claims):
    """The committed list of ids is the standard's, wherever the standard's index is at hand."""
    index = shared_data() / "ocpp" / "ALL_requirements_index.csv"
    if not index.is_file():
        print(f"skipped: no index of requirements in {index.parent}; ids are compared with {IDS.name} only")
    else:
        with open(index, encoding="utf-8", newline="") as file:
            official = {row["id"] for row in csv.DictReader(file) if row["in_2.0.1_ed3"] == "True"}
        official = {name for name in official if re.fullmatch(KNOWN_FORMS[OCPP], name)}
        for name in sorted(official ^ set(known_ids())):
            claims.faults.append(f"{IDS.name}: {name} {'is missing' if name in official else 'is not in the index'}")
    every = set(known_ids())
    for table in (claims.done, claims.tested):
        for (prefix, name), files in sorted(table.items()):
            if prefix == OCPP and name not in every:
                claims.faults.append(f"{', '.join(sorted(files))}: OCPP 2.0.1 has no requirement {name}")
    check_security_ids(claims)


def check_security_ids(claims):
    index = shared_data() / "security" / "iec62443-4-2.json"
    if not index.is_file():
        return
    known = {row["id"].replace(" ", "-") for row in json.loads(index.read_text(encoding="utf-8"))["requirements"]}
    for table in (claims.done, claims.tested):
        for (prefix, name), files in sorted(table.items()):
            if prefix == "IEC-62443-4-2" and name not in known and not name.startswith("CCSC-"):
                claims.faults.append(f"{', '.join(sorted(files))}: IEC 62443-4-2 has no requirement {name}")


def reasons(claims):
    """id -> why it is not met, from not_applicable.toml."""
    table = tomllib.loads((HERE / "not_applicable.toml").read_text(encoding="utf-8"))
    every, result = set(known_ids()), {}
    for entry in table["reason"]:
        for name in entry["ids"].split():
            if name not in every:
                claims.faults.append(f"not_applicable.toml: OCPP 2.0.1 has no requirement {name}")
            if name in result:
                claims.faults.append(f"not_applicable.toml: {name} is listed twice")
            if (OCPP, name) in claims.done:
                files = ", ".join(sorted(claims.done[OCPP, name]))
                claims.faults.append(f"not_applicable.toml: {name} has a reason why not, and is met in {files}")
            result[name] = entry["text"]
    return result


def other_reasons(claims):
    """(prefix, id) -> why it is not met, of what has no block on the page."""
    table, result = tomllib.loads((HERE / "not_applicable.toml").read_text(encoding="utf-8")), {}
    for entry in table["other"]:
        prefix = entry["standard"]
        for name in entry["ids"].split():
            if not re.fullmatch(KNOWN_FORMS.get(prefix, "(?!)"), name) or (prefix == OCPP and (name[0] in BLOCKS or name not in known_ids())):
                claims.faults.append(f"not_applicable.toml: {prefix} {name} does not belong among the others")
            if (prefix, name) in claims.done:
                files = ", ".join(sorted(claims.done[prefix, name]))
                claims.faults.append(f"not_applicable.toml: {prefix} {name} has a reason why not, and is met in {files}")
            if (prefix, name) in result:
                claims.faults.append(f"not_applicable.toml: {prefix} {name} is listed twice")
            result[prefix, name] = entry["text"]
    return result


def passed_cases(claims):
    """id -> conformance cases that show it and passed in the last recorded run."""
    recorded = HERE / "results.json"
    passed = set()
    if recorded.is_file():
        table = json.loads(recorded.read_text(encoding="utf-8"))
        passed = {case["id"] for case in table["cases"] if case["verdict"] == "pass"}
    shown = collections.defaultdict(list)
    every = set(known_ids())
    for path in sorted((HERE / "cases").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for case, ids in re.findall(r'@case\(\s*"(TC_\w+)",[^)"]*shows="([^"]*)"', text):
            for name in ids.split():
                if name not in every:
                    claims.faults.append(f"{path.name}: {case} shows {name}, which OCPP 2.0.1 does not have")
                if case in passed:
                    shown[name].append(case)
    return shown


def places(files):
    """Folder once, then the files in it without their endings."""
    folders = collections.defaultdict(list)
    for name in sorted(files):
        folder, _, file = name.rpartition("/")
        folders[folder].append(file.rsplit(".", 1)[0])
    return "; ".join(f"{folder}: {', '.join(dict.fromkeys(names))}" for folder, names in sorted(folders.items()))


def block_rows(block, claims, why, cases):
    """Table rows of one block, and how many of its ids are met, shown, not applicable, open."""
    counts = collections.Counter()
    rows = []
    for name in (i for i in known_ids() if i.startswith(block)):
        done = places(claims.done.get((OCPP, name), ()))
        tested = places(claims.tested.get((OCPP, name), ()))
        tested = "; ".join(filter(None, [tested, ", ".join(cases.get(name, []))]))
        counts["ids"] += 1
        counts["met"] += bool(done)
        counts["shown"] += bool(tested)
        counts["not applicable"] += name in why
        counts["open"] += not (done or tested or name in why)
        rows.append(f"| {name} | {done or why.get(name, '')} | {tested} |")
    return rows, counts


HEAD = """# Support matrix: OCPP 2.0.1, charging station

Made by `conformance/requirements.py --write` from the requirement comments of the tree, from `conformance/not_applicable.toml` and from
the conformance cases that passed in the recorded run. An empty row is a requirement nobody has claimed: it may hold, nothing says so.

| block | ids | met in code | shown by a test or case | not applicable, with reason | open |
|---|---|---|---|---|---|
"""


def make_page(claims):
    why, cases = reasons(claims), passed_cases(claims)
    summary, body = [], []
    for block, title in BLOCKS.items():
        rows, counts = block_rows(block, claims, why, cases)
        summary.append(f"| {block} {title} | " + " | ".join(str(counts[k]) for k in ("ids", "met", "shown", "not applicable", "open")) + " |")
        body += ["", f"## {block} {title}", "", "| id | where, or why not | shown by |", "|---|---|---|", *rows]
    body += other_standards(claims)
    return HEAD + "\n".join(summary + body) + "\n"


def other_standards(claims):
    body = []
    why = other_reasons(claims)
    all_names = [(p, n) for p, n in {*claims.done, *claims.tested, *why} if p != OCPP or n[0] not in (*BLOCKS, "F")]
    for prefix in sorted({p for p, _ in all_names}):
        title = f"{prefix}, other blocks" if prefix == OCPP else prefix
        body += ["", f"## {title}", "", "| id | where, or why not | shown by |", "|---|---|---|"]
        for name in sorted(n for p, n in all_names if p == prefix):
            done = places(claims.done.get((prefix, name), ()))
            body.append(f"| {name} | {done or why.get((prefix, name), '')} | {places(claims.tested.get((prefix, name), ()))} |")
    return body


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--write", action="store_true", help="write docs/support-matrix.md")
    given = options.parse_args()
    claims = collect()
    check_against_index(claims)
    page = make_page(claims)
    if given.write:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page:
        claims.faults.append("docs/support-matrix.md is out of date; run conformance/requirements.py --write")
    for fault in claims.faults:
        print(fault)
    ours = [name for prefix, name in claims.done if prefix == OCPP]
    print(f"{len(ours)} requirements of OCPP 2.0.1 are met somewhere in code, {len(claims.faults)} faults")
    return 1 if claims.faults else 0


if __name__ == "__main__":
    sys.exit(main())
