// A central system made with the npm package ocpp-rpc in its strict mode: every message of both sides is checked against
// the published JSON schemas by the package. It tells the runner all it sees, and answers what `rules` says.
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { Gate, tlsOptions } from './gate.mjs';
import { obey, say } from './lines.mjs';

const { RPCServer } = createRequire(`${process.env.BULWATT_INTEROP_TOOLBOX}/node/`)('ocpp-rpc');

const settings = JSON.parse(process.argv[2]);
let { rules } = settings;
let station;

const server = new RPCServer({ protocols: ['ocpp2.0.1'], strictMode: true, callTimeoutMs: 20_000, pingIntervalMs: 5_000 });

function boot() {
  const status = rules.boot.shift() ?? 'Accepted';
  return { currentTime: new Date().toISOString(), interval: status === 'Accepted' ? rules.interval : 1, status };
}

function judged(tokens, token) {
  return { idTokenInfo: { status: tokens[token.idToken] ?? 'Unknown' } };
}

const answers = {
  BootNotification: boot,
  Heartbeat: () => ({ currentTime: new Date().toISOString() }),
  Authorize: ({ idToken }) => judged(rules.tokens, idToken),
  TransactionEvent: ({ idToken }) => (idToken ? judged({ ...rules.tokens, ...rules.later_tokens }, idToken) : {}),
  StatusNotification: () => ({}),
  MeterValues: () => ({}),
  NotifyReport: () => ({}),
  NotifyEvent: () => ({}),
  NotifyMonitoringReport: () => ({}),
  LogStatusNotification: () => ({}),
  FirmwareStatusNotification: () => ({}),
  SecurityEventNotification: () => ({}),
};

server.auth((accept, reject, handshake) => {
  const password = handshake.password?.toString() ?? null;
  const client = handshake.request.client.getPeerCertificate?.().subject?.CN ?? null;
  say({ event: 'upgrade', identity: handshake.identity, endpoint: handshake.endpoint, protocols: [...handshake.protocols] });
  if (handshake.identity !== settings.identity) return reject(404, 'Unknown station');
  if (rules.password !== null && password !== rules.password) return reject(401, 'Unauthorized');
  if (settings.tls?.client_certificate && client !== settings.identity) return reject(401, 'Unauthorized');
  return accept();
});

server.on('client', (client) => {
  station = client;
  say({ event: 'connected', protocol: client.protocol });
  for (const [action, answer] of Object.entries(answers)) client.handle(action, ({ params }) => answer(params));
  client.on('message', ({ message, outbound }) => say({ event: 'frame', from_station: !outbound, text: message }));
  client.on('strictValidationFailure', ({ method, outbound, isCall, error }) => {
    const detail = `${error.message} ${JSON.stringify(error.details ?? {})}`;
    say({ event: 'fault', text: `${outbound ? 'our' : "the station's"} ${isCall ? 'request' : 'answer'} ${method} breaks its schema: ${detail}` });
  });
  client.on('badMessage', ({ error }) => say({ event: 'fault', text: `bad message: ${error.message}` }));
  client.once('disconnect', ({ code, reason }) => say({ event: 'disconnected', code, reason }));
});

function makeServer() {
  const made = settings.tls ? https.createServer(tlsOptions(settings.tls)) : http.createServer();
  return made.on('upgrade', server.handleUpgrade);
}

const gate = new Gate(makeServer, settings.host);
obey({
  call: ({ action, payload }) => station.call(action, payload),
  rules: (command) => { rules = command.rules; },
  up: () => gate.up(),
  down: () => gate.down(),
});
await gate.up();
