// Vault interface: every private key of the station, used but never read.  Server: vault.  Caller: ocpp (later every TLS end).
#pragma once
#include "libs/ipc/interface.hpp"

namespace bulwatt::vault {

/// refused: the bytes to sign are not what the key is for. key_unavailable: the device that holds it does not answer.
/// busy: all slow-signing places are taken. too_often: beyond the key's rate. slow_key: only by SubmitSign.
enum class Error : std::uint8_t {
  unknown_key, not_yours, refused, key_unavailable, busy, unknown_ticket, failed, too_often, slow_key,
};
constexpr auto enum_names(Error) {
  return names("unknown_key", "not_yours", "refused", "key_unavailable", "busy", "unknown_ticket", "failed", "too_often",
               "slow_key");
}

/// A key has exactly one purpose, fixed when it is made. services/vault/README.md says what each may sign.
enum class Purpose : std::uint8_t {
  tls_client, tls_server, csr, attestation, checkpoint, meter_record, tls12_client, tls12_server,
};
constexpr auto enum_names(Purpose) {
  return names("tls_client", "tls_server", "csr", "attestation", "checkpoint", "meter_record", "tls12_client", "tls12_server");
}

enum class Algorithm : std::uint8_t {
  ecdsa_p256, ecdsa_p384, ed25519, ml_dsa_44, ml_dsa_65, ml_dsa_87, ecdsa_p521, rsa_2048, rsa_3072, rsa_4096, ed448,
};
constexpr auto enum_names(Algorithm) {
  return names("ecdsa_p256", "ecdsa_p384", "ed25519", "ml_dsa_44", "ml_dsa_65", "ml_dsa_87", "ecdsa_p521", "rsa_2048",
               "rsa_3072", "rsa_4096", "ed448");
}

enum class Digest : std::uint8_t { none, sha256, sha384, sha512 };
constexpr auto enum_names(Digest) { return names("none", "sha256", "sha384", "sha512"); }

/// Of RSA keys: TLS 1.3 takes pss only (salt as long as the digest), PKCS #10 and TLS 1.2 also pkcs1.
enum class Padding : std::uint8_t { none, pkcs1, pss };
constexpr auto enum_names(Padding) { return names("none", "pkcs1", "pss"); }

inline constexpr std::size_t kMaxToSign = 8192;      ///< TLS 1.2 signs the whole handshake, both chains included
inline constexpr std::size_t kMaxSignature = 4700;   ///< ML-DSA-87 has 4,627
inline constexpr std::size_t kMaxPublicKey = 2700;   ///< ML-DSA-87 SubjectPublicKeyInfo has 2,614
inline constexpr std::size_t kMaxRequest = 10'000;   ///< PEM of a certificate request; ML-DSA-87 has 9,991
inline constexpr std::size_t kMaxChain = 10'000;     ///< PEM, the greatest OCPP carries

using KeyName = Text<32>;

struct KeyInfo {
  KeyName name{};
  Purpose purpose{};
  Algorithm algorithm{};
  Octets<kMaxPublicKey> public_key{};  ///< SubjectPublicKeyInfo, DER
  bool slow{};                         ///< lies in hardware that takes its time: only SubmitSign
  static constexpr auto fields() {
    return list(field<&KeyInfo::name>("name"), field<&KeyInfo::purpose>("purpose"), field<&KeyInfo::algorithm>("algorithm"),
                field<&KeyInfo::public_key>("public_key"), field<&KeyInfo::slow>("slow"));
  }
};
struct Signature {
  Octets<kMaxSignature> bytes{};
  static constexpr auto fields() { return list(field<&Signature::bytes>("bytes")); }
};

struct GetKey {
  using Reply = KeyInfo;
  KeyName name{};
  static constexpr auto fields() { return list(field<&GetKey::name>("name")); }
};
/// Certificate chain that belongs to a key, PEM, leaf first; empty when none was issued yet.
struct GetChain {
  struct Chain {
    Octets<kMaxChain> pem{};
    static constexpr auto fields() { return list(field<&Chain::pem>("pem")); }
  };
  using Reply = Chain;
  KeyName name{};
  static constexpr auto fields() { return list(field<&GetChain::name>("name")); }
};
/// Trust anchors for a kind of link, PEM; "csms-crl": revocation lists that go with them, empty when there are none.
struct GetTrust {
  using Reply = GetChain::Chain;
  Text<16> link{};  ///< "csms"
  static constexpr auto fields() { return list(field<&GetTrust::link>("link")); }
};
/// Signs the whole content `bytes`, which the vault parses and holds against the key's purpose.
struct Sign {
  using Reply = Signature;
  KeyName key{};
  Digest digest{};
  Octets<kMaxToSign> bytes{};
  Padding padding{};
  static constexpr auto fields() {
    return list(field<&Sign::key>("key"), field<&Sign::digest>("digest"), field<&Sign::bytes>("bytes", {.at_least = 1}),
                field<&Sign::padding>("padding"));
  }
};
/// The same for keys in slow hardware: take a ticket, wait for the pulse SignDone, fetch.
struct SubmitSign {
  struct Ticket {
    std::uint32_t ticket{};
    static constexpr auto fields() { return list(field<&Ticket::ticket>("ticket")); }
  };
  using Reply = Ticket;
  KeyName key{};
  Digest digest{};
  Octets<kMaxToSign> bytes{};
  Padding padding{};
  static constexpr auto fields() {
    return list(field<&SubmitSign::key>("key"), field<&SubmitSign::digest>("digest"),
                field<&SubmitSign::bytes>("bytes", {.at_least = 1}), field<&SubmitSign::padding>("padding"));
  }
};
struct FetchSign {
  struct Fetched {
    std::optional<Signature> signature{};  ///< absent: not done yet
    static constexpr auto fields() { return list(field<&Fetched::signature>("signature")); }
  };
  using Reply = Fetched;
  std::uint32_t ticket{};
  static constexpr auto fields() { return list(field<&FetchSign::ticket>("ticket")); }
};
/// A certificate request (PKCS #10) for a key, made and signed by the vault. Ticket and pulse as with SubmitSign.
struct SubmitRequest {
  using Reply = SubmitSign::Ticket;
  KeyName key{};
  Text<64> common_name{};
  Text<64> organization{};
  static constexpr auto fields() {
    return list(field<&SubmitRequest::key>("key"), field<&SubmitRequest::common_name>("common_name", {.at_least = 1}),
                field<&SubmitRequest::organization>("organization"));
  }
};
struct FetchRequest {
  struct Fetched {
    std::optional<Octets<kMaxRequest>> pem{};  ///< absent: not done yet
    static constexpr auto fields() { return list(field<&Fetched::pem>("pem")); }
  };
  using Reply = Fetched;
  std::uint32_t ticket{};
  static constexpr auto fields() { return list(field<&FetchRequest::ticket>("ticket")); }
};
struct SignDone {
  std::uint32_t ticket{};
  static constexpr auto fields() { return list(field<&SignDone::ticket>("ticket")); }
};

using Vault = ipc::Interface<"vault", Error, ipc::Call<1, "GetKey", GetKey>, ipc::Call<2, "GetChain", GetChain>,
                             ipc::Call<3, "GetTrust", GetTrust>, ipc::Call<4, "Sign", Sign>,
                             ipc::Call<5, "SubmitSign", SubmitSign>, ipc::Call<6, "FetchSign", FetchSign>,
                             ipc::Pulse<7, "SignDone", SignDone>, ipc::Call<16, "SubmitRequest", SubmitRequest>,
                             ipc::Call<17, "FetchRequest", FetchRequest>>;

}  // namespace bulwatt::vault
