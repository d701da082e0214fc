#include "services/vault/self_test.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "services/vault/known_answers.hpp"
#include "services/vault/request.hpp"

namespace bulwatt::vault {
namespace {

constexpr std::string_view kText = "bulwatt self-test";

const unsigned char* raw(const std::byte* p) { return reinterpret_cast<const unsigned char*>(p); }

std::vector<std::byte> from_hex(std::string_view text) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::vector<std::byte> out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::byte>(digit(text[i]) << 4 | digit(text[i + 1])));
  return out;
}

/// RFC 8032, 7.1, test 2.
bool known_ed25519() {
  const auto seed = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const keys::PrivateKey key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed.data()), seed.size())};
  const std::array<std::byte, 1> content{std::byte{0x72}};
  const auto made = key ? keys::sign_with(key.get(), Algorithm::ed25519, {Digest::none, Padding::none, content})
                        : std::unexpected(keys::Fault::library);
  return made && std::ranges::equal(made->bytes.view(),
                                    from_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                             "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
}

bool verifies(EVP_PKEY* key, const keys::Work& work, const Signature& signature) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;
  bool good =
      EVP_DigestVerifyInit_ex(context, &options, keys::name_of(work.digest), nullptr, nullptr, key, nullptr) == 1;
  if (good && work.padding == Padding::pss) good = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1;
  good = good && EVP_DigestVerify(context, raw(signature.bytes.data.data()), signature.bytes.size,
                                  raw(work.content.data()), work.content.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

bool signs_and_verifies(Algorithm algorithm) {
  const auto family = keys::facts_of(algorithm).family;
  const keys::Work work{family == keys::Family::pure ? Digest::none : Digest::sha256,
                        family == keys::Family::rsa ? Padding::pss : Padding::none, std::as_bytes(std::span{kText})};
  const auto key = keys::make_private_key(algorithm);
  const auto made = key ? keys::sign_with(key.get(), algorithm, work) : std::unexpected(keys::Fault::library);
  if (!made || !verifies(key.get(), work, *made)) return false;
  auto changed = *made;
  changed.bytes.data[changed.bytes.size / 2] ^= std::byte{1};
  return !verifies(key.get(), work, changed);
}

}  // namespace

std::vector<SelfTest> test_library() {
  auto out = known_answers();
  out.push_back({"ed25519, known answer", known_ed25519()});
  for (std::size_t i = 0; i < enum_names(Algorithm{}).size(); ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    out.push_back({enum_text(algorithm), signs_and_verifies(algorithm)});
  }
  return out;
}

std::expected<void, Complaint> test_key(const std::string& folder, Ring& ring, const Identity& who, Counter* counter) {
  Config config;
  (void)config.keys.push_back({who.name, who.purpose, who.algorithm, "-", 1, 1});
  auto store = open_store(folder, config, ring, counter);
  if (!store) return std::unexpected(store.error());
  const auto& key = store->keys[0];
  if (key.ref.backend == nullptr) return std::unexpected(key.unavailable);
  if (who.purpose == Purpose::attestation) return {};  // it states what the TPM states, nothing else
  auto request = Request::begin(key.info, {"self-test", ""});
  if (!request) return std::unexpected(Complaint{"its public half is no key"});
  const keys::Work work{request->digest(), request->padding(), request->to_sign()};
  const auto made = key.ref.backend->sign(key.ref.handle, work);
  if (!made) return std::unexpected("it does not sign: " + std::string{enum_text(made.error())});
  const auto* der = raw(key.info.public_key.data.data());
  const keys::PrivateKey public_half{d2i_PUBKEY(nullptr, &der, key.info.public_key.size)};
  if (!verifies(public_half.get(), work, *made)) return std::unexpected(Complaint{"what it signs does not verify"});
  return {};
}

}  // namespace bulwatt::vault
