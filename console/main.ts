// The live page of one charging point: shows what /events says, nothing else. No state of its own but the plot.

interface Limit { source: string; limit_ma: number; reason: string }
interface View {
  station: string; up: boolean; state: string; connector: string; operative: boolean; cable: boolean; online: boolean;
  energy_wh: number; power_w: number; register_wh: number; limit_ma: number; limits: Limit[];
  started?: string; token?: string; transaction?: string; cost?: string; currency: string; notice?: string;
  faults: string[]; pilot: string; contactor: boolean; pending_events: number; last_stop?: string; now: string;
}
interface Point { t: number; power_w: number; energy_wh: number }

const words: Record<string, [string, string]> = {
  starting: ["Starting", "One moment, please."],
  available: ["Available", "Plug in, or show your card."],
  connected: ["Plugged in", "Show your card to start."],
  authorizing: ["Checking", "Your card is being checked."],
  waiting_for_car: ["Ready", "Waiting for the car."],
  charging: ["Charging", "Show the same card to stop."],
  suspended_by_car: ["Paused by the car", "The car is not drawing energy now."],
  suspended_by_station: ["Paused", "The station offers no current now; see below why."],
  finishing: ["Finished", "You can unplug."],
  unavailable: ["Out of service", "This charging point is switched off."],
  faulted: ["Fault", "Please use another charging point."],
};

const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const say = (id: string, text: string): void => { if (element(id).textContent !== text) element(id).textContent = text; };
const points: Point[] = [];
const kSpan = 600;

function duration(from: string | undefined, now: string): string {
  if (!from) return "–";
  const s = Math.max(0, Math.round((Date.parse(now) - Date.parse(from)) / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

function row(cells: string[], rules: boolean): HTMLTableRowElement {
  const tr = document.createElement("tr");
  if (rules) tr.className = "rules";
  for (const text of cells) tr.insertCell().textContent = text;
  return tr;
}

function showLimits(view: View): void {
  const least = Math.min(...view.limits.map((l) => l.limit_ma));
  let named = false;
  element("limits").replaceChildren(...view.limits.map((l) => {
    const rules = !named && l.limit_ma === least;
    named ||= rules;
    return row([l.source, `${(l.limit_ma / 1000).toFixed(1)} A`, l.reason], rules);
  }));
}

function showDetails(view: View): void {
  const details: [string, string][] = [
    ["connector", view.connector], ["control pilot", view.pilot], ["contactor", view.contactor ? "closed" : "open"],
    ["meter register", `${(view.register_wh / 1000).toFixed(3)} kWh`],
    ["waiting for the backend", `${view.pending_events} records`],
  ];
  if (view.token) details.push(["card", view.token]);
  if (view.transaction) details.push(["transaction", view.transaction]);
  if (view.last_stop) details.push(["last stop", view.last_stop]);
  if (view.faults.length) details.push(["faults", view.faults.join(", ")]);
  element("details").replaceChildren(...details.flatMap(([name, text]) => {
    const dt = document.createElement("dt"); dt.textContent = name;
    const dd = document.createElement("dd"); dd.textContent = text;
    return [dt, dd];
  }));
}

function line(id: string, of: (p: Point) => number, top: number): void {
  const now = points[points.length - 1].t;
  element(id).setAttribute("points", points.map((p) =>
    `${(600 - (now - p.t) * 600 / kSpan).toFixed(1)},${(198 - of(p) / top * 190).toFixed(1)}`).join(" "));
}

function plot(): void {
  if (!points.length) return;
  const now = points[points.length - 1].t;
  while (points[0].t < now - kSpan) points.shift();
  const powerTop = Math.max(1000, ...points.map((p) => p.power_w));
  const energyTop = Math.max(100, ...points.map((p) => p.energy_wh));
  line("powerLine", (p) => p.power_w, powerTop);
  line("energyLine", (p) => p.energy_wh, energyTop);
  say("powerTop", `up to ${(powerTop / 1000).toFixed(1)} kW`);
  say("energyTop", `up to ${(energyTop / 1000).toFixed(2)} kWh`);
}

function show(view: View): void {
  const [title, advice] = view.up ? words[view.state] ?? [view.state, ""] : words.starting;
  say("station", view.station); say("state", title); say("advice", advice);
  document.title = `${title} · ${view.station}`;
  const notice = element("notice");
  notice.hidden = !view.notice;
  say("notice", view.notice ?? "");
  say("online", view.online ? "backend connected" : "backend offline: charging goes on, records are kept");
  element("online").className = view.online ? "chip good" : "chip bad";
  say("energy", (view.energy_wh / 1000).toFixed(3)); say("power", (view.power_w / 1000).toFixed(1));
  say("time", duration(view.started, view.now));
  say("cost", view.cost ?? "–"); say("currency", view.cost ? view.currency : "");
  showLimits(view); showDetails(view);
  points.push({ t: Date.parse(view.now) / 1000, power_w: view.power_w, energy_wh: view.energy_wh });
  plot();
}

async function start(): Promise<void> {
  for (let i = 0; i < 11; i++) {
    const grid = document.createElementNS("http://www.w3.org/2000/svg", "line");
    const vertical = i < 6;
    const at = vertical ? i * 120 : (i - 5) * 38 + 8;
    for (const [name, value] of vertical ? [["x1", at], ["x2", at], ["y1", 0], ["y2", 200]] : [["x1", 0], ["x2", 600], ["y1", at], ["y2", at]])
      grid.setAttribute(String(name), String(value));
    element("grid").append(grid);
  }
  const past = await fetch("/history");
  if (past.ok) points.push(...((await past.json()) as { points: Point[] }).points);
  const events = new EventSource("/events");
  events.addEventListener("state", (event) => show(JSON.parse((event as MessageEvent<string>).data) as View));
  events.onerror = () => { say("online", "station not answering"); element("online").className = "chip bad"; };
}
void start();
