#include "services/vault/keys/sealed.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>

#include "libs/os/clock.hpp"

namespace bulwatt::vault::keys {
namespace {

// File: mark, nonce, ciphertext of what the backend stored, tag. The mark says in which backend the key lies.
constexpr std::size_t kMarkSize = 4;
using Mark = std::array<std::byte, kMarkSize>;
constexpr std::array<char, 3> kLetters{'K', 'T', 'P'};  // in the order of Kind
constexpr Mark mark_of(Kind kind) {
  return {std::byte{'B'}, std::byte{'W'}, static_cast<std::byte>(kLetters[static_cast<std::size_t>(kind)]),
          std::byte{'1'}};
}
std::optional<Kind> kind_of(std::span<const std::byte> file) {
  for (const auto kind : {Kind::software, Kind::tpm, Kind::pkcs11}) {
    if (file.size() >= kMarkSize && std::ranges::equal(file.first(kMarkSize), mark_of(kind))) return kind;
  }
  return std::nullopt;
}
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kMaxFile = 16 * 1024;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using Kdf = std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>>;

unsigned char* raw(std::byte* p) { return reinterpret_cast<unsigned char*>(p); }
const unsigned char* raw(const std::byte* p) { return reinterpret_cast<const unsigned char*>(p); }

struct Bound {
  wire::Buffer<Identity> buffer{};
  std::size_t size = 0;
  explicit Bound(const Identity& who) { size = wire::encode(who, buffer); }
  std::span<const std::byte> bytes() const { return std::span{buffer}.first(size); }
};

}  // namespace

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

std::expected<std::vector<std::byte>, SealError> seal(const Secret& secret, const Identity& who, Kind kind,
                                                      std::span<const std::byte> stored) {
  const Bound bound{who};
  std::array<std::byte, 32> file_key{};
  if (!derive(secret, bound.bytes(), file_key)) return std::unexpected(SealError::crypto);
  std::vector<std::byte> out(kMarkSize + kNonce + stored.size() + kTag);
  if (out.size() > kMaxFile) return std::unexpected(SealError::too_big);
  std::ranges::copy(mark_of(kind), out.begin());
  auto* nonce = out.data() + kMarkSize;
  os::random_bytes({nonce, kNonce});
  auto* body = nonce + kNonce;
  const Cipher cipher{EVP_CIPHER_CTX_new()};
  int n = 0;
  const bool done =
      EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), raw(file_key.data()), raw(nonce), nullptr) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &n, raw(bound.buffer.data()), static_cast<int>(bound.size)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), raw(body), &n, raw(stored.data()), static_cast<int>(stored.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), raw(body) + n, &n) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTag, body + stored.size()) == 1;
  OPENSSL_cleanse(file_key.data(), file_key.size());
  if (!done) return std::unexpected(SealError::crypto);
  return out;
}

std::expected<Stored, SealError> unseal(const Secret& secret, const Identity& who, std::span<const std::byte> file) {
  const auto head = kMarkSize + kNonce;
  const auto kind = kind_of(file);
  if (!kind || file.size() <= head + kTag || file.size() > kMaxFile) return std::unexpected(SealError::damaged);
  const auto nonce = file.subspan(kMarkSize, kNonce);
  const auto body = file.subspan(head, file.size() - head - kTag);
  std::array<std::byte, kTag> tag{};
  std::ranges::copy(file.last(kTag), tag.begin());
  const Bound bound{who};
  std::array<std::byte, 32> file_key{};
  if (!derive(secret, bound.bytes(), file_key)) return std::unexpected(SealError::crypto);
  Stored out{*kind, Bytes(body.size())};
  const Cipher cipher{EVP_CIPHER_CTX_new()};
  int n = 0;
  const bool opened =
      EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), raw(file_key.data()), raw(nonce.data()), nullptr) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &n, raw(bound.buffer.data()), static_cast<int>(bound.size)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), raw(out.bytes.data()), &n, raw(body.data()), static_cast<int>(body.size())) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), raw(out.bytes.data()) + n, &n) == 1;
  OPENSSL_cleanse(file_key.data(), file_key.size());
  if (!opened) return std::unexpected(SealError::damaged);
  return out;
}

PrivateKey make_private_key(Algorithm algorithm) {
  const auto& facts = facts_of(algorithm);
  if (facts.family == Family::ecdsa) return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, facts.type, facts.group)};
  if (facts.family == Family::rsa)
    return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, facts.type, std::size_t{facts.bits})};
  return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, facts.type)};
}

}  // namespace bulwatt::vault::keys
