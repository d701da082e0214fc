// A private key that lives in another process, usable by an unmodified libssl: a small OpenSSL provider whose signatures
// are made by whoever is handed in as Signer. The key can be used, compared and described, never exported.
//
//   remote_key::Provider provider{library, signer};                 // once per OSSL_LIB_CTX
//   auto key = provider.make_key(info);                             // EVP_PKEY for SSL_CTX_use_PrivateKey
// The context that uses it must look its own algorithms up with the query kProperties, so that nothing else lands here.
#pragma once
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <expected>
#include <memory>
#include <optional>

#include "interfaces/vault.hpp"

namespace bulwatt::remote_key {

inline constexpr const char* kProperties = "?provider!=bulwatt-vault";

enum class Error : std::uint8_t { provider_refused, unknown_algorithm, bad_public_key };
constexpr auto enum_names(Error) { return names("provider_refused", "unknown_algorithm", "bad_public_key"); }

/// Makes the signature over the whole content, hashing included. Called in the middle of a handshake: must answer soon.
/// A slow key (KeyInfo::slow) is submitted and fetched instead: between the two the handshake stands still (libs/tls: Session::
/// waits_for_key), and whoever drives it goes on with something else.
struct Signer {
  virtual std::expected<vault::Signature, vault::Error> sign(const vault::Sign& request) = 0;
  virtual std::expected<std::uint32_t, vault::Error> submit(const vault::Sign& request) = 0;
  /// Nothing: not done yet.
  virtual std::expected<std::optional<vault::Signature>, vault::Error> fetch(std::uint32_t ticket) = 0;

 protected:
  ~Signer() = default;
};

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;

/// Registers the provider in a library context. Must outlive every key made by it; one per library context.
class Provider {
 public:
  static std::expected<Provider, Error> load(OSSL_LIB_CTX* library, Signer& signer);
  Provider(Provider&& other) noexcept;
  Provider& operator=(Provider&&) = delete;
  ~Provider();

  std::expected<KeyPtr, Error> make_key(const vault::KeyInfo& info) const;

 private:
  Provider(OSSL_LIB_CTX* library, OSSL_PROVIDER* ours, OSSL_PROVIDER* standard)
      : library_(library), ours_(ours), standard_(standard) {}
  OSSL_LIB_CTX* library_;
  OSSL_PROVIDER* ours_;
  OSSL_PROVIDER* standard_;
};

}  // namespace bulwatt::remote_key
