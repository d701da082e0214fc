// Certificates made in memory, for tests of TLS links. Never for a product.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "libs/tls/openssl.hpp"

namespace bulwatt::tls::testing {

inline constexpr std::int64_t kNow = 1'800'000'000;  // 2027-01-15
inline constexpr std::int64_t kDay = 86'400;

struct Recipe {
  std::string algorithm = "P-256";  ///< "P-256", "P-384", "RSA-2048", "Ed25519", "ML-DSA-65", …
  std::string common_name = "csms.example";
  std::string domain{};                     ///< domain component
  std::vector<std::string> alternatives{};  ///< "DNS:csms.example", "IP:127.0.0.1"
  bool authority = false;
  std::int64_t not_before = kNow - kDay;
  std::int64_t not_after = kNow + kDay;
};

struct Made {
  KeyPtr key;
  CertificatePtr certificate;
  std::string certificate_pem;
  std::string key_pem;
};
/// Signed by `issuer`, or by itself.
Made make(const Recipe& recipe, const Made* issuer = nullptr);

/// A revocation list of `issuer`, PEM, good from a day before kNow to a day after it unless `next_update` says otherwise.
std::string make_crl(const Made& issuer, const std::vector<const Made*>& revoked,
                     std::int64_t next_update = kNow + kDay);

}  // namespace bulwatt::tls::testing
