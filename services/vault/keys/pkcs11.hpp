// Keys in a PKCS #11 token: made there, not extractable, found again by identifier. The module is code of somebody else in this
// process; it is loaded only where the configuration names one.
//
// The PIN is tried once. A PIN that the token refused is remembered (by a hash, in the vault's folder) and never tried again, and
// none is tried while the token says that its last tries are running out: a service that starts again and again must not lock
// a token for good.
// PKCS #11 calls wait for the token. A slow token holds the vault up for as long as one signature takes.
#pragma once
#include <map>

#include "services/vault/keys/backend.hpp"

namespace bulwatt::vault::keys {

struct Pkcs11Functions;

struct TokenConfig {
  std::string module{};  ///< path of the shared object
  std::string label{};   ///< of the token
  Bytes pin{};
  std::string refused_file{};  ///< where a hash of a refused PIN is kept; empty: nowhere
};

class Pkcs11 final : public Backend {
 public:
  static std::expected<std::unique_ptr<Pkcs11>, Fault> open(const TokenConfig& config);
  ~Pkcs11() override;
  Pkcs11(const Pkcs11&) = delete;
  Pkcs11& operator=(const Pkcs11&) = delete;

  Kind kind() const override { return Kind::pkcs11; }
  bool can(Algorithm algorithm) const override;
  bool slow() const override { return true; }
  Health health() const override;
  std::expected<Bytes, Fault> generate(Algorithm algorithm, Purpose purpose) override;
  std::expected<Loaded, Fault> load(Algorithm algorithm, std::span<const std::byte> stored) override;
  std::expected<void, Fault> destroy(std::span<const std::byte> stored) override;
  Signed sign(Handle handle, const Work& work) override;
  std::expected<void, Fault> begin(Handle handle, const Work& work) override;
  std::optional<Signed> step() override;
  int wait_descriptor() const override { return -1; }

 private:
  struct Held {
    Algorithm algorithm{};
    unsigned long object = 0;
  };
  explicit Pkcs11(const Pkcs11Functions* functions) : functions_(functions) {}
  std::expected<void, Fault> start(const TokenConfig& config);
  std::expected<void, Fault> find_slot(const std::string& label);
  std::expected<void, Fault> log_in(const TokenConfig& config);
  std::expected<unsigned long, Fault> find(unsigned long object_class, std::span<const std::byte> id) const;
  std::expected<PublicKey, Fault> public_key_of(Algorithm algorithm, unsigned long object) const;
  std::expected<Bytes, Fault> attribute(unsigned long object, unsigned long type) const;
  std::expected<void, Fault> judge(unsigned long code) const;

  const Pkcs11Functions* functions_;  // of the module, which stays loaded
  unsigned long slot_ = 0;
  unsigned long session_ = 0;
  bool initialized_ = false;
  bool in_session_ = false;
  mutable std::optional<Fault> last_fault_{};
  std::map<Handle, Held> held_{};
  Handle last_ = 0;
  std::optional<std::pair<Handle, std::vector<std::byte>>> waiting_{};
  Work waiting_work_{};
};

}  // namespace bulwatt::vault::keys
