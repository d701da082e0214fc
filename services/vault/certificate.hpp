// What the store must know of one certificate: what it says, whether it may be a trust anchor, and how OCPP names it.
// Bytes from outside; parsed once, here. Pure but for OpenSSL.
#pragma once
#include <openssl/x509.h>

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "interfaces/vault.hpp"

namespace bulwatt::vault {

inline constexpr std::size_t kMaxDer = 7500;        ///< of one certificate; an ML-DSA-87 root has 7,450
inline constexpr std::size_t kMaxCertificates = 8;  ///< of one PEM text
inline constexpr int kLeastSecurityBits = 112;      ///< RSA 2048, ECDSA P-224
inline constexpr std::int64_t kClockSlackMs =
    300'000;  ///< clocks of a backend and a station differ; so may "good from now"

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using CertificatePtr = std::unique_ptr<X509, FreeX509>;
using Der = std::vector<std::byte>;
using Fingerprint = std::array<std::byte, 32>;  ///< SHA-256 of the DER

/// Why a certificate is not taken.
enum class Flaw : std::uint8_t {
  unreadable,
  not_one,
  too_long,
  bad_serial,
  not_an_authority,
  not_yet_valid,
  expired,
  weak_key,
  weak_signature,
  unknown_issuer,
  not_signed_by_present,
  other_key,
  other_name,
  unknown_chain,
};
constexpr auto enum_names(Flaw) {
  return names("this is not a certificate in PEM", "exactly one certificate is needed", "the certificate is too long",
               "the serial number is negative or longer than 20 bytes", "this is no certificate authority",
               "the certificate is not valid yet", "the certificate has expired",
               "the key is too weak, or of a kind this station does not use",
               "the certificate is signed with a weak algorithm",
               "neither itself nor a trusted certificate of the same use has signed it",
               "the present root certificate has not signed it", "the certificate is not for the key that was made",
               "the certificate is not for this station",
               "the certificate does not come from a root certificate of the backend, or its chain is not whole");
}

/// Every certificate of a PEM text, at least one.
//= OCPP-2.0.1 A00.FR.507
std::expected<std::vector<CertificatePtr>, Flaw> parse_pem(std::string_view pem);
/// The only one.
std::expected<CertificatePtr, Flaw> parse_one(std::string_view pem);
CertificatePtr parse_der(std::span<const std::byte> der);
Der der_of(X509& certificate);
/// Empty when it cannot be written.
std::string pem_of(X509& certificate);
Fingerprint fingerprint_of(X509& certificate);

/// Whether it may be a trust anchor by what it says of itself. Without `now` no date is looked at.
std::optional<Flaw> flaw_of_authority(X509& certificate, std::optional<Timestamp> now);
std::optional<Flaw> flaw_of_dates(X509& certificate, std::optional<Timestamp> now);
std::optional<Flaw> flaw_of_key(X509& certificate);
/// The names fit and the signature is good.
bool signed_by(X509& certificate, X509& issuer);

/// The issuer's public key as OCPP hashes it, by HashAlgorithm.
using KeyHashes = List<Octets<kMaxHash>, 3>;
KeyHashes key_hashes(X509& issuer);
/// `issuer` may be empty when nobody knows the issuer; the hash of its key is empty then.
CertificateId id_of(X509& certificate, const KeyHashes& issuer, HashAlgorithm algorithm);

}  // namespace bulwatt::vault
