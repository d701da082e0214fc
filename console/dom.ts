// Small helpers of both pages. Texts are set as text, never as markup.

export const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;

/// Sets a text only where it changes, so that a screen reader speaks only of what is new.
export function say(id: string, text: string): void {
  if (element(id).textContent !== text) element(id).textContent = text;
}

export function make(tag: string, text = "", className = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

export function cells(texts: string[], className = ""): HTMLTableRowElement {
  const row = document.createElement("tr");
  if (className) row.className = className;
  for (const text of texts) row.insertCell().textContent = text;
  return row;
}

/// Replaces the content only where it would read differently: focus and reading position stay where they are.
export function replace(id: string, children: HTMLElement[]): void {
  const shadow = document.createElement("div");
  shadow.append(...children);
  if (shadow.innerHTML !== element(id).innerHTML) element(id).replaceChildren(...shadow.childNodes);
}
