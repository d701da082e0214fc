#include "tools/pki/certificate.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "libs/tls/certificate.hpp"

namespace bulwatt::pki {
namespace {

using tls::BioPtr;
using tls::CertificatePtr;
using tls::KeyPtr;
using RequestPtr = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Freed<BN_free>>;

constexpr std::size_t kSerialBytes = 16;  // ISO 15118 and RFC 5280 allow 20

void require(bool done, const std::string& what) {
  if (done) return;
  ERR_clear_error();
  throw std::runtime_error("cannot " + what);
}

void add_name(X509_NAME* name, const char* field, const std::string& value) {
  const auto* text = reinterpret_cast<const unsigned char*>(value.data());
  if (value.empty()) return;
  require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, text, static_cast<int>(value.size()), -1, 0) == 1,
          "name a certificate");
}

void extend(X509* certificate, X509* issuer, const char* name, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_nconf(nullptr, &context, name, value.c_str());
  require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1,
          std::string{"add "} + name + " " + value);
  X509_EXTENSION_free(extension);
}

NumberPtr random_serial() {
  std::array<unsigned char, kSerialBytes> bytes{};
  require(RAND_bytes(bytes.data(), bytes.size()) == 1, "draw a serial number");
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7fU) | 1U);
  return NumberPtr{BN_bin2bn(bytes.data(), bytes.size(), nullptr)};
}

/// Keys with a hash of their own take none from outside; with the others strength goes with the curve, as in ISO 15118.
const EVP_MD* digest_for(EVP_PKEY* key, bool weak) {
  if (weak) return EVP_sha1();
  if (EVP_PKEY_is_a(key, "RSA") == 1) return EVP_sha256();
  if (EVP_PKEY_is_a(key, "EC") != 1) return nullptr;
  const int bits = EVP_PKEY_get_bits(key);
  return bits > 384 ? EVP_sha512() : bits > 256 ? EVP_sha384() : EVP_sha256();
}

template <class Write>
std::string pem(Write write) {
  const BioPtr bio{BIO_new(BIO_s_mem())};
  require(write(bio.get()) == 1, "write PEM");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

const std::vector<std::string>& algorithm_names() {
  static const std::vector<std::string> kNames{"p256",    "p384",    "p521",    "ed25519", "ed448",
                                               "rsa3072", "mldsa44", "mldsa65", "mldsa87"};
  return kNames;
}

KeyPtr new_key(Algorithm algorithm) {
  const auto ec = [](const char* curve) { return KeyPtr{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve)}; };
  const auto plain = [](const char* name) { return KeyPtr{EVP_PKEY_Q_keygen(nullptr, nullptr, name)}; };
  const auto rsa = [](std::size_t bits) { return KeyPtr{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits)}; };
  KeyPtr key;
  switch (algorithm) {
    case Algorithm::p256: key = ec("P-256"); break;
    case Algorithm::p384: key = ec("P-384"); break;
    case Algorithm::p521: key = ec("P-521"); break;
    case Algorithm::ed25519: key = plain("ED25519"); break;
    case Algorithm::ed448: key = plain("ED448"); break;
    case Algorithm::rsa3072: key = rsa(3072); break;
    case Algorithm::rsa1024: key = rsa(1024); break;
    case Algorithm::mldsa44: key = plain("ML-DSA-44"); break;
    case Algorithm::mldsa65: key = plain("ML-DSA-65"); break;
    case Algorithm::mldsa87: key = plain("ML-DSA-87"); break;
  }
  require(key != nullptr, "make a key of this type with this OpenSSL");
  return key;
}

CertificatePtr make_certificate(const Recipe& recipe, EVP_PKEY* subject_key, const Holder* issuer) {
  CertificatePtr made{X509_new()};
  X509* certificate = made.get();
  BN_to_ASN1_INTEGER(random_serial().get(), X509_get_serialNumber(certificate));
  X509_set_version(certificate, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate), recipe.begins);
  X509_gmtime_adj(X509_getm_notAfter(certificate), recipe.ends);
  X509_set_pubkey(certificate, subject_key);
  auto* name = X509_get_subject_name(certificate);
  add_name(name, "O", recipe.organization);
  add_name(name, "DC", recipe.domain_component);
  add_name(name, "CN", recipe.common_name);
  X509* above = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(above));
  const auto limit = recipe.path_length < 0 ? std::string{} : ",pathlen:" + std::to_string(recipe.path_length);
  extend(certificate, above, "basicConstraints", recipe.authority ? "critical,CA:TRUE" + limit : "critical,CA:FALSE");
  const auto* usual = recipe.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature";
  extend(certificate, above, "keyUsage", recipe.usage.empty() ? usual : recipe.usage);
  extend(certificate, above, "subjectKeyIdentifier", "hash");
  if (issuer != nullptr) extend(certificate, above, "authorityKeyIdentifier", "keyid:always");
  for (const auto& one : recipe.more) extend(certificate, above, one.name, one.value);
  EVP_PKEY* key = issuer == nullptr ? subject_key : issuer->key.get();
  require(X509_sign(certificate, key, digest_for(key, recipe.weak_hash)) > 0, "sign a certificate");
  return made;
}

std::string make_revocation_list(const Holder& issuer, X509* revoked) {
  const tls::RevocationListPtr list{X509_CRL_new()};
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.certificate.get()));
  const std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>> now{X509_gmtime_adj(nullptr, -60)};
  const std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>> next{X509_gmtime_adj(nullptr, 30L * 24 * 3600)};
  X509_CRL_set1_lastUpdate(list.get(), now.get());
  X509_CRL_set1_nextUpdate(list.get(), next.get());
  X509_REVOKED* entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked));
  X509_REVOKED_set_revocationDate(entry, now.get());
  require(X509_CRL_add0_revoked(list.get(), entry) == 1, "revoke a certificate");
  X509_CRL_sort(list.get());
  require(X509_CRL_sign(list.get(), issuer.key.get(), digest_for(issuer.key.get(), false)) > 0,
          "sign a revocation list");
  return pem([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, list.get()); });
}

std::string pem_of(X509* certificate) {
  return pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}
std::string pem_of(EVP_PKEY* private_key) {
  return pem(
      [&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, private_key, nullptr, nullptr, 0, nullptr, nullptr); });
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read '" + path.string() + "'");
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::filesystem::path& path, const std::string& text, bool secret) {
  std::filesystem::create_directories(path.parent_path());
  const auto draft = path.string() + ".new";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(draft.c_str(), path.c_str()) != 0)
    throw std::runtime_error("cannot write '" + path.string() + "'");
}

std::vector<CertificatePtr> read_certificates(const std::filesystem::path& path) {
  auto read = tls::parse_certificates(read_file(path), tls::Reason::bad_certificate, nullptr, nullptr);
  if (!read || read->empty()) throw std::runtime_error("'" + path.string() + "' has no certificate");
  return std::move(*read);
}

CertificatePtr read_certificate(const std::filesystem::path& path) {
  return std::move(read_certificates(path).front());
}

KeyPtr read_key(const std::filesystem::path& path) {
  auto read = tls::parse_private_key(read_file(path), nullptr, nullptr);
  if (!read) throw std::runtime_error("'" + path.string() + "' has no private key");
  return std::move(*read);
}

/// In a V2G hierarchy a leaf has the domain component of the authority that issues it; in others there is none.
std::string domain_component_of(X509* certificate) {
  std::array<char, 64> text{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_domainComponent, text.data(),
                                             static_cast<int>(text.size()));
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string{};
}

CertificatePtr sign_request(const std::string& request_pem, const Holder& issuer, int days) {
  const BioPtr bio{BIO_new_mem_buf(request_pem.data(), static_cast<int>(request_pem.size()))};
  const RequestPtr request{PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr)};
  ERR_clear_error();
  if (!request) throw std::runtime_error("the certificate request is no PEM PKCS#10");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    throw std::runtime_error("the certificate request is not signed by its own key");
  }
  std::array<char, 256> name{};
  const int size = X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request.get()), NID_commonName, name.data(),
                                             static_cast<int>(name.size()));
  if (size <= 0) throw std::runtime_error("the certificate request names nobody");
  return make_certificate({.common_name = std::string(name.data(), static_cast<std::size_t>(size)),
                           .domain_component = domain_component_of(issuer.certificate.get()),
                           .ends = days * 24L * 3600},
                          key, &issuer);
}

}  // namespace bulwatt::pki
