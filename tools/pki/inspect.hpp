// What a certificate says, in plain words.
#pragma once
#include <optional>

#include "tools/pki/certificate.hpp"

namespace bulwatt::pki {

/// ISO 15118-2 allows this many bytes for a certificate in DER, -20 twice as many.
inline constexpr int kMostDerBytesIso2 = 800;
inline constexpr int kMostDerBytesIso20 = 1600;
/// InstallCertificate of OCPP 2.0.1, and a chain in CertificateSigned: characters of PEM.
inline constexpr std::size_t kMostPemOfInstall = 5500;
inline constexpr std::size_t kMostPemOfChain = 10'000;

struct Facts {
  std::string subject;
  std::string issuer;
  std::string serial;
  std::string key;        ///< "P-256", "ML-DSA-65", "RSA 3072 bits"
  std::string signature;  ///< "ecdsa-with-SHA256"
  std::string names;      ///< alternative names
  std::string usage;
  std::int64_t begins = 0;  ///< Unix seconds
  std::int64_t ends = 0;
  int der_bytes = 0;
  std::size_t pem_characters = 0;
  bool authority = false;
  bool own_issuer = false;
  bool quantum_safe = false;  ///< key and signature
};
Facts facts_of(X509* certificate);

/// YYYY-MM-DD in UTC.
std::string day_text(std::int64_t unix_seconds);
/// "for another 89 days", "ended 3 days ago", "begins in 10 days".
std::string validity_text(const Facts& facts, std::int64_t now);
/// Some lines about one certificate.
std::string describe(const Facts& facts, std::int64_t now);
/// Whether each certificate was signed by the one after it; the place of the first that was not.
std::optional<std::size_t> first_gap(const std::vector<tls::CertificatePtr>& chain);

}  // namespace bulwatt::pki
