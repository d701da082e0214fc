// Which language the page speaks: the driver's choice, else the browser's wish, else English.
import { dictionaries, type Code, type Key } from "./words";

const kStore = "language";

function wished(): Code {
  const chosen = localStorage.getItem(kStore) ?? "";
  const wishes = [chosen, ...navigator.languages.map((l) => l.slice(0, 2))];
  return (wishes.find((w) => w in dictionaries) ?? "en") as Code;
}

let current: Code = wished();

export const language = (): Code => current;
/// The words of `key`; `{}` in them stands for `value`.
export const t = (key: Key, value = ""): string => dictionaries[current][key].replace("{}", value);

/// A number as people of this language write it.
export const number = (value: number, digits: number): string =>
  value.toLocaleString(current, { minimumFractionDigits: digits, maximumFractionDigits: digits });

/// The time of day of a moment, as people of this language write it where they are.
export const clock = (moment: string): string => new Date(moment).toLocaleTimeString(current);

/// Fills everything marked data-t (text) and data-t-label (accessible name), and the list of languages.
export function speak(select: HTMLSelectElement, changed: () => void): void {
  for (const [code, words] of Object.entries(dictionaries)) {
    const option = new Option(words.language, code, code === current, code === current);
    option.lang = code;
    select.add(option);
  }
  select.addEventListener("change", () => {
    current = select.value as Code;
    localStorage.setItem(kStore, current);
    translate();
    changed();
  });
  translate();
}

function translate(): void {
  document.documentElement.lang = current;
  for (const node of document.querySelectorAll<HTMLElement>("[data-t]")) node.textContent = t(node.dataset.t as Key);
  for (const node of document.querySelectorAll<HTMLElement>("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel as Key));
}
