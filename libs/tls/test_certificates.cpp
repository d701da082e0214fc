#include "libs/tls/test_certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace bulwatt::tls::testing {
namespace {

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

KeyPtr make_key(const std::string& algorithm) {
  if (algorithm.starts_with("P-")) return KeyPtr{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", algorithm.c_str())};
  if (algorithm.starts_with("RSA-"))
    return KeyPtr{
        EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(std::stoul(algorithm.substr(4))))};
  return KeyPtr{EVP_PKEY_Q_keygen(nullptr, nullptr, algorithm.c_str())};
}

void extend(X509* certificate, X509* issuer, const char* name, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf(nullptr, &context, name, value.c_str());
  require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, name);
  X509_EXTENSION_free(extension);
}

template <class Write>
std::string pem_of(Write write) {
  const BioPtr bio{BIO_new(BIO_s_mem())};
  require(write(bio.get()) == 1, "PEM");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Made make(const Recipe& recipe, const Made* issuer) {
  Made made;
  made.key = make_key(recipe.algorithm);
  require(made.key != nullptr, recipe.algorithm.c_str());
  made.certificate.reset(X509_new());
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(certificate), recipe.not_before);
  ASN1_TIME_set(X509_getm_notAfter(certificate), recipe.not_after);
  X509_set_pubkey(certificate, made.key.get());
  auto* name = X509_get_subject_name(certificate);
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(recipe.common_name.data()),
                                     static_cast<int>(recipe.common_name.size()), -1, 0) == 1,
          "CN");
  if (!recipe.domain.empty())
    require(X509_NAME_add_entry_by_txt(name, "DC", MBSTRING_ASC,
                                       reinterpret_cast<const unsigned char*>(recipe.domain.data()),
                                       static_cast<int>(recipe.domain.size()), -1, 0) == 1,
            "DC");
  X509* issued_by = issuer != nullptr ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(issued_by));
  extend(certificate, issued_by, "basicConstraints", recipe.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  extend(certificate, issued_by, "keyUsage",
         recipe.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  extend(certificate, issued_by, "subjectKeyIdentifier", "hash");
  std::string alternatives;
  for (const auto& one : recipe.alternatives) alternatives += (alternatives.empty() ? "" : ",") + one;
  if (!alternatives.empty()) extend(certificate, issued_by, "subjectAltName", alternatives);
  EVP_PKEY* signer = issuer != nullptr ? issuer->key.get() : made.key.get();
  const bool digests = EVP_PKEY_is_a(signer, "EC") == 1 || EVP_PKEY_is_a(signer, "RSA") == 1;
  require(X509_sign(certificate, signer, digests ? EVP_sha256() : nullptr) > 0, "sign");
  made.certificate_pem = pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
  made.key_pem = pem_of(
      [&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, made.key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return made;
}

std::string make_crl(const Made& issuer, const std::vector<const Made*>& revoked, std::int64_t next_update) {
  const RevocationListPtr list{X509_CRL_new()};
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.certificate.get()));
  const std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>> from{ASN1_TIME_set(nullptr, kNow - 2 * kDay)};
  const std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>> to{ASN1_TIME_set(nullptr, next_update)};
  require(X509_CRL_set1_lastUpdate(list.get(), from.get()) == 1, "lastUpdate");
  require(X509_CRL_set1_nextUpdate(list.get(), to.get()) == 1, "nextUpdate");
  for (const auto* one : revoked) {
    auto* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one->certificate.get()));
    X509_REVOKED_set_revocationDate(entry, from.get());
    require(X509_CRL_add0_revoked(list.get(), entry) == 1, "revoked");
  }
  require(X509_CRL_sort(list.get()) == 1 && X509_CRL_sign(list.get(), issuer.key.get(), EVP_sha256()) > 0, "CRL");
  return pem_of([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, list.get()); });
}

}  // namespace bulwatt::tls::testing
