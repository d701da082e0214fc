#!/usr/bin/env python3
"""What services record is what the catalogue says: every name in their sources is in it, and it has none that no source has.

    check_catalogue.py ROOT BULWATT
"""

import pathlib
import re
import subprocess
import sys

# Where a name of a record stands: behind its severity (one name or a choice of two), as a security event, as a change of trust, as the
# name of an act.
NAMES = [r'Severity::\w+(?:\s*:\s*(?:ledger::)?Severity::\w+)?,\s*((?:[^,;"]|"\w+")*?"[A-Z]\w+"(?:\s*:\s*"[A-Z]\w+")?)', r'security\(\s*("[A-Z]\w+")',
         r'changed\(\s*("[A-Z]\w+")', r'ActKind::\w+: return ("[A-Z]\w+")', r'note_talk\(c,\s*("[A-Z]\w+")']
EXTRA = {"ledger": r'k\w+ = "([A-Z][a-z]\w+)";', "ocpp": r'\{"([A-Z]\w+)", (?:true|false)\}'}  # its own names; the table of OCPP's security events


def said_in(folder):
    names = set()
    for source in folder.glob("*.?pp"):
        if "_test" in source.name or "_for_" in source.name:
            continue
        text = source.read_text(encoding="utf-8")
        for pattern in NAMES:
            for found in re.findall(pattern, text):
                names |= set(re.findall(r'"([A-Z]\w+)"', found))
        if folder.name in EXTRA:
            names |= set(re.findall(EXTRA[folder.name], text))
    return names


def main():
    root, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    page = subprocess.run([program, "log", "catalogue"], capture_output=True, text=True, check=True).stdout
    known = {}
    for line in page.splitlines():
        if line.startswith("| `"):
            service, name = (cell.strip("`* ") for cell in line.split("|")[1:3])
            known.setdefault(service, set()).add(name)
    known["ledger"] |= known.pop("supervisor")  # the ledger writes down the supervisor's acts, in its name
    wrong = []
    for service in ("ledger", "session", "ocpp", "vault", "hmi"):
        said = said_in(root / "services" / service)
        literal = set()
        for source in (root / "services" / service).glob("*.?pp"):
            if "_test" not in source.name:
                literal |= set(re.findall(r'"([A-Z]\w+)"', source.read_text(encoding="utf-8")))
        wrong += [f"{service} records {name}, which the catalogue does not have" for name in sorted(said - known[service])]
        wrong += [f"the catalogue has {name} of {service}, which no source has" for name in sorted(known[service] - literal)]
        if len(said) < min(3, len(known[service])):
            wrong.append(f"in the sources of {service} names are written another way now")
    print("\n".join(wrong) or f"{sum(map(len, known.values()))} kinds of records, all of them in the sources and none beside them")
    return 1 if wrong else 0


sys.exit(main())
