// Bytes, their hexadecimal digits and their SHA-256.

export type Bytes = Uint8Array<ArrayBuffer>;

export const bytes = (hex: string): Bytes => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const hexOf = (data: Bytes): string => [...data].map((b) => b.toString(16).padStart(2, "0")).join("");

export async function sha256(...parts: Bytes[]): Promise<Bytes> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}
