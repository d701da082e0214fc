#include "services/vault/keys/software.hpp"

#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "libs/base/try.hpp"

namespace bulwatt::vault::keys {
namespace {

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreePkcs8 {
  void operator()(PKCS8_PRIV_KEY_INFO* info) const { PKCS8_PRIV_KEY_INFO_free(info); }
};
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreePkcs8>;

const unsigned char* raw(const std::byte* p) { return reinterpret_cast<const unsigned char*>(p); }
unsigned char* raw(std::byte* p) { return reinterpret_cast<unsigned char*>(p); }

bool pad(EVP_PKEY_CTX* context, Padding padding) {
  if (padding == Padding::none) return true;
  if (padding == Padding::pkcs1) return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

PublicKey public_key_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0 || static_cast<std::size_t>(size) > kMaxPublicKey) {
    OPENSSL_free(der);
    return {};
  }
  const PublicKey out{std::as_bytes(std::span{der, static_cast<std::size_t>(size)})};
  OPENSSL_free(der);
  return out;
}

std::expected<std::vector<std::byte>, Fault> hash(Digest digest, std::span<const std::byte> content) {
  std::vector<std::byte> out(size_of(digest));
  if (out.empty()) return out;
  std::size_t size = 0;
  if (EVP_Q_digest(nullptr, name_of(digest), nullptr, content.data(), content.size(), raw(out.data()), &size) != 1 ||
      size != out.size())
    return std::unexpected(Fault::library);
  return out;
}

Signed sign_with(EVP_PKEY* key, Algorithm algorithm, const Work& work) {
  if (!fits(algorithm, work.digest, work.padding)) return std::unexpected(Fault::not_capable);
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* options = nullptr;
  Signature out{};
  std::size_t size = out.bytes.data.size();
  if (!context ||
      EVP_DigestSignInit_ex(context.get(), &options, name_of(work.digest), nullptr, nullptr, key, nullptr) != 1 ||
      !pad(options, work.padding) ||
      EVP_DigestSign(context.get(), raw(out.bytes.data.data()), &size, raw(work.content.data()), work.content.size()) !=
          1)
    return std::unexpected(Fault::library);
  out.bytes.size = static_cast<std::uint16_t>(size);
  return out;
}

std::expected<Bytes, Fault> Software::generate(Algorithm algorithm, Purpose purpose) {
  if (purpose == Purpose::attestation) return std::unexpected(Fault::not_capable);
  const auto key = make_private_key(algorithm);
  const Pkcs8 plain{key ? EVP_PKEY2PKCS8(key.get()) : nullptr};
  unsigned char* der = nullptr;
  const int size = plain ? i2d_PKCS8_PRIV_KEY_INFO(plain.get(), &der) : -1;
  if (size <= 0) return std::unexpected(Fault::library);
  const auto view = std::as_bytes(std::span{der, static_cast<std::size_t>(size)});
  Bytes out{view.begin(), view.end()};
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return out;
}

std::expected<Loaded, Fault> Software::load(Algorithm algorithm, std::span<const std::byte> stored) {
  const auto* der = raw(stored.data());
  const Pkcs8 plain{d2i_PKCS8_PRIV_KEY_INFO(nullptr, &der, static_cast<long>(stored.size()))};
  PrivateKey key{plain ? EVP_PKCS82PKEY(plain.get()) : nullptr};
  const auto& facts = facts_of(algorithm);
  if (!key || EVP_PKEY_is_a(key.get(), facts.type) != 1) return std::unexpected(Fault::damaged);
  if (facts.bits != 0 && EVP_PKEY_get_bits(key.get()) != facts.bits) return std::unexpected(Fault::damaged);
  const Loaded out{++last_, public_key_of(key.get())};
  if (out.public_key.empty()) return std::unexpected(Fault::library);
  held_[last_] = {algorithm, std::move(key)};
  return out;
}

Signed Software::sign(Handle handle, const Work& work) {
  const auto found = held_.find(handle);
  if (found == held_.end()) return std::unexpected(Fault::refused);
  return sign_with(found->second.key.get(), found->second.algorithm, work);
}

std::expected<void, Fault> Software::begin(Handle handle, const Work& work) {
  if (result_) return std::unexpected(Fault::busy);
  result_ = sign(handle, work);
  return {};
}

}  // namespace bulwatt::vault::keys
