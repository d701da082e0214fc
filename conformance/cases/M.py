"""Block M: certificates."""

from cases.A import exchange, renewed, with_pki
from cases.B import with_roots
from kit.failure import require, same
from kit.pki import Authority, certificate_hash, expired_root, server_context
from kit.registry import case

CSMS, MAKER, MO = "CSMSRootCertificate", "ManufacturerRootCertificate", "MORootCertificate"


def another_root(station, name="second", parent=None):
    return Authority(station.world.folder / name, name, parent)


async def install(station, kind, authority, wanted="Accepted"):
    await station.ask("InstallCertificate", wanted, certificateType=kind, certificate=authority.pem())
    return authority


async def installed(station, *kinds, wanted="Accepted"):
    """[(type, hash data)] of what is installed."""
    answer = await station.ask("GetInstalledCertificateIds", wanted, **({"certificateType": list(kinds)} if kinds else {}))
    return [(entry["certificateType"], entry["certificateHashData"]) for entry in answer.get("certificateHashDataChain", [])]


def plain(hash_data):
    """Hexadecimal in either case, without leading zeros of the serial number."""
    return {k: v.lower().lstrip("0") if k == "serialNumber" else v.lower() for k, v in hash_data.items()}


def has(entries, kind, authority):
    return (kind, plain(authority.hash_data())) in [(k, plain(h)) for k, h in entries]


async def has_root(station, kind, authority, *kinds):
    entries = await installed(station, *(kinds or (kind,)))
    require(has(entries, kind, authority), f"the installed {kind} is not told, only {entries}")


@case("TC_M_12_CS", shows="M03.FR.01 M03.FR.03 M03.FR.04")
async def csms_root_told(station):
    await has_root(station, CSMS, await install(station, CSMS, another_root(station)))


@case("TC_M_13_CS", shows="M03.FR.01 M03.FR.03")
async def maker_root_told(station):
    await has_root(station, MAKER, await install(station, MAKER, another_root(station)))


@case("TC_M_17_CS", shows="M03.FR.03 M03.FR.04")
async def both_told(station):
    csms = await install(station, CSMS, another_root(station))
    maker = await install(station, MAKER, another_root(station, "maker"))
    entries = await installed(station, CSMS, MAKER)
    require(has(entries, CSMS, csms) and has(entries, MAKER, maker), f"not both certificates are told: {entries}")


@case("TC_M_18_CS", shows="M03.FR.03 M03.FR.04")
async def all_told(station):
    csms = await install(station, CSMS, another_root(station))
    maker = await install(station, MAKER, another_root(station, "maker"))
    entries = await installed(station)
    require(has(entries, CSMS, csms) and has(entries, MAKER, maker), f"not both certificates are told: {entries}")


@case("TC_M_19_CS", shows="M03.FR.02")
async def none_told(station):
    answer = await station.ask("GetInstalledCertificateIds", "NotFound", certificateType=[MO])
    require("certificateHashDataChain" not in answer, "NotFound comes with certificates")


@case("TC_M_20_CS", shows="M04.FR.01 M04.FR.02")
async def deleted(station):
    root = await install(station, CSMS, another_root(station))
    entries = await installed(station, CSMS)
    chosen = next(h for k, h in entries if plain(h) == plain(root.hash_data()))
    await station.ask("DeleteCertificate", "Accepted", certificateHashData=chosen)
    answer = await station.call("GetInstalledCertificateIds", certificateType=[CSMS])
    left = [plain(entry["certificateHashData"]) for entry in answer.get("certificateHashDataChain", [])]
    require(plain(root.hash_data()) not in left, "the deleted certificate is still there")


@case("TC_M_22_CS", shows="M04.FR.04")
async def nothing_to_delete(station):
    await station.call("GetInstalledCertificateIds", certificateType=[CSMS])
    await station.ask("DeleteCertificate", "NotFound", certificateHashData=another_root(station).hash_data())


@case("TC_M_01_CS", shows="M05.FR.01 M05.FR.02")
async def csms_root_installed(station):
    await has_root(station, CSMS, await install(station, CSMS, another_root(station)))


@case("TC_M_02_CS", shows="M05.FR.01 M05.FR.02")
async def maker_root_installed(station):
    await has_root(station, MAKER, await install(station, MAKER, another_root(station)))


@case("TC_M_07_CS", shows="M05.FR.07")
async def expired_root_refused(station):
    text = expired_root(station.world.folder / "expired")
    await station.ask("InstallCertificate", "Rejected", certificateType=CSMS, certificate=text)
    answer = await station.call("GetInstalledCertificateIds", certificateType=[CSMS])
    same("the number of root certificates", len(answer.get("certificateHashDataChain", [])), 0)


@case("TC_M_09_CS", fresh=False, shows="M05.FR.10 M05.FR.11")
async def unrelated_root_refused(station):
    newer = await with_roots(station)
    require(newer, "no second root")
    await install(station, CSMS, another_root(station, "unrelated"), wanted="Rejected")
    await has_root(station, CSMS, station.pki)


@case("TC_M_30_CS", fresh=False, shows="M05.FR.12 M05.FR.13")
async def new_root_used(station):
    newer = await with_roots(station)
    since = station.csms.mark
    await station.ask("Reset", "Accepted", type="OnIdle")
    await exchange(station, server_context(*newer.issue()))
    await station.booted(since, within=60)
    entries = await installed(station, CSMS)
    require(not has(entries, CSMS, station.pki), "the old root certificate is still there")


@case("TC_M_31_CS", fresh=False, shows="M05.FR.14")
async def old_root_as_fallback(station):
    await with_roots(station)
    since = station.csms.mark
    await station.ask("Reset", "Accepted", type="OnIdle")
    await station.booted(since, within=60)
    await has_root(station, CSMS, station.pki)


@case("TC_M_23_CS", fresh=False, shows="M04.FR.06")
async def own_certificate_stays(station):
    with_pki(station, 3)
    await station.boot()
    text = await renewed(station)
    own = station.world.folder / "own.pem"
    own.write_text(text)
    await station.call("GetInstalledCertificateIds")
    await station.ask("DeleteCertificate", ("NotFound", "Failed"), certificateHashData=certificate_hash(own, station.pki.root))
    require(station.csms.connected, "the connection is gone")
