// Vault interface: every private key of the station, used but never read.  Server: vault.  Callers: ocpp, v2g.
#pragma once
#include "libs/ipc/interface.hpp"
#include "libs/tls/profile.hpp"

namespace bulwatt::vault {

/// refused: the bytes to sign are not what the key is for. key_unavailable: the device that holds it does not answer.
/// busy: all slow-signing places are taken. too_often: beyond the key's rate. slow_key: only by SubmitSign.
enum class Error : std::uint8_t {
  unknown_key,
  not_yours,
  refused,
  key_unavailable,
  busy,
  unknown_ticket,
  failed,
  too_often,
  slow_key,
};
constexpr auto enum_names(Error) {
  return names("unknown_key", "not_yours", "refused", "key_unavailable", "busy", "unknown_ticket", "failed",
               "too_often", "slow_key");
}

/// What a certificate is trusted or used for, in OCPP's words.
enum class CertificateUse : std::uint8_t { v2g_root, mo_root, csms_root, manufacturer_root, v2g_chain };
constexpr auto enum_names(CertificateUse) {
  return names("V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "ManufacturerRootCertificate",
               "V2GCertificateChain");
}
enum class HashAlgorithm : std::uint8_t { sha256, sha384, sha512 };
constexpr auto enum_names(HashAlgorithm) { return names("SHA256", "SHA384", "SHA512"); }

/// A key has exactly one purpose, fixed when it is made. services/vault/README.md says what each may sign.
enum class Purpose : std::uint8_t {
  tls_client,
  tls_server,
  csr,
  attestation,
  checkpoint,
  meter_record,
  tls12_client,
  tls12_server,
  secc_server,
};
constexpr auto enum_names(Purpose) {
  return names("tls_client", "tls_server", "csr", "attestation", "checkpoint", "meter_record", "tls12_client",
               "tls12_server", "secc_server");
}

enum class Algorithm : std::uint8_t {
  ecdsa_p256,
  ecdsa_p384,
  ed25519,
  ml_dsa_44,
  ml_dsa_65,
  ml_dsa_87,
  ecdsa_p521,
  rsa_2048,
  rsa_3072,
  rsa_4096,
  ed448,
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

inline constexpr std::size_t kMaxToSign = 8192;     ///< TLS 1.2 signs the whole handshake, both chains included
inline constexpr std::size_t kMaxSignature = 4700;  ///< ML-DSA-87 has 4,627
inline constexpr std::size_t kMaxPublicKey = 2700;  ///< ML-DSA-87 SubjectPublicKeyInfo has 2,614
inline constexpr std::size_t kMaxRequest = 10'000;  ///< PEM of a certificate request; ML-DSA-87 has 9,991
inline constexpr std::size_t kMaxChain = 10'000;    ///< PEM, the greatest OCPP carries
inline constexpr std::size_t kMaxAnchorPem = 5500;  ///< PEM of one trust anchor, the greatest OCPP carries
inline constexpr std::size_t kMaxHash = 64;         ///< SHA-512
inline constexpr std::size_t kMaxSerial = 20;       ///< RFC 5280, 4.1.2.2
inline constexpr std::size_t kMaxAnchors = 32;      ///< trust anchors of all uses
inline constexpr std::size_t kMaxListed = 32;       ///< certificates in one answer

using KeyName = Text<32>;

struct KeyInfo {
  KeyName name{};
  Purpose purpose{};
  Algorithm algorithm{};
  Octets<kMaxPublicKey> public_key{};  ///< SubjectPublicKeyInfo, DER
  bool slow{};                         ///< lies in hardware that takes its time: only SubmitSign
  static constexpr auto fields() {
    return list(field<&KeyInfo::name>("name"), field<&KeyInfo::purpose>("purpose"),
                field<&KeyInfo::algorithm>("algorithm"), field<&KeyInfo::public_key>("public_key"),
                field<&KeyInfo::slow>("slow"));
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
/// Trust anchors for a kind of link, PEM, in as many parts as it takes: ask again from `next` until that is 0.
/// "csms": all that a backend's certificate may come from. "csms-new": without those that a newer one is about to replace.
/// "contracts": all that a driver's contract may come from: roots of mobility operators, and V2G roots.
/// "csms-crl": revocation lists that go with them, empty when there are none.
struct GetTrust {
  struct Part {
    Octets<kMaxChain> pem{};
    std::uint16_t next{};
    static constexpr auto fields() { return list(field<&Part::pem>("pem"), field<&Part::next>("next")); }
  };
  using Reply = Part;
  Text<16> link{};
  std::uint16_t from{};
  static constexpr auto fields() { return list(field<&GetTrust::link>("link"), field<&GetTrust::from>("from")); }
};
/// What the crypto profile in use leaves to a link (libs/tls/profile.hpp); asked for whenever a connection is made. Absent: all that the
/// configuration's policy allows. `number`: to be told back by ConfirmTrust; 0: there is no profile.
struct GetProfile {
  struct Given {
    std::uint32_t number{};
    std::optional<tls::LinkProfile> profile{};
    static constexpr auto fields() { return list(field<&Given::number>("number"), field<&Given::profile>("profile")); }
  };
  using Reply = Given;
  tls::LinkUse link{};
  static constexpr auto fields() { return list(field<&GetProfile::link>("link")); }
};
/// Another profile is in use: connections are to be made anew. `fell_back`: no connection came about under number `from`.
struct ProfileChanged {
  std::uint32_t number{};
  std::uint32_t from{};
  bool fell_back = false;
  static constexpr auto fields() {
    using P = ProfileChanged;
    return list(field<&P::number>("number"), field<&P::from>("from"), field<&P::fell_back>("fell_back"));
  }
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

// ---- Trust anchors, as the backend sees them.

/// How OCPP names a certificate: what OCSP hashes (RFC 6960, 4.1.1).
struct CertificateId {
  HashAlgorithm algorithm{};
  Octets<kMaxHash> issuer_name{};  ///< hash of the issuer's distinguished name, DER
  Octets<kMaxHash> issuer_key{};   ///< hash of the issuer's public key: the bits, without tag and length
  Octets<kMaxSerial> serial{};     ///< greatest byte first, no leading zeros
  static constexpr auto fields() {
    using C = CertificateId;
    return list(field<&C::algorithm>("algorithm"), field<&C::issuer_name>("issuer_name"),
                field<&C::issuer_key>("issuer_key"), field<&C::serial>("serial"));
  }
  friend bool operator==(const CertificateId&, const CertificateId&) = default;
};

/// Takes one certificate as a trust anchor. It must be a certificate authority, good now, of a strong key, and signed by
/// itself or by an anchor of the same use. A rejected one is a good answer: `reason` is a sentence for people.
/// failed: it could not be stored.
enum class InstallVerdict : std::uint8_t { accepted, rejected, failed };
constexpr auto enum_names(InstallVerdict) { return names("Accepted", "Rejected", "Failed"); }
struct InstallAnchor {
  struct Answer {
    InstallVerdict verdict{};
    Text<120> reason{};
    static constexpr auto fields() {
      return list(field<&Answer::verdict>("verdict"), field<&Answer::reason>("reason"));
    }
  };
  using Reply = Answer;
  CertificateUse use{};  ///< any but v2g_chain
  Text<kMaxAnchorPem> pem{};
  std::optional<Timestamp> now{};  ///< absent: nobody knows the time, so no date is looked at
  static constexpr auto fields() {
    using I = InstallAnchor;
    return list(field<&I::use>("use"), field<&I::pem>("pem"), field<&I::now>("now"));
  }
};
/// failed: it is there but stays, because it is the station's own or the present connection depends on it, or because the
/// medium did not take the change.
enum class DeleteVerdict : std::uint8_t { accepted, failed, not_found };
constexpr auto enum_names(DeleteVerdict) { return names("Accepted", "Failed", "NotFound"); }
struct DeleteAnchor {
  struct Answer {
    DeleteVerdict verdict{};
    Text<120> reason{};
    static constexpr auto fields() {
      return list(field<&Answer::verdict>("verdict"), field<&Answer::reason>("reason"));
    }
  };
  using Reply = Answer;
  CertificateId id{};
  static constexpr auto fields() { return list(field<&DeleteAnchor::id>("id")); }
};
/// Every trust anchor and every V2G chain, hashed with SHA-256: ask again from `next` until that is 0.
struct ListCertificates {
  struct One {
    CertificateUse use{};
    bool child = false;  ///< belongs to the chain of the entry before it
    CertificateId id{};
    static constexpr auto fields() {
      return list(field<&One::use>("use"), field<&One::child>("child"), field<&One::id>("id"));
    }
  };
  struct Part {
    List<One, kMaxListed> certificates{};
    std::uint16_t next{};
    static constexpr auto fields() {
      return list(field<&Part::certificates>("certificates"), field<&Part::next>("next"));
    }
  };
  using Reply = Part;
  std::uint16_t from{};
  static constexpr auto fields() { return list(field<&ListCertificates::from>("from")); }
};
/// The present connection to the backend was made under this anchor (SHA-256 of its DER; none for a connection without
/// TLS) and with the certificate in this slot (none: without one): both stay, what they replaced goes. `profile`: the number of
/// the crypto profile that it was made under.
struct ConfirmTrust {
  using Reply = ipc::Done;
  std::optional<std::array<std::byte, 32>> anchor{};
  std::optional<KeyName> slot{};
  std::uint32_t profile{};
  static constexpr auto fields() {
    return list(field<&ConfirmTrust::anchor>("anchor"), field<&ConfirmTrust::slot>("slot"),
                field<&ConfirmTrust::profile>("profile"));
  }
};

// ---- Whether the certificates that cars see were revoked: the backend fetches what their issuers say (OCSP).

inline constexpr std::size_t kMaxStatus = 4125;    ///< DER of an answer; OCPP carries it in 5,500 characters of base64
inline constexpr std::size_t kMaxResponder = 512;  ///< address of who gives it

/// The certificate of the station's V2G chains whose answer is missing or the oldest that is to be renewed: it is a week old, or past
/// its own end. None: every one is fresh.
struct NextStatus {
  struct Wanted {
    CertificateId id{};
    Text<kMaxResponder> responder{};
    static constexpr auto fields() { return list(field<&Wanted::id>("id"), field<&Wanted::responder>("responder")); }
  };
  struct Answer {
    std::optional<Wanted> wanted{};
    static constexpr auto fields() { return list(field<&Answer::wanted>("wanted")); }
  };
  using Reply = Answer;
  Timestamp now{};
  std::uint8_t passed_over{};  ///< so many were asked for in vain lately
  static constexpr auto fields() {
    return list(field<&NextStatus::now>("now"), field<&NextStatus::passed_over>("passed_over"));
  }
};
/// An answer about that certificate. It is kept when its issuer signed it, or somebody whom the issuer lets, and it is of now.
struct StoreStatus {
  using Reply = InstallAnchor::Answer;
  CertificateId id{};
  Octets<kMaxStatus> der{};
  Timestamp now{};
  static constexpr auto fields() {
    using S = StoreStatus;
    return list(field<&S::id>("id"), field<&S::der>("der"), field<&S::now>("now"));
  }
};

// ---- A new key and certificate in place of the present ones. A key has two slots; `name` is that of the configuration.

/// A new key pair is to be made beside the present one. KeyMade says when it is there: under the slot's name as any other
/// key. busy: there are two certificates and no connection has shown yet which one is good.
struct RenewKey {
  struct Started {
    KeyName slot{};
    static constexpr auto fields() { return list(field<&Started::slot>("slot")); }
  };
  using Reply = Started;
  KeyName name{};
  static constexpr auto fields() { return list(field<&RenewKey::name>("name")); }
};
struct KeyMade {
  bool good{};
  static constexpr auto fields() { return list(field<&KeyMade::good>("good")); }
};
/// The certificate of the key that was made last, leaf first. It must be for that key and this common name, good now, and
/// come from one of the backend's trust anchors. Used first from then on.
struct InstallChain {
  using Reply = InstallAnchor::Answer;
  KeyName name{};
  Text<kMaxChain> pem{};
  Text<64> common_name{};
  std::optional<Timestamp> now{};  ///< absent: nobody knows the time, so no date is looked at
  static constexpr auto fields() {
    using I = InstallChain;
    return list(field<&I::name>("name"), field<&I::pem>("pem"), field<&I::common_name>("common_name"),
                field<&I::now>("now"));
  }
};
/// The slots that hold a certificate, the one to use first in front.
struct ListOwn {
  struct Slot {
    KeyName name{};
    Timestamp not_after{};
    static constexpr auto fields() { return list(field<&Slot::name>("name"), field<&Slot::not_after>("not_after")); }
  };
  struct Owned {
    List<Slot, 2> slots{};
    static constexpr auto fields() { return list(field<&Owned::slots>("slots")); }
  };
  using Reply = Owned;
  KeyName name{};
  static constexpr auto fields() { return list(field<&ListOwn::name>("name")); }
};

using Vault =
    ipc::Interface<"vault", Error, ipc::Call<1, "GetKey", GetKey>, ipc::Call<2, "GetChain", GetChain>,
                   ipc::Call<3, "GetTrust", GetTrust>, ipc::Call<4, "Sign", Sign>,
                   ipc::Call<5, "SubmitSign", SubmitSign>, ipc::Call<6, "FetchSign", FetchSign>,
                   ipc::Pulse<7, "SignDone", SignDone>, ipc::Call<16, "SubmitRequest", SubmitRequest>,
                   ipc::Call<17, "FetchRequest", FetchRequest>, ipc::Call<8, "InstallAnchor", InstallAnchor>,
                   ipc::Call<9, "DeleteAnchor", DeleteAnchor>, ipc::Call<10, "ListCertificates", ListCertificates>,
                   ipc::Call<11, "ConfirmTrust", ConfirmTrust>, ipc::Call<12, "RenewKey", RenewKey>,
                   ipc::Pulse<13, "KeyMade", KeyMade>, ipc::Call<14, "InstallChain", InstallChain>,
                   ipc::Call<15, "ListOwn", ListOwn>, ipc::Call<18, "GetProfile", GetProfile>,
                   ipc::Pulse<19, "ProfileChanged", ProfileChanged>, ipc::Call<20, "NextStatus", NextStatus>,
                   ipc::Call<21, "StoreStatus", StoreStatus>>;

}  // namespace bulwatt::vault
