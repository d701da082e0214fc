// The driver's page: shows what /events says, nothing else. No state of its own but the plot, the chosen EVSE and the language.
import { cells, element, make, replace, say } from "./dom";
import { language, number, speak, t } from "./language";
import { drawMeterKey, showMeterKey } from "./meter_key";
import { grid, plot } from "./plot";
import { drawReceipt, showReceipt } from "./receipt";
import { follow, type Point, type Station, type Vehicle, type View } from "./station";
import { sentence, type Key } from "./words";

let latest: Station | undefined;
let chosen = Number(new URLSearchParams(location.search).get("evse")) || 1;
let points: Point[] = [];
let transaction: string | undefined;

function duration(from: string | undefined, now: string): string {
  if (!from) return "–";
  const s = Math.max(0, Math.round((Date.parse(now) - Date.parse(from)) / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/// The word for the state: a reserved EVSE looks available to nobody but its holder.
function word(view: View): string {
  if (!view.up) return "starting";
  return view.reserved && view.state === "available" ? "reserved" : view.state;
}

function showChoice(station: Station): void {
  element("evses").hidden = station.evses.length < 2;
  if (station.evses.length < 2) return;
  const buttons = station.evses.map((view) => {
    const button = make("button", "", view.evse === chosen ? "chosen" : "") as HTMLButtonElement;
    button.type = "button";
    button.dataset.evse = String(view.evse);
    button.setAttribute("aria-pressed", String(view.evse === chosen));
    button.append(make("b", t("evse", String(view.evse))), make("span", t(`title_${word(view)}` as Key)));
    return button;
  });
  const focused = (document.activeElement as HTMLElement | null)?.dataset.evse;
  replace("evseList", buttons);
  if (focused) element("evseList").querySelector<HTMLElement>(`[data-evse="${focused}"]`)?.focus();
}

function showLimits(view: View): void {
  const least = Math.min(...view.limits.map((l) => l.limit));
  let named = false;
  replace("limits", view.limits.map((l) => {
    const rules = !named && l.limit === least;
    named ||= rules;
    const row = cells([t(`why_${l.source}` as Key), `${number(l.limit / 1000, 1)} A`, sentence(l.reason, language())], rules ? "rules" : "");
    if (rules) row.cells[2].append(make("em", ` ← ${t("rules")}`));
    return row;
  }));
}

/// What the car says of itself.
function carDetails(car: Vehicle): [string, string][] {
  const details: [string, string][] = [[t("car"), car.protocol]];
  if (car.soc_percent !== undefined) details.push([t("battery"), `${number(car.soc_percent, 0)} %`]);
  if (car.target_mv !== undefined && car.target_ma !== undefined)
    details.push([t("asks_for"), `${number(car.target_mv / 1000, 0)} V, ${number(car.target_ma / 1000, 0)} A`]);
  else if (car.wanted_wh !== undefined) details.push([t("asks_for"), `${number(car.wanted_wh / 1000, 1)} kWh`]);
  return details;
}

function showDetails(view: View): void {
  const details: [string, string][] = [
    [t("register"), `${number(view.register_wh / 1000, 3)} kWh`],
    [t("waiting"), t("records", String(view.pending_events))],
  ];
  if (view.per_kwh) details.push([t("price_now"), `${view.per_kwh} ${view.currency}/kWh`]);
  if (view.no_cost) details.push([t("cost"), `${t("not_calculated")} ${t(`no_cost_${view.no_cost}` as Key)}`]);
  if (view.token) details.push([t("card"), view.token]);
  if (view.transaction) details.push([t("transaction"), view.transaction]);
  if (view.vehicle) details.push(...carDetails(view.vehicle));
  if (view.last_stop) details.push([t("last_stop"), view.last_stop]);
  replace("details", details.flatMap(([name, text]) => [make("dt", name), make("dd", text)]));
}

function showLink(view: View): void {
  say("online", t(view.online ? "online" : "offline"));
  element("online").className = view.online ? "chip good" : "chip bad";
}

function showState(view: View): void {
  const state = word(view);
  say("state", t(`title_${state}` as Key));
  say("advice", t(`advice_${state}` as Key));
  element("stateCard").dataset.state = state;
  document.title = `${t(`title_${state}` as Key)} · ${view.station}`;
  element("notice").hidden = !view.notice;
  say("notice", view.notice ? sentence(view.notice, language()) : "");
}

function showFigures(view: View): void {
  say("energy", number(view.energy_wh / 1000, 3));
  say("power", number(view.power_w / 1000, 1));
  say("time", duration(view.started, view.now));
  say("cost", view.cost ? number(Number(view.cost), view.cost.split(".")[1]?.length ?? 0) : "–");
  say("currency", view.cost ? view.currency : "");
}

function draw(): void {
  if (!latest) return;
  const view = latest.evses.find((v) => v.evse === chosen) ?? latest.evses[0];
  if (!view) return;
  say("station", latest.station);
  showChoice(latest);
  showState(view);
  showLink(view);
  showFigures(view);
  showLimits(view);
  showDetails(view);
  drawReceipt();
  drawMeterKey();
  plot(points);
}

function show(station: Station): void {
  latest = station;
  const view = station.evses.find((v) => v.evse === chosen);
  // A receipt comes and goes with a transaction.
  if (view && view.transaction !== transaction) void showReceipt(chosen);
  transaction = view?.transaction;
  if (view) points.push({ t: Date.parse(view.now) / 1000, power_w: view.power_w, energy_wh: view.energy_wh });
  draw();
}

function lost(): void {
  say("online", t("lost"));
  element("online").className = "chip bad";
  say("state", t("title_lost"));
  say("advice", t("advice_lost"));
}

async function choose(evse: number): Promise<void> {
  chosen = evse;
  const past = await fetch(`/history?evse=${evse}`);
  void showReceipt(evse);
  points = past.ok ? ((await past.json()) as { points: Point[] }).points : [];
  draw();
}

function start(): void {
  speak(element("language") as HTMLSelectElement, draw);
  grid();
  void showMeterKey();
  element("evseList").addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-evse]");
    if (button) void choose(Number(button.dataset.evse));
  });
  void choose(chosen);
  follow(show, lost);
}
start();
