#!/usr/bin/env python3
"""Plug & Charge: a car pays by the contract it carries, over TLS, and nobody holds a card to the station.

The backend gives the station the mobility operators' root (InstallCertificate), is asked about the contract with the hashes of its chain,
and sees the eMAID in the transaction. Contracts that are forged, replayed, another's or refused by the backend give no energy.
"""

import os
import sys

from cable import Cable, why_not
from secured import Secured
from stand import expect

EMAID = "DE8AATESTA00012"
BAD = {
    "unsigned@AuthorizationReq": "FAILED_SignatureError",
    "forged@AuthorizationReq": "FAILED_SignatureError",
    "other_challenge@AuthorizationReq": "FAILED_ChallengeInvalid",
    "other_emaid@PaymentDetailsReq": "FAILED_NoCertificateAvailable",
    "no_chain@PaymentDetailsReq": "FAILED_CertChainError",
    "skip@PaymentDetailsReq": "FAILED_SequenceError",
    "zero_id@PaymentDetailsReq": "FAILED_UnknownSession",
}
RECEIPTS = "\n[v2g]\nreceipt_every = 20\n"


def calls(world, action, direction="in"):
    """What the station said to the backend."""
    return [e["payload"] for e in world.bus.events if e["event"] == "ocpp" and e.get("action") == action and e.get("direction") == direction]


def car(world, *more):
    contract = os.path.join(world.v2g_pki, "mo", "contract")
    world.speak("--tls", "iso2", "--trust", world.root, "--contract", f"{contract}.pem", "--contract-key", f"{contract}.key", *more)


def charges(world):
    world.bus.events.clear()
    car(world)
    world.bus.command("plug")
    world.until(lambda: world.contactor() and world.car()["loops"] >= 2, "no charge came about")
    asked = calls(world, "Authorize")
    expect(len(asked) == 1, f"the backend was asked {len(asked)} times")
    expect(asked[0]["idToken"] == {"idToken": EMAID, "type": "eMAID"}, f"asked about {asked[0]['idToken']}")
    hashes = asked[0]["iso15118CertificateHashData"]
    expect(len(hashes) == 3 and all(len(h["issuerNameHash"]) == 64 and len(h["issuerKeyHash"]) == 64 for h in hashes), f"hashes: {hashes}")
    world.until(lambda: world.car()["receipts"] >= 2, "the car was not asked for receipts")
    receipts, energy = world.car()["receipts"], world.car()["to_energy_ms"]
    world.bus.command("evcc", "stop")
    world.until(lambda: world.car()["sessions"] == 1, "the session did not end")
    expect(world.car()["problem"] == "", f"the session ended badly: {world.car()['problem']}")
    world.until(lambda: not world.contactor(), "the contactor stayed closed")
    world.unplug()
    world.until(lambda: world.transactions() and all(t.get("ended") for t in world.transactions()), "the backend did not hear of the end")
    told = [e["idToken"] for e in calls(world, "TransactionEvent") if "idToken" in e]
    expect(told and all(t["idToken"] == EMAID and t["type"] == "eMAID" for t in told), f"the transaction is said to be of {told}")
    world.silence()
    print(f"  by contract {EMAID}: energy {energy:.0f} ms after the car began to look, {receipts} receipts, seen by the backend")


def gives_no_energy(world, fault, problem):
    car(world, "--fault", fault)
    world.bus.events.clear()
    world.bus.command("plug")
    world.until(lambda: world.car()["sessions"] > 0, f"{fault} was taken")
    expect(world.car()["problem"].endswith(problem), f"{fault}: the car says {world.car()['problem']!r}, not {problem}")
    closed = [e for e in world.bus.events if e["event"] == "board" and e.get("contactor")]
    expect(not closed and not calls(world, "Authorize"), f"{fault}: energy, or the backend was asked")
    world.unplug()
    world.silence()


def the_backend_refuses(world):
    """Another contract of the same operator, which the backend does not know."""
    world.bus.events.clear()
    car(world)
    world.bus.command("plug")
    world.until(lambda: world.car()["sessions"] > 0, "a contract that the backend refuses was taken")
    expect(world.car()["problem"].startswith("AuthorizationReq was refused"), f"the car says {world.car()['problem']!r}")
    expect(len(calls(world, "Authorize")) == 1 and not world.contactor(), "not asked once, or energy")
    world.unplug()
    world.silence()
    print("  a contract that the backend refuses: no energy")


def main():
    missing = why_not()
    if missing:
        print(f"skipped: {missing}")
        return
    with Cable() as cable:
        with Secured(sys.argv[1], cable, more=RECEIPTS, tokens=(EMAID,)) as world:
            world.ready()
            world.trusts_operators()
            charges(world)
            for fault, problem in BAD.items():
                gives_no_energy(world, fault, problem)
            print(f"  {len(BAD)} contracts that are not proved: refused, and the backend never hears of them")
            expect(not world.bus.command("csms", "violations").get("violations"), "the backend complains")
        with Secured(sys.argv[1], cable) as world:  # whose backend knows no such contract
            world.ready()
            world.trusts_operators()
            the_backend_refuses(world)
    print("v2g_pnc: passed")


main()
