"""The root cause of each published vulnerability of a charging station's OCPP side that applies here, as a named attack.

Names carry the id. Causes that lie elsewhere (ISO 15118, vehicles' bus, web pages, backends) are listed in README.md.
"""

import asyncio
import json
import os
import random

from behaviour import by_hand, heartbeat
from cases.A import bad_certificates
from fields import HUGE
from frames import connection_ends
from hostile import attack, check_words
from kit.failure import NotApplicable, require, same
from kit.states import quiet
from kit.station import CARD, Station
from kit.websocket import Gone, frame

VARIABLE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}}


@attack
async def cve_2025_59398_text_longer_than_its_type(hostile):
    """A text over the limit of its type ended the process: in answers, too."""
    for size in (255, 256, 512, 513, 5000):
        await hostile.ask("DataTransfer", {"vendorId": "v" * size, "messageId": "m" * size})
        await heartbeat(hostile, by_hand(hostile, '[4,"{id}","' + "C" * size + '","' + "d" * size + '",{}]'))


@attack
async def cve_2025_59399_error_while_an_error_is_told(hostile):
    """What goes wrong a second time while the error is written: long, strange and unprintable names in the fault itself."""
    for name in ("x" * 5000, "\u0001\u001f", '"\\', "\u202e" * 300, "\U0010ffff" * 100, ""):
        words = await hostile.refused("GetVariables", {name: 1, "getVariableData": [VARIABLE]}, "FormatViolation")
        check_words(words)
    await hostile.refused("GetVariables", {"getVariableData": [VARIABLE | {"\n" * 400: {"\n" * 400: 1}}]}, "FormatViolation")


@attack
async def cve_2025_68138_leak_with_every_connection(hostile):
    before, files = hostile.memory_mib(), hostile.open_files()
    for _ in range(12):
        await hostile.back()
        hostile.csms.drop()
        await asyncio.sleep(0.05)
    await hostile.back()
    require(hostile.memory_mib() - before < 2, f"ocpp grew from {before:.1f} to {hostile.memory_mib():.1f} MiB over 12 connections")
    require(hostile.open_files() <= files + 1, f"ocpp had {files} open files and has {hostile.open_files()} after 12 connections")


@attack
async def cve_2026_23955_error_text_beside_its_letters(hostile):
    """A number added to a text read beside it: every refusal is made of words."""
    for number in (-1, 0, 1, 7, 255, 2**31 - 1, *HUGE):
        _, _, words = await hostile.ask("GetBaseReport", {"requestId": number, "reportBase": "NoSuchReport"})
        check_words(words)


@attack
async def cve_2026_26008_index_from_the_backend(hostile):
    """Numbers of EVSEs and connectors that do not exist index nothing."""
    for number in (-2**31, -1, 0, 2, 255, 256, 65536, 2**31 - 1):
        for action, payload in (("TriggerMessage", {"requestedMessage": "StatusNotification", "evse": {"id": number, "connectorId": number}}),
                                ("TriggerMessage", {"requestedMessage": "MeterValues", "evse": {"id": number}}),
                                ("ChangeAvailability", {"operationalStatus": "Operative", "evse": {"id": number, "connectorId": number}}),
                                ("UnlockConnector", {"evseId": number, "connectorId": number}),
                                ("RequestStartTransaction", {"idToken": {"idToken": "x", "type": "Central"}, "remoteStartId": number, "evseId": number}),
                                ("GetVariables", {"getVariableData": [{"component": {"name": "EVSE", "evse": {"id": number, "connectorId": number}}, "variable": {"name": "Power"}}]})):
            await hostile.ask(action, payload)


async def storm(hostile, seconds, *moves):
    """Moves in random order, without pause; then a new charge, as the old may have ended by rights."""
    chance, end_at = random.Random(1), asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end_at:
        try:
            await chance.choice(moves)()
        except Gone:
            await hostile.back()
        await asyncio.sleep(chance.random() / 20)
    await settle(hostile)


async def nobody_there(hostile):
    await hostile.station.unplug()
    await hostile.station.car_wants(True)
    await quiet(hostile.station)


async def settle(hostile):
    await nobody_there(hostile)
    begun = [e for e in hostile.station.events() if e["eventType"] == "Started"]
    # An answer that was lost with the connection lets the station send the very same event once more.
    told = {json.dumps({key: value for key, value in e.items() if key != "offline"}, sort_keys=True) for e in begun}
    same("the number of transactions that began, each once", len(told), len({e["transactionInfo"]["transactionId"] for e in begun}))
    await hostile.charge_again()


@attack
async def cve_2026_26070_26071_26072_meter_and_car_and_backend_at_once(hostile):
    station = hostile.station

    async def trigger(message):
        await hostile.ask("TriggerMessage", {"requestedMessage": message})

    await storm(hostile, 5, station.plug, station.unplug, lambda: trigger("MeterValues"), lambda: trigger("TransactionEvent"),
                lambda: hostile.ask("GetVariables", {"getVariableData": [VARIABLE]}))


@attack
async def cve_2026_26073_26074_queue_of_events_from_both_sides(hostile):
    station = hostile.station

    async def drop():
        hostile.csms.drop()

    await storm(hostile, 5, station.plug, station.unplug, lambda: station.swipe(CARD), drop,
                lambda: hostile.ask("GetLog", {"logType": "SecurityLog", "requestId": 1, "log": {"remoteLocation": "http://127.0.0.1:1/"}}))


@attack
async def cve_2026_27813_authorization_while_the_car_goes(hostile):
    station = hostile.station
    await storm(hostile, 5, station.plug, station.unplug, lambda: station.swipe(CARD), lambda: station.swipe("CONF-UNKNOWN"),
                lambda: hostile.ask("RequestStartTransaction", {"idToken": {"idToken": CARD, "type": "ISO14443"}, "remoteStartId": 1, "evseId": 1}),
                lambda: hostile.ask("RequestStopTransaction", {"transactionId": (station.events() or [{"transactionInfo": {"transactionId": "x"}}])[-1]["transactionInfo"]["transactionId"]}))


async def stopped_remotely(hostile):
    await hostile.one.stop_authorized("remote")
    await hostile.station.contactor(False)


@attack
async def cve_2026_29044_taken_back_before_it_began(hostile):
    """The card is taken back in the answer to the very first event: the charge must not go on."""
    station = hostile.station
    await nobody_there(hostile)
    hostile.csms.later_tokens[CARD] = {"status": "Invalid"}
    mark = hostile.csms.mark
    await station.plug()
    await station.swipe(CARD)
    await station.expect("TransactionEvent", lambda p: p["triggerReason"] == "Deauthorized", mark)
    await station.contactor(False)
    hostile.csms.later_tokens.pop(CARD)
    await settle(hostile)


@attack
async def cve_2026_33014_late_authorization_after_a_remote_stop(hostile):
    """A card is being judged when the transaction is stopped; the good answer comes afterwards and must not start the energy again."""
    station, csms = hostile.station, hostile.csms
    await nobody_there(hostile)
    gate = asyncio.Event()

    async def late(message):
        await gate.wait()
        return {"idTokenInfo": {"status": "Accepted"}}

    mark = csms.mark
    await station.plug()
    kind, answer, _ = await hostile.ask("RequestStartTransaction", {"idToken": {"idToken": CARD, "type": "ISO14443"}, "remoteStartId": 5, "evseId": 1})
    require(kind == 3 and answer["status"] == "Accepted", f"the remote start is answered {answer}")
    started = await station.event(mark, kind="Started")
    await station.contactor(True)
    csms.answers["Authorize"] = late
    await station.swipe("CONF-VALID-2")
    await asyncio.sleep(0.3)
    await hostile.ask("RequestStopTransaction", {"transactionId": started.payload["transactionInfo"]["transactionId"]})
    await station.contactor(False)
    gate.set()
    await asyncio.sleep(2)
    csms.answers.pop("Authorize")
    require(not station.world.contactor_closed(), "a late answer to an authorization started the energy after a remote stop")
    await settle(hostile)


@attack
async def cve_2026_33015_car_toggles_after_a_remote_stop(hostile):
    """After a remote stop the car goes to B and to C again and again: nothing starts."""
    await stopped_remotely(hostile)
    for _ in range(4):
        await hostile.station.car_wants(False)
        await asyncio.sleep(0.3)
        await hostile.station.car_wants(True)
        await asyncio.sleep(0.3)
        require(not hostile.station.world.contactor_closed(), "a toggle of the car started the energy after a remote stop")
    await settle(hostile)


@attack
async def cve_2024_23971_25998_28136_2026_4157_8986_commands_in_texts(hostile):
    """Texts of the backend that reached a shell: names of files, addresses of uploads, identities, switches."""
    command = f"$(touch {hostile.canary});`touch {hostile.canary}`|touch {hostile.canary}"
    for action, payload in (("GetLog", {"logType": "DiagnosticsLog", "requestId": 1, "log": {"remoteLocation": f"ftp://u:p@h/{command}"}}),
                            ("UpdateFirmware", {"requestId": 1, "firmware": {"location": f"http://h/{command}", "retrieveDateTime": "2024-01-01T00:00:00Z"}}),
                            ("SetVariables", {"setVariableData": [VARIABLE | {"attributeValue": command}]}),
                            ("SetNetworkProfile", {"configurationSlot": 2, "connectionData": {"ocppVersion": "OCPP20", "ocppTransport": "JSON", "messageTimeout": 1,
                                                   "ocppCsmsUrl": f"ws://{command}/", "securityProfile": 1, "ocppInterface": "Wired0"}}),
                            ("DataTransfer", {"vendorId": command, "data": command}),
                            ("RequestStopTransaction", {"transactionId": command[:36]}),
                            ("RequestStartTransaction", {"idToken": {"idToken": command[:36], "type": "Central"}, "remoteStartId": 1, "evseId": 1})):
        await hostile.ask(action, payload)
    await asyncio.sleep(0.5)
    require(not hostile.canary.exists(), "a text of the backend was run as a command")


@attack
async def cve_2026_4156_13214_names_longer_than_the_room_for_them(hostile):
    """Names of variables copied without their length: one at the limit and one beyond, many at a time."""
    for size in (1, 49, 50, 51, 200, 4000, 30_000):
        data = {"component": {"name": "c" * size}, "variable": {"name": "v" * size, "instance": "i" * size}}
        kind, code, _ = await hostile.ask("GetVariables", {"getVariableData": [data] * (16 if size <= 50 else 1)})
        require((kind == 3) == (size <= 50) and (kind == 3 or code == "PropertyConstraintViolation"), f"names of {size} characters are answered {code}")


@attack
async def cve_2024_23967_2026_13308_length_of_a_frame(hostile):
    """Lengths that wrap, are shorter than said, or say nothing: each on a connection of its own."""
    for head in (b"\x81\xfe\x00\x05", b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", b"\x88\x7e\xff\xff", b"\x89\x7f\x00\x00\x00\x00\x00\x00\x00\x01"):
        await connection_ends(hostile, head + b"abcdefgh")
    for size in (0, 1, 125, 126, 127):
        await hostile.raw("x" * size)
    await hostile.csms.socket.send_raw(frame(1, b""))


@attack
async def cve_2025_8320_length_of_an_answer_to_the_upgrade(hostile):
    await hostile.back()
    for header in ("Content-Length: -1", "Content-Length: 18446744073709551616", "Content-Length: 5\r\nContent-Length: 6", "Transfer-Encoding: chunked",
                   "X: " + "y" * 20_000, "Sec-WebSocket-Accept: " + "A" * 9000):
        count = len(hostile.csms.upgrades)
        hostile.csms.upgrade_headers = [header]
        hostile.csms.drop()
        await hostile.station.until(lambda: len(hostile.csms.upgrades) > count, 30, "the station connects again")
        await asyncio.sleep(0.2)
    hostile.csms.upgrade_headers = []
    hostile.csms.drop()


@attack
async def cve_2026_44101_2024_26288_another_backend_of_less_security(hostile):
    """The backend must not turn the station over to one it may not trust: no protocol, no file, no weaker profile."""
    for url, profile in (("file:///etc/passwd", 1), ("http://127.0.0.1/", 1), ("ws://user:word@h/", 1), ("", 1), ("ws://h/", 0), ("javascript:1", 1), ("ws://h/", 4)):
        kind, answer, _ = await hostile.ask("SetNetworkProfile", {"configurationSlot": 2, "connectionData": {
            "ocppVersion": "OCPP20", "ocppTransport": "JSON", "messageTimeout": 10, "ocppCsmsUrl": url, "securityProfile": profile, "ocppInterface": "Wired0"}})
        require(kind == 4 or answer["status"] in ("Rejected", "Failed"), f"SetNetworkProfile with {url!r} and profile {profile} is answered {answer}")


@attack
async def cve_2024_23970_2024_11666_zdi_24_880_certificates_nobody_checks(hostile):
    """A second station of security profile 2: unknown, expired and of another name, and never a request over such a connection."""
    folder = hostile.station.world.folder.with_name(hostile.station.world.folder.name + "-tls")
    folder.mkdir()
    folder.chmod(0o755)
    other = Station(hostile.programs, folder)
    try:
        await bad_certificates(other)
    finally:
        await other.stop()


@attack
async def cve_2024_43661_deleting_a_certificate_of_long_names(hostile):
    for size in (39, 40, 41, 128, 129, 5000):
        data = {"hashAlgorithm": "SHA256", "issuerNameHash": "f" * size, "issuerKeyHash": "f" * size, "serialNumber": "f" * size}
        kind, code, _ = await hostile.ask("DeleteCertificate", {"certificateHashData": data})
        require(kind == 4 or size <= 40, f"a hash of {size} characters is taken: {code}")
        require(kind == 3 or code in ("NotSupported", "PropertyConstraintViolation"), f"a hash of {size} characters is answered {code}")


@attack
async def cve_2026_22539_2025_25271_nobody_else_may_ask(hostile):
    """The station listens for nobody but people in front of it: the only open port is that of its page, on the machine itself."""
    if os.geteuid() != 0:
        raise NotApplicable("only root may see whose socket a port is")
    listening = set()
    for name, pid in hostile.pids.items():
        sockets = await asyncio.to_thread(listening_ports, pid)
        listening |= {(name, port, local) for port, local in sockets}
    page = hostile.station.world.page_port
    same("the listening sockets", {(n, p) for n, p, _ in listening}, {("hmi", page)})
    require(all(local for _, _, local in listening), "a port is open to other machines")


def listening_ports(pid):
    """(port, only for this machine) of a process."""
    inodes = set()
    for entry in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{entry}")
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for table, home in (("tcp", ("0100007F",)), ("tcp6", ("00000000000000000000000001000000", "0000000000000000FFFF00000100007F"))):
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
            for line in file.readlines()[1:]:
                words = line.split()
                if words[3] == "0A" and words[9] in inodes:
                    address, port = words[1].split(":")
                    found.add((int(port, 16), address in home))
    return found
