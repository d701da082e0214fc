#include "libs/crypto/composite.hpp"

#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace bulwatt::composite {
namespace {

constexpr std::string_view kPrefix = "CompositeAlgorithmSignatures2025";

struct Facts {
  const char* label;
  const char* oid;
  const char* post_quantum;
  std::size_t post_quantum_key;
  std::size_t post_quantum_signature;
  const char* group;   ///< of the classical key; nullptr: Ed25519
  const char* digest;  ///< of ECDSA
  std::size_t classical_key;
};
constexpr std::array<Facts, 4> kFacts{{
    {"COMPSIG-MLDSA44-Ed25519-SHA512", "1.3.6.1.5.5.7.6.39", "ML-DSA-44", 1312, 2420, nullptr, nullptr, 32},
    {"COMPSIG-MLDSA65-ECDSA-P256-SHA512", "1.3.6.1.5.5.7.6.45", "ML-DSA-65", 1952, 3309, "P-256", "SHA256", 65},
    {"COMPSIG-MLDSA65-Ed25519-SHA512", "1.3.6.1.5.5.7.6.48", "ML-DSA-65", 1952, 3309, nullptr, nullptr, 32},
    {"COMPSIG-MLDSA87-ECDSA-P384-SHA512", "1.3.6.1.5.5.7.6.49", "ML-DSA-87", 2592, 4627, "P-384", "SHA384", 97},
}};
constexpr std::size_t kSeed = 32;

const Facts& facts_of(Kind kind) { return kFacts[static_cast<std::size_t>(kind)]; }
std::optional<Kind> kind_of(const ASN1_OBJECT* name) {
  std::array<char, 80> text{};
  if (OBJ_obj2txt(text.data(), static_cast<int>(text.size()), name, 1) <= 0) return std::nullopt;
  for (std::size_t i = 0; i < kFacts.size(); ++i)
    if (std::string_view{text.data()} == kFacts[i].oid) return static_cast<Kind>(i);
  return std::nullopt;
}

unsigned char* raw(std::byte* p) { return reinterpret_cast<unsigned char*>(p); }
const unsigned char* raw(const std::byte* p) { return reinterpret_cast<const unsigned char*>(p); }
std::span<const std::byte> bytes_of(const unsigned char* data, int size) {
  return {reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

template <auto Free>
using Owned = Freed<Free>;
using Hasher = std::unique_ptr<EVP_MD_CTX, Owned<EVP_MD_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Owned<EVP_PKEY_CTX_free>>;
using Name = std::unique_ptr<ASN1_OBJECT, Owned<ASN1_OBJECT_free>>;
using PublicInfo = std::unique_ptr<X509_PUBKEY, Owned<X509_PUBKEY_free>>;
using PrivateInfo = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Owned<PKCS8_PRIV_KEY_INFO_free>>;

/// What both halves sign.
std::optional<Bytes> message_of(Kind kind, std::span<const std::byte> message, std::string_view context) {
  if (context.size() > kMaxContext) return std::nullopt;
  std::array<std::byte, 64> hash{};
  std::size_t size = 0;
  if (EVP_Q_digest(nullptr, "SHA512", nullptr, message.data(), message.size(), raw(hash.data()), &size) != 1)
    return std::nullopt;
  Bytes out;
  const auto add = [&](std::span<const std::byte> part) { out.insert(out.end(), part.begin(), part.end()); };
  add(std::as_bytes(std::span{kPrefix}));
  add(std::as_bytes(std::span{std::string_view{facts_of(kind).label}}));
  out.push_back(static_cast<std::byte>(context.size()));
  add(std::as_bytes(std::span{context}));
  add(hash);
  return out;
}

/// ML-DSA's own context is the label.
std::array<OSSL_PARAM, 2> label_of(Kind kind) {
  const std::string_view label = facts_of(kind).label;
  return {OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_CONTEXT_STRING, const_cast<char*>(label.data()),
                                            label.size()),
          OSSL_PARAM_construct_end()};
}

std::optional<Bytes> sign_with(EVP_PKEY* key, const char* digest, const OSSL_PARAM* parameters,
                               std::span<const std::byte> content) {
  const Hasher context{EVP_MD_CTX_new()};
  std::size_t size = 0;
  if (EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, parameters) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, raw(content.data()), content.size()) != 1)
    return std::nullopt;
  Bytes out(size);
  if (EVP_DigestSign(context.get(), raw(out.data()), &size, raw(content.data()), content.size()) != 1)
    return std::nullopt;
  out.resize(size);
  return out;
}
bool verifies(EVP_PKEY* key, const char* digest, const OSSL_PARAM* parameters, std::span<const std::byte> content,
              std::span<const std::byte> signature) {
  const Hasher context{EVP_MD_CTX_new()};
  return EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, parameters) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature.data()), signature.size(), raw(content.data()),
                          content.size()) == 1;
}

KeyPtr from_parameters(const char* type, int selection, std::array<OSSL_PARAM, 3> parameters) {
  const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, selection, parameters.data()) != 1)
    return nullptr;
  return KeyPtr{made};
}
KeyPtr public_of(const Facts& facts, std::span<const std::byte> classical) {
  if (facts.group == nullptr)
    return KeyPtr{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(classical.data()), classical.size())};
  if (classical[0] != std::byte{POINT_CONVERSION_UNCOMPRESSED}) return nullptr;
  return from_parameters(
      "EC", EVP_PKEY_PUBLIC_KEY,
      {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(facts.group), 0),
       OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, const_cast<std::byte*>(classical.data()),
                                         classical.size()),
       OSSL_PARAM_construct_end()});
}
KeyPtr private_of(const Facts& facts, std::span<const std::byte> classical) {
  if (facts.group == nullptr) {
    if (classical.size() != kSeed) return nullptr;
    return KeyPtr{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(classical.data()), classical.size())};
  }
  const auto* at = raw(classical.data());
  KeyPtr key{d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, static_cast<long>(classical.size()))};
  std::array<char, 32> group{};
  const bool whole = key && at == raw(classical.data()) + classical.size();
  if (!whole || EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) != 1) return nullptr;
  const int wanted = EC_curve_nist2nid(facts.group);
  return OBJ_txt2nid(group.data()) == wanted ? std::move(key) : nullptr;
}

std::optional<Bytes> raw_public(EVP_PKEY* key, const char* parameter, std::size_t size) {
  Bytes out(size);
  std::size_t got = size;
  const int done = parameter == nullptr
                       ? EVP_PKEY_get_raw_public_key(key, raw(out.data()), &got)
                       : EVP_PKEY_get_octet_string_param(key, parameter, raw(out.data()), out.size(), &got);
  if (done != 1 || got != size) return std::nullopt;
  return out;
}

/// So that a failed try leaves nothing for the next one to find.
struct Quiet {
  Quiet() { ERR_set_mark(); }
  ~Quiet() { ERR_pop_to_mark(); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
};

}  // namespace

std::expected<Pair, Fault> generate(Kind kind) {
  const auto& facts = facts_of(kind);
  Pair out{kind, KeyPtr{EVP_PKEY_Q_keygen(nullptr, nullptr, facts.post_quantum)},
           facts.group == nullptr ? KeyPtr{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}
                                  : KeyPtr{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", facts.group)}};
  if (!out.post_quantum || !out.classical) return std::unexpected(Fault::library);
  return out;
}

std::expected<Bytes, Fault> write_public(const Pair& pair) {
  const Quiet quiet;
  const auto& facts = facts_of(pair.kind);
  auto both = raw_public(pair.post_quantum.get(), nullptr, facts.post_quantum_key);
  const auto classical = raw_public(
      pair.classical.get(), facts.group != nullptr ? OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY : nullptr, facts.classical_key);
  if (!both || !classical) return std::unexpected(Fault::library);
  both->insert(both->end(), classical->begin(), classical->end());
  const PublicInfo info{X509_PUBKEY_new()};
  Name name{OBJ_txt2obj(facts.oid, 1)};
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(both->data(), both->size()));
  // On success the name and the copy are the structure's own.
  if (!info || !name || copy == nullptr ||
      X509_PUBKEY_set0_param(info.get(), name.get(), V_ASN1_UNDEF, nullptr, copy, static_cast<int>(both->size())) !=
          1) {
    OPENSSL_free(copy);
    return std::unexpected(Fault::library);
  }
  (void)name.release();
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(info.get(), &der);
  if (size <= 0) return std::unexpected(Fault::library);
  const auto bytes = bytes_of(der, size);
  Bytes out(bytes.begin(), bytes.end());
  OPENSSL_free(der);
  return out;
}

std::expected<Pair, Fault> read_public(std::span<const std::byte> der) {
  const Quiet quiet;
  const auto* at = raw(der.data());
  const PublicInfo info{d2i_X509_PUBKEY(nullptr, &at, static_cast<long>(der.size()))};
  if (!info || at != raw(der.data()) + der.size()) return std::unexpected(Fault::malformed);
  ASN1_OBJECT* name = nullptr;
  const unsigned char* data = nullptr;
  int size = 0;
  X509_ALGOR* algorithm = nullptr;
  int parameters = V_ASN1_UNDEF;
  if (X509_PUBKEY_get0_param(&name, &data, &size, &algorithm, info.get()) != 1)
    return std::unexpected(Fault::malformed);
  X509_ALGOR_get0(nullptr, &parameters, nullptr, algorithm);
  const auto kind = kind_of(name);
  if (!kind || parameters != V_ASN1_UNDEF) return std::unexpected(Fault::malformed);
  const auto& facts = facts_of(*kind);
  const auto both = bytes_of(data, size);
  if (both.size() != facts.post_quantum_key + facts.classical_key) return std::unexpected(Fault::malformed);
  const auto first = both.first(facts.post_quantum_key);
  Pair out{
      *kind,
      KeyPtr{EVP_PKEY_new_raw_public_key_ex(nullptr, facts.post_quantum, nullptr, raw(first.data()), first.size())},
      public_of(facts, both.subspan(facts.post_quantum_key))};
  if (!out.post_quantum || !out.classical) return std::unexpected(Fault::malformed);
  return out;
}

std::expected<Pair, Fault> read_private(std::span<const std::byte> der) {
  const Quiet quiet;
  const auto* at = raw(der.data());
  const PrivateInfo info{d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size()))};
  if (!info || at != raw(der.data()) + der.size()) return std::unexpected(Fault::malformed);
  const ASN1_OBJECT* name = nullptr;
  const unsigned char* data = nullptr;
  int size = 0;
  if (PKCS8_pkey_get0(&name, &data, &size, nullptr, info.get()) != 1) return std::unexpected(Fault::malformed);
  const auto kind = kind_of(name);
  const auto both = bytes_of(data, size);
  if (!kind || both.size() <= kSeed) return std::unexpected(Fault::malformed);
  const auto& facts = facts_of(*kind);
  const auto seed = both.first(kSeed);
  Pair out{*kind,
           from_parameters(facts.post_quantum, EVP_PKEY_KEYPAIR,
                           {OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ML_DSA_SEED,
                                                              const_cast<std::byte*>(seed.data()), seed.size()),
                            OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()}),
           private_of(facts, both.subspan(kSeed))};
  if (!out.post_quantum || !out.classical) return std::unexpected(Fault::malformed);
  return out;
}

std::expected<Bytes, Fault> sign(const Pair& pair, std::span<const std::byte> message, std::string_view context) {
  const Quiet quiet;
  if (context.size() > kMaxContext) return std::unexpected(Fault::context_too_long);
  const auto content = message_of(pair.kind, message, context);
  if (!content) return std::unexpected(Fault::library);
  const auto label = label_of(pair.kind);
  auto out = sign_with(pair.post_quantum.get(), nullptr, label.data(), *content);
  const auto classical = sign_with(pair.classical.get(), facts_of(pair.kind).digest, nullptr, *content);
  if (!out || !classical) return std::unexpected(Fault::no_private_half);
  out->insert(out->end(), classical->begin(), classical->end());
  return std::move(*out);
}

bool verify(const Pair& pair, std::span<const std::byte> message, std::string_view context,
            std::span<const std::byte> signature) {
  const Quiet quiet;
  const auto& facts = facts_of(pair.kind);
  const auto content = message_of(pair.kind, message, context);
  if (!content || signature.size() <= facts.post_quantum_signature) return false;
  const auto label = label_of(pair.kind);
  const bool first =
      verifies(pair.post_quantum.get(), nullptr, label.data(), *content, signature.first(facts.post_quantum_signature));
  const bool second =
      verifies(pair.classical.get(), facts.digest, nullptr, *content, signature.subspan(facts.post_quantum_signature));
  return first && second;
}

}  // namespace bulwatt::composite
