#!/usr/bin/env python3
"""Bills of random tariffs and sessions, to the last coin, against Python's decimal arithmetic.

    oracle.py PROGRAM [--cases 20000] [--seed N]
"""

import argparse
import random
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal, localcontext

PLACES = {"EUR": 2, "USD": 2, "JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}
MOST_PRICE, MOST_MWH, MOST_MS = 10**9, 10**12, 366 * 24 * 3600 * 1000


def chosen(chance, most):
    """Everyday values, greatest ones, and those at which rounding turns."""
    kind = chance.randrange(5)
    if kind == 0:
        return 0
    if kind == 1:
        return chance.choice((1, most, most - 1))
    if kind == 2:
        return chance.randrange(most + 1)
    if kind == 3:
        return chance.randrange(1, 2000) * 5000 % (most + 1)
    return chance.randrange(min(most, 10**6) + 1)


def expected(currency, per_kwh, per_minute, per_session, tax, mwh, ms):
    coin = Decimal(1).scaleb(-PLACES[currency])
    micro = Decimal(10) ** -6

    def rounded(amount):
        return amount.quantize(coin, rounding=ROUND_HALF_UP)

    parts = [rounded(Decimal(per_kwh) * mwh / 10**12), rounded(Decimal(per_minute) * ms / (60000 * 10**6)), rounded(per_session * micro)]
    taxed = rounded(sum(parts) * tax / Decimal(10**4))
    return [int(amount * 10**6) for amount in (*parts, taxed, sum(parts) + taxed)]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program")
    options.add_argument("--cases", type=int, default=20000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    chance = random.Random(given.seed)
    cases = [(chance.choice(list(PLACES)), *(chosen(chance, MOST_PRICE) for _ in range(3)), chance.choice((0, 700, 1900, 2100, chance.randrange(10001))),
              chosen(chance, MOST_MWH), chosen(chance, MOST_MS)) for _ in range(given.cases)]
    text = "".join(" ".join(map(str, case)) + "\n" for case in cases)
    done = subprocess.run([given.program], input=text, capture_output=True, text=True, check=True)
    bills = [list(map(int, line.split())) for line in done.stdout.splitlines()]
    if len(bills) != len(cases):
        sys.exit(f"{len(bills)} bills for {len(cases)} cases")
    with localcontext() as context:
        context.prec = 60
        for case, bill in zip(cases, bills):
            wanted = expected(*case)
            if bill != wanted:
                sys.exit(f"{case}: the bill is {bill}, it ought to be {wanted}; seed {given.seed}")
    print(f"{len(cases)} bills equal to the last coin, {sum(any(bill) for bill in bills)} of them not free")


main()
