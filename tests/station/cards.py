#!/usr/bin/env python3
"""A card held to a PC/SC reader starts a charge and ends it, while the daemon and the service die around it.

Torn and unreadable cards, a daemon that is killed and comes back, a service that is killed with a card on the reader: told once, and
nobody's charge begins or ends by it. Without the reader in its configuration a station has no such service.
"""

import os
import signal
import sys
import tempfile

from stand import expect
from virtual_card import Card, Daemon, why_not
from world import World, free_port

UID = "04a1b2c3d4e5f6"


def log_of(world):
    with open(os.path.join(world.run, "log", "station.log"), encoding="utf-8", errors="replace") as file:
        return file.read()


def told(world, words, times=1):
    world.bus.wait(lambda: log_of(world).count(words) >= times, f"never told: {words}")


def closed(world):
    return world.status()["board"]["contactor"]


def transactions(world):
    return world.bus.command("csms", "transactions")["transactions"]


def swipe(world, daemon, sentence, until):
    card = Card(daemon.port, UID)
    world.bus.wait(until, sentence)
    expect(card.asked == 1, f"the card was asked {card.asked} times")
    return card


def bad_cards(world, daemon):
    torn = Card(daemon.port, "0455667788aabb", torn=True)
    world.bus.wait(lambda: torn.asked, "the torn card was not asked")
    torn.take_away()
    made_up = Card(daemon.port, "08123456")
    told(world, "random number")
    made_up.take_away()
    expect(not closed(world) and not transactions(world), "a card that is none began something")
    print("  a torn card and a made-up number: told, and nothing begins")


def daemon_dies(world, daemon, pid):
    daemon.stop()
    told(world, "the smart card daemon does not run")
    daemon.start()
    told(world, "the card reader is ready", 2)
    expect(world.services()["cards"]["pid"] == pid, "the service did not live through the death of the daemon")
    expect(log_of(world).count("the smart card daemon does not run") == 1, "the absent daemon was told more than once")
    expect(closed(world), "the charge ended with the daemon")
    print("  the daemon is killed and comes back: told once, the charge goes on")


def service_dies(world, pid):
    os.kill(pid, signal.SIGKILL)
    world.bus.wait(lambda: world.services()["cards"]["state"] == "ready" and world.services()["cards"]["pid"] != pid, "the service did not come back")
    told(world, "the card reader is ready", 3)
    expect(closed(world), "a card that was lying there ended the charge")
    print("  kill -9 of the service with the card on the reader: the charge goes on")


def charge(world, daemon):
    world.bus.command("plug")
    card = swipe(world, daemon, "the card began no charge", lambda: closed(world))
    expect(transactions(world)[0]["id_token"] == UID.upper(), f"the backend knows {transactions(world)[0]}")
    print(f"  {UID.upper()} on the reader: a charge begins")
    card.take_away()
    daemon_dies(world, daemon, world.services()["cards"]["pid"])
    card = Card(daemon.port, "04deadbeef0102")  # somebody else's: ends nothing
    told(world, "a card was shown: asked_backend", 2)
    service_dies(world, world.services()["cards"]["pid"])
    card.take_away()
    card = swipe(world, daemon, "the card did not end the charge", lambda: all(t["ended"] for t in transactions(world)))
    card.take_away()
    expect(len(transactions(world)) == 1, f"the backend saw {len(transactions(world))} transactions")
    violations = world.bus.command("csms", "violations")["violations"]
    expect(not violations, f"violations at the backend: {violations}")
    print("  the same card ends it; one transaction, no violation")


def without(programs):
    with World(programs, resume_s=0) as world:
        expect("cards" not in world.services(), "a station without a reader runs the service")
        expect(world.absent() == ["v2g", "cards"], f"absent are {world.absent()}")
    print("  a station without such a reader: the service is absent, everybody else runs")


def main(programs):
    without(programs)
    missing = why_not()
    if missing:
        print(f"  skipped: cards on a reader; {missing}")
        return
    with tempfile.TemporaryDirectory(prefix="bulwatt-pcscd-") as folder:
        os.chmod(folder, 0o755)
        daemon = Daemon(folder, free_port())
        try:
            daemon.start()
            with World(programs, resume_s=0, devices=f'pcscd = "{daemon.folder}"', tokens=(UID.upper(),)) as world:
                told(world, "the card reader is ready")
                bad_cards(world, daemon)
                charge(world, daemon)
        finally:
            daemon.close()


if __name__ == "__main__":
    main(sys.argv[1])
