#include "services/vault/sealed.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>

#include "libs/os/clock.hpp"

namespace bulwatt::vault {
namespace {

// File: magic, nonce, ciphertext of the PKCS #8 key, tag.
constexpr std::array<std::byte, 4> kMagic{std::byte{'B'}, std::byte{'W'}, std::byte{'K'}, std::byte{'1'}};
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kMaxFile = 16 * 1024;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using Kdf = std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;

unsigned char* raw(std::byte* p) { return reinterpret_cast<unsigned char*>(p); }
const unsigned char* raw(const std::byte* p) { return reinterpret_cast<const unsigned char*>(p); }

/// Wipes its bytes when it goes.
struct Wiped {
  std::vector<std::byte> bytes;
  ~Wiped() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

bool derive(const Secret& secret, std::span<const std::byte> identity, std::array<std::byte, 32>& out) {
  const Kdf kdf{EVP_KDF_fetch(nullptr, "HKDF", nullptr)};
  const KdfContext context{kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr};
  if (!context) return false;
  std::array<char, 7> digest{"SHA256"};
  std::array<OSSL_PARAM, 4> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<std::byte*>(secret.data()), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<std::byte*>(identity.data()), identity.size()),
      OSSL_PARAM_construct_end()};
  return EVP_KDF_derive(context.get(), raw(out.data()), out.size(), parameters.data()) == 1;
}

struct Bound {
  wire::Buffer<Identity> buffer{};
  std::size_t size = 0;
  explicit Bound(const Identity& who) { size = wire::encode(who, buffer); }
  std::span<const std::byte> bytes() const { return std::span{buffer}.first(size); }
};

}  // namespace

std::expected<std::vector<std::byte>, SealError> seal(const Secret& secret, const Identity& who, EVP_PKEY* key) {
  const Pkcs8 plain{EVP_PKEY2PKCS8(key)};
  unsigned char* der = nullptr;
  const int size = plain ? i2d_PKCS8_PRIV_KEY_INFO(plain.get(), &der) : -1;
  if (size <= 0) return std::unexpected(SealError::crypto);
  Wiped clear{{std::as_bytes(std::span{der, static_cast<std::size_t>(size)}).begin(), std::as_bytes(std::span{der, static_cast<std::size_t>(size)}).end()}};
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));

  const Bound bound{who};
  std::array<std::byte, 32> file_key{};
  if (!derive(secret, bound.bytes(), file_key)) return std::unexpected(SealError::crypto);
  std::vector<std::byte> out(kMagic.size() + kNonce + clear.bytes.size() + kTag);
  if (out.size() > kMaxFile) return std::unexpected(SealError::too_big);
  std::ranges::copy(kMagic, out.begin());
  auto* nonce = out.data() + kMagic.size();
  os::random_bytes({nonce, kNonce});
  auto* body = nonce + kNonce;
  const Cipher cipher{EVP_CIPHER_CTX_new()};
  int n = 0;
  const bool done =
      EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), raw(file_key.data()), raw(nonce), nullptr) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &n, raw(bound.buffer.data()), static_cast<int>(bound.size)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), raw(body), &n, raw(clear.bytes.data()), static_cast<int>(clear.bytes.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), raw(body) + n, &n) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTag, body + clear.bytes.size()) == 1;
  OPENSSL_cleanse(file_key.data(), file_key.size());
  if (!done) return std::unexpected(SealError::crypto);
  return out;
}

std::expected<PrivateKey, SealError> unseal(const Secret& secret, const Identity& who, std::span<const std::byte> file) {
  const auto head = kMagic.size() + kNonce;
  if (file.size() <= head + kTag || file.size() > kMaxFile || !std::ranges::equal(file.first(kMagic.size()), kMagic)) {
    return std::unexpected(SealError::damaged);
  }
  const auto nonce = file.subspan(kMagic.size(), kNonce);
  const auto body = file.subspan(head, file.size() - head - kTag);
  std::array<std::byte, kTag> tag{};
  std::ranges::copy(file.last(kTag), tag.begin());
  const Bound bound{who};
  std::array<std::byte, 32> file_key{};
  if (!derive(secret, bound.bytes(), file_key)) return std::unexpected(SealError::crypto);
  Wiped clear{std::vector<std::byte>(body.size())};
  const Cipher cipher{EVP_CIPHER_CTX_new()};
  int n = 0;
  const bool opened =
      EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), raw(file_key.data()), raw(nonce.data()), nullptr) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &n, raw(bound.buffer.data()), static_cast<int>(bound.size)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), raw(clear.bytes.data()), &n, raw(body.data()), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), raw(clear.bytes.data()) + n, &n) == 1;
  OPENSSL_cleanse(file_key.data(), file_key.size());
  if (!opened) return std::unexpected(SealError::damaged);
  const auto* der = raw(clear.bytes.data());
  const Pkcs8 plain{d2i_PKCS8_PRIV_KEY_INFO(nullptr, &der, static_cast<long>(clear.bytes.size()))};
  PrivateKey key{plain ? EVP_PKCS82PKEY(plain.get()) : nullptr};
  if (!key) return std::unexpected(SealError::damaged);
  return key;
}

PrivateKey generate(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::ecdsa_p256: return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
    case Algorithm::ecdsa_p384: return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384")};
    case Algorithm::ed25519: return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
    case Algorithm::ml_dsa_44: return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "ML-DSA-44")};
    case Algorithm::ml_dsa_65: return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "ML-DSA-65")};
    case Algorithm::ml_dsa_87: return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "ML-DSA-87")};
  }
  return nullptr;
}

}  // namespace bulwatt::vault
