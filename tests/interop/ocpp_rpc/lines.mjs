// How the runner talks to these programs: one JSON object per line, commands in, events out. End of input ends the program.
import { createInterface } from 'node:readline';

export function say(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Each command {"do": name, "id": n, …} is answered by {"event": "answer", "id": n, "ok": …, "value" or "error": …}. */
export function obey(commands) {
  const lines = createInterface({ input: process.stdin });
  lines.on('close', () => process.exit(0));
  lines.on('line', async (line) => {
    const command = JSON.parse(line);
    try {
      const value = await commands[command.do](command);
      say({ event: 'answer', id: command.id, ok: true, value: value ?? null });
    } catch (error) {
      say({ event: 'answer', id: command.id, ok: false, error: error.message });
    }
  });
}
