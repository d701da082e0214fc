#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <array>

#include "protocols/contract/contract.hpp"
#include "protocols/xmldsig/xmldsig.hpp"

namespace bulwatt::contract {
namespace {

constexpr std::string_view kCanonical = "http://www.w3.org/TR/canonical-exi/";
constexpr std::string_view kEcdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
constexpr std::string_view kSha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
constexpr std::size_t kHalf = 32;  // of a signature: r, and s

using Digest = std::array<std::byte, 32>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

const unsigned char* raw(const std::byte* bytes) { return reinterpret_cast<const unsigned char*>(bytes); }

std::optional<Digest> digest_of(std::span<const std::byte> bytes) {
  Digest out{};
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, EVP_sha256(),
                 nullptr) != 1)
    return std::nullopt;
  return out;
}

KeyPtr key_of(const Octets<65>& point) {
  char group[] = "prime256v1";
  auto copy = point;
  const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                              OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data.data(), copy.size),
                              OSSL_PARAM_construct_end()};
  const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(parameters.data())) != 1)
    return nullptr;
  return KeyPtr{key};
}

/// SignedInfo as it is signed: a fragment of the signature's own schema.
std::size_t write(const xmldsig::SignedInfo& info, std::span<std::byte> out) {
  return exi::encode_fragment(xmldsig::grammar(), info, out).value_or(0);
}

/// Exactly what ISO 15118-2 signs: one element, digested and signed the one way there is.
bool is_plain(const xmldsig::SignedInfo& info, std::string_view id) {
  if (info.reference.size != 1) return false;
  const auto& one = info.reference[0];
  const bool names_it =
      one.uri && one.uri->size == id.size() + 1 && one.uri->view().front() == '#' && one.uri->view().substr(1) == id;
  const bool transformed = one.transforms && (one.transforms->transform.size != 1 ||
                                              one.transforms->transform[0].algorithm.view() != kCanonical);
  return names_it && !transformed && info.canonicalization_method.algorithm.view() == kCanonical &&
         info.signature_method.algorithm.view() == kEcdsa && one.digest_method.algorithm.view() == kSha256;
}

bool verify_value(std::span<const std::byte> content, const Octets<xmldsig::kSignatureBytes>& value, EVP_PKEY* key) {
  if (value.size != 2 * kHalf || key == nullptr) return false;
  const SignaturePtr signature{ECDSA_SIG_new()};
  BIGNUM* r = BN_bin2bn(raw(value.data.data()), kHalf, nullptr);
  BIGNUM* s = BN_bin2bn(raw(value.data.data()) + kHalf, kHalf, nullptr);
  if (!signature || r == nullptr || s == nullptr || ECDSA_SIG_set0(signature.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return false;
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  const DigestContext context{EVP_MD_CTX_new()};
  const bool good =
      size > 0 && context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size), raw(content.data()), content.size()) == 1;
  OPENSSL_free(der);
  ERR_clear_error();
  return good;
}

}  // namespace

bool verifies(const xmldsig::Signature& signature, std::string_view id, std::span<const std::byte> fragment,
              const Octets<65>& key) {
  const auto& info = signature.signed_info;
  if (!is_plain(info, id)) return false;
  const auto digest = digest_of(fragment);
  if (!digest || !std::ranges::equal(info.reference[0].digest_value.view(), *digest)) return false;
  std::array<std::byte, 1024> content{};
  const auto size = write(info, content);
  return size > 0 && verify_value(std::span{content}.first(size), signature.signature_value.value, key_of(key).get());
}

bool Judge::verify(const xmldsig::Signature& signature, std::string_view id, std::span<const std::byte> fragment,
                   const Octets<65>& key) {
  return verifies(signature, id, fragment, key);
}

std::optional<xmldsig::Signature> sign(std::string_view id, std::span<const std::byte> fragment, EVP_PKEY* key) {
  xmldsig::Signature out{};
  auto& info = out.signed_info;
  info.canonicalization_method.algorithm = kCanonical;
  info.signature_method.algorithm = kEcdsa;
  xmldsig::Reference reference{};
  std::array<char, xmldsig::kUriChars> uri{'#'};
  if (id.size() + 1 > uri.size()) return std::nullopt;
  std::ranges::copy(id, uri.begin() + 1);
  reference.uri = Text<xmldsig::kUriChars>{std::string_view{uri.data(), id.size() + 1}};
  static_cast<void>(reference.transforms.emplace().transform.push_back({.algorithm = kCanonical}));
  reference.digest_method.algorithm = kSha256;
  const auto digest = digest_of(fragment);
  if (!digest) return std::nullopt;
  reference.digest_value = Octets<xmldsig::kDigestBytes>{std::span<const std::byte>{*digest}};
  static_cast<void>(info.reference.push_back(reference));
  std::array<std::byte, 1024> content{};
  const auto size = write(info, content);
  std::array<unsigned char, 80> der{};
  std::size_t der_size = der.size();
  const DigestContext context{EVP_MD_CTX_new()};
  if (size == 0 || !context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), der.data(), &der_size, raw(content.data()), size) != 1)
    return std::nullopt;
  const unsigned char* at = der.data();
  const SignaturePtr made{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der_size))};
  auto& value = out.signature_value.value;
  value.size = 2 * kHalf;
  auto* to = reinterpret_cast<unsigned char*>(value.data.data());
  if (!made || BN_bn2binpad(ECDSA_SIG_get0_r(made.get()), to, kHalf) != kHalf ||
      BN_bn2binpad(ECDSA_SIG_get0_s(made.get()), to + kHalf, kHalf) != kHalf)
    return std::nullopt;
  return out;
}

bool self_test() {
  if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1) return false;  // nobody's file decides here
  const KeyPtr key{EVP_EC_gen("P-256")};
  Octets<65> point{};
  std::size_t size = 0;
  if (!key || EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                              reinterpret_cast<unsigned char*>(point.data.data()), point.data.size(),
                                              &size) != 1)
    return false;
  point.size = static_cast<std::uint16_t>(size);
  constexpr std::array kElement{std::byte{0x80}};
  const auto made = sign("id1", kElement, key.get());
  return made && verifies(*made, "id1", kElement, point) && !verifies(*made, "id2", kElement, point);
}

}  // namespace bulwatt::contract
