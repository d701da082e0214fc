// A listening port that can go away as a network does, and come back on the same port, with other TLS settings if wanted.
import { readFileSync } from 'node:fs';
import { say } from './lines.mjs';

/** Options for tls.createServer and https.createServer. `groups` is all the server can do: nothing else is negotiated. */
export function tlsOptions(settings) {
  return {
    key: readFileSync(settings.key),
    cert: readFileSync(settings.chain),
    ca: readFileSync(settings.trust),
    requestCert: settings.client_certificate,
    rejectUnauthorized: settings.client_certificate,
    minVersion: settings.version,
    maxVersion: settings.version,
    ecdhCurve: settings.groups,
  };
}

export class Gate {
  #sockets = new Set();
  #server;
  #place;

  /** `make` gives a server that does not listen yet. */
  constructor(make, host) {
    this.make = make;
    this.#place = { host, port: 0 };
  }

  async up() {
    const server = this.make();
    server.on('connection', (socket) => this.#watch(socket));
    server.on('secureConnection', (socket) => {
      const peer = socket.getPeerCertificate();
      say({ event: 'secured', version: socket.getProtocol(), cipher: socket.getCipher().standardName, client: peer.subject?.CN ?? null });
    });
    server.on('tlsClientError', (error) => say({ event: 'handshake_failed', error: error.message }));
    await new Promise((done, failed) => {
      server.once('error', failed);
      server.listen(this.#place, done);
    });
    this.#server = server;
    this.#place.port = server.address().port;
    say({ event: 'listening', port: this.#place.port });
  }

  /** Cuts every connection without a word and refuses new ones. */
  async down() {
    const closed = new Promise((done) => this.#server.close(done));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
    say({ event: 'down' });
  }

  #watch(socket) {
    say({ event: 'dialed' });
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
