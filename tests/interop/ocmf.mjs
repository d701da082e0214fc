// Judges OCMF records by @road-labs/ocmf: `node ocmf.mjs MODULES RECORD KEY`. MODULES: a node_modules folder; RECORD: a file; KEY: a file with
// a public key, DER as hexadecimal. Prints "verified" and what was read, or "refused".
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, record, key] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { Verifier } = require("@road-labs/ocmf");
const { Crypto, EcPublicKey } = require("@road-labs/ocmf-crypto-noble");

const crypto = new Crypto();
const publicKey = await crypto.decodeEcPublicKey(Buffer.from(readFileSync(key, "utf8").trim(), "hex"), "spki-der");
const result = await new Verifier(crypto).parseAndVerify(readFileSync(record, "utf8").trim(), publicKey);
console.log(result.verified ? "verified " + JSON.stringify(result.value.payloadData) : "refused");
