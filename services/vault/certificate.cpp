#include "services/vault/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace bulwatt::vault {
namespace {

struct FreeMore {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using Bio = std::unique_ptr<BIO, FreeMore>;

Octets<kMaxHash> hash(HashAlgorithm algorithm, std::span<const unsigned char> bytes) {
  Octets<kMaxHash> out{};
  unsigned int size = 0;
  const auto* kind = EVP_get_digestbyname(enum_text(algorithm).data());
  if (kind == nullptr || EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data.data()),
                                    &size, kind, nullptr) != 1)
    return {};
  out.size = static_cast<std::uint16_t>(size);
  return out;
}

/// Greatest byte first; nothing when it is negative or too long.
std::optional<Octets<kMaxSerial>> serial_of(X509& certificate) {
  const auto* serial = X509_get0_serialNumber(&certificate);
  const std::unique_ptr<BIGNUM, FreeMore> number{ASN1_INTEGER_to_BN(serial, nullptr)};
  if (!number || BN_is_negative(number.get()) == 1) return std::nullopt;
  Octets<kMaxSerial> out{};
  const int size = BN_num_bytes(number.get());
  if (static_cast<std::size_t>(size) > out.data.size()) return std::nullopt;
  out.size = static_cast<std::uint16_t>(BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(out.data.data())));
  return out;
}

bool is_before(const ASN1_TIME* time, std::int64_t unix_ms) { return ASN1_TIME_cmp_time_t(time, unix_ms / 1000) < 0; }

bool signs_weakly(X509& certificate) {
  int digest = NID_undef;
  if (OBJ_find_sigid_algs(X509_get_signature_nid(&certificate), &digest, nullptr) != 1) return true;
  return digest == NID_md5 || digest == NID_sha1 || digest == NID_md5_sha1;
}

/// Reads on after the last certificate: is there anything but text between blocks?
bool ended_well() {
  const auto error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return at_end;
}

}  // namespace

std::expected<std::vector<CertificatePtr>, Flaw> parse_pem(std::string_view pem) {
  ERR_clear_error();
  const Bio text{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  std::vector<CertificatePtr> out;
  while (auto* one = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
    out.emplace_back(one);
    if (out.size() > kMaxCertificates) return std::unexpected(Flaw::too_long);
    if (der_of(*one).size() > kMaxDer) return std::unexpected(Flaw::too_long);
    if (!serial_of(*one)) return std::unexpected(Flaw::bad_serial);
  }
  if (!ended_well() || out.empty()) return std::unexpected(Flaw::unreadable);
  return out;
}

std::expected<CertificatePtr, Flaw> parse_one(std::string_view pem) {
  auto all = parse_pem(pem);
  if (!all) return std::unexpected(all.error());
  if (all->size() != 1) return std::unexpected(Flaw::not_one);
  return std::move(all->front());
}

CertificatePtr parse_der(std::span<const std::byte> der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  CertificatePtr out{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
  ERR_clear_error();
  return at == end ? std::move(out) : nullptr;
}

Der der_of(X509& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(&certificate, &der);
  if (size <= 0) return {};
  const auto bytes = std::as_bytes(std::span{der, static_cast<std::size_t>(size)});
  Der out{bytes.begin(), bytes.end()};
  OPENSSL_free(der);
  return out;
}

std::string pem_of(X509& certificate) {
  const Bio text{BIO_new(BIO_s_mem())};
  if (!text || PEM_write_bio_X509(text.get(), &certificate) != 1) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Fingerprint fingerprint_of(X509& certificate) {
  Fingerprint out{};
  unsigned int size = 0;
  static_cast<void>(X509_digest(&certificate, EVP_sha256(), reinterpret_cast<unsigned char*>(out.data()), &size));
  return out;
}

std::optional<Flaw> flaw_of_dates(X509& certificate, std::optional<Timestamp> now) {
  if (!now) return std::nullopt;
  if (!is_before(X509_get0_notBefore(&certificate), now->unix_ms + kClockSlackMs)) return Flaw::not_yet_valid;
  if (is_before(X509_get0_notAfter(&certificate), now->unix_ms)) return Flaw::expired;
  return std::nullopt;
}

//= OCPP-2.0.1 A00.FR.501
//= OCPP-2.0.1 A00.FR.502
//= OCPP-2.0.1 A00.FR.503
std::optional<Flaw> flaw_of_key(X509& certificate) {
  EVP_PKEY* key = X509_get0_pubkey(&certificate);
  if (key == nullptr || EVP_PKEY_get_security_bits(key) < kLeastSecurityBits) return Flaw::weak_key;
  if (signs_weakly(certificate)) return Flaw::weak_signature;
  return std::nullopt;
}

std::optional<Flaw> flaw_of_authority(X509& certificate, std::optional<Timestamp> now) {
  const auto flags = X509_get_extension_flags(&certificate);
  const bool authority = X509_check_ca(&certificate) == 1 && (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL)) == 0 &&
                         (X509_get_key_usage(&certificate) & KU_KEY_CERT_SIGN) != 0;
  if (!authority) return Flaw::not_an_authority;
  if (const auto wrong = flaw_of_dates(certificate, now)) return wrong;
  return flaw_of_key(certificate);
}

bool signed_by(X509& certificate, X509& issuer) {
  EVP_PKEY* key = X509_get0_pubkey(&issuer);
  const bool good =
      key != nullptr && X509_check_issued(&issuer, &certificate) == X509_V_OK && X509_verify(&certificate, key) == 1;
  ERR_clear_error();
  return good;
}

KeyHashes key_hashes(X509& issuer) {
  KeyHashes out{};
  const auto* bits = X509_get0_pubkey_bitstr(&issuer);
  if (bits == nullptr) return out;
  const std::span key{ASN1_STRING_get0_data(bits), static_cast<std::size_t>(ASN1_STRING_length(bits))};
  for (std::size_t i = 0; i < enum_names(HashAlgorithm{}).size(); ++i)
    static_cast<void>(out.push_back(hash(static_cast<HashAlgorithm>(i), key)));
  return out;
}

CertificateId id_of(X509& certificate, const KeyHashes& issuer, HashAlgorithm algorithm) {
  CertificateId out{.algorithm = algorithm};
  const unsigned char* name = nullptr;
  std::size_t size = 0;
  if (X509_NAME_get0_der(X509_get_issuer_name(&certificate), &name, &size) == 1)
    out.issuer_name = hash(algorithm, {name, size});
  const auto index = static_cast<std::size_t>(algorithm);
  if (index < issuer.size) out.issuer_key = issuer[index];
  out.serial = serial_of(certificate).value_or(Octets<kMaxSerial>{});
  return out;
}

}  // namespace bulwatt::vault
