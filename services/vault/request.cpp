#include "services/vault/request.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "services/vault/content.hpp"

namespace bulwatt::vault {
namespace {

using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;
using Algor = std::unique_ptr<X509_ALGOR, Freed<X509_ALGOR_free>>;
using BitString = std::unique_ptr<ASN1_BIT_STRING, Freed<ASN1_BIT_STRING_free>>;

bool add_name(X509_NAME* name, const char* type, std::string_view text) {
  const bool plain = std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return text.empty() || (plain && X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8,
                                                              reinterpret_cast<const unsigned char*>(text.data()),
                                                              static_cast<int>(text.size()), -1, 0) == 1);
}

/// How a request of such a key is signed: the curve's own strength, RSA by PKCS #1 as every authority understands it.
struct Way {
  Algorithm algorithm;
  Digest digest;
  int identifier;
};
constexpr Way kWays[] = {{Algorithm::ecdsa_p256, Digest::sha256, NID_ecdsa_with_SHA256},
                         {Algorithm::ecdsa_p384, Digest::sha384, NID_ecdsa_with_SHA384},
                         {Algorithm::ecdsa_p521, Digest::sha512, NID_ecdsa_with_SHA512},
                         {Algorithm::rsa_2048, Digest::sha256, NID_sha256WithRSAEncryption},
                         {Algorithm::rsa_3072, Digest::sha256, NID_sha256WithRSAEncryption},
                         {Algorithm::rsa_4096, Digest::sha512, NID_sha512WithRSAEncryption},
                         {Algorithm::ed25519, Digest::none, NID_ED25519},
                         {Algorithm::ed448, Digest::none, NID_ED448},
                         {Algorithm::ml_dsa_44, Digest::none, NID_ML_DSA_44},
                         {Algorithm::ml_dsa_65, Digest::none, NID_ML_DSA_65},
                         {Algorithm::ml_dsa_87, Digest::none, NID_ML_DSA_87}};
const Way& way_of(Algorithm algorithm) { return *std::ranges::find(kWays, algorithm, &Way::algorithm); }

std::vector<std::byte> take_der(unsigned char* der, int size) {
  if (size <= 0) return {};
  const auto view = std::as_bytes(std::span{der, static_cast<std::size_t>(size)});
  std::vector<std::byte> out{view.begin(), view.end()};
  OPENSSL_free(der);
  return out;
}

std::vector<std::byte> info_of(X509_REQ* request) {
  unsigned char* der = nullptr;
  const int size = i2d_re_X509_REQ_tbs(request, &der);
  return take_der(der, size);
}

// An algorithm and an empty signature, which make a whole request of the part that is signed.
constexpr std::array<unsigned char, 10> kNoSignature{0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x01, 0x00};

RequestPtr parse_info(Content bytes) {
  const auto length = bytes.size() + kNoSignature.size();
  if (length > 0xffff) return nullptr;
  std::vector<unsigned char> whole{0x30};
  if (length >= 256) whole.insert(whole.end(), {0x82, static_cast<unsigned char>(length >> 8)});
  if (length >= 128 && length < 256) whole.push_back(0x81);
  whole.push_back(static_cast<unsigned char>(length));
  for (const auto b : bytes) whole.push_back(std::to_integer<unsigned char>(b));
  whole.insert(whole.end(), kNoSignature.begin(), kNoSignature.end());
  const auto* der = whole.data();
  RequestPtr request{d2i_X509_REQ(nullptr, &der, static_cast<long>(whole.size()))};
  return der == whole.data() + whole.size() ? std::move(request) : nullptr;
}

bool asks_for_authority(X509_REQ* request) {
  auto* extensions = X509_REQ_get_extensions(request);
  auto* basic = static_cast<BASIC_CONSTRAINTS*>(X509V3_get_d2i(extensions, NID_basic_constraints, nullptr, nullptr));
  const bool authority = basic != nullptr && basic->ca != 0;
  BASIC_CONSTRAINTS_free(basic);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  return authority;
}

}  // namespace

std::optional<Request> Request::begin(const KeyInfo& key, const Subject& subject) {
  const auto* der = reinterpret_cast<const unsigned char*>(key.public_key.data.data());
  const Key public_half{d2i_PUBKEY(nullptr, &der, key.public_key.size)};
  Request out;
  out.algorithm_ = key.algorithm;
  out.request_.reset(X509_REQ_new());
  const Algor algorithm{X509_ALGOR_new()};
  if (!public_half || !out.request_ || !algorithm || subject.common_name.empty()) return std::nullopt;
  auto* name = X509_REQ_get_subject_name(out.request_.get());
  const bool rsa = keys::facts_of(key.algorithm).family == keys::Family::rsa;
  auto* identifier = OBJ_nid2obj(way_of(key.algorithm).identifier);
  if (!add_name(name, "CN", subject.common_name.view()) || !add_name(name, "O", subject.organization.view()) ||
      X509_REQ_set_pubkey(out.request_.get(), public_half.get()) != 1 ||
      X509_ALGOR_set0(algorithm.get(), identifier, rsa ? V_ASN1_NULL : V_ASN1_UNDEF, nullptr) != 1 ||
      X509_REQ_set1_signature_algo(out.request_.get(), algorithm.get()) != 1)
    return std::nullopt;
  out.to_sign_ = info_of(out.request_.get());
  if (out.to_sign_.empty()) return std::nullopt;
  return out;
}

Digest Request::digest() const { return way_of(algorithm_).digest; }
Padding Request::padding() const {
  return keys::facts_of(algorithm_).family == keys::Family::rsa ? Padding::pkcs1 : Padding::none;
}

std::optional<std::string> Request::finish(const Signature& signature) {
  BitString bits{ASN1_BIT_STRING_new()};
  const auto* data = reinterpret_cast<const unsigned char*>(signature.bytes.data.data());
  if (!bits || ASN1_STRING_set(bits.get(), data, signature.bytes.size) != 1) return std::nullopt;
  bits->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
  bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;  // no unused bits
  X509_REQ_set0_signature(request_.get(), bits.release());
  const Bio text{BIO_new(BIO_s_mem())};
  if (!text || PEM_write_bio_X509_REQ(text.get(), request_.get()) != 1) return std::nullopt;
  char* pem = nullptr;
  const long size = BIO_get_mem_data(text.get(), &pem);
  return std::string{pem, static_cast<std::size_t>(size)};
}

bool is_request_info(Content bytes, Content public_key) {
  const auto request = parse_info(bytes);
  if (!request || X509_REQ_get_version(request.get()) != 0) return false;
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request.get()), &der);
  return std::ranges::equal(take_der(der, size), public_key) && std::ranges::equal(info_of(request.get()), bytes) &&
         !asks_for_authority(request.get());
}

}  // namespace bulwatt::vault
