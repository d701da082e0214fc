#include "libs/ocmf/signature.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "libs/base/check.hpp"
#include "libs/base/hex.hpp"

namespace bulwatt::ocmf {
namespace {

const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool holds(EVP_PKEY* key, const char* digest, std::string_view payload, std::span<const std::byte> signature) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const auto bytes = std::as_bytes(std::span{payload});
  const bool good = context != nullptr &&
                    EVP_DigestVerifyInit_ex(context, nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
                    EVP_DigestVerify(context, raw(signature), signature.size(), raw(bytes), bytes.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

bool is_p256(EVP_PKEY* key) {
  std::array<char, 32> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         std::string_view{group.data()} == "prime256v1";
}

}  // namespace

Verdict check_signature(const Record& record, std::span<const std::byte> public_key) {
  const auto algorithm = enum_from_text<Algorithm>(record.algorithm.view());
  if (!algorithm) return Verdict::unknown_algorithm;
  const auto* at = raw(public_key);
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &at, static_cast<long>(public_key.size()));
  const bool classical = *algorithm == Algorithm::ecdsa_p256;
  auto verdict = Verdict::wrong_key;
  if (key != nullptr && at == raw(public_key) + public_key.size() &&
      (classical ? is_p256(key) : EVP_PKEY_is_a(key, "ML-DSA-65") == 1)) {
    verdict = holds(key, classical ? "SHA256" : nullptr, record.payload, record.signature.view()) ? Verdict::good
                                                                                                  : Verdict::bad;
  }
  EVP_PKEY_free(key);
  return verdict;
}

Text<64> fingerprint(std::span<const std::byte> public_key) {
  std::array<std::byte, 32> digest{};
  unsigned int size = 0;
  BULWATT_ASSERT(EVP_Digest(public_key.data(), public_key.size(), reinterpret_cast<unsigned char*>(digest.data()),
                            &size, EVP_sha256(), nullptr) == 1);
  return std::string_view{hex(digest)};
}

}  // namespace bulwatt::ocmf
