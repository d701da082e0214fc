from judge import require
from scenarios import scenario
from stand import HYBRID_GROUP, PATIENCE_S
from station import IDENTITY

FIRST_ANSWERS = ("Rejected", "Pending")


@scenario
async def boot(stand):
    """The backend says no, then wait, then yes. Runs first: it looks at the very first connection."""
    csms = stand.csms
    accepted = await stand.expect("BootNotification", lambda p: len(csms.calls("BootNotification")) == len(FIRST_ANSWERS) + 1)
    upgrade, connected = csms.events("upgrade")[0], csms.events("connected")[0]
    require(upgrade["identity"] == IDENTITY, f"the station calls itself {upgrade['identity']}")
    require(upgrade["endpoint"].rstrip("/") == "/ocpp/2", f"the path before the identity is {upgrade['endpoint']}")
    require(connected["protocol"] == "ocpp2.0.1", f"the subprotocol is {connected['protocol']}")
    boots = csms.calls("BootNotification")
    require(csms.calls()[: len(boots)] == boots, "something came before the BootNotification was accepted")
    for call in boots:
        require(call.payload["reason"] == "PowerUp", f"the boot reason is {call.payload['reason']}")
        station = call.payload["chargingStation"]
        require(station["vendorName"] and station["model"], "vendor or model is empty")
    await stand.expect("StatusNotification", lambda p: p["connectorStatus"] == "Available" and p["evseId"] == 1 and p["connectorId"] == 1,
                       since=csms.answer_to(accepted))
    await stand.expect("SecurityEventNotification", lambda p: p["type"] == "StartupOfTheDevice")


@scenario
async def heartbeat(stand):
    """A silent station follows the interval that came with the accepted boot."""
    since = stand.csms.mark()
    await stand.expect("Heartbeat", since=since)
    await stand.expect("Heartbeat", since=stand.csms.mark())


@scenario
async def tls_handshake(stand):
    """The foreign TLS stack can do nothing but what was negotiated; it tells version and client."""
    secured = stand.gate.events("secured")
    require(secured, "no TLS connection was made")
    require(secured[0]["version"] == "TLSv1.3", f"the version is {secured[0]['version']}")
    wanted = IDENTITY if stand.profile == 3 else None
    require(secured[0]["client"] == wanted, f"the client certificate names {secured[0]['client']}, not {wanted}")
    group = stand.server.get("groups", HYBRID_GROUP)
    require(group in stand.world.log(), f"the station does not log that it negotiated {group}")


@scenario
async def wrong_password(stand):
    """The backend does not take the password any more: refused, said so, tried again, welcome again."""
    password = stand.rules["password"]
    await stand.network_down()
    await stand.change_rules(password="another-password-0002")
    dialed = len(stand.csms.events("disconnected"))
    await stand.csms.tell("up")
    await stand.until(lambda: "401" in stand.world.log(), PATIENCE_S, "the station logs that it was refused with 401")
    require(len(stand.csms.events("disconnected")) == dialed, "the backend let a wrong password in")
    since = stand.csms.mark()
    await stand.change_rules(password=password)
    await stand.until(lambda: stand.csms.events("connected", since), PATIENCE_S, "the station comes back")
