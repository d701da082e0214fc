// The plot of power and energy over the last ten minutes.
import { element, say } from "./dom";
import { number, t } from "./language";
import type { Point } from "./station";

const kSpanS = 600;
const kWidth = 600;
const kHeight = 200;
const kFoot = 198;
const kUse = 190;

export function grid(): void {
  const line = (a: [string, number][]): void => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "line");
    for (const [name, value] of a) made.setAttribute(name, String(value));
    element("grid").append(made);
  };
  for (let x = 0; x <= kWidth; x += 120) line([["x1", x], ["x2", x], ["y1", 0], ["y2", kHeight]]);
  for (let y = 8; y < kHeight; y += 38) line([["x1", 0], ["x2", kWidth], ["y1", y], ["y2", y]]);
}

function curve(id: string, points: Point[], of: (p: Point) => number, top: number): void {
  const now = points[points.length - 1].t;
  element(id).setAttribute("points", points.map((p) =>
    `${(kWidth - (now - p.t) * kWidth / kSpanS).toFixed(1)},${(kFoot - of(p) / top * kUse).toFixed(1)}`).join(" "));
}

export function plot(points: Point[]): void {
  if (!points.length) return;
  const now = points[points.length - 1].t;
  while (points[0].t < now - kSpanS) points.shift();
  const powerTop = Math.max(1000, ...points.map((p) => p.power_w));
  const energyTop = Math.max(100, ...points.map((p) => p.energy_wh));
  curve("powerLine", points, (p) => p.power_w, powerTop);
  curve("energyLine", points, (p) => p.energy_wh, energyTop);
  say("powerTop", t("up_to", `${number(powerTop / 1000, 1)} kW`));
  say("energyTop", t("up_to", `${number(energyTop / 1000, 2)} kWh`));
}
