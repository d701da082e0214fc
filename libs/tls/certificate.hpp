// X.509 helpers of a TLS link: PEM from memory, the name check of OCPP, fingerprints.
#pragma once
#include <array>
#include <expected>
#include <string_view>
#include <vector>

#include "libs/tls/openssl.hpp"
#include "libs/tls/policy.hpp"

namespace bulwatt::tls {

inline constexpr std::size_t kPemLimit = 256 * 1024;   ///< bytes of one PEM text
inline constexpr std::size_t kCertificatesLimit = 64;  ///< certificates of one PEM text
inline constexpr std::size_t kHostLimit = 253;         ///< bytes of a host name

/// Every certificate of a PEM text, in order; at least one. Other PEM blocks in between are an error.
/// `library` and `properties` as in ContextOptions.
std::expected<std::vector<CertificatePtr>, Refusal> parse_certificates(std::string_view pem, Reason on_error,
                                                                       OSSL_LIB_CTX* library, const char* properties);

/// Every revocation list of a PEM text; at least one.
std::expected<std::vector<RevocationListPtr>, Refusal> parse_revocation_lists(std::string_view pem);

/// A private key in PEM, never encrypted: nobody is asked for a passphrase.
std::expected<KeyPtr, Refusal> parse_private_key(std::string_view pem, OSSL_LIB_CTX* library, const char* properties);

struct HostRule {
  bool allow_wildcards = false;
};
/// True when the certificate is for this host: a DNS name among its subject alternative names or as its common name
/// (OCPP writes the CSMS's FQDN into the common name), or an IP address among its subject alternative names.
bool matches_host(X509& certificate, std::string_view host, HostRule rule = {});
/// True when the subject has exactly one domain component, and it is this: what a certificate is for in a V2G hierarchy.
bool matches_domain(X509& certificate, std::string_view domain);
bool is_ip_address(std::string_view host);

std::array<std::byte, kFingerprintSize> fingerprint(X509& certificate);
/// The only common name of the subject; empty when there is none, more than one, or one with a NUL.
Text<128> common_name(X509& certificate);

}  // namespace bulwatt::tls
