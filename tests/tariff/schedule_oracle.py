#!/usr/bin/env python3
"""Costs of random tariffs with hours, days, seasons, limits, steps, bounds and taxes, to the last coin, against Python's own calendar,
fractions and decimal arithmetic.

    schedule_oracle.py PROGRAM [--cases 4000] [--seed N]
"""

import argparse
import random
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

PLACES = {"EUR": 2, "JPY": 0, "KWD": 3}
EPOCH = datetime(1970, 1, 1)
MS = timedelta(milliseconds=1)
LONGEST_GAP_MS, MOST_MS, MOST_MWH = 15 * 60 * 1000, 366 * 24 * 3600 * 1000, 10**12
WHEN = ("from_minute", "until_minute", "days", "from_date", "until_date", "least_mwh", "most_mwh", "least_s", "most_s")
PRICES = ("per_kwh", "per_minute", "per_idle_minute", "per_session")
FIELDS = WHEN + PRICES + ("step_wh", "step_s")


def random_element(chance):
    e = dict.fromkeys(FIELDS, -1) | {"from_minute": 0, "until_minute": 0, "days": 127, "from_date": 0, "until_date": 0, "least_mwh": 0,
                                     "least_s": 0, "step_wh": 0, "step_s": 0}
    if chance.random() < 0.5:
        e["from_minute"], e["until_minute"] = chance.randrange(1440), chance.randrange(1440)
    if chance.random() < 0.3:
        e["days"] = chance.randrange(1, 128)
    if chance.random() < 0.3:
        e["from_date"], e["until_date"] = (100 * chance.randrange(1, 13) + chance.randrange(1, 29) for _ in range(2))
    if chance.random() < 0.3:
        e["least_mwh"] = chance.randrange(30_000_000)
    if chance.random() < 0.3:
        e["most_mwh"] = chance.randrange(1, 60_000_000)
    if chance.random() < 0.3:
        e["least_s"] = chance.randrange(8 * 3600)
    if chance.random() < 0.3:
        e["most_s"] = chance.randrange(1, 12 * 3600)
    for price in PRICES:
        if chance.random() < 0.6:
            e[price] = chance.choice((0, 490_000, chance.randrange(10**6), chance.randrange(10**9)))
    if chance.random() < 0.3:
        e["step_wh"], e["step_s"] = chance.choice((1, 100, 1000)), chance.choice((1, 60, 900))
    return e


def random_samples(chance):
    at = int((datetime(2026, 1, 1) - EPOCH) / MS) + chance.randrange(2 * MOST_MS)
    register, offset = chance.randrange(10**9), chance.choice((-300, 0, 60, 120, 345))
    samples = [(at, register, 0, offset)]
    for _ in range(chance.randrange(40)):
        at += chance.choice((0, 1, 60_000, chance.randrange(LONGEST_GAP_MS + 1), chance.randrange(LONGEST_GAP_MS + 1)))
        register += chance.choice((0, 1, chance.randrange(3_000_000), chance.randrange(3_000_000)))
        if chance.random() < 0.02:  # the clock of another season
            offset += chance.choice((-60, 60))
        kind = chance.random()
        if kind < 0.004:
            at -= chance.randrange(1, 10**7)
        elif kind < 0.008:
            register -= chance.randrange(1, 10**6)
        elif kind < 0.012:
            at += chance.randrange(MOST_MS // 60)
        samples.append((at, register, chance.randrange(2), offset))
    return samples


def in_circle(value, first, last):
    return first <= value < last if first <= last else value >= first or value < last


def holds(e, local, session_ms, drawn):
    if drawn < e["least_mwh"] or (e["most_mwh"] >= 0 and drawn >= e["most_mwh"]):
        return False
    if session_ms < e["least_s"] * 1000 or (e["most_s"] >= 0 and session_ms >= e["most_s"] * 1000):
        return False
    if e["from_minute"] != e["until_minute"] and not in_circle(local.hour * 60 + local.minute, e["from_minute"], e["until_minute"]):
        return False
    if not e["days"] >> local.weekday() & 1:
        return False
    return e["from_date"] == e["until_date"] or in_circle(local.month * 100 + local.day, e["from_date"], e["until_date"])


def first_that_holds(elements, price, *moment):
    return next((i for i, e in enumerate(elements) if e[price] >= 0 and holds(e, *moment)), None)


def edges(elements, begin, old, new):
    """Every point between two samples at which a price may change, in order."""
    (t0, e0, _, offset), (t1, e1, _, _) = old, new
    found = set()

    def at(ms):
        if t0 < ms < t1:
            found.add((ms, e0 + (ms - t0) * (e1 - e0) // (t1 - t0)))

    local0, local1 = (EPOCH + (t + offset * 60_000) * MS for t in (t0, t1))
    minutes = set()
    for e in elements:
        if e["from_minute"] != e["until_minute"]:
            minutes |= {e["from_minute"], e["until_minute"]}
        if e["days"] != 127 or e["from_date"] != e["until_date"]:
            minutes.add(0)
    day = local0.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= local1 and minutes:
        for minute in minutes:
            at(int((day + timedelta(minutes=minute) - EPOCH) / MS) - offset * 60_000)
        day += timedelta(days=1)
    for e in elements:
        for seconds in (e["least_s"], e["most_s"]):
            if seconds >= 0:
                at(begin[0] + seconds * 1000)
        for drawn in (e["least_mwh"], e["most_mwh"]):
            register = begin[1] + drawn
            if drawn >= 0 and e0 < register < e1:
                found.add((t0 + int(Fraction((register - e0) * (t1 - t0), e1 - e0)), register))
    return sorted(found)


def expected(currency, least, most, taxes, elements, samples):
    begin = samples[0]
    used = {kind: Counter() for kind in PRICES[:3]}
    start_by = first_that_holds(elements, "per_session", EPOCH + (begin[0] + begin[3] * 60_000) * MS, 0, 0)
    for old, new in zip(samples, samples[1:]):
        if new[0] < old[0] or new[1] < old[1]:
            return "backwards"
        if new[0] - begin[0] > MOST_MS or new[1] - begin[1] > MOST_MWH:
            return "too_much"
        between = edges(elements, begin, old, new)
        if between and new[0] - old[0] > LONGEST_GAP_MS and new[1] > old[1]:
            return "gap"
        points = [old[:2], *between, new[:2]]
        for (ta, ea), (tb, eb) in zip(points, points[1:]):
            moment = EPOCH + (ta + old[3] * 60_000) * MS, ta - begin[0], ea - begin[1]
            for kind, amount in (("per_kwh", eb - ea), ("per_minute" if new[2] else "per_idle_minute", tb - ta)):
                by = first_that_holds(elements, kind, *moment)
                if by is not None:
                    used[kind][by] += amount
    coin = Decimal(1).scaleb(-PLACES[currency])

    def rounded(amount):
        return amount.quantize(coin, rounding=ROUND_HALF_UP)

    def component(kind, step, unit):
        total = Decimal(0)
        for by, amount in used[kind].items():
            size = elements[by][step] * 1000
            billed = -(-amount // size) * size if size else amount
            total += Decimal(elements[by][kind]) * billed / unit / 10**6
        return rounded(total)

    parts = [component("per_kwh", "step_wh", 10**6), component("per_minute", "step_s", 60_000), component("per_idle_minute", "step_s", 60_000),
             rounded(Decimal(0 if start_by is None else elements[start_by]["per_session"]) / 10**6)]
    net = sum(parts)
    if least >= 0:
        net = max(net, rounded(Decimal(least) / 10**6))
    if most >= 0:
        net = min(net, rounded(Decimal(most) / 10**6))
    paid = [None] * len(taxes)
    for stack in range(5):
        base = net + sum(amount for amount, (_, at) in zip(paid, taxes) if at < stack)
        for i, (rate, at) in enumerate(taxes):
            if at == stack:
                paid[i] = rounded(base * rate / Decimal(10**4))
    return " ".join(str(int(amount * 10**6)) for amount in (*parts, net - sum(parts), net + sum(paid), *paid))


def random_case(chance):
    least, most = (chance.choice((-1, chance.randrange(10**8))) for _ in range(2))
    taxes = [(chance.choice((700, 1900, chance.randrange(10001))), chance.randrange(5)) for _ in range(chance.randrange(6))]
    return chance.choice(list(PLACES)), least, most, taxes, [random_element(chance) for _ in range(chance.randrange(9))], random_samples(chance)


def line_of(currency, least, most, taxes, elements, samples):
    words = [currency, least, most, len(taxes), *(n for tax in taxes for n in tax), len(elements)]
    words += [e[field] for e in elements for field in FIELDS] + [len(samples)] + [n for sample in samples for n in sample]
    return " ".join(map(str, words)) + "\n"


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program")
    options.add_argument("--cases", type=int, default=4000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    chance = random.Random(given.seed)
    cases = [random_case(chance) for _ in range(given.cases)]
    done = subprocess.run([given.program], input="".join(line_of(*case) for case in cases), capture_output=True, text=True, check=True)
    answers = [line.strip() for line in done.stdout.splitlines()]
    if len(answers) != len(cases):
        sys.exit(f"{len(answers)} answers for {len(cases)} cases")
    kinds = Counter()
    with localcontext() as context:
        context.prec = 80
        for number, (case, answer) in enumerate(zip(cases, answers)):
            wanted = expected(*case)
            if answer != wanted:
                sys.exit(f"case {number} of seed {given.seed}: the answer is {answer}, it ought to be {wanted}\n{line_of(*case)}")
            kinds[wanted if wanted.isidentifier() else "calculated"] += 1
    if min(kinds[kind] for kind in ("calculated", "backwards", "gap")) < given.cases // 100:
        sys.exit(f"chance has left something out: {dict(kinds)}")
    print(f"{len(cases)} costs equal to the last coin: {', '.join(f'{n} {kind}' for kind, n in kinds.most_common())}")


main()
