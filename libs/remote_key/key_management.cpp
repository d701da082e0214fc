// The provider's key management table: new, import, export of the public half, comparison, description.
#include <openssl/bn.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include <cstring>

#include "libs/remote_key/key.hpp"

namespace bulwatt::remote_key {
namespace {

constexpr std::array<Kind, 11> kKinds{{
    {vault::Algorithm::ecdsa_p256, "EC", "prime256v1", 256, 128, 72, "SHA256"},
    {vault::Algorithm::ecdsa_p384, "EC", "secp384r1", 384, 192, 104, "SHA384"},
    {vault::Algorithm::ed25519, "ED25519", nullptr, 256, 128, 64, nullptr},
    {vault::Algorithm::ml_dsa_44, "ML-DSA-44", nullptr, 1312 * 8, 128, 2420, nullptr},
    {vault::Algorithm::ml_dsa_65, "ML-DSA-65", nullptr, 1952 * 8, 192, 3309, nullptr},
    {vault::Algorithm::ml_dsa_87, "ML-DSA-87", nullptr, 2592 * 8, 256, 4627, nullptr},
    {vault::Algorithm::ecdsa_p521, "EC", "secp521r1", 521, 256, 139, "SHA512"},
    {vault::Algorithm::rsa_2048, "RSA", nullptr, 2048, 112, 256, "SHA256", true},
    {vault::Algorithm::rsa_3072, "RSA", nullptr, 3072, 128, 384, "SHA256", true},
    {vault::Algorithm::rsa_4096, "RSA", nullptr, 4096, 152, 512, "SHA512", true},
    {vault::Algorithm::ed448, "ED448", nullptr, 456, 224, 114, nullptr},
}};

constexpr const char* kEc = "EC";
constexpr const char* kEcdsa = "ECDSA";
constexpr const char* kEd25519 = "ED25519";
constexpr const char* kEd448 = "ED448";
constexpr const char* kRsa = "RSA";
constexpr const char* kMlDsa44 = "ML-DSA-44";
constexpr const char* kMlDsa65 = "ML-DSA-65";
constexpr const char* kMlDsa87 = "ML-DSA-87";

template <const char* const& Type>
void* make(void* provider) {
  auto* key = new Key;
  key->key_type = Type;
  key->signer = static_cast<ProviderContext*>(provider)->signer;
  return key;
}
void drop(void* key) { release(static_cast<Key*>(key)); }

int has(const void* object, int selection) {
  const auto& key = *static_cast<const Key*>(object);
  if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 && key.point_size == 0) return 0;
  return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 || !key.name.empty() ? 1 : 0;
}

int match(const void* first, const void* second, int) {
  const auto& a = *static_cast<const Key*>(first);
  const auto& b = *static_cast<const Key*>(second);
  return a.kind == b.kind && a.exponent == b.exponent && a.point_size == b.point_size &&
                 std::memcmp(a.point.data(), b.point.data(), a.point_size) == 0
             ? 1
             : 0;
}

bool take_text(const OSSL_PARAM* parameter, std::span<char> out) {
  char* text = out.data();
  return parameter == nullptr || OSSL_PARAM_get_utf8_string(parameter, &text, out.size()) == 1;
}

/// Modulus and exponent.
bool take_rsa(Key& key, const OSSL_PARAM parameters[]) {
  const auto* n = OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_RSA_N);
  const auto* e = OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_RSA_E);
  BIGNUM* modulus = nullptr;
  if (n == nullptr || e == nullptr || OSSL_PARAM_get_BN(n, &modulus) != 1) return false;
  const int bits = BN_num_bits(modulus);
  const auto size = static_cast<std::size_t>(BN_num_bytes(modulus));
  const bool fits = size <= key.point.size() && OSSL_PARAM_get_uint64(e, &key.exponent) == 1;
  if (fits) key.point_size = static_cast<std::size_t>(BN_bn2bin(modulus, key.point.data()));
  BN_free(modulus);
  key.kind = kind_of(key.key_type, nullptr, bits);
  return fits;
}

int import(void* object, int, const OSSL_PARAM parameters[]) {
  auto& key = *static_cast<Key*>(object);
  std::array<char, 64> group{};
  std::array<char, 40> name{};
  if (!take_text(OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_GROUP_NAME), group)) return 0;
  if (!take_text(OSSL_PARAM_locate_const(parameters, kNameParameter), name)) return 0;
  key.name = vault::KeyName{name.data()};
  int slow = 0;
  if (const auto* p = OSSL_PARAM_locate_const(parameters, kSlowParameter);
      p != nullptr && OSSL_PARAM_get_int(p, &slow) != 1)
    return 0;
  key.slow = slow != 0;
  if (std::strcmp(key.key_type, kRsa) == 0) return take_rsa(key, parameters) && key.kind != nullptr ? 1 : 0;
  key.kind = kind_of(key.key_type, group[0] == '\0' ? nullptr : group.data(), 0);
  const auto* point = OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_PUB_KEY);
  void* into = key.point.data();
  if (point == nullptr || OSSL_PARAM_get_octet_string(point, &into, key.point.size(), &key.point_size) != 1) return 0;
  return key.kind != nullptr && key.point_size > 0 ? 1 : 0;
}

const OSSL_PARAM* import_types(int) {
  static const OSSL_PARAM kTypes[] = {OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
                                      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
                                      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0),
                                      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0),
                                      OSSL_PARAM_utf8_string(kNameParameter, nullptr, 0),
                                      OSSL_PARAM_int(kSlowParameter, nullptr),
                                      OSSL_PARAM_END};
  return kTypes;
}

int export_rsa(const Key& key, OSSL_CALLBACK* take, void* context) {
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  BIGNUM* modulus = BN_bin2bn(key.point.data(), static_cast<int>(key.point_size), nullptr);
  OSSL_PARAM* parameters = nullptr;
  if (builder != nullptr && modulus != nullptr &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
      OSSL_PARAM_BLD_push_uint64(builder, OSSL_PKEY_PARAM_RSA_E, key.exponent) == 1)
    parameters = OSSL_PARAM_BLD_to_param(builder);
  const int taken = parameters != nullptr ? take(parameters, context) : 0;
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_free(modulus);
  return taken;
}

int export_public(void* object, int selection, OSSL_CALLBACK* take, void* context) {
  auto& key = *static_cast<Key*>(object);
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 || key.kind == nullptr) return 0;  // there is nothing to give
  if (key.kind->rsa) return export_rsa(key, take, context);
  std::array<OSSL_PARAM, 3> parameters{};
  std::size_t used = 0;
  parameters[used++] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, key.point.data(), key.point_size);
  if (key.kind->group != nullptr) {
    parameters[used++] =
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(key.kind->group), 0);
  }
  parameters[used] = OSSL_PARAM_construct_end();
  return take(parameters.data(), context);
}

bool put_int(OSSL_PARAM parameters[], const char* name, int value) {
  auto* p = OSSL_PARAM_locate(parameters, name);
  return p == nullptr || OSSL_PARAM_set_int(p, value) == 1;
}
bool put_text(OSSL_PARAM parameters[], const char* name, const char* value) {
  auto* p = OSSL_PARAM_locate(parameters, name);
  return p == nullptr || value == nullptr || OSSL_PARAM_set_utf8_string(p, value) == 1;
}
bool put_point(OSSL_PARAM parameters[], const char* name, const Key& key) {
  auto* p = OSSL_PARAM_locate(parameters, name);
  return p == nullptr || OSSL_PARAM_set_octet_string(p, key.point.data(), key.point_size) == 1;
}

int describe(void* object, OSSL_PARAM parameters[]) {
  const auto& key = *static_cast<const Key*>(object);
  if (key.kind == nullptr) return 0;
  const auto& kind = *key.kind;
  const bool done = put_int(parameters, OSSL_PKEY_PARAM_BITS, kind.bits) &&
                    put_int(parameters, OSSL_PKEY_PARAM_SECURITY_BITS, kind.security_bits) &&
                    put_int(parameters, OSSL_PKEY_PARAM_MAX_SIZE, kind.signature_size) &&
                    put_text(parameters, OSSL_PKEY_PARAM_GROUP_NAME, kind.group) &&
                    put_text(parameters, OSSL_PKEY_PARAM_DEFAULT_DIGEST, kind.digest) &&
                    (kind.digest != nullptr || put_text(parameters, OSSL_PKEY_PARAM_MANDATORY_DIGEST, "")) &&
                    (kind.rsa || (put_point(parameters, OSSL_PKEY_PARAM_PUB_KEY, key) &&
                                  put_point(parameters, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, key)));
  return done ? 1 : 0;
}

const OSSL_PARAM* described(void*) {
  static const OSSL_PARAM kTypes[] = {OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
                                      OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
                                      OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
                                      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
                                      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, nullptr, 0),
                                      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, nullptr, 0),
                                      OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
                                      OSSL_PARAM_END};
  return kTypes;
}

template <const char* const& Operation>
const char* operation_name(int) {
  return Operation;
}

template <class F>
OSSL_DISPATCH entry(int id, F* function) {
  return {id, reinterpret_cast<void (*)(void)>(function)};
}

template <const char* const& Type, const char* const& Operation>
const OSSL_DISPATCH* table() {
  static const OSSL_DISPATCH kTable[] = {entry(OSSL_FUNC_KEYMGMT_NEW, make<Type>),
                                         entry(OSSL_FUNC_KEYMGMT_FREE, drop),
                                         entry(OSSL_FUNC_KEYMGMT_HAS, has),
                                         entry(OSSL_FUNC_KEYMGMT_MATCH, match),
                                         entry(OSSL_FUNC_KEYMGMT_IMPORT, import),
                                         entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, import_types),
                                         entry(OSSL_FUNC_KEYMGMT_EXPORT, export_public),
                                         entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, import_types),
                                         entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, describe),
                                         entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, described),
                                         entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, operation_name<Operation>),
                                         {0, nullptr}};
  return kTable;
}

}  // namespace

const Kind* kind_of(vault::Algorithm algorithm) {
  for (const auto& kind : kKinds) {
    if (kind.algorithm == algorithm) return &kind;
  }
  return nullptr;
}

const Kind* kind_of(const char* key_type, const char* group, int bits) {
  // OpenSSL knows the NIST curves by two names.
  if (group != nullptr && std::strcmp(group, "P-256") == 0) group = "prime256v1";
  if (group != nullptr && std::strcmp(group, "P-384") == 0) group = "secp384r1";
  if (group != nullptr && std::strcmp(group, "P-521") == 0) group = "secp521r1";
  for (const auto& kind : kKinds) {
    if (kind.rsa && kind.bits != bits) continue;
    const bool same_group = kind.group == nullptr || (group != nullptr && std::strcmp(kind.group, group) == 0);
    if (std::strcmp(kind.key_type, key_type) == 0 && same_group) return &kind;
  }
  return nullptr;
}

void release(Key* key) {
  if (key != nullptr && --key->references == 0) delete key;
}

const OSSL_ALGORITHM kKeyManagement[] = {
    {"EC:id-ecPublicKey:1.2.840.10045.2.1", "provider=bulwatt-vault", table<kEc, kEcdsa>(), nullptr},
    {"ED25519:1.3.101.112", "provider=bulwatt-vault", table<kEd25519, kEd25519>(), nullptr},
    {"ED448:1.3.101.113", "provider=bulwatt-vault", table<kEd448, kEd448>(), nullptr},
    {"RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=bulwatt-vault", table<kRsa, kRsa>(), nullptr},
    {"ML-DSA-44:MLDSA44:2.16.840.1.101.3.4.3.17:id-ml-dsa-44", "provider=bulwatt-vault", table<kMlDsa44, kMlDsa44>(),
     nullptr},
    {"ML-DSA-65:MLDSA65:2.16.840.1.101.3.4.3.18:id-ml-dsa-65", "provider=bulwatt-vault", table<kMlDsa65, kMlDsa65>(),
     nullptr},
    {"ML-DSA-87:MLDSA87:2.16.840.1.101.3.4.3.19:id-ml-dsa-87", "provider=bulwatt-vault", table<kMlDsa87, kMlDsa87>(),
     nullptr},
    {nullptr, nullptr, nullptr, nullptr}};

}  // namespace bulwatt::remote_key
