"""Servers that the station must not talk to: what they are, and what must be seen of the refusal."""

from judge import require
from stand import PATIENCE_S, tls_settings
from station import IDENTITY, Pki


async def refused(stand, tls, *words):
    """The front changes into `tls`; the station must refuse it, say why, and try again."""
    front, world = stand.front, stand.world
    await front.tell("down")
    await front.tell("tls", tls=tls)
    since, logged = front.mark(), len(world.log())
    await front.tell("up")
    await stand.until(lambda: len(front.events("dialed", since)) >= 2, PATIENCE_S, "the station tries a second time")
    line = await stand.until(lambda: next((l for l in world.log()[logged:].splitlines() if any(w in l for w in words)), None), PATIENCE_S,
                             f"the station logs why (one of {', '.join(words)})")
    require("ocpp" in line, f"the log line does not say whom it is about: {line}")
    require(not stand.csms.events("upgrade", 0), "the station sent its upgrade request over a connection it must refuse")


async def bad_servers(stand, report):
    """Each bad server in turn, then a good one."""
    other = await Pki(stand.pki.program.parent, stand.folder / "other-pki", stand.world.children).make()
    good = tls_settings(stand.pki)
    # The other authority's server trusts the real root, so that only its own certificate is wrong.
    stranger = other.server_files() | {"trust": good["trust"]}
    for name, tls, words in (("classical_server", good | {"groups": "X25519:P-256"}, ("group", "alert", "handshake")),
                             ("strong_but_classical_server", good | {"groups": "P-521:P-384"}, ("group", "alert", "handshake")),
                             ("old_version_server", good | {"version": "TLSv1.2", "groups": "X25519"}, ("version", "alert", "protocol")),
                             ("untrusted_server", good | stranger, ("certificate",))):
        await report(name, refused(stand, tls, *words))
    await report("good_server_after_all", accepted(stand, good))


async def accepted(stand, tls):
    await stand.front.tell("down")
    await stand.front.tell("tls", tls=tls)
    await stand.front.tell("up")
    await stand.expect("BootNotification")
    secured = stand.front.events("secured")[-1]
    require(secured["client"] == IDENTITY, f"the client certificate names {secured['client']}")
    await stand.expect("SecurityEventNotification", lambda p: p["type"] in ("InvalidCsmsCertificate", "InvalidTLSCipherSuite", "InvalidTLSVersion"))
    stand.judge()


async def wrong_name(stand):
    """The certificate is good, but for another host."""
    world = stand.world
    await stand.until(lambda: len(stand.front.events("dialed")) >= 2, PATIENCE_S, "the station tries a second time")
    await stand.until(lambda: "hostname" in world.log(), PATIENCE_S, "the station logs that the name is wrong")
    require(not stand.csms.events("upgrade"), "the station sent its upgrade request to a server of another name")
