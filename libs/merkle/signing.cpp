#include "libs/merkle/signing.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <vector>

#include "libs/base/check.hpp"

namespace bulwatt::merkle {
namespace {

constexpr std::size_t kTime = 8;

const char* algorithm_of(KeyType type) { return type == KeyType::ml_dsa_44_cosignature ? "ML-DSA-44" : "ED25519"; }

const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool holds(const VerifierKey& key, std::span<const std::byte> message, std::span<const std::byte> signature) {
  const auto public_key = key.public_key.view();
  EVP_PKEY* pkey =
      EVP_PKEY_new_raw_public_key_ex(nullptr, algorithm_of(key.type), nullptr, raw(public_key), public_key.size());
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool good = pkey != nullptr && context != nullptr &&
                    EVP_DigestVerifyInit_ex(context, nullptr, nullptr, nullptr, nullptr, pkey, nullptr) == 1 &&
                    EVP_DigestVerify(context, raw(signature), signature.size(), raw(message), message.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(pkey);
  return good;
}

std::uint64_t time_of(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes.first(kTime)) value = value << 8 | std::to_integer<std::uint64_t>(byte);
  return value;
}

std::string classical_cosigned(std::uint64_t seconds, std::string_view text) {
  return "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string{text};
}

Checked judge(std::string_view text, const SignatureLine& line, const VerifierKey& key) {
  if (key.type == KeyType::ed25519) {
    return {holds(key, std::as_bytes(std::span{text}), line.bytes.view()) ? Verdict::good : Verdict::bad};
  }
  const auto checkpoint = parse_checkpoint(text);
  if (line.bytes.size <= kTime || !checkpoint) return {Verdict::bad};
  const auto seconds = time_of(line.bytes.view());
  const auto signature = line.bytes.view().subspan(kTime);
  bool good = false;
  if (key.type == KeyType::ml_dsa_44_cosignature) {
    good = holds(key, cosigned_message(key.name.view(), seconds, *checkpoint).view(), signature);
  } else {
    const auto message = classical_cosigned(seconds, text);
    good = holds(key, std::as_bytes(std::span{message}), signature);
  }
  return {good ? Verdict::good : Verdict::bad, seconds};
}

}  // namespace

Checked check_signature(const Note& note, const VerifierKey& key) {
  Checked result{Verdict::absent};
  const auto id = key.id();
  for (const auto& line : note.signatures) {
    if (line.name != key.name.view() || line.key_id != id) continue;
    result = judge(note.text, line, key);
    if (result.verdict == Verdict::bad) return result;
  }
  return result;
}

std::string note_line(const VerifierKey& key, std::span<const std::byte> signature) {
  return signature_line(key.name.view(), key.id(), signature);
}

std::string cosignature_line(const VerifierKey& key, std::uint64_t seconds, std::span<const std::byte> signature) {
  std::vector<std::byte> bytes(kTime + signature.size());
  for (std::size_t i = 0; i < kTime; ++i) bytes[i] = static_cast<std::byte>(seconds >> (8 * (kTime - 1 - i)));
  std::ranges::copy(signature, bytes.begin() + kTime);
  return signature_line(key.name.view(), key.id(), bytes);
}

std::optional<Octets<kMaxPublicKey>> raw_public_key(KeyType type, std::span<const std::byte> info) {
  const auto* at = raw(info);
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size()));
  if (key == nullptr) return std::nullopt;
  Octets<kMaxPublicKey> out{};
  std::size_t size = out.data.size();
  const bool good = EVP_PKEY_is_a(key, algorithm_of(type)) == 1 &&
                    EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(out.data.data()), &size) == 1;
  EVP_PKEY_free(key);
  if (!good) return std::nullopt;
  out.size = static_cast<std::uint16_t>(size);
  return out;
}

/// Takes the key over.
std::optional<SoftwareKey> SoftwareKey::hold(void* key, KeyType type, std::string_view name) {
  auto* pkey = static_cast<EVP_PKEY*>(key);
  VerifierKey verifier{name, type, {}};
  std::size_t size = verifier.public_key.data.size();
  if (pkey == nullptr || EVP_PKEY_is_a(pkey, algorithm_of(type)) != 1 ||
      EVP_PKEY_get_raw_public_key(pkey, reinterpret_cast<unsigned char*>(verifier.public_key.data.data()), &size) !=
          1) {
    EVP_PKEY_free(pkey);
    return std::nullopt;
  }
  verifier.public_key.size = static_cast<std::uint16_t>(size);
  return SoftwareKey{pkey, verifier};
}

std::optional<SoftwareKey> SoftwareKey::make(KeyType type, std::string_view name) {
  if (!is_key_name(name)) return std::nullopt;
  return hold(EVP_PKEY_Q_keygen(nullptr, nullptr, algorithm_of(type)), type, name);
}

std::optional<SoftwareKey> SoftwareKey::from_pem(KeyType type, std::string_view name, std::string_view pem) {
  BIO* text = is_key_name(name) ? BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())) : nullptr;
  EVP_PKEY* key = text != nullptr ? PEM_read_bio_PrivateKey(text, nullptr, nullptr, nullptr) : nullptr;
  BIO_free(text);
  return hold(key, type, name);
}

std::string SoftwareKey::private_pem() const {
  BIO* text = BIO_new(BIO_s_mem());
  BULWATT_ASSERT(text != nullptr && PEM_write_bio_PrivateKey(text, static_cast<EVP_PKEY*>(key_), nullptr, nullptr, 0,
                                                             nullptr, nullptr) == 1);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(text, &data);
  std::string out{data, static_cast<std::size_t>(size)};
  BIO_free(text);
  return out;
}

SoftwareKey::~SoftwareKey() { EVP_PKEY_free(static_cast<EVP_PKEY*>(key_)); }

std::vector<std::byte> SoftwareKey::sign(std::span<const std::byte> bytes) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::size_t size = kMaxSignature;
  std::vector<std::byte> out(size);
  const bool done =
      context != nullptr &&
      EVP_DigestSignInit_ex(context, nullptr, nullptr, nullptr, nullptr, static_cast<EVP_PKEY*>(key_), nullptr) == 1 &&
      EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, raw(bytes), bytes.size()) == 1;
  EVP_MD_CTX_free(context);
  BULWATT_ASSERT(done);
  out.resize(size);
  return out;
}

std::string SoftwareKey::line(const Checkpoint& checkpoint, std::uint64_t seconds) const {
  const auto text = write_checkpoint(checkpoint);
  switch (verifier_.type) {
    case KeyType::ed25519: return note_line(verifier_, sign(std::as_bytes(std::span{text})));
    case KeyType::ed25519_cosignature: {
      const auto message = classical_cosigned(seconds, text);
      return cosignature_line(verifier_, seconds, sign(std::as_bytes(std::span{message})));
    }
    case KeyType::ml_dsa_44_cosignature: break;
  }
  return cosignature_line(verifier_, seconds,
                          sign(cosigned_message(verifier_.name.view(), seconds, checkpoint).view()));
}

}  // namespace bulwatt::merkle
