// The backends of this vault and the secret that its stored keys are sealed under.
//   seal.secret   the secret as it is, mode 0600: without a TPM
//   seal.tpm      the secret sealed by the TPM
#pragma once
#include "services/vault/files.hpp"
#include "services/vault/keys/sealed.hpp"
#include "services/vault/keys/software.hpp"

namespace bulwatt::vault {

using keys::Identity;
using keys::Secret;

/// Seals small secrets so that only this machine, in an approved state, has them again.
struct Sealer {
  virtual std::expected<std::vector<std::byte>, keys::Fault> seal(std::span<const std::byte> secret) = 0;
  virtual std::expected<keys::Bytes, keys::Fault> unseal(std::span<const std::byte> sealed) = 0;

 protected:
  ~Sealer() = default;
};

struct KeyRef {
  keys::Backend* backend = nullptr;
  keys::Handle handle{};
};

/// Why a key cannot be had. unavailable: later perhaps, the vault runs on without it. Otherwise somebody must act.
struct RingError {
  bool unavailable = false;
  Complaint sentence{};
};

class Ring {
 public:
  /// `preferred` says where new keys are made; what it cannot do is made in software.
  Ring(std::string folder, keys::Kind preferred) : folder_(std::move(folder)), preferred_(preferred) {}
  /// A backend that is configured but does not work is not added: its keys are unavailable, with `why`.
  void add(std::unique_ptr<keys::Backend> backend) { others_.push_back(std::move(backend)); }
  void lacks(keys::Kind kind, Complaint why);
  void use(Sealer& sealer) { sealer_ = &sealer; }

  /// Reads the secret; with `make` makes it where there is none.
  std::expected<void, RingError> unlock(bool make);
  /// Makes a key and returns its sealed file.
  std::expected<std::vector<std::byte>, RingError> make(const Identity& who);
  /// The same in the background; step_make() gives nothing until it is done.
  std::expected<void, RingError> begin_make(const Identity& who);
  std::optional<std::expected<std::vector<std::byte>, RingError>> step_make(const Identity& who);
  /// Becomes readable when step_make() has something to do; -1: call it in the next turn.
  int wait_descriptor() const { return making_ != nullptr ? making_->wait_descriptor() : -1; }
  std::expected<std::pair<KeyRef, keys::PublicKey>, RingError> open(const Identity& who,
                                                                    std::span<const std::byte> file);
  /// The secret is in the TPM.
  bool sealed() const;
  keys::Backend* find(keys::Kind kind);
  std::string_view why_lacking(keys::Kind kind) const;
  /// A key for one more use of the secret, such as the authentication of an index.
  std::optional<std::array<std::byte, 32>> derive(std::string_view use) const;

 private:
  std::expected<keys::Backend*, RingError> place_for(const Identity& who);
  std::expected<std::vector<std::byte>, RingError> seal_made(const Identity& who, const keys::Backend& place,
                                                             const std::expected<keys::Bytes, keys::Fault>& made) const;
  std::expected<void, RingError> read_plain(const std::string& path);
  std::expected<void, RingError> read_sealed(const std::string& path);
  std::expected<void, RingError> keep_secret(const keys::Bytes& secret);
  std::expected<void, RingError> make_secret();
  std::expected<void, RingError> move_secret();

  std::string folder_;
  keys::Kind preferred_;
  keys::Software software_{};
  std::vector<std::unique_ptr<keys::Backend>> others_{};
  std::vector<std::pair<keys::Kind, Complaint>> lacking_{};
  Sealer* sealer_ = nullptr;
  keys::Backend* making_ = nullptr;
  std::optional<keys::Bytes> secret_{};  // wiped when it goes
};

}  // namespace bulwatt::vault
