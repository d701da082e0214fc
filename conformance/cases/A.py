"""Block A: security."""

import re
import ssl

from kit.csms import IDENTITY
from kit.failure import require, same
from kit.pki import Authority, expired, openssl, server_context
from kit.registry import case
from kit.world import PASSWORD

NEW_PASSWORD = "another-password-22"
IDENTIFIER_STRING = re.compile(r"[A-Za-z0-9*\-_=:+|@.]+")


def connection(url, profile=1, timeout=10):
    """NetworkConnectionProfile as SetNetworkProfile carries it."""
    return {"ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": url, "messageTimeout": timeout,
            "securityProfile": profile, "ocppInterface": "Wired0"}


async def set_profile(station, csms, profile=1, wanted="Accepted", slot=2):
    return await station.ask("SetNetworkProfile", wanted, configurationSlot=slot,
                             connectionData=connection(station.url_of(csms), profile))


async def prefer(station, *slots, wanted=("Accepted", "RebootRequired")):
    result = await station.set("OCPPCommCtrlr", "NetworkConfigurationPriority", ",".join(map(str, slots)))
    same("the status of NetworkConfigurationPriority", result["attributeStatus"], wanted)
    return result["attributeStatus"]


def with_pki(station, profile=2):
    """A station of security profile 2 or 3, with a backend whose certificate it trusts."""
    station.pki = Authority(station.world.folder / "pki", "root")
    station.world.profile = profile
    station.csms.tls = server_context(*station.pki.issue(), trust=station.pki.root if profile == 3 else None)
    if profile == 3:
        station.csms.password = None
    return station.pki


@case("TC_A_01_CS", shows="A00.FR.202 A00.FR.203 A00.FR.204 A00.FR.205 B01.FR.01")
async def valid_password(station):
    _, upgrade, good = station.csms.upgrades[0]
    require(good, "the first upgrade was refused")
    name, password = upgrade.credentials()
    same("the user name", name, IDENTITY)
    same("the last part of the path", upgrade.path.rsplit("/", 1)[1], IDENTITY)
    same("the password", password, PASSWORD)
    require(16 <= len(password) <= 40 and IDENTIFIER_STRING.fullmatch(password), "the password has a wrong form")


@case("TC_A_09_CS", shows="A01.FR.01 A01.FR.02 A01.FR.11")
async def password_changed(station):
    since, count = station.csms.mark, station.csms.connections
    result = await station.set("SecurityCtrlr", "BasicAuthPassword", NEW_PASSWORD)
    same("the status of the new password", result["attributeStatus"], ("Accepted", "RebootRequired"))
    station.csms.password = NEW_PASSWORD
    if result["attributeStatus"] == "RebootRequired":
        await station.ask("Reset", "Accepted", type="OnIdle")
        await station.booted(since)
    await station.until(lambda: station.csms.connections > count, 30, "the station connects with the new password")


@case("TC_A_10_CS", shows="A01.FR.11")
async def password_refused(station):
    result = await station.set("SecurityCtrlr", "BasicAuthPassword", "too-short")
    same("the status of a short password", result["attributeStatus"], "Rejected")
    count = station.csms.connections
    await station.csms.close()
    await station.until(lambda: station.csms.connections > count and station.csms.connected, 30, "the station connects with the old password")
    since = await station.power_cycle()
    await station.booted(since)


@case("TC_A_04_CS", fresh=False, shows="A00.FR.309 A00.FR.312 A00.FR.412")
async def good_certificate(station):
    with_pki(station)
    await station.boot()
    used = station.csms.socket.writer.get_extra_info("cipher")
    require(used[1] in ("TLSv1.2", "TLSv1.3"), f"the connection uses {used[1]}")


@case("TC_A_05_CS", fresh=False, shows="A00.FR.310 A00.FR.311 A00.FR.413 A00.FR.414")
async def bad_certificates(station):
    """Unknown, expired and of another name, each followed by a good one."""
    root = with_pki(station)
    stranger = Authority(station.world.folder / "stranger", "stranger")
    bad = {"unknown": stranger.issue(), "expired": expired(root),
           "another name": root.issue("csms.example", "subjectAltName=DNS:csms.example")}
    good = station.csms.tls
    station.csms.tls = server_context(*bad.pop("unknown"))
    await station.prepare()
    await station.start()
    for name, certificate in [("unknown", None), *bad.items()]:
        if certificate:
            await exchange(station, server_context(*certificate))
        await station.until(lambda: station.csms.tls_failures, 30, f"the station refuses a certificate that is {name}")
        require(not station.csms.connected, f"the station accepts a certificate that is {name}")
        since = station.csms.mark
        await exchange(station, good)
        await station.expect("SecurityEventNotification", lambda p: p["type"] == "InvalidCsmsCertificate", since, 30)


async def exchange(station, context):
    """The backend stops and listens again on its port with another TLS context."""
    csms = station.csms
    csms.tls = context
    csms.tls_failures.clear()
    await csms.close()
    csms.server.close()
    await csms.listen()


@case("TC_A_06_CS", fresh=False, shows="A00.FR.314 A00.FR.316")
async def old_tls(station):
    root = with_pki(station)
    key, certificate = root.issue()
    good = station.csms.tls
    station.csms.tls = server_context(key, certificate, low=ssl.TLSVersion.TLSv1, high=ssl.TLSVersion.TLSv1_1)
    await station.prepare()
    await station.start()
    await station.until(lambda: station.csms.tls_failures, 30, "the station ends the handshake of an old TLS")
    require(not station.csms.upgrades, "the station asked for an upgrade over an old TLS")
    await exchange(station, good)
    await station.booted(0)
    await station.expect("SecurityEventNotification", lambda p: p["type"] in ("StartupOfTheDevice", "ResetOrReboot"))
    told = {m.payload["type"] for m in station.csms.from_station("SecurityEventNotification")}
    require("InvalidCsmsCertificate" not in told, "an old TLS is reported as a bad certificate")  # InvalidTLSVersion is optional


@case("TC_A_19_CS", fresh=False, shows="A05.FR.04 A05.FR.05 A05.FR.06")
async def security_profile_upgraded(station):
    """From profile 1 to 2; the root certificate is installed before."""
    station.pki = Authority(station.world.folder / "pki", "root")
    await station.boot()
    better = station.another_csms(server_context(*station.pki.issue()))
    await better.listen()
    await set_profile(station, better, profile=2)
    if await prefer(station, 2, 1) == "RebootRequired":
        await station.ask("Reset", "Accepted", type="OnIdle")
    await station.booted(0, csms=better)
    station.csms.faults += better.faults
    station.csms = better
    same("SecurityCtrlr.SecurityProfile", await station.value("SecurityCtrlr", "SecurityProfile"), "2")
    left = (await station.value("OCPPCommCtrlr", "NetworkConfigurationPriority")).split(",")
    require("1" not in left, f"the priority still names the slot of the weaker profile: {left}")


@case("TC_A_20_CS", shows="A05.FR.02")
async def upgrade_without_root(station):
    other = station.another_csms(tls=True)
    await other.listen()
    await set_profile(station, other, profile=2)
    await prefer(station, 2, 1, wanted="Rejected")


@case("TC_A_22_CS", fresh=False, shows="B09.FR.04")
async def downgrade(station):
    with_pki(station)
    await station.boot()
    other = station.another_csms()
    await other.listen()
    await set_profile(station, other, profile=1, wanted="Rejected")


# The station's own certificate.

RENEW = "SignChargingStationCertificate"


def shown_certificate(station):
    """What the station shows of itself on the present connection."""
    return station.csms.socket.writer.get_extra_info("ssl_object").getpeercert()


def name_of(certificate):
    return {key: value for part in certificate["subject"] for key, value in part}.get("commonName")


async def requested(station, since):
    """Path of the station's next certificate request, whose own signature is good."""
    message = await station.expect("SignCertificate", since=since)
    same("certificateType", message.payload.get("certificateType", "ChargingStationCertificate"), "ChargingStationCertificate")
    path = station.world.folder / f"request-{message.index}.csr"
    path.write_text(message.payload["csr"])
    text = openssl("req", "-in", path, "-verify", "-noout", "-text").decode()
    bits = int(re.search(r"Public-Key: \((\d+) bit\)", text).group(1))
    require(bits >= (2048 if "rsaEncryption" in text else 224), f"the key of the request has only {bits} bits")
    require(IDENTITY in text, "the request does not name the station")
    return path, message


async def renewed(station):
    """Reusable state RenewChargingStationCertificate: the new certificate is on a new connection."""
    since, count, before = station.csms.mark, station.csms.connections, shown_certificate(station)["serialNumber"]
    await station.ask("TriggerMessage", "Accepted", requestedMessage=RENEW)
    path, _ = await requested(station, since)
    signed = station.pki.sign_request(path).read_text()
    await station.ask("CertificateSigned", "Accepted", certificateChain=signed, certificateType="ChargingStationCertificate")
    await station.until(lambda: station.csms.connections > count and station.csms.connected, 30, "the station connects with the new certificate")
    require(shown_certificate(station)["serialNumber"] != before, "the station still shows its old certificate")
    return signed


@case("TC_A_07_CS", fresh=False, shows="A00.FR.401 A00.FR.402 A00.FR.415")
async def good_client_certificate(station):
    with_pki(station, 3)
    await station.boot()
    certificate = shown_certificate(station)
    same("the common name of the station's certificate", name_of(certificate), IDENTITY)
    require(certificate.get("serialNumber"), "the station's certificate has no serial number")


@case("TC_A_11_CS", fresh=False, shows="A02.FR.02 A02.FR.03 A02.FR.06 A02.FR.08")
async def certificate_renewed(station):
    with_pki(station, 3)
    await station.boot()
    for _ in range(2):  # into the second slot, and back into the first
        await renewed(station)
    shown = shown_certificate(station)["serialNumber"]
    since = await station.power_cycle()
    await station.booted(since)
    same("the certificate after a restart", shown_certificate(station)["serialNumber"], shown)


@case("TC_A_14_CS", fresh=False, shows="A02.FR.07")
async def bad_client_certificate_refused(station):
    with_pki(station, 3)
    await station.boot()
    since = station.csms.mark
    await station.ask("TriggerMessage", "Accepted", requestedMessage=RENEW)
    path, _ = await requested(station, since)
    stranger = Authority(station.world.folder / "stranger", "stranger")
    await station.ask("CertificateSigned", "Rejected", certificateChain=stranger.sign_request(path).read_text(),
                      certificateType="ChargingStationCertificate")
    await station.expect("SecurityEventNotification", lambda p: p["type"] == "InvalidChargingStationCertificate", since)
    require(station.csms.connected, "the station left the connection although it rejected the certificate")


@case("TC_A_15_CS", fresh=False)
async def request_rejected(station):
    with_pki(station, 3)
    station.csms.answers["SignCertificate"] = {"status": "Rejected"}
    await station.boot()
    since = station.csms.mark
    await station.ask("TriggerMessage", "Accepted", requestedMessage=RENEW)
    _, message = await requested(station, since)
    await station.never("SignCertificate", since=message.index + 1, seconds=3)


@case("TC_A_21_CS", fresh=False, shows="A05.FR.03")
async def upgrade_without_certificate(station):
    with_pki(station, 2)
    await station.boot()
    other = station.another_csms(server_context(*station.pki.issue(), trust=station.pki.root))
    await other.listen()
    await set_profile(station, other, profile=3)
    await prefer(station, 2, 1, wanted="Rejected")


@case("TC_A_23_CS", fresh=False, shows="A02.FR.17 A02.FR.18")
async def no_certificate_comes(station):
    wait_s = 2
    with_pki(station, 3)
    await station.boot()
    await station.config("SecurityCtrlr", "CertSigningWaitMinimum", str(wait_s))
    await station.config("SecurityCtrlr", "CertSigningRepeatTimes", "1")
    since = station.csms.mark
    await station.ask("TriggerMessage", "Accepted", requestedMessage=RENEW)
    _, message = await requested(station, since)
    for least in (wait_s, 2 * wait_s):
        asked = message.at
        path, message = await requested(station, message.index + 1)
        require(message.at - asked >= least - 0.1, f"the station asks again after {message.at - asked:.1f} s, not {least}")
    await station.ask("CertificateSigned", "Accepted", certificateChain=station.pki.sign_request(path).read_text(),
                      certificateType="ChargingStationCertificate")
