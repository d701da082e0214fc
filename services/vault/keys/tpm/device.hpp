// One TPM 2.0, spoken to through ESAPI: storage root key, one session that proves and encrypts what goes over the bus, random
// bytes, a counter that only goes up, sealing, and a statement about the machine's state. Keys: keys.hpp.
//
// The session is salted to the storage root key. Who sits on the bus between us and the TPM can neither read what is sealed
// or drawn nor change an answer; and with the name of that key pinned (`expected_root`), nobody else's TPM passes for ours.
// What is left in the TPM by a process that was killed is cleared at the start: it has room for three keys.
// Single-threaded. Every call but those of keys.hpp waits for the TPM.
#pragma once
#include "services/vault/keys/tpm/esapi.hpp"
#include "services/vault/keys/tpm/link.hpp"

namespace bulwatt::vault::keys::tpm {

inline constexpr TPM2_HANDLE kRootHandle = 0x81000001;    ///< where TCG provisioning guidance puts the storage root key
inline constexpr TPM2_HANDLE kCounterIndex = 0x0180b0a7;  ///< of the range that the owner defines
inline constexpr TPM2_HANDLE kAnchorIndex = 0x0180b0a8;   ///< a second counter, for the ledger's head

/// Configuration registers by number, bank SHA-256.
using Registers = std::uint32_t;

/// The state of the machine that its maker approves: a digest that PolicyPCR arrives at, signed by the authority
/// (TPM2_PolicyAuthorize; ECDSA P-256 over SHA-256 of the digest, DER).
struct ApprovedState {
  Registers registers{};
  std::array<std::byte, 32> digest{};
  Octets<80> signature{};
  static constexpr auto fields() {
    return list(field<&ApprovedState::registers>("registers"), field<&ApprovedState::digest>("digest"),
                field<&ApprovedState::signature>("signature"));
  }
};

/// TPMS_ATTEST as the TPM signed it, and the signature (DER).
struct Quote {
  std::vector<std::byte> attest{};
  std::vector<std::byte> signature{};
};

class Device {
 public:
  /// The descriptor stays the caller's. `expected_root`: the name of the storage root key that this store was made with; empty: any.
  /// `patience`: how long one answer may take.
  static std::expected<std::unique_ptr<Device>, Fault> open(int descriptor, std::span<const std::byte> expected_root,
                                                            Duration patience = kPatience);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const std::vector<std::byte>& root_name() const { return root_name_; }
  bool gone() const { return link_.gone(); }
  bool can(Algorithm algorithm) const { return (algorithms_ >> static_cast<unsigned>(algorithm) & 1) != 0; }

  std::expected<Bytes, Fault> random(std::size_t size);

  /// The counter; `make`: define it where there is none. Its first value is not 0 but more than any counter of this TPM ever
  /// had, so only differences mean something.
  std::expected<std::uint64_t, Fault> read_counter(TPM2_HANDLE index = kCounterIndex);
  std::expected<void, Fault> make_counter(TPM2_HANDLE index = kCounterIndex);
  std::expected<std::uint64_t, Fault> increment_counter(TPM2_HANDLE index = kCounterIndex);

  /// Who approves states of the machine (SubjectPublicKeyInfo of a P-256 key). With an authority, secrets are sealed to whatever
  /// it approves; without one, to this TPM only.
  std::expected<void, Fault> set_authority(std::span<const std::byte> public_key);
  void set_approved(const ApprovedState& state) { approved_ = state; }
  /// What PolicyPCR arrives at now: for the authority to approve.
  std::expected<std::array<std::byte, 32>, Fault> state_digest(Registers registers);
  std::expected<std::vector<std::byte>, Fault> seal(std::span<const std::byte> secret);
  std::expected<Bytes, Fault> unseal(std::span<const std::byte> sealed);

  /// A statement of an attestation key (loaded handle) about the registers, over the caller's nonce (at most 64 bytes).
  std::expected<Quote, Fault> quote(ESYS_TR key, std::span<const std::byte> nonce, Registers registers);

  // -- for keys.hpp --
  const Esapi& api() const { return api_; }
  ESYS_CONTEXT* context() const { return context_; }
  ESYS_TR root() const { return root_; }
  ESYS_TR session() const { return session_; }
  Link& link() { return link_; }
  std::expected<void, Fault> new_session();
  /// Remembers that the TPM said so, for health; passes success on.
  std::expected<void, Fault> judge(TSS2_RC code);

 private:
  Device(const Esapi& api, int descriptor, Duration patience) : api_(api), link_(descriptor, patience) {}
  std::expected<void, Fault> start();
  std::expected<void, Fault> clear_leftovers();
  std::expected<void, Fault> find_root();
  std::expected<void, Fault> make_root();
  std::expected<void, Fault> read_root_name();
  void learn_algorithms();
  std::expected<ESYS_TR, Fault> counter_handle(TPM2_HANDLE index);
  std::expected<ESYS_TR, Fault> load_authority();
  std::expected<ESYS_TR, Fault> start_session(TPM2_SE type);
  std::expected<std::array<std::byte, 32>, Fault> authority_policy();
  std::expected<void, Fault> satisfy_policy(ESYS_TR session);
  std::expected<void, Fault> authorize(ESYS_TR session, ESYS_TR authority);
  std::expected<Bytes, Fault> unseal_loaded(ESYS_TR item, bool policy);

  const Esapi& api_;
  Link link_;
  ESYS_CONTEXT* context_ = nullptr;
  ESYS_TR root_ = ESYS_TR_NONE;
  ESYS_TR session_ = ESYS_TR_NONE;
  std::vector<std::byte> root_name_{};
  std::uint32_t algorithms_ = 0;
  std::optional<TPM2B_PUBLIC> authority_{};
  std::optional<ApprovedState> approved_{};
};

// -- both directions between the TPM's structures and everybody's --

/// What Create and Load take and give, as bytes.
std::expected<std::vector<std::byte>, Fault> pack(const Esapi& api, const TPM2B_PUBLIC& open,
                                                  const TPM2B_PRIVATE& closed);
std::expected<void, Fault> unpack(const Esapi& api, std::span<const std::byte> bytes, TPM2B_PUBLIC& open,
                                  TPM2B_PRIVATE& closed);
std::expected<PublicKey, Fault> public_key_of(const TPM2B_PUBLIC& open);
std::expected<std::vector<std::byte>, Fault> signature_of(const TPMT_SIGNATURE& signature);
/// The parameters of a key that signs, by algorithm; nothing for what no TPM does.
std::optional<TPMT_PUBLIC> template_of(Algorithm algorithm);
TPML_PCR_SELECTION selection_of(Registers registers);

}  // namespace bulwatt::vault::keys::tpm
