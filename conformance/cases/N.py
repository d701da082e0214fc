"""Block N: logs and customer information."""

from kit.failure import NotApplicable, require, same
from kit.files import FileServer
from kit.registry import case
from kit.states import cache, local_list, session
from kit.station import CARD, token

FAILED = ("UploadFailure", "BadMessage", "PermissionDenied", "NotSupportedOperation")


async def get_log(station, server, kind="DiagnosticsLog", wanted="Accepted", number=11, **more):
    return await station.ask("GetLog", wanted, requestId=number, logType=kind, log={"remoteLocation": server.url("logs/")}, **more)


async def log_status(station, words, since, number=11, within=30):
    return await station.expect("LogStatusNotification", lambda p: p["status"] in words and p.get("requestId") == number, since, within,
                                what=" or ".join(words))


async def uploaded(station, kind):
    server = await FileServer(station).listen()
    since = station.csms.mark
    answer = await get_log(station, server, kind)
    require(answer.get("filename"), "the answer to GetLog names no file")
    first = await log_status(station, ("Uploading",), since)
    await log_status(station, ("Uploaded",), first.index)
    require(any(server.received.values()), "nothing was uploaded")


@case("TC_N_25_CS")
async def diagnostics_log(station):
    await uploaded(station, "DiagnosticsLog")


@case("TC_N_35_CS")
async def security_log(station):
    await uploaded(station, "SecurityLog")


@case("TC_N_26_CS")
async def upload_fails(station):
    server = await FileServer(station, refuse=403).listen()
    since = station.csms.mark
    await get_log(station, server, retries=3, retryInterval=2)
    first = await log_status(station, ("Uploading",), since)
    await station.until(lambda: server.attempts >= 4, 30, "the upload is tried four times")
    last = await log_status(station, FAILED, first.index)
    require(last.at - first.at >= 5.5, f"the attempts took {last.at - first.at:.1f} s, not three intervals")
    same("the number of attempts", server.attempts, 4)


@case("TC_N_36_CS")
async def second_request(station):
    server = await FileServer(station, slow=True).listen()
    since = station.csms.mark
    await get_log(station, server)
    await log_status(station, ("Uploading",), since)
    since = station.csms.mark
    answer = await get_log(station, server, wanted=("AcceptedCanceled", "Rejected"), number=12)
    if answer["status"] == "Rejected":
        raise NotApplicable("the station cannot cancel an upload")
    await station.expect("LogStatusNotification", lambda p: p["status"] == "AcceptedCanceled", since)
    await log_status(station, ("Uploading",), since, 12)
    await log_status(station, ("Uploaded",), since, 12)


# Customer information.


async def known_customer(station):
    await station.config("AuthCtrlr", "LocalPreAuthorize", "true", optional=True)
    await cache(station)
    await local_list(station, CARD)
    one = await session(station).learn()
    one.cached = True
    await one.charging()
    await one.gone()


async def information(station, number, report, clear, wanted="Accepted", **who):
    """The text of all parts that follow the answer."""
    since = station.csms.mark
    await station.ask("CustomerInformation", wanted, requestId=number, report=report, clear=clear, **(who or {"idToken": token(CARD)}))

    def whole():
        parts = [m.payload for m in station.csms.from_station("NotifyCustomerInformation", since) if m.payload["requestId"] == number]
        return parts if parts and not parts[-1].get("tbc", False) else None

    parts = await station.until(whole, 15, "all parts of the customer information come")
    same("the sequence numbers", [p["seqNo"] for p in parts], list(range(len(parts))))
    return "".join(p["data"] for p in parts)


@case("TC_N_27_CS")
async def reported(station):
    await known_customer(station)
    require(CARD in await information(station, 1, True, False), "the data does not name the card")


@case("TC_N_28_CS")
async def nothing_to_report(station):
    await information(station, 1, False, True)
    require(CARD not in await information(station, 2, True, False), "data is told that was cleared")


@case("TC_N_30_CS")
async def reported_and_cleared(station):
    await known_customer(station)
    require(CARD in await information(station, 1, True, True), "the data does not name the card")
    await information(station, 2, True, False)


@case("TC_N_31_CS")
async def nothing_to_clear(station):
    await information(station, 1, True, True)


@case("TC_N_32_CS")
async def cleared(station):
    await information(station, 1, False, True)


@case("TC_N_62_CS")
async def by_customer_identifier(station):
    raise NotApplicable("the station stores no customer identifiers")
