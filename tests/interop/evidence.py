"""What a station leaves behind, judged by programs that nobody here wrote: its log by Go's packages for transparency logs, its meter
records (measured.py) by readers of OCMF and by OpenSSL."""

import asyncio
import base64
import json
import pathlib

import measured
from judge import require
from stand import BINARIES, CARD, PATIENCE_S, TOOLBOX, Stand

import signing_keys

LOG_CONFIG = """
[ledger]
seal = 1
""" + signing_keys.OF_LEDGER
LOGVERIFY = TOOLBOX / "logverify" / "logverify"


class Bench:
    """A station that has charged a car and shown its log twice: before and after."""

    def __init__(self, folder):
        self.folder = folder
        self.stand = Stand(folder / "station", "mobilityhouse", 1, host="127.0.0.1")
        self.stand.world.more_config = LOG_CONFIG + measured.METER_CONFIG
        self.ledger = self.stand.world.state_folder / "ledger"
        self.before, self.after = folder / "before", folder / "after"
        self.keys = folder / "keys"

    async def start(self):
        stand = self.stand
        await stand.start()
        await stand.expect("BootNotification")
        await self.until_signed(1)
        await self.log("export", "--tiles", self.before)
        since = stand.csms.mark()
        await stand.plug()
        await stand.swipe(CARD)
        await stand.charging(since)
        await stand.swipe(CARD)
        await stand.expect_transaction("Ended", since)
        await stand.idle()
        await self.until_signed(self.size_of(self.before) + 1)
        await self.log("export", "--tiles", self.after)
        self.records = measured.Records(self.folder / "records", stand.world.requests)
        await self.records.fetch(stand.world.state_folder / "session", stand.world.children)
        self.keys.write_bytes((self.ledger / "checkpoint.2").read_bytes().split(b"\0")[0])

    async def log(self, verb, *words):
        """The output of `bulwatt log VERB`, read beside the running station."""
        return await self.stand.world.children.run("log", [BINARIES / "bulwatt", "log", verb, self.ledger, *words])

    async def until_signed(self, records):
        """A checkpoint of at least so many records is on disk."""

        def signed():
            texts = [self.ledger / f"checkpoint.{place}" for place in (0, 1)]
            return any(self.size_in(path.read_bytes()) >= records for path in texts if path.exists())

        await self.stand.until(signed, PATIENCE_S, f"a checkpoint of {records} records is signed")

    @staticmethod
    def size_in(note):
        lines = note.split(b"\n")
        return int(lines[1]) if len(lines) > 3 else 0

    def size_of(self, folder):
        return self.size_in((folder / "checkpoint").read_bytes())

    async def verdict(self, *words):
        """What Go says: whether it holds, and the line."""
        child = await asyncio.create_subprocess_exec(LOGVERIFY, *map(str, words), stdout=asyncio.subprocess.PIPE,
                                                     stderr=asyncio.subprocess.PIPE)
        out, err = await asyncio.wait_for(child.communicate(), PATIENCE_S)
        require(child.returncode in (0, 1), f"logverify ended with {child.returncode}: {err.decode()}")
        return child.returncode == 0, (out or err).decode().strip()

    async def holds(self, *words):
        good, line = await self.verdict(*words)
        require(good, f"logverify {words[0]} {line}")
        return line

    async def refused(self, *words):
        good, line = await self.verdict(*words)
        require(not good, f"logverify {words[0]} accepted what was changed: {line}")
        require(line.startswith("refused: "), f"logverify {words[0]} failed otherwise: {line}")


def flipped(path, at):
    """A copy of the file beside it with the lowest bit of one byte changed."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    copy = path.with_name(path.name + ".flipped")
    copy.write_bytes(data)
    return copy


async def whole_log(bench):
    """Signature, every entry and every stored tile of both exports; one changed byte anywhere is refused."""
    require(bench.size_of(bench.after) > bench.size_of(bench.before) > 0, "the second checkpoint has no more records")
    for folder in (bench.before, bench.after):
        await bench.holds("log", folder, bench.keys)
    files = [path for path in bench.after.rglob("*") if path.is_file()]
    require(len(files) >= 3, f"the export has only {len(files)} files")
    for path in files:
        good = path.read_bytes()
        changed = bytearray(good)
        changed[len(good) // 2 if path.name != "checkpoint" else 3] ^= 1
        path.write_bytes(changed)
        await bench.refused("log", bench.after, bench.keys)
        path.write_bytes(good)
    await bench.holds("log", bench.after, bench.keys)


async def every_record(bench):
    """Each record of the charge has a proof that Go takes, and none with another entry, place or hash."""
    size = bench.size_of(bench.after)
    proof = bench.folder / "record.tlog-proof"
    for number in range(1, size + 1):
        await bench.log("prove", str(number), "--out", proof)
        await bench.holds("proof", proof, bench.keys)
    text = proof.read_bytes()
    lines = text.split(b"\n\n")[0].split(b"\n")
    entry = base64.b64decode(lines[1].removeprefix(b"extra "))
    other = bytes([entry[0] ^ 1]) + entry[1:]
    changed = [text.replace(base64.b64encode(entry), base64.b64encode(other)),
               text.replace(b"\nindex %d\n" % (size - 1), b"\nindex %d\n" % (size - 2)),
               text.replace(lines[3], base64.b64encode(bytes(32)))]
    for i, forged in enumerate(changed):
        require(forged != text, f"change {i} of the proof changed nothing")
        proof.write_bytes(forged)
        await bench.refused("proof", proof, bench.keys)


async def two_heads(bench):
    """The log after the charge begins with the log before it; not with another."""
    older, newer, hashes = bench.before / "checkpoint", bench.after / "checkpoint", bench.folder / "hashes"
    said = await bench.log("consistency", older, newer, "--keys", bench.keys)
    lines = [line for line in said.splitlines() if len(line) == 44 and line.endswith("=")]
    hashes.write_text("\n".join(lines) + "\n")
    await bench.holds("consistency", older, newer, hashes, bench.keys)
    await bench.refused("consistency", newer, older, hashes, bench.keys)
    await bench.refused("consistency", flipped(older, 3), newer, hashes, bench.keys)
    hashes.write_text("\n".join([base64.b64encode(bytes(32)).decode(), *lines[1:]]) + "\n")
    await bench.refused("consistency", older, newer, hashes, bench.keys)


async def a_log_in_go_at_our_witness(bench):
    """Go's packages are a log and hold `bulwatt-csms --witness` to C2SP tlog-witness: every cosignature and every refusal."""
    folder, port = bench.folder / "witness", bench.folder / "witness.port"
    child = await asyncio.create_subprocess_exec(BINARIES / "bulwatt-csms", "--profile", "0", "--port", "0", "--port-file", port,
                                                 "--witness", folder, "--quiet", stdout=asyncio.subprocess.DEVNULL)
    try:
        await bench.stand.until(port.exists, PATIENCE_S, "the witness listens")
        said = await bench.holds("witness", f"http://127.0.0.1:{port.read_text().strip()}/any", folder / "logs" / "go", folder / "witness.keys")
        require("cosigned 9 heads and refused 8" in said, said)
        kept = sorted(path.name for path in folder.rglob("*.request"))
        offences = {name.split("-", 1)[1].removesuffix(".request") for name in kept}
        require(offences == {"rolled_back", "forked", "not_consistent"}, f"the evidence is {kept}")
        await bench.refused("witness", f"http://127.0.0.1:{port.read_text().strip()}/any", folder / "logs" / "other", folder / "mirror.keys")
    finally:
        child.terminate()
        await child.wait()


async def nothing_unannounced(bench):
    """Every record of a real station is in the published catalogue, by the service that may make it."""
    page = (pathlib.Path(__file__).parents[2] / "docs" / "ledger.md").read_text()
    known = {tuple(cell.strip("`* ") for cell in line.split("|")[1:4]) for line in page.splitlines() if line.startswith("| `")}
    records = [json.loads(line)["record"] for line in (await bench.log("export")).splitlines()]
    require(len(records) > 20, f"only {len(records)} records")
    strange = {(r["actor"], r["event"], r["subject"]) for r in records} - known
    require(not strange, f"not in docs/ledger.md: {sorted(strange)}")
    require({"TransactionStarted", "TransactionEnded", "MeterRecordSigned"} <= {r["event"] for r in records}, "the charge is not in the ledger")


async def another_key(bench):
    """A key of the same name that did not sign makes a signed log worth nothing."""
    name, number, key = bench.keys.read_text().split()[0].split("+", 2)
    bench.folder.joinpath("other").write_text(f"{name}+{int(number, 16) ^ 1:08x}+{key}\n")
    await bench.refused("log", bench.after, bench.folder / "other")
    await bench.holds("log", bench.after, bench.keys)


ALL = {test.__name__: test for test in (whole_log, every_record, two_heads, another_key, a_log_in_go_at_our_witness, nothing_unannounced)} | measured.ALL
