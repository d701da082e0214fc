// The devices of this vault, brought together with its ring: what the configuration names, opened, or the sentence why not.
#pragma once
#include "services/vault/config.hpp"
#include "services/vault/index.hpp"
#include "services/vault/keys/pkcs11.hpp"
#include "services/vault/keys/tpm/keys.hpp"

namespace bulwatt::vault {

/// In the vault's folder:
///   tpm.root              name of the TPM's storage root key, so that another TPM is noticed
///   state-authority.pem   who approves states of the machine (P-256); with it, the secret is sealed to what it approves
///   state-approved.bin    the state it approved last (keys::tpm::ApprovedState)
class Devices final : public Sealer, public Counter {
 public:
  Devices(std::string folder, Ring& ring) : folder_(std::move(folder)), ring_(ring) {}
  /// `provisioning`: a root key that is seen for the first time is remembered, the counter is made.
  void attach_tpm(int descriptor, bool provisioning);
  /// `config.pin` is read from a file by the caller; an empty one is said.
  void attach_token(const keys::TokenConfig& config);
  /// Stirs random bytes of the TPM into the library's generator. False: there is none, or it is busy.
  bool stir();
  /// Every few seconds, while nothing is made or signed. A TPM that is silent is asked for a sign of life and used again when
  /// it gave one; one that works is drawn on now and then. Waits for the TPM only when it answers.
  void tend(Instant now);
  bool has_tpm() const { return tpm_ != nullptr; }
  /// The TPM was silent when this process began and answers now: keys are opened at the start, so another one is due.
  bool wants_restart() const { return wants_restart_; }
  /// The TPM's counter for the ledger's head. A vault that was provisioned before there was one has none: read() says so.
  Counter& anchor_counter() { return anchor_counter_; }
  /// -1: there is no line to a TPM, or it is lost for good.
  int descriptor() const { return descriptor_; }

  std::expected<std::vector<std::byte>, keys::Fault> seal(std::span<const std::byte> secret) override;
  std::expected<keys::Bytes, keys::Fault> unseal(std::span<const std::byte> sealed) override;
  std::expected<std::uint64_t, keys::Fault> read() override;
  std::expected<std::uint64_t, keys::Fault> increment() override;

 private:
  struct AnchorCounter final : Counter {
    explicit AnchorCounter(Devices& of) : devices(of) {}
    std::expected<std::uint64_t, keys::Fault> read() override;
    std::expected<std::uint64_t, keys::Fault> increment() override;
    Devices& devices;
  };
  std::expected<void, keys::Fault> prepare(keys::tpm::Device& device, bool provisioning);
  std::expected<void, keys::Fault> take_authority(keys::tpm::Device& device);
  std::string folder_;
  Ring& ring_;
  bool silent() const;
  void look_for_life();
  std::size_t drain();

  AnchorCounter anchor_counter_{*this};
  int descriptor_ = -1;
  bool asked_ = false;
  bool answered_ = false;
  bool silent_at_start_ = false;
  bool wants_restart_ = false;
  Instant stirred_{};
  keys::tpm::Keys* tpm_ = nullptr;  // owned by the ring
};

/// What stands in a PIN file, without the end of the line; empty when there is none.
keys::Bytes pin_from(const std::string& path);

/// Opens what `path` names: a device file, or the socket of an emulator. -1 and errno.
int open_device(const char* path);

}  // namespace bulwatt::vault
