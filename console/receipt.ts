// The receipt of the transaction that ended last: what it costs, and the signed meter records, checked here and not by the station.
import { type Bytes, bytes, hexOf, sha256 } from "./digest";
import { element, make, replace, say } from "./dom";
import { clock, number, t } from "./language";
import type { Key } from "./words";

interface Reading { payload: string; signature: string; twin: string; proof: string }
interface Tax { percent: string; amount: string }
interface Period {
  begin: string; energy_mwh: number; time_ms: number; charging: boolean; per_kwh: string; per_minute: string; mixed: boolean;
}
interface Receipt {
  transaction: string; begin: string; end: string; energy_mwh: number; not_calculated?: string; energy_cost: string; time_cost: string;
  standing_cost: string; start_cost: string; adjusted: string; taxes: Tax[]; total: string; currency: string; tariff: string;
  periods: Period[]; signed: boolean; readings: Reading[]; key: string;
}
type Verdict = "none" | "pending" | "good" | "bad";
type InLog = "waiting" | "proved" | "false";

const fromBase64 = (text: string): Bytes => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

const kLeaf = Uint8Array.of(0);
const kNode = Uint8Array.of(1);
const half = (n: number): number => Math.floor(n / 2);

/// The root to which a leaf and its siblings lead (RFC 9162, 2.1.3.2); nothing when there are too few or too many of them.
async function rootOf(leaf: Bytes, index: number, size: number, siblings: Bytes[]): Promise<Bytes | undefined> {
  let fn = index;
  let sn = size - 1;
  let node = leaf;
  for (const sibling of siblings) {
    if (sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      node = await sha256(kNode, sibling, node);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      node = await sha256(kNode, node, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 ? node : undefined;
}

/// Whether the station's log has a record of this very reading, under its checkpoint (C2SP tlog-proof).
async function judgeLog(reading: Reading): Promise<InLog> {
  if (!reading.proof) return "waiting";
  const end = reading.proof.indexOf("\n\n");
  const [, extra, place, ...siblings] = reading.proof.slice(0, end).split("\n");
  const [, size, root] = reading.proof.slice(end + 2).split("\n");
  const entry = fromBase64(extra.replace("extra ", ""));
  const payload = hexOf(await sha256(new TextEncoder().encode(reading.payload)));
  if (!new TextDecoder("latin1").decode(entry).includes(`payload_sha256=${payload}`)) return "false";
  const found = await rootOf(await sha256(kLeaf, entry), Number(place.replace("index ", "")), Number(size), siblings.map(fromBase64));
  return found && hexOf(found) === hexOf(fromBase64(root)) ? "proved" : "false";
}

/// The two integers of an ECDSA signature as WebCrypto wants them: 32 bytes each, out of DER.
function bare(der: Bytes): Bytes {
  const out = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1];
    const integer = der.slice(at + 2, at + 2 + length);
    const significant = integer.length > 32 ? integer.slice(integer.length - 32) : integer;
    out.set(significant, end - significant.length);
    at += 2 + length;
  }
  return out;
}

/// Whether both signatures hold under the key, and what they cover is what the receipt says.
async function judge(receipt: Receipt): Promise<Verdict> {
  if (receipt.readings.length !== 2) return receipt.signed ? "pending" : "none";
  const key = await crypto.subtle.importKey("spki", bytes(receipt.key), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const registers: number[] = [];
  for (const reading of receipt.readings) {
    const text = new TextEncoder().encode(reading.payload);
    if (!(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bare(bytes(reading.signature)), text))) return "bad";
    const said = JSON.parse(reading.payload) as { XT: string; RD: { RV: number; RU: string; ST: string }[] };
    if (said.XT !== receipt.transaction || said.RD[0].RU !== "kWh" || said.RD[0].ST !== "G") return "bad";
    registers.push(said.RD[0].RV);
  }
  const measured = Math.round((registers[1] - registers[0]) * 1e6);
  return measured === receipt.energy_mwh ? "good" : "bad";
}

const ocmf = (r: Reading): string => `OCMF|${r.payload}|{"SA":"ECDSA-secp256r1-SHA256","SE":"hex","SM":"application/x-der","SD":"${r.signature}"}`;
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/// As the transparency software of the calibration authorities reads it.
function file(receipt: Receipt): string {
  const values = receipt.readings.map((r, i) => `  <value transactionId="1" context="Transaction.${i === 0 ? "Begin" : "End"}">\n    <signedData format="OCMF" encoding="plain">${escaped(ocmf(r))}</signedData>\n    <publicKey encoding="hex">${receipt.key}</publicKey>\n  </value>\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<values>\n${values.join("")}</values>\n`;
}

let shown: Receipt | undefined;
let verdict: Verdict = "none";
let inLog: InLog = "waiting";
let fingerprint = "";

const kUnchecked: Verdict[] = ["none", "pending"];
/// Checkpoints are signed every few seconds; so long the ledger has nothing to prove with.
const kAgainMs = 3000;
const kTries = 10;

const from = (period: Period): string => `${t("from")} ${clock(period.begin)}`;

/// "2.5 kWh × 0.49 EUR + 12.0 min × 0.02 EUR": what a period has used at which price, before tax.
function used(period: Period, currency: string): string {
  const parts = [`${number(period.energy_mwh / 1e6, 3)} kWh${period.per_kwh && !period.mixed ? ` × ${period.per_kwh} ${currency}` : ""}`];
  if (period.per_minute || period.mixed) {
    const minutes = `${number(period.time_ms / 60_000, 1)} min`;
    parts.push(period.mixed ? minutes : `${minutes} × ${period.per_minute} ${currency}`);
  }
  return parts.join(" + ") + (period.mixed ? ` (${t("mixed")})` : "");
}

export function drawReceipt(): void {
  element("receiptCard").hidden = !shown;
  if (!shown) {
    for (const id of ["receiptVerdict", "receiptLog"]) say(id, "");  // what was said of the receipt before is not true of the next
    return;
  }
  const receipt = shown;
  const money = (amount: string): string => `${number(Number(amount), amount.split(".")[1]?.length ?? 0)} ${shown?.currency ?? ""}`;
  const lines: [string, string][] = [[t("energy"), `${number(shown.energy_mwh / 1e6, 6)} kWh`]];
  if (shown.tariff) lines.push([t("tariff"), shown.tariff]);
  if (shown.periods.length > 1) lines.push(...shown.periods.map((period): [string, string] => [from(period), used(period, receipt.currency)]));
  const costs: [Key, string][] = [["cost_energy", shown.energy_cost], ["cost_time", shown.time_cost], ["cost_standing", shown.standing_cost],
    ["cost_start", shown.start_cost], ["cost_adjusted", shown.adjusted]];
  for (const [name, amount] of costs) if (Number(amount)) lines.push([t(name), money(amount)]);
  for (const tax of shown.taxes) lines.push([`${t("tax")} ${number(Number(tax.percent), tax.percent.split(".")[1]?.length ?? 0)} %`, money(tax.amount)]);
  lines.push([t("total"), shown.not_calculated ? `${t("not_calculated")} ${t(`no_cost_${shown.not_calculated}` as Key)}` : money(shown.total)]);
  lines.push([t("transaction"), shown.transaction]);
  if (fingerprint) lines.push([t("meter_key"), fingerprint]);
  replace("receipt", lines.flatMap(([name, text]) => [make("dt", name), make("dd", text)]));
  say("receiptVerdict", verdict === "pending" ? "" : t(`signature_${verdict}`));
  element("receiptVerdict").dataset.verdict = verdict;
  say("receiptLog", kUnchecked.includes(verdict) ? "" : t(`log_${inLog}`));
  element("receiptLog").dataset.verdict = inLog;
  element("receiptFile").hidden = kUnchecked.includes(verdict);
}

function offerFile(id: string, content: string, type: string, name: string): void {
  const link = element(id) as HTMLAnchorElement;
  if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
}

/// Everything that the page shows and checks, and what others can check.
function offer(receipt: Receipt): void {
  offerFile("receiptAll", `${JSON.stringify(receipt, null, 2)}\n`, "application/json", `${receipt.transaction}.json`);
  offerFile("receiptFile", file(receipt), "application/xml", `${receipt.transaction}.xml`);
}

async function judgeLogs(receipt: Receipt): Promise<InLog> {
  const all = await Promise.all(receipt.readings.map(judgeLog));
  if (all.includes("false")) return "false";
  return all.includes("waiting") ? "waiting" : "proved";
}

let asked = 0;

/// Asks for the receipt of an EVSE and checks it; again while its proof is on the way.
export async function showReceipt(evse: number, tries = kTries): Promise<void> {
  const mine = ++asked;
  const answer = await fetch(`/receipt?evse=${evse}`);
  const receipt = answer.ok ? ((await answer.json()) as Receipt) : undefined;
  const judged = receipt ? await judge(receipt).catch((): Verdict => "bad") : "none";
  const logged = receipt ? await judgeLogs(receipt).catch((): InLog => "false") : "waiting";
  const print = receipt?.key ? hexOf(await sha256(bytes(receipt.key))) : "";
  if (mine !== asked) return;  // somebody has asked for another one meanwhile
  [shown, verdict, inLog, fingerprint] = [receipt, judged, logged, print];
  if (receipt) offer(receipt);
  drawReceipt();
  if (receipt && judged !== "none" && logged === "waiting" && tries > 0)
    setTimeout(() => { if (mine === asked) void showReceipt(evse, tries - 1); }, kAgainMs);
}
