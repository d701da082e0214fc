// The installer's page: what is wrong and what to do, then what each outlet measures. Reads only.
import { advice } from "./advice";
import { cells, element, make, replace, say } from "./dom";
import { installerWords, type InstallerKey } from "./installer_words";
import { language, number, speak } from "./language";
import { follow, type Connector, type Finding, type Station, type View } from "./station";

let latest: Station | undefined;

const t = (key: InstallerKey, value = ""): string => (installerWords[language()] ?? installerWords.en)[key].replace("{}", value);

function place(finding: Finding): string {
  if (finding.evse === 0) return t("station");
  return finding.connector === 0 ? `EVSE ${finding.evse}` : `EVSE ${finding.evse}, ${t("connector")} ${finding.connector}`;
}

function card(finding: Finding): HTMLElement {
  const words = advice(finding.code, language());
  const made = make("li", "", `finding ${finding.weight}`);
  made.lang = words.code;
  made.append(make("strong", t(finding.weight), "weight"), make("span", place(finding), "place"),
    make("p", words.wrong.replace("{}", finding.detail), "wrong"), make("p", words.todo, "todo"));
  return made;
}

function showFindings(station: Station): void {
  const count = station.findings.length;
  say("summary", count === 0 ? t("nothing") : count === 1 ? t("one") : t("found", String(count)));
  element("summary").className = count === 0 ? "good" : station.findings.some((f) => f.weight === "stop") ? "bad" : "";
  replace("findings", station.findings.map(card));
}

/// How the car is told its current; by digital communication, what it has told itself.
function signal(evse: View, c: Connector): string {
  if (c.duty_permille >= 1000) return t("steady");
  const duty = `${number(c.duty_permille / 10, 1)} %`;
  if (!evse.vehicle || !c.cable) return duty;
  const charge = evse.vehicle.soc_percent === undefined ? "" : `, ${number(evse.vehicle.soc_percent, 0)} %`;
  const { target_mv: mv, target_ma: ma } = evse.vehicle;
  const target = mv === undefined || ma === undefined ? "" : `, ${number(mv / 1000, 0)} V ${number(ma / 1000, 0)} A`;
  return `${duty}, ${evse.vehicle.protocol}${charge}${target}`;
}

function showOutlets(station: Station): void {
  replace("outlets", station.evses.flatMap((evse) => evse.connectors.map((c) => cells([
    `${evse.evse}.${c.connector}${c.type ? ` ${c.type}` : ""}`, c.status, c.pilot,
    `${number(c.pilot_high_mv / 1000, 1)} / ${number(c.pilot_low_mv / 1000, 1)} V`,
    signal(evse, c),
    t(c.contactor ? "closed" : "open"),
    c.cable_limit_ma ? `${number(c.cable_limit_ma / 1000, 0)} A` : "–",
    `${number(c.temperature_dc / 10, 1)} °C`,
  ]))));
}

function draw(): void {
  for (const node of document.querySelectorAll<HTMLElement>("[data-i]")) node.textContent = t(node.dataset.i as InstallerKey);
  document.title = `${t("title")} · ${latest?.station ?? ""}`;
  if (!latest) return;
  say("station", latest.station);
  showFindings(latest);
  showOutlets(latest);
}

function show(station: Station): void {
  latest = station;
  draw();
}

function lost(): void {
  show({ station: latest?.station ?? "", up: false, online: false, now: "", evses: [], findings: [
    { evse: 0, connector: 0, weight: "stop", code: "session_silent", detail: "" }] });
}

speak(element("language") as HTMLSelectElement, draw);
draw();
follow(show, lost);
