"""Signed meter records of a charge, judged by two readers of OCMF and by OpenSSL alone."""

import asyncio
import base64
import json
import os
import pathlib
import warnings

from judge import require
from stand import BINARIES, NODE, PATIENCE_S, TOOLBOX

import signing_keys

HERE = pathlib.Path(__file__).parent
METER_CONFIG = """
[session]
meter_records = true

[session.tariff]
per_kwh = 490000
tax = 1900

[meter.records]
place = "DE*BUL*E0001"
clock = "S"
""" + signing_keys.OF_METER
KEY_IS = "oca:base16:asn1:"
MODULES = TOOLBOX / "node" / "node_modules"


def openssl():
    """The one that the station is built with: the system's own may know no ML-DSA."""
    root = os.environ.get("BULWATT_OPENSSL_ROOT")
    found = [pathlib.Path(root) / "bin" / "openssl"] if root else sorted(TOOLBOX.parent.glob("openssl-*/bin/openssl"))
    require(found and found[-1].exists(), "there is no OpenSSL 3.5; BULWATT_OPENSSL_ROOT names its folder")
    return found[-1]


async def run(*words):
    child = await asyncio.create_subprocess_exec(*map(str, words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    out, _ = await asyncio.wait_for(child.communicate(), PATIENCE_S)
    return child.returncode, out.decode().strip()


class Records:
    """What the station left: files with records, and its keys as its owner got them."""

    def __init__(self, folder, requests):
        self.folder = folder
        blocks = [block + "-----END CERTIFICATE REQUEST-----\n" for block in requests.split("-----END CERTIFICATE REQUEST-----\n")[:-1]]
        self.key, self.twin_key = folder / "meter-p256.csr", folder / "meter-ml-dsa-65.csr"
        folder.mkdir(exist_ok=True)
        self.key.write_text(blocks[-2])
        self.twin_key.write_text(blocks[-1])

    async def fetch(self, session_folder, children):
        out = await children.run("records", [BINARIES / "bulwatt", "meter", "records", session_folder, "--out", self.folder])
        require(len(out.splitlines()) == 2, f"one charge left these records: {out}")

    def file(self, name):
        return self.folder / f"{name}.ocmf"

    def text(self, name):
        return self.file(name).read_text().strip()

    async def hex_key(self):
        code, pem = await run(openssl(), "req", "-in", self.key, "-noout", "-pubkey")
        require(code == 0, pem)
        der = base64.b64decode("".join(pem.splitlines()[1:-1]))
        path = self.folder / "key.hex"
        path.write_text(der.hex())
        return path


def forged(record):
    """The same record with one more kilowatt hour."""
    head, value = record.split('"RV":', 1)
    digit = value[0]
    return f'{head}"RV":{(int(digit) + 1) % 10}{value[1:]}'


def signed_values(stand):
    ended = next(c for c in reversed(stand.csms.calls("TransactionEvent")) if c.payload["eventType"] == "Ended")
    return {sampled["context"]: sampled["signedMeterValue"] for value in ended.payload["meterValue"] for sampled in value["sampledValue"] if "signedMeterValue" in sampled}


async def in_the_last_event(bench):
    """OCPP carries the same records as the station keeps, within its limits, and the key once; the device model has the key, too."""
    values = signed_values(bench.stand)
    require(sorted(values) == ["Transaction.Begin", "Transaction.End"], f"signed are {sorted(values)}")
    for context, name in (("Transaction.Begin", "1-begin"), ("Transaction.End", "2-end")):
        value = values[context]
        require(value["signingMethod"] == "ECDSA-secp256r1-SHA256" and value["encodingMethod"] == "OCMF", f"the method is {value}")
        require(len(value["signedMeterData"]) <= 2500, "the record is longer than OCPP allows")
        require(base64.b64decode(value["signedMeterData"]).decode() == bench.records.text(name), f"another record than {name} was sent")
    key = KEY_IS + (await bench.records.hex_key()).read_text()
    require(base64.b64decode(values["Transaction.Begin"]["publicKey"]).decode() == key, "another key was sent")
    require(values["Transaction.End"]["publicKey"] == "", "the key was sent twice")
    answer = await bench.stand.call("GetVariables", getVariableData=[
        {"component": {"name": "FiscalMetering", "evse": {"id": 1}}, "variable": {"name": "PublicKey"}},
        {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "SignReadings"}}])
    shown = [result["attributeValue"] for result in answer["getVariableResult"]]
    require(shown == [key, "true"], f"the device model shows {shown}")


async def by_road_labs(bench):
    """npm @road-labs/ocmf: both records verified, one changed digit refused."""
    key = await bench.records.hex_key()
    for name in ("1-begin", "2-end"):
        code, said = await run(NODE, HERE / "ocmf.mjs", MODULES, bench.records.file(name), key)
        require(code == 0 and said.startswith("verified "), said)
        read = json.loads(said.removeprefix("verified "))
        require(read["RD"][0]["RU"] == "kWh" and read["MS"], f"it read {read}")
        false = bench.folder / "forged.ocmf"
        false.write_text(forged(bench.records.text(name)))
        code, said = await run(NODE, HERE / "ocmf.mjs", MODULES, false, key)
        require(code == 0 and said == "refused", f"one changed digit: {said}")


async def by_pyocmf(bench):
    """PyPI pyocmf: signatures hold and the pair has no fault by its reading of the law; one changed digit does not."""
    from pyocmf.core.ocmf import OCMF

    key = (await bench.records.hex_key()).read_text()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about cards whose number is none of a real card
        begin, end = (OCMF.from_string(bench.records.text(name)) for name in ("1-begin", "2-end"))
        require(begin.verify_signature(key) and end.verify_signature(key), "a signature does not hold")
        issues = begin.check_eichrecht(end)
        require(not issues, f"it complains: {[str(issue) for issue in issues]}")
        require(end.payload.RD[0].RV > begin.payload.RD[0].RV, "no energy was measured")
        require(not OCMF.from_string(forged(bench.records.text("2-end"))).verify_signature(key), "one changed digit was accepted")


async def by_openssl(bench):
    """The post-quantum half by OpenSSL alone: the payload's bytes, the signature, the key; and the payload names that key."""
    code, pem = await run(openssl(), "req", "-in", bench.records.twin_key, "-noout", "-pubkey")
    require(code == 0, pem)
    key, payload, signature = (bench.folder / name for name in ("twin.pem", "payload", "signature"))
    key.write_text(pem + "\n")
    der = base64.b64decode("".join(pem.splitlines()[1:-1]))
    code, digest = await run("sha256sum", _written(bench.folder / "twin.der", der))
    for name in ("1-begin", "2-end"):
        _, text, section = bench.records.text(f"{name}.twin").split("|")
        require(text == bench.records.text(name).split("|")[1], "the twins have different payloads")
        require(json.loads(text)["XK"] == digest.split()[0], "the payload names another key")
        signature.write_bytes(base64.b64decode(json.loads(section)["SD"]))
        for content, wanted in ((text, 0), (forged(text), 1)):
            payload.write_text(content)
            code, said = await run(openssl(), "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", payload, "-sigfile", signature)
            require((code != 0) == bool(wanted), f"openssl says {code}: {said}")


def _written(path, data):
    path.write_bytes(data)
    return path


async def by_ourselves(bench):
    """`bulwatt meter verify` wants both halves, and finds what was changed."""
    words = [BINARIES / "bulwatt", "meter", "verify", "--key", bench.records.key, "--twin-key", bench.records.twin_key]
    files = [bench.records.file(name) for name in ("1-begin", "2-end", "1-begin.twin", "2-end.twin")]
    code, said = await run(*words, *files)
    require(code == 0 and "every signature holds" in said and "energy    " in said, said)
    code, said = await run(*words, *files[:3])
    require(code == 1 and "signed twice" in said, f"a half was taken away: {said}")
    false = bench.folder / "forged.ocmf"
    false.write_text(forged(files[1].read_text()))
    code, said = await run(*words, files[0], false, *files[2:])
    require(code == 1 and "NOT GOOD" in said, f"one changed digit: {said}")


ALL = {test.__name__: test for test in (in_the_last_event, by_road_labs, by_pyocmf, by_openssl, by_ourselves)}
