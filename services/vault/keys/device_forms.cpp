#include "services/vault/keys/device_forms.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "libs/base/freed.hpp"

namespace bulwatt::vault::keys {
namespace {

using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
Number number(std::span<const std::byte> bytes) {
  return Number{BN_bin2bn(raw(bytes), static_cast<int>(bytes.size()), nullptr)};
}

std::expected<PublicKey, Fault> make_public(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters{OSSL_PARAM_BLD_to_param(builder)};
  const Context context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* made = nullptr;
  const bool good = parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  const PrivateKey key{made};
  if (!good) return std::unexpected(Fault::damaged);
  return public_key_of(key.get());
}

}  // namespace

std::expected<PublicKey, Fault> ec_public_key(Algorithm algorithm, std::span<const std::byte> point) {
  const Builder builder{OSSL_PARAM_BLD_new()};
  const char* group = facts_of(algorithm).group;
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return std::unexpected(Fault::library);
  return make_public("EC", builder.get());
}

std::expected<PublicKey, Fault> rsa_public_key(int bits, std::span<const std::byte> modulus,
                                               std::span<const std::byte> exponent) {
  const auto n = number(modulus);
  const auto e = number(exponent);
  if (!n || BN_num_bits(n.get()) != bits) return std::unexpected(Fault::damaged);
  const Builder builder{OSSL_PARAM_BLD_new()};
  if (!e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return std::unexpected(Fault::library);
  return make_public("RSA", builder.get());
}

std::expected<std::vector<std::byte>, Fault> ecdsa_der(std::span<const std::byte> r, std::span<const std::byte> s) {
  const EcSignature pair{ECDSA_SIG_new()};
  auto first = number(r);
  auto second = number(s);
  if (!pair || !first || !second || ECDSA_SIG_set0(pair.get(), first.get(), second.get()) != 1)
    return std::unexpected(Fault::library);
  (void)first.release();
  (void)second.release();
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return std::unexpected(Fault::damaged);
  const auto view = std::as_bytes(std::span{der, static_cast<std::size_t>(size)});
  std::vector<std::byte> out{view.begin(), view.end()};
  OPENSSL_free(der);
  return out;
}

}  // namespace bulwatt::vault::keys
