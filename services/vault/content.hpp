// What a key of a purpose may sign, decided by reading the content itself, whole. Pure.
#pragma once
#include "interfaces/vault.hpp"

namespace bulwatt::vault {

using Content = std::span<const std::byte>;

/// Exactly the content that TLS 1.3 signs in CertificateVerify for this role: 64 spaces, the role's context string, a zero
/// byte and one transcript hash of 32 or 48 bytes (RFC 9846, 4.4.3).
bool is_certificate_verify(Content bytes, bool client);
/// Exactly what a TLS 1.2 server signs in ServerKeyExchange: both randoms and one ephemeral point of a named curve
/// (RFC 8422, 5.4).
bool is_server_key_exchange(Content bytes);
/// Exactly what a TLS 1.2 client signs in CertificateVerify: the handshake from ClientHello to ClientKeyExchange, each message
/// in its place, none missing (RFC 5246, 7.4.8).
bool is_tls12_transcript(Content bytes);
/// The CertificationRequestInfo of a PKCS #10 request for this very public key (SubjectPublicKeyInfo), in DER, that asks for
/// no certificate authority.
bool is_request_info(Content bytes, Content public_key);
/// The text of a C2SP tlog-checkpoint: origin, size, root hash; or the tree head of a cosignature ("subtree/v1").
bool is_checkpoint(Content bytes);
/// The payload of an OCMF record: one JSON object with format version, pagination and readings, nothing after it.
bool is_meter_record(Content bytes);

/// Whether a key may sign these bytes in this way. An attestation key signs nothing that is handed in: what it states is
/// read by the vault itself.
bool may_sign(const KeyInfo& key, Digest digest, Padding padding, Content bytes);

}  // namespace bulwatt::vault
