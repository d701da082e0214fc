// Software keys: stored sealed, used in this process's locked memory. Every algorithm.
#pragma once
#include <map>

#include "services/vault/keys/backend.hpp"
#include "services/vault/keys/sealed.hpp"

namespace bulwatt::vault::keys {

class Software final : public Backend {
 public:
  Kind kind() const override { return Kind::software; }
  bool can(Algorithm) const override { return true; }
  bool slow() const override { return false; }
  Health health() const override { return {}; }
  std::expected<Bytes, Fault> generate(Algorithm algorithm, Purpose purpose) override;
  std::expected<Loaded, Fault> load(Algorithm algorithm, std::span<const std::byte> stored) override;
  std::expected<void, Fault> destroy(std::span<const std::byte>) override { return {}; }
  Signed sign(Handle handle, const Work& work) override;
  std::expected<void, Fault> begin(Handle handle, const Work& work) override;
  std::optional<Signed> step() override { return std::exchange(result_, std::nullopt); }
  int wait_descriptor() const override { return -1; }

 private:
  struct Held {
    Algorithm algorithm{};
    PrivateKey key{};
  };
  std::map<Handle, Held> held_{};
  Handle last_ = 0;
  std::optional<Signed> result_{};
};

/// SubjectPublicKeyInfo of a key; empty when the library cannot say.
PublicKey public_key_of(EVP_PKEY* key);
/// Hash of the content by the library; empty for Digest::none.
std::expected<std::vector<std::byte>, Fault> hash(Digest digest, std::span<const std::byte> content);
/// One-shot signature by the library.
Signed sign_with(EVP_PKEY* key, Algorithm algorithm, const Work& work);

}  // namespace bulwatt::vault::keys
