#include "libs/tls/certificate.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <climits>
#include <string>

namespace bulwatt::tls {
namespace {

static_assert(kPemLimit < INT_MAX);

/// OpenSSL would ask on the terminal otherwise.
int no_passphrase(char*, int, int, void*) { return -1; }

BioPtr reader_of(std::string_view text) { return BioPtr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))}; }

bool at_end_of_pem(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace

std::expected<std::vector<CertificatePtr>, Refusal> parse_certificates(std::string_view pem, Reason on_error,
                                                                       OSSL_LIB_CTX* library, const char* properties) {
  if (pem.size() > kPemLimit) return std::unexpected(Refusal{on_error, 0, "the PEM text is too long"});
  const auto reader = reader_of(pem);
  std::vector<CertificatePtr> certificates;
  ERR_clear_error();
  for (;;) {
    X509* certificate = X509_new_ex(library, properties);
    if (certificate == nullptr) return std::unexpected(refusal_with_library_words(Reason::internal));
    if (PEM_read_bio_X509(reader.get(), &certificate, no_passphrase, nullptr) == nullptr) {
      X509_free(certificate);
      break;
    }
    certificates.emplace_back(certificate);
    if (certificates.size() > kCertificatesLimit)
      return std::unexpected(Refusal{on_error, 0, "too many certificates in one PEM text"});
  }
  if (!at_end_of_pem(ERR_peek_last_error())) return std::unexpected(refusal_with_library_words(on_error));
  ERR_clear_error();
  if (certificates.empty()) return std::unexpected(Refusal{on_error, 0, "there is no PEM certificate"});
  return certificates;
}

std::expected<std::vector<RevocationListPtr>, Refusal> parse_revocation_lists(std::string_view pem) {
  ERR_clear_error();
  std::vector<RevocationListPtr> lists;
  const BioPtr bio{pem.size() <= kPemLimit ? BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())) : nullptr};
  while (bio && lists.size() < kCertificatesLimit) {
    RevocationListPtr list{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)};
    if (!list) break;
    lists.push_back(std::move(list));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (lists.empty() || !at_end) return std::unexpected(refusal_with_library_words(Reason::bad_trust_anchors));
  ERR_clear_error();
  return lists;
}

std::expected<KeyPtr, Refusal> parse_private_key(std::string_view pem, OSSL_LIB_CTX* library, const char* properties) {
  if (pem.size() > kPemLimit) return std::unexpected(Refusal{Reason::bad_key, 0, "the PEM text is too long"});
  ERR_clear_error();
  const auto reader = reader_of(pem);
  KeyPtr key{PEM_read_bio_PrivateKey_ex(reader.get(), nullptr, no_passphrase, nullptr, library, properties)};
  if (!key) return std::unexpected(refusal_with_library_words(Reason::bad_key));
  return key;
}

bool is_ip_address(std::string_view host) {
  ASN1_OCTET_STRING* address = a2i_IPADDRESS(std::string{host}.c_str());
  ASN1_OCTET_STRING_free(address);
  ERR_clear_error();
  return address != nullptr;
}

//= OCPP-2.0.1 A00.FR.309
bool matches_host(X509& certificate, std::string_view host, HostRule rule) {
  if (host.empty() || host.size() > kHostLimit || host.find('\0') != std::string_view::npos) return false;
  if (is_ip_address(host)) return X509_check_ip_asc(&certificate, std::string{host}.c_str(), 0) == 1;
  unsigned flags = X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  if (!rule.allow_wildcards) flags |= X509_CHECK_FLAG_NO_WILDCARDS;
  return X509_check_host(&certificate, host.data(), host.size(), flags, nullptr) == 1;
}

std::array<std::byte, kFingerprintSize> fingerprint(X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  std::array<std::byte, kFingerprintSize> result{};
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) == 1)
    std::transform(digest.begin(), digest.begin() + kFingerprintSize, result.begin(),
                   [](unsigned char c) { return static_cast<std::byte>(c); });
  return result;
}

Text<128> common_name(X509& certificate) {
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, index) >= 0) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  if (size < 0) return {};
  const std::string_view name{reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size)};
  const bool whole = name.find('\0') == std::string_view::npos && Text<128>::fits(name);
  const Text<128> result = whole ? Text<128>{name} : Text<128>{};
  OPENSSL_free(utf8);
  return result;
}

bool matches_domain(X509& certificate, std::string_view domain) {
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_domainComponent, -1);
  if (index < 0 || X509_NAME_get_index_by_NID(subject, NID_domainComponent, index) >= 0) return false;
  const auto* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index));
  return std::string_view{reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                          static_cast<std::size_t>(ASN1_STRING_length(text))} == domain;
}

}  // namespace bulwatt::tls
