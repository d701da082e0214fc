#!/usr/bin/env python3
"""A charge whose price changes under way, billed by the station and checked by Python's decimal arithmetic.

The first 20 s have a price of their own, then the first 3 kWh another one; time costs, too; two taxes, one upon the other. Half of the charge
is lived by one session, half by another one: the first is killed. What the page, the signed records and the backend say is the same.
"""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from decimal import ROUND_HALF_UP, Decimal

from stand import expect
from world import CARD, World

import signing_keys

CENT = Decimal("0.01")
MORE = """
[meter.records]
clock = "S"

[session.schedule]
currency = "EUR"
zone = "CET-1CEST,M3.5.0,M10.5.0/3"

[[session.schedule.element]]
per_kwh = 490000
per_session = 350000
when = { most_time = 20 }

[[session.schedule.element]]
per_kwh = 290000
when = { most_energy = 3000000 }

[[session.schedule.element]]
per_kwh = 125000
per_minute = 333000
per_idle_minute = 50000

[[session.schedule.tax]]
rate = 1900

[[session.schedule.tax]]
rate = 250
stack = 1
"""


def rounded(amount):
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def expected(receipt):
    """What the periods of the receipt cost, by decimal arithmetic."""
    energy, charging, standing = Decimal(0), Decimal(0), Decimal(0)
    for period in receipt["periods"]:
        energy += Decimal(period["per_kwh"] or 0) * period["energy_mwh"] / 10**6
        time = Decimal(period["per_minute"] or 0) * period["time_ms"] / 60_000
        charging, standing = (charging + time, standing) if period["charging"] else (charging, standing + time)
    parts = [rounded(energy), rounded(charging), rounded(standing), Decimal("0.35")]
    net = sum(parts)
    vat = rounded(net * 19 / 100)
    city = rounded((net + vat) * Decimal("2.5") / 100)
    return parts, [vat, city], net + vat + city


class Billing(World):
    def receipt(self):
        try:
            with urllib.request.urlopen(f"http://localhost:{self._page_port}/receipt", timeout=5) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return None

    def tool(self, *words):
        done = subprocess.run([self._bulwatt, *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


def charge(world):
    world.bus.command("plug")
    world.bus.command("swipe", CARD)
    world.bus.wait(lambda: world.page().get("state") == "charging", "no charge begins", 60)
    shown = world.bus.wait(lambda: world.page().get("per_kwh") and world.page(), "the page does not say what energy costs")
    expect(shown["per_kwh"] == "0.49", f"energy costs {shown['per_kwh']} at first")
    world.bus.wait(lambda: world.page().get("per_kwh") in ("0.29", "0.125"), "the price does not change", 60)
    before = Decimal(world.page()["cost"])
    world_kills_session(world)
    world.bus.wait(lambda: world.page().get("per_kwh") == "0.125", "the last price does not rule", 60)
    world.bus.wait(lambda: Decimal(world.page().get("cost") or 0) > before, "the cost does not rise", 30)
    world.bus.command("swipe", CARD)
    return world.bus.wait(world.receipt, "there is no receipt", 30)


def world_kills_session(world):
    pid = world.services()["session"]["pid"]
    os.kill(pid, signal.SIGKILL)
    world.bus.wait(lambda: world.all_ready() and world.services()["session"]["pid"] != pid, "session did not come back", 30)


def check_amounts(receipt):
    expect("not_calculated" not in receipt, f"not calculated: {receipt.get('not_calculated')}")
    prices = [period["per_kwh"] for period in receipt["periods"] if period["energy_mwh"] > 0]
    expect(prices == sorted(prices, reverse=True) and len(set(prices)) >= 2, f"the periods have these prices: {prices}")
    expect(sum(period["energy_mwh"] for period in receipt["periods"]) == receipt["energy_mwh"], "the periods are not the whole energy")
    parts, taxes, total = expected(receipt)
    told = [Decimal(receipt[name]) for name in ("energy_cost", "time_cost", "standing_cost", "start_cost")]
    expect(told == parts, f"the parts are {told}, they ought to be {parts}")
    expect([Decimal(tax["amount"]) for tax in receipt["taxes"]] == taxes, f"the taxes are {receipt['taxes']}, they ought to be {taxes}")
    expect(Decimal(receipt["total"]) == total, f"the total is {receipt['total']}, it ought to be {total}")
    print(f"  {len(receipt['periods'])} periods, {receipt['energy_mwh'] / 1e6:.6f} kWh: {receipt['total']} EUR, equal to decimal arithmetic")


def check_records(world, receipt):
    """Begin, each new price, end: one row of records that belong together."""
    out = os.path.join(world.folder, "records")
    os.makedirs(out, exist_ok=True)
    code, said = world.tool("meter", "records", os.path.join(world.medium.path, "session"), "--transaction", receipt["transaction"], "--out", out)
    expect(code == 0, said)
    stages = re.findall(r"page \d+  (\w+)", said)
    expect(stages[0] == "begin" and stages[-1] == "ended_locally" and "tariff_change" in stages, f"the records are {stages}")
    requests = world.provision().decode().split("-----END CERTIFICATE REQUEST-----\n")[:-1]
    for name, block in zip(("key", "twin"), requests[-2:]):
        with open(os.path.join(world.folder, name), "w", encoding="ascii") as file:
            file.write(block + "-----END CERTIFICATE REQUEST-----\n")
    keys = ("--key", os.path.join(world.folder, "key"), "--twin-key", os.path.join(world.folder, "twin"))
    files = sorted(os.path.join(out, name) for name in os.listdir(out))
    code, said = world.tool("meter", "verify", *files, *keys)
    expect(code == 0 and f"energy    {receipt['energy_mwh'] / 1e6:.6f} kWh" in said and "new price" in said, said)
    begin = next(name for name in files if name.endswith("-begin.ocmf"))
    with open(begin, encoding="utf-8") as file:
        expect("0.49 EUR/kWh" in file.read(), "the record does not say the tariff")
    print(f"  records {', '.join(stages)}: every signature holds, and they say the same energy")


def check_backend(world, receipt):
    kept = world.bus.wait(lambda: receipt_there(world, receipt["transaction"]), "the backend has no receipt", 30)
    expect(kept["cost"]["total"] == receipt["total"] and kept["cost"]["currency"] == "EUR", f"the backend has this receipt: {kept['cost']}")
    expect(len(kept["records"]) >= 3, f"the backend has {len(kept['records'])} signed records")
    print(f"  the backend has the same receipt, with {len(kept['records'])} signed records")


def receipt_there(world, transaction):
    ended = [row["transaction_id"] for row in world.told("SELECT transaction_id FROM transactions WHERE ended IS NOT NULL")]
    return world.bus.command("csms", "receipt", transaction)["receipt"] if transaction in ended else None


def main(programs):
    with Billing(programs, 60, more=MORE + signing_keys.OF_METER, session="meter_records = true\n") as world:
        receipt = charge(world)
        check_amounts(receipt)
        check_records(world, receipt)
        check_backend(world, receipt)
        told = "\n".join(world.ledger().values())
        expect("TariffInForce" in told and "TransactionBilled" in told, "the ledger does not know what it cost")
        print("  tariff and total are in the ledger")


if __name__ == "__main__":
    main(sys.argv[1])
