// Keys in a TPM: made there under the storage root key, stored as blobs that only this TPM loads, used without ever being
// outside. The TPM has room for three at a time; two stay loaded, the others wait as saved contexts.
#pragma once
#include <map>

#include "services/vault/keys/tpm/device.hpp"

namespace bulwatt::vault::keys::tpm {

inline constexpr std::size_t kLoadedAtOnce = 2;

class Keys final : public Backend {
 public:
  explicit Keys(std::unique_ptr<Device> device) : device_(std::move(device)) {}
  Kind kind() const override { return Kind::tpm; }
  bool can(Algorithm algorithm) const override { return device_->can(algorithm); }
  bool slow() const override { return true; }
  Health health() const override;
  std::expected<Bytes, Fault> generate(Algorithm algorithm, Purpose purpose) override;
  std::expected<void, Fault> begin_making(Algorithm algorithm, Purpose purpose) override;
  std::optional<std::expected<Bytes, Fault>> step_making() override;
  std::expected<Loaded, Fault> load(Algorithm algorithm, std::span<const std::byte> stored) override;
  std::expected<void, Fault> destroy(std::span<const std::byte>) override { return {}; }  // the blob was all there is
  Signed sign(Handle handle, const Work& work) override;
  std::expected<void, Fault> begin(Handle handle, const Work& work) override;
  std::optional<Signed> step() override;
  int wait_descriptor() const override { return state_ == State::idle ? -1 : device_->link().descriptor(); }

  /// By an attestation key. Waits for the TPM.
  std::expected<Quote, Fault> quote(Handle handle, std::span<const std::byte> nonce, Registers registers);
  Device& device() { return *device_; }
  /// After the device was gone: the same TPM again, perhaps over another descriptor. Its keys are loaded when they are used.
  std::expected<void, Fault> revive(int descriptor, Duration patience = kPatience);
  std::size_t loaded() const;

 private:
  enum class State : std::uint8_t { idle, loading, signing, making };
  struct Held {
    TPM2B_PUBLIC open{};
    TPM2B_PRIVATE closed{};
    TPMS_CONTEXT saved{};
    ESYS_TR loaded = ESYS_TR_NONE;
    std::uint64_t used = 0;
  };
  std::expected<void, Fault> make_room();
  void unload(Held& key);
  std::expected<void, Fault> load_from_blob(Held& key);
  /// Loaded now, waiting for the TPM.
  std::expected<void, Fault> bring_in(Held& key);
  std::expected<void, Fault> prepare(const Work& work);
  std::expected<void, Fault> ask_to_sign();
  std::expected<void, Fault> start_over();
  std::optional<Signed> end(Signed result);
  std::optional<Signed> after(TSS2_RC code);

  std::unique_ptr<Device> device_;
  std::map<Handle, Held> held_{};
  Handle last_ = 0;
  std::uint64_t uses_ = 0;
  // the signature under way
  State state_ = State::idle;
  Held* key_ = nullptr;
  TPM2B_DIGEST digest_{};
  TPMT_SIG_SCHEME scheme_{};
  bool again_ = false;
  Instant since_{};
  Fault last_fault_{};
  bool faulty_ = false;
};

}  // namespace bulwatt::vault::keys::tpm
