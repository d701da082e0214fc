// TLS in front of a central system that has none fit for the station: what comes in is decrypted and handed on.
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { Gate, tlsOptions } from './gate.mjs';
import { obey } from './lines.mjs';

const settings = JSON.parse(process.argv[2]);
let { tls } = settings;

function handOn(socket) {
  const inner = connect({ host: settings.inner_host, port: settings.inner_port });
  for (const [one, other] of [[socket, inner], [inner, socket]]) {
    one.on('error', () => other.destroy());
    one.once('close', () => other.destroy());
    one.pipe(other);
  }
}

const gate = new Gate(() => createServer(tlsOptions(tls), handOn), settings.host);
obey({
  up: () => gate.up(),
  down: () => gate.down(),
  tls: (command) => { tls = command.tls; },
});
await gate.up();
