"""Servers that the station must not talk to: what they are, and what must be seen of the refusal."""

from judge import require
from stand import HYBRID_GROUP, PATIENCE_S, tls_settings
from station import IDENTITY, Pki

REPORTED = ("InvalidTLSCipherSuite", "InvalidTLSVersion", "InvalidCsmsCertificate")


async def change(stand, tls):
    await stand.front.tell("down")
    await stand.front.tell("tls", tls=tls)
    await stand.front.tell("up")


async def refused(stand, tls, *words):
    """The front changes into `tls`; the station must refuse it, say why, and try again."""
    upgrades, since, logged = len(stand.csms.events("upgrade")), stand.front.mark(), len(stand.world.log())
    await change(stand, tls)
    await tried_again(stand, since)
    await logged_why(stand, logged, words)
    require(len(stand.csms.events("upgrade")) == upgrades, "the station sent its upgrade request over a connection it must refuse")


async def tried_again(stand, since=0):
    await stand.until(lambda: len(stand.front.events("dialed", since)) >= 2, PATIENCE_S, "the station tries a second time")


async def logged_why(stand, logged, words):
    def line():
        lines = stand.world.log()[logged:].splitlines()
        return next((text for text in lines if " ocpp: " in text and any(word in text for word in words)), None)

    await stand.until(line, PATIENCE_S, f"the station logs why (with one of: {', '.join(words)})")


async def accepted(stand, tls):
    """A good server after all bad ones hears what was wrong with the others."""
    await change(stand, tls)
    await stand.expect("BootNotification")
    require(stand.front.events("secured")[-1]["client"] == IDENTITY, "the client certificate does not name the station")
    for kind in REPORTED:
        await stand.expect("SecurityEventNotification", lambda p: p["type"] == kind)
    stand.judge()


async def bad_servers(stand, report):
    """Each differs from the one before in what is wrong: the station says the same only once."""
    other = await Pki(stand.pki.program.parent, stand.folder / "other-pki", stand.world.children).make()
    good = tls_settings(stand.pki)
    # The other authority's server trusts the real root, so that only its own certificate is wrong.
    stranger = other.server_files() | {"trust": good["trust"]}
    for name, tls, words in (("classical_server", good | {"groups": "X25519:P-256"}, ("group", "handshake_failure")),
                             ("old_version_server", good | {"version": "TLSv1.2", "groups": "X25519"}, ("version",)),
                             ("strong_but_classical_server", good | {"groups": "P-521:P-384"}, ("group", "handshake_failure")),
                             ("untrusted_server", good | stranger, ("certificate",))):
        await report(name, refused(stand, tls, *words))
    await report("good_server_after_all", accepted(stand, good))


async def wrong_name(stand):
    """The certificate is good, but for another host."""
    await tried_again(stand)
    await logged_why(stand, 0, ("hostname",))
    require(not stand.csms.events("upgrade"), "the station sent its upgrade request to a server of another name")


async def two_addresses(stand):
    """localhost has two addresses; what is wrong with the one that answers must not be hidden by the one that does not."""
    await tried_again(stand)
    await logged_why(stand, 0, ("group", "handshake_failure"))


async def downgrade(stand):
    """A station that may talk to classical servers does not, once the server was hybrid."""
    await stand.expect("BootNotification")
    require(HYBRID_GROUP in stand.world.log(), "the station does not log that it negotiated the hybrid group")
    await refused(stand, tls_settings(stand.pki, groups="X25519"), "quantum_pin", "group", "handshake_failure")
