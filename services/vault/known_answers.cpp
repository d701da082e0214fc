#include "services/vault/known_answers.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>

#include "libs/base/freed.hpp"
#include "libs/base/hex.hpp"

namespace bulwatt::vault {
namespace {

using Bytes = std::vector<unsigned char>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;

Bytes from_hex(std::string_view text) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  Bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<unsigned char>(digit(text[i]) << 4 | digit(text[i + 1])));
  return out;
}
/// 0, 1, 2 … as many as asked for.
Bytes counting(std::size_t count) {
  Bytes out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<unsigned char>(i);
  return out;
}
bool hashes_to(const Bytes& bytes, const char* digest, std::string_view expected) {
  Bytes out(EVP_MAX_MD_SIZE);
  std::size_t size = 0;
  return EVP_Q_digest(nullptr, digest, nullptr, bytes.data(), bytes.size(), out.data(), &size) == 1 &&
         hex(std::as_bytes(std::span{out}.first(size))) == expected;
}

/// FIPS 180-4: the hashes of "abc".
bool known_hash(const char* digest, std::string_view expected) { return hashes_to({'a', 'b', 'c'}, digest, expected); }

/// The GCM specification's test cases 2 and 14: one block of zeros under a key of zeros.
bool known_gcm(const char* name, std::size_t key_size, std::string_view text, std::string_view tag) {
  const Bytes key(key_size);
  const Bytes zeros(16);
  Bytes out(16);
  Bytes made(16);
  int size = 0;
  const std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>> cipher{EVP_CIPHER_fetch(nullptr, name, nullptr)};
  const Cipher context{EVP_CIPHER_CTX_new()};
  return cipher && EVP_EncryptInit_ex2(context.get(), cipher.get(), key.data(), zeros.data(), nullptr) == 1 &&
         EVP_EncryptUpdate(context.get(), out.data(), &size, zeros.data(), 16) == 1 &&
         EVP_EncryptFinal_ex(context.get(), made.data(), &size) == 1 &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, made.data()) == 1 && out == from_hex(text) &&
         made == from_hex(tag);
}

/// Counts 1, 2, 3 …: a private key that everybody knows.
Bytes known_scalar(std::size_t size) {
  Bytes out = counting(size + 1);
  out.erase(out.begin());
  return out;
}
Key private_key(const char* type, const char* group, Bytes scalar) {
  if (group == nullptr)
    return Key{EVP_PKEY_new_raw_private_key_ex(nullptr, type, nullptr, scalar.data(), scalar.size())};
  // From the most significant byte on; OpenSSL wants the machine's order.
  std::ranges::reverse(scalar);
  const std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(group), 0),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, scalar.data(), scalar.size()), OSSL_PARAM_construct_end()};
  const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, const_cast<OSSL_PARAM*>(parameters.data())) != 1)
    return nullptr;
  return Key{made};
}
Key public_point(const char* type, const char* group, const Bytes& point) {
  if (group == nullptr) return Key{EVP_PKEY_new_raw_public_key_ex(nullptr, type, nullptr, point.data(), point.size())};
  const std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(group), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, const_cast<unsigned char*>(point.data()),
                                        point.size()),
      OSSL_PARAM_construct_end()};
  const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(parameters.data())) != 1)
    return nullptr;
  return Key{made};
}

struct Agreement {
  const char* type;
  const char* group;
  std::size_t size;
  std::string_view peer;
  std::string_view secret;
};
/// Made with Go's crypto/ecdh from the same scalars; the peer's differs in its second byte.
constexpr Agreement kX25519{"X25519", nullptr, 32, "ebc81616c36edbfeea27593da46b310c49a1e033ec510090aa894a9989633535",
                            "8578f261d028a78a55aac624578affcb6aee6d3225ed80fa3289524f0dc08c7a"};
constexpr Agreement kP256{"EC", "P-256", 32,
                          "0475b8eee20da9fa7da79d6b991adcdbdf15f32c1f3260255757e116a51b9ff2c5"
                          "c6e235dfbec8cf31437e1144cd73a97b12cd5aedfcf2eaa414e462d0ff04d992",
                          "2c19a4af7c53a9932205a0251b1ba6635f0d4e7ec6ddecee4a585604e47a2e1e"};
constexpr Agreement kP384{
    "EC", "P-384", 48,
    "0421954635959ed4b4901ce89a4061aeaf0d39fe067789b72e7dbdbd806bb3c4eb4bb9d8fe88fa3a74182a0926998f3045"
    "11d12b54e1aec5ce0d33a7b1adb002ed28a7292bb522a6d8282ed8b9287d0f082a1fa0e674b3eecab058afab5b367a78",
    "9e08c67e6402c09ed7b50233063f39d6a5beb721629c11512368df4c6d6d26e6f35cefd291b13000e81e9e813069aa52"};

bool known_agreement(const Agreement& known) {
  const auto own = private_key(known.type, known.group, known_scalar(known.size));
  const auto peer = public_point(known.type, known.group, from_hex(known.peer));
  if (!own || !peer) return false;
  const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, own.get(), nullptr)};
  Bytes secret(known.size);
  std::size_t size = secret.size();
  return EVP_PKEY_derive_init(context.get()) == 1 && EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
         EVP_PKEY_derive(context.get(), secret.data(), &size) == 1 && secret == from_hex(known.secret);
}

/// From the seed 0, 1, 2 … 63 (that of RFC 9935's examples), and what a ciphertext that is none decapsulates to. The answers are
/// those of Go's crypto/mlkem.
bool known_ml_kem(const char* name, std::size_t ciphertext, std::string_view public_hash, std::string_view secret) {
  const auto seed = counting(64);
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ML_KEM_SEED, const_cast<unsigned char*>(seed.data()),
                                        seed.size()),
      OSSL_PARAM_construct_end()};
  const KeyContext maker{EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr)};
  EVP_PKEY* made = nullptr;
  if (!maker || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_KEYPAIR, const_cast<OSSL_PARAM*>(parameters.data())) != 1)
    return false;
  const Key key{made};
  Bytes half(2048);
  std::size_t size = half.size();
  if (EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, half.data(), half.size(), &size) != 1)
    return false;
  half.resize(size);
  const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
  const auto none = counting(ciphertext);
  Bytes out(32);
  std::size_t out_size = out.size();
  return hashes_to(half, "SHA256", public_hash) && EVP_PKEY_decapsulate_init(context.get(), nullptr) == 1 &&
         EVP_PKEY_decapsulate(context.get(), out.data(), &out_size, none.data(), none.size()) == 1 &&
         out == from_hex(secret);
}

/// The IETF's LAMPS test vectors, id-ML-DSA-44: the public half that this seed makes, as its hash.
bool known_ml_dsa() {
  const auto seed = from_hex("46403745df2b3a9630779906794f9fbb7f015ff40f0e6c9e4a43ef0696fe7935");
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ML_DSA_SEED, const_cast<unsigned char*>(seed.data()),
                                        seed.size()),
      OSSL_PARAM_construct_end()};
  const KeyContext maker{EVP_PKEY_CTX_new_from_name(nullptr, "ML-DSA-44", nullptr)};
  EVP_PKEY* made = nullptr;
  if (!maker || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_KEYPAIR, const_cast<OSSL_PARAM*>(parameters.data())) != 1)
    return false;
  const Key key{made};
  Bytes half(1312);
  std::size_t size = half.size();
  return EVP_PKEY_get_raw_public_key(key.get(), half.data(), &size) == 1 &&
         hashes_to(half, "SHA256", "c57d553bed48ae8168941f769ec941dac923d05d7b6d849bccf54c361a5d816f");
}

/// RFC 6979, A.2.5, SHA-256 of "sample"; and not when one bit differs.
bool known_ecdsa() {
  const auto key = public_point("EC", "P-256",
                                from_hex("0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                                         "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
  auto signature = from_hex(
      "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
      "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  const auto verifies = [&] {
    const std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
    const Bytes sample{'s', 'a', 'm', 'p', 'l', 'e'};
    return EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), sample.data(), sample.size()) == 1;
  };
  if (!key || !verifies()) return false;
  signature.back() ^= 1;
  return !verifies();
}

}  // namespace

std::vector<SelfTest> known_answers() {
  return {
      {"sha256, known answer",
       known_hash("SHA256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")},
      {"sha384, known answer", known_hash("SHA384",
                                          "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                                          "8086072ba1e7cc2358baeca134c825a7")},
      {"aes-128-gcm, known answer",
       known_gcm("AES-128-GCM", 16, "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf")},
      {"aes-256-gcm, known answer",
       known_gcm("AES-256-GCM", 32, "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919")},
      {"x25519, known answer", known_agreement(kX25519)},
      {"ecdh p-256, known answer", known_agreement(kP256)},
      {"ecdh p-384, known answer", known_agreement(kP384)},
      {"ml-kem-768, known answer",
       known_ml_kem("ML-KEM-768", 1088, "0b7934c83125c788995e2ba6bd761e33046b3e40571be53e023309a29f398cc9",
                    "2dcec6eacd41f41e98bbf1e6c4b6d1cfa76d83079fa78decb49d77f6ff9b796d")},
      {"ml-kem-1024, known answer",
       known_ml_kem("ML-KEM-1024", 1568, "c7b8fa0aa471d5ae18922d6ccad5b31e1d84f92ae723abfd13747018740a8530",
                    "fa0e8f717366945dc1177a1b3eef44bd329bc1d0987e4e4a12bc0373aa096a37")},
      {"ecdsa p-256, known answer", known_ecdsa()},
      {"ml-dsa-44, known answer", known_ml_dsa()},
  };
}

}  // namespace bulwatt::vault
