// Words of the installer's page beside those of advice.ts. Languages that lack them show English.
import type { Code } from "./words";

const en = {
  title: "Installer", station: "station", connector: "connector", stop: "does not charge", warning: "limited", hint: "hint",
  nothing: "Nothing is wrong.", one: "One finding.", found: "{} findings, the gravest first.", findings: "What is wrong, and what to do",
  outlets: "Outlets, measured now", outlet: "outlet", status: "status", pilot: "pilot", voltage: "pilot high / low", duty: "duty cycle",
  contactor: "contactor", cable: "cable", temperature: "temperature", steady: "steady", closed: "closed", open: "open",
};
export type InstallerKey = keyof typeof en;
type Words = Record<InstallerKey, string>;
const de: Words = {
  title: "Installation", station: "Station", connector: "Anschluss", stop: "lädt nicht", warning: "eingeschränkt", hint: "Hinweis",
  nothing: "Es ist alles in Ordnung.", one: "Ein Befund.", found: "{} Befunde, die schwersten zuerst.", findings: "Was nicht stimmt und was zu tun ist",
  outlets: "Anschlüsse, jetzt gemessen", outlet: "Anschluss", status: "Status", pilot: "Pilot", voltage: "Pilot hoch / tief", duty: "Tastgrad",
  contactor: "Schütz", cable: "Kabel", temperature: "Temperatur", steady: "konstant", closed: "geschlossen", open: "offen",
};
const fr: Words = {
  title: "Installateur", station: "borne", connector: "connecteur", stop: "ne charge pas", warning: "limité", hint: "à noter",
  nothing: "Tout va bien.", one: "Un constat.", found: "{} constats, les plus graves d’abord.", findings: "Ce qui ne va pas, et que faire",
  outlets: "Prises, mesurées maintenant", outlet: "prise", status: "état", pilot: "pilote", voltage: "pilote haut / bas", duty: "rapport cyclique",
  contactor: "contacteur", cable: "câble", temperature: "température", steady: "continu", closed: "fermé", open: "ouvert",
};
export const installerWords: Partial<Record<Code, Words>> & { en: Words } = { en, de, fr };
