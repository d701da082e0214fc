#include "tools/pki/inspect.hpp"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <array>
#include <chrono>
#include <ctime>

namespace bulwatt::pki {
namespace {

constexpr std::int64_t kDay = 24 * 3600;

template <class Print>
std::string printed(Print print) {
  const tls::BioPtr bio{BIO_new(BIO_s_mem())};
  print(bio.get());
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string name_text(const X509_NAME* name) {
  return printed([&](BIO* bio) { X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB); });
}

std::int64_t unix_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? std::int64_t{timegm(&parts)} : 0;
}

std::string key_text(EVP_PKEY* key) {
  if (key == nullptr) return "unknown";
  std::array<char, 64> group{};
  std::size_t size = 0;
  const std::string type = EVP_PKEY_get0_type_name(key);
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1) {
    const std::string name{group.data(), size};
    return name == "prime256v1" ? "P-256" : name == "secp384r1" ? "P-384" : name == "secp521r1" ? "P-521" : name;
  }
  return type == "RSA" ? "RSA " + std::to_string(EVP_PKEY_get_bits(key)) + " bits" : type;
}

std::string extension_text(X509* certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate, nid, -1);
  if (at < 0) return {};
  return printed([&](BIO* bio) { X509V3_EXT_print(bio, X509_get_ext(certificate, at), 0, 0); });
}

bool is_post_quantum(std::string_view name) {
  return name.starts_with("ML-DSA") || name.starts_with("id-ml-dsa") || name.starts_with("SLH-DSA");
}

std::string days_text(std::int64_t seconds) {
  const auto days = seconds / kDay;
  return std::to_string(days) + (days == 1 ? " day" : " days");
}

}  // namespace

Facts facts_of(X509* certificate) {
  Facts facts;
  facts.subject = name_text(X509_get_subject_name(certificate));
  facts.issuer = name_text(X509_get_issuer_name(certificate));
  facts.serial = printed([&](BIO* bio) { i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(certificate)); });
  facts.key = key_text(X509_get0_pubkey(certificate));
  const int signature = X509_get_signature_nid(certificate);
  facts.signature = signature == NID_undef ? "unknown" : OBJ_nid2ln(signature);
  facts.names = extension_text(certificate, NID_subject_alt_name);
  facts.usage = extension_text(certificate, NID_key_usage);
  if (const auto more = extension_text(certificate, NID_ext_key_usage); !more.empty())
    facts.usage += (facts.usage.empty() ? "" : "; ") + more;
  facts.begins = unix_of(X509_get0_notBefore(certificate));
  facts.ends = unix_of(X509_get0_notAfter(certificate));
  facts.der_bytes = i2d_X509(certificate, nullptr);
  facts.pem_characters = pem_of(certificate).size();
  facts.authority = X509_check_ca(certificate) != 0;
  facts.own_issuer = X509_self_signed(certificate, 1) == 1;
  facts.quantum_safe = is_post_quantum(facts.key) && is_post_quantum(facts.signature);
  ERR_clear_error();
  return facts;
}

std::string day_text(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

std::string validity_text(const Facts& facts, std::int64_t now) {
  if (now < facts.begins) return "begins in " + days_text(facts.begins - now);
  if (now > facts.ends) return "ended " + days_text(now - facts.ends) + " ago";
  return "for another " + days_text(facts.ends - now);
}

std::string describe(const Facts& facts, std::int64_t now) {
  std::string text = (facts.own_issuer  ? "root       "
                      : facts.authority ? "authority  "
                                        : "leaf       ") +
                     facts.subject + "\n";
  const auto line = [&](const char* label, const std::string& value) {
    if (!value.empty()) text += std::string{"  "} + label + value + "\n";
  };
  if (!facts.own_issuer) line("issued by  ", facts.issuer);
  line("valid      ", day_text(facts.begins) + " to " + day_text(facts.ends) + ", " + validity_text(facts, now));
  line("key        ", facts.key + (facts.quantum_safe ? ", quantum-safe" : "") + "; signed with " + facts.signature);
  line("names      ", facts.names);
  line("usage      ", facts.usage);
  line("serial     ", facts.serial);
  std::string size =
      std::to_string(facts.der_bytes) + " bytes in DER, " + std::to_string(facts.pem_characters) + " characters in PEM";
  if (facts.der_bytes > kMostDerBytesIso20) size += "; too long for ISO 15118";
  else if (facts.der_bytes > kMostDerBytesIso2) size += "; too long for ISO 15118-2";
  if (facts.pem_characters > kMostPemOfChain) size += "; too long for OCPP";
  else if (facts.pem_characters > kMostPemOfInstall) size += "; too long for InstallCertificate of OCPP 2.0.1";
  line("size       ", size);
  return text;
}

std::optional<std::size_t> first_gap(const std::vector<tls::CertificatePtr>& chain) {
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    const bool named = X509_check_issued(chain[i + 1].get(), chain[i].get()) == X509_V_OK;
    const bool signed_by = named && X509_verify(chain[i].get(), X509_get0_pubkey(chain[i + 1].get())) == 1;
    ERR_clear_error();
    if (!signed_by) return i;
  }
  return std::nullopt;
}

}  // namespace bulwatt::pki
