// The key that the meter's records are checked with: as text, as a QR code, and by its fingerprint. It does not change while the page is open.
import { bytes, hexOf, sha256 } from "./digest";
import { element, make, replace } from "./dom";
import { t } from "./language";
import type { Key } from "./words";

interface MeterKey { key: string; side: number; modules: string; twin: string }

const kMargin = 4;  // light modules around the code, without which a reader does not find it
const kAgainMs = 30_000;  // a meter that has just started has no key yet
let rows: [Key, string][] = [];

/// One path for all dark modules: each run of them in a row is a rectangle.
function outline({ side, modules }: MeterKey): string {
  let path = "";
  for (let y = 0; y < side; ++y) {
    const row = modules.slice(y * side, (y + 1) * side);
    for (const run of row.matchAll(/1+/g)) path += `M${(run.index ?? 0) + kMargin} ${y + kMargin}h${run[0].length}v1h-${run[0].length}z`;
  }
  return path;
}

export function drawMeterKey(): void {
  replace("meterKey", rows.flatMap(([name, text]) => [make("dt", t(name)), make("dd", text)]));
}

export async function showMeterKey(): Promise<void> {
  const answer = await fetch("/meter-key").catch(() => undefined);
  if (!answer?.ok) {
    setTimeout(() => void showMeterKey(), kAgainMs);
    return;
  }
  const shown = (await answer.json()) as MeterKey;
  const whole = shown.side + 2 * kMargin;
  element("meterKeyCode").setAttribute("viewBox", `0 0 ${whole} ${whole}`);
  element("meterKeyModules").setAttribute("d", outline(shown));
  const der = bytes(shown.key.slice(shown.key.lastIndexOf(":") + 1));
  rows = [["meter_key_text", shown.key], ["meter_key", hexOf(await sha256(der))]];
  if (shown.twin) rows.push(["meter_key_twin", hexOf(await sha256(bytes(shown.twin)))]);
  element("meterKeyCard").hidden = false;
  drawMeterKey();
}
