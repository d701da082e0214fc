"""Block L: firmware."""

import base64
import os

from kit.csms import now_text
from kit.failure import NotApplicable, require, same
from kit.files import FileServer
from kit.pki import Authority, openssl
from kit.registry import case
from kit.states import session

BEFORE_S, LATER_S = -7200, 4
FIRMWARE = os.urandom(16 * 1024)
IMAGE = "firmware.bin"


class Update:
    """A firmware file with its signature on a server, and the request to take it."""

    def __init__(self, station, slow=False):
        self.station, self.slow, self.number = station, slow, 40

    async def prepare(self):
        folder = self.station.world.folder / "firmware"
        maker = Authority(folder, "maker")
        self.key, self.certificate = maker.issue("Bulwatt firmware", names="", extended="codeSigning")
        image = folder / IMAGE
        image.write_bytes(FIRMWARE)
        self.signature = base64.b64encode(openssl("dgst", "-sha256", "-sign", self.key, image)).decode()
        self.chain = self.certificate.read_text()
        self.server = await FileServer(self.station, self.slow).listen()
        self.server.files[IMAGE] = FIRMWARE
        await self.station.ask("InstallCertificate", "Accepted", certificateType="ManufacturerRootCertificate", certificate=maker.pem())
        return self

    async def request(self, wanted, retrieve=BEFORE_S, install=BEFORE_S, image=IMAGE, **changes):
        """UpdateFirmware; a change to None leaves the member out."""
        self.number += 1
        self.since = self.station.csms.mark
        firmware = {"location": self.server.url(image), "retrieveDateTime": now_text(retrieve), "installDateTime": now_text(install),
                    "signingCertificate": self.chain, "signature": self.signature} | changes
        return await self.station.ask("UpdateFirmware", wanted, requestId=self.number,
                                      firmware={k: v for k, v in firmware.items() if v is not None})

    async def status(self, *words, within=30):
        """The next FirmwareStatusNotification with one of these words, of this request."""
        message = await self.station.expect("FirmwareStatusNotification", lambda p: p["status"] in words, self.since, within,
                                            what=" or ".join(words))
        same("requestId", message.payload.get("requestId"), self.number)
        return message

    async def statuses(self, *words):
        for word in words:
            message = await self.status(word)
            self.since = message.index

    async def security(self, kind, since=0):
        await self.station.expect("SecurityEventNotification", lambda p: p["type"] == kind, since)

    async def installed(self):
        since = self.since
        await self.statuses("Installing")
        await self.status("Installed", within=60)
        await self.security("FirmwareUpdated", since)


def allows_cancel(answer):
    return answer["status"] == "AcceptedCanceled"


@case("TC_L_01_CS")
async def installed(station):
    update = await Update(station).prepare()
    await update.request("Accepted")
    await update.statuses("Downloading", "Downloaded", "SignatureVerified")
    await update.installed()


@case("TC_L_02_CS")
async def installed_later(station):
    update = await Update(station).prepare()
    await update.request("Accepted", install=LATER_S)
    await update.statuses("Downloading", "Downloaded", "SignatureVerified", "InstallScheduled")
    await update.installed()


@case("TC_L_03_CS")
async def fetched_later(station):
    update = await Update(station).prepare()
    await update.request("Accepted", retrieve=LATER_S)
    await update.statuses("DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified")
    await update.installed()


@case("TC_L_05_CS")
async def bad_certificate(station):
    update = await Update(station).prepare()
    stranger = Authority(station.world.folder / "stranger", "stranger")
    _, other = stranger.issue("Somebody", names="", extended="codeSigning")
    await update.request(("InvalidCertificate", "RevokedCertificate"), signingCertificate=other.read_text())
    await update.security("InvalidFirmwareSigningCertificate")


@case("TC_L_06_CS")
async def bad_signature(station):
    update = await Update(station).prepare()
    another = station.world.folder / "firmware" / "another"
    another.write_bytes(b"another file")
    signature = base64.b64encode(openssl("dgst", "-sha256", "-sign", update.key, another)).decode()
    await update.request("Accepted", signature=signature)
    await update.statuses("Downloading", "Downloaded", "InvalidSignature")
    await update.security("InvalidFirmwareSignature")


@case("TC_L_07_CS")
async def no_such_file(station):
    update = await Update(station).prepare()
    await update.request("Accepted", image="no-such-file")
    await update.status("DownloadFailed", within=60)


@case("TC_L_08_CS")
async def not_installable(station):
    """Well signed, and no firmware."""
    update = await Update(station).prepare()
    await update.request("Accepted")
    await update.statuses("Downloading", "Downloaded", "SignatureVerified", "Installing")
    await update.status("InstallVerificationFailed", "InstallationFailed", within=60)


@case("TC_L_10_CS")
async def replaced(station):
    update = await Update(station, slow=True).prepare()
    await update.request("Accepted")
    await update.statuses("Downloading")
    answer = await update.request(("AcceptedCanceled", "Rejected"))
    if not allows_cancel(answer):
        raise NotApplicable("the station cannot cancel an update (TC_L_11)")
    await update.statuses("Downloading", "Downloaded", "SignatureVerified")
    await update.installed()


@case("TC_L_11_CS")
async def not_replaced(station):
    update = await Update(station, slow=True).prepare()
    await update.request("Accepted")
    await update.statuses("Downloading")
    if allows_cancel(await update.request(("AcceptedCanceled", "Rejected"))):
        raise NotApplicable("the station can cancel an update (TC_L_10)")


@case("TC_L_18_CS")
async def unsigned(station):
    update = await Update(station).prepare()
    await update.request(("Rejected", "InvalidCertificate"), signingCertificate=None, signature=None)


async def update_while_charging(station, allow, several=False):
    if not await station.config("ChargingStation", "AllowNewSessionsPendingFirmwareUpdate", allow, optional=True) and allow == "true":
        raise NotApplicable("the station has no AllowNewSessionsPendingFirmwareUpdate")
    if several:
        raise NotApplicable("the simulated world has one car and one EVSE")
    update = await Update(station).prepare()
    one = await session(station).charging()
    await update.request("Accepted")
    return update, one


async def after_the_charge(station, first_download):
    update, one = await update_while_charging(station, "false")
    if first_download:
        await update.statuses("Downloading", "Downloaded", "SignatureVerified", "InstallScheduled")
    else:
        await update.statuses("DownloadScheduled")
    require(station.world.contactor_closed() and not one.over, "the update stopped the charge")
    await one.gone()
    if not first_download:
        await update.statuses("Downloading", "Downloaded", "SignatureVerified")
    await update.installed()


@case("TC_L_12_CS")
async def waits_and_lets_others_charge(station):
    await update_while_charging(station, "true", several=True)


@case("TC_L_13_CS")
async def waits_to_download(station):
    await after_the_charge(station, first_download=False)


@case("TC_L_14_CS")
async def waits_to_install_and_lets_others_charge(station):
    await update_while_charging(station, "true", several=True)


@case("TC_L_15_CS")
async def waits_to_install(station):
    await after_the_charge(station, first_download=True)


@case("TC_L_16_CS")
async def installs_while_charging(station):
    raise NotApplicable("the station installs nothing while a car charges")
