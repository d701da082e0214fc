#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "protocols/contract/contract.hpp"

namespace bulwatt::contract {
namespace {

using secc::ContractFault;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;

constexpr int kDepth = 4;  // certificates between leaf and root: ISO 15118-2 has two, four fit the message

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using Stack = std::unique_ptr<STACK_OF(X509), FreeStack>;

/// One certificate and nothing behind it.
CertificatePtr parse(std::span<const std::byte> der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  CertificatePtr out{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
  ERR_clear_error();
  return at == end ? std::move(out) : nullptr;
}

Text<15> common_name(X509* certificate) {
  std::array<char, 64> text{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text.data(),
                                             static_cast<int>(text.size()));
  return size > 0 ? canonical({text.data(), static_cast<std::size_t>(size)}) : Text<15>{};
}

/// The check digit is the fifteenth character, and may be left out.
bool same_contract(const Text<15>& a, const Text<15>& b) {
  return !a.empty() && a.view().substr(0, 14) == b.view().substr(0, 14) && (a.size == b.size ? a == b : true);
}

ContractFault fault_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return ContractFault::not_now;
    default: return ContractFault::untrusted;
  }
}

bool point_of(X509* certificate, Octets<65>& out) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  std::size_t size = 0;
  std::array<char, 32> group{};
  const bool read =
      key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
      std::string_view{group.data()} == "prime256v1" &&
      EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, reinterpret_cast<unsigned char*>(out.data.data()),
                                      out.data.size(), &size) == 1;
  ERR_clear_error();
  out.size = static_cast<std::uint16_t>(size);
  return read && size == Octets<65>::kCapacity && out.data[0] == std::byte{4};
}

bool may_sign(X509* leaf) {
  return X509_check_ca(leaf) == 0 && (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) != 0 &&
         (X509_get_extension_flags(leaf) & EXFLAG_KUSAGE) != 0;
}

secc::CertificateName name_of(X509* certificate, X509* issuer) {
  secc::CertificateName out{};
  unsigned size = 0;
  const auto* digest = EVP_sha256();
  auto* to = reinterpret_cast<unsigned char*>(out.issuer_name.data.data());
  if (X509_NAME_digest(X509_get_issuer_name(certificate), digest, to, &size) == 1)
    out.issuer_name.size = static_cast<std::uint16_t>(size);
  const auto* bits = X509_get0_pubkey_bitstr(issuer);
  to = reinterpret_cast<unsigned char*>(out.issuer_key.data.data());
  if (bits != nullptr && EVP_Digest(ASN1_STRING_get0_data(bits), static_cast<std::size_t>(ASN1_STRING_length(bits)), to,
                                    &size, digest, nullptr) == 1)
    out.issuer_key.size = static_cast<std::uint16_t>(size);
  const auto* serial = X509_get0_serialNumber(certificate);
  const auto length = static_cast<std::size_t>(ASN1_STRING_length(serial));
  if (length <= out.serial.data.size())
    out.serial = Octets<20>{std::as_bytes(std::span{ASN1_STRING_get0_data(serial), length})};
  STACK_OF(OPENSSL_STRING)* urls = X509_get1_ocsp(certificate);
  if (sk_OPENSSL_STRING_num(urls) > 0 && Text<512>::fits(sk_OPENSSL_STRING_value(urls, 0)))
    out.responder = std::string_view{sk_OPENSSL_STRING_value(urls, 0)};
  X509_email_free(urls);
  return out;
}

}  // namespace

Text<15> canonical(std::string_view emaid) {
  std::array<char, 15> out{};
  std::size_t size = 0;
  for (const char c : emaid) {
    if (c == '-') continue;
    const bool small = c >= 'a' && c <= 'z';
    const bool known = small || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!known || size == out.size()) return {};
    out[size++] = small ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return size >= 14 ? Text<15>{std::string_view{out.data(), size}} : Text<15>{};
}

bool Judge::trust(std::string_view pem) {
  anchors_.reset();
  StorePtr store{X509_STORE_new()};
  const BioPtr bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  std::size_t count = 0;
  while (store && bio && count < kMaxAnchors) {
    const CertificatePtr one{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    if (!one) break;
    if (X509_STORE_add_cert(store.get(), one.get()) != 1) return false;
    ++count;
  }
  ERR_clear_error();
  if (count == 0) return false;
  anchors_ = std::move(store);
  return true;
}

std::expected<secc::Contract, ContractFault> Judge::read(const iso2::PaymentDetailsReq& details, Timestamp now) {
  const auto& sent = details.contract_signature_cert_chain;
  const auto leaf = parse(sent.certificate.view());
  secc::Contract out{.emaid = canonical(details.emaid.view())};
  const Stack above{sk_X509_new_null()};
  if (!leaf || !above || out.emaid.empty() || !point_of(leaf.get(), out.key))
    return std::unexpected(ContractFault::malformed);
  if (sent.sub_certificates) {
    for (const auto& der : sent.sub_certificates->certificate) {
      auto one = parse(der.view());
      if (!one || sk_X509_push(above.get(), one.get()) == 0) return std::unexpected(ContractFault::malformed);
      static_cast<void>(one.release());
    }
  }
  if (!same_contract(out.emaid, common_name(leaf.get()))) return std::unexpected(ContractFault::other_emaid);
  if (!may_sign(leaf.get())) return std::unexpected(ContractFault::usage);
  if (!anchors_) return std::unexpected(ContractFault::untrusted);
  const StoreContext context{X509_STORE_CTX_new()};
  if (!context || X509_STORE_CTX_init(context.get(), anchors_.get(), leaf.get(), above.get()) != 1)
    return std::unexpected(ContractFault::malformed);
  auto* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, now.unix_ms / 1000);
  X509_VERIFY_PARAM_set_depth(parameters, kDepth);
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!good) return std::unexpected(fault_of(X509_STORE_CTX_get_error(context.get())));
  const auto* chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i + 1 < sk_X509_num(chain); ++i)
    static_cast<void>(out.certificates.push_back(name_of(sk_X509_value(chain, i), sk_X509_value(chain, i + 1))));
  return out;
}

}  // namespace bulwatt::contract
