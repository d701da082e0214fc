// One certificate, key or revocation list, made from a recipe. For tests and rehearsals: keys lie in files.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "libs/tls/openssl.hpp"

namespace bulwatt::pki {

/// Key types by the names people type. `mixed` is resolved by the tree: one type per level.
enum class Algorithm : std::uint8_t { p256, p384, p521, ed25519, ed448, rsa3072, mldsa44, mldsa65, mldsa87, rsa1024 };
const std::vector<std::string>& algorithm_names();  ///< without rsa1024, which exists only to be refused

tls::KeyPtr new_key(Algorithm algorithm);

struct Extension {
  const char* name;
  std::string value;
};

/// What stands in a certificate. Times are seconds from now.
struct Recipe {
  std::string common_name;
  std::string organization = "Bulwatt test";
  std::string domain_component = {};  ///< ISO 15118: V2G, CPO, CPS, OEM, MO
  bool authority = false;
  int path_length = -1;              ///< of an authority; -1: any
  std::string usage = {};            ///< keyUsage; empty: signing certificates or digitalSignature
  std::vector<Extension> more = {};  ///< extendedKeyUsage, subjectAltName, nameConstraints, …
  long begins = -3600;
  long ends = 0;
  bool weak_hash = false;  ///< SHA-1, which exists only to be refused
};

/// A certificate with the key it speaks of.
struct Holder {
  tls::CertificatePtr certificate;
  tls::KeyPtr key;
};

/// Signed by `issuer`, or by itself when there is none.
tls::CertificatePtr make_certificate(const Recipe& recipe, EVP_PKEY* subject_key, const Holder* issuer);
/// A revocation list of `issuer` with one certificate on it.
std::string make_revocation_list(const Holder& issuer, X509* revoked);

std::string pem_of(X509* certificate);
std::string pem_of(EVP_PKEY* private_key);
tls::CertificatePtr read_certificate(const std::filesystem::path& path);
std::vector<tls::CertificatePtr> read_certificates(const std::filesystem::path& path);
tls::KeyPtr read_key(const std::filesystem::path& path);
std::string read_file(const std::filesystem::path& path);
/// Whole or not at all; with `secret` for the owner only, also while it is written.
void write_file(const std::filesystem::path& path, const std::string& text, bool secret);

/// A station's PKCS#10 request, signed by `issuer` for `days`. Throws when it is not signed by its own key.
tls::CertificatePtr sign_request(const std::string& request_pem, const Holder& issuer, int days);

}  // namespace bulwatt::pki
