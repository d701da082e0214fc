// The sealing key: it seals one epoch and is replaced by its successor, from which it cannot be found again. Whoever takes the
// station over today cannot seal a different yesterday.
#pragma once
#include "services/ledger/files.hpp"
#include "services/ledger/format.hpp"

namespace bulwatt::ledger {

Hash seal_mac(const Key& key, const Seal& seal);
/// Key of the next epoch.
Key next_key(const Key& key);

/// A log's first key, and what carries it to the owner.
struct FirstKey {
  Key key{};
  Octets<kMaxEscrow> escrow{};
};
/// Where first keys come from.
struct KeySource {
  virtual std::optional<FirstKey> fresh() = 0;

 protected:
  ~KeySource() = default;
};
/// Random keys, encapsulated (ML-KEM-1024) to the owner's public key when there is one.
class EscrowedKeys final : public KeySource {
 public:
  /// `public_key`: SubjectPublicKeyInfo in PEM, or empty. `usable` says whether it is one.
  explicit EscrowedKeys(std::string_view public_key);
  ~EscrowedKeys();
  EscrowedKeys(const EscrowedKeys&) = delete;
  EscrowedKeys& operator=(const EscrowedKeys&) = delete;
  bool escrows() const { return key_ != nullptr; }
  std::optional<FirstKey> fresh() override;

 private:
  void* key_ = nullptr;  ///< EVP_PKEY
};
/// The owner's side: the first key out of a segment's head. Nothing when it is not this owner's.
std::optional<Key> open_escrow(std::string_view private_key_pem, std::span<const std::byte> escrow);
struct EscrowPair {
  std::string private_key{};  ///< PEM
  std::string public_key{};
};
std::optional<EscrowPair> make_escrow_pair();

/// The two places of the key on disk. The new one is durable before the old one is overwritten.
class SealFile {
 public:
  explicit SealFile(journal::Storage& storage) : storage_(storage) {}
  /// The newest intact state; nothing when there is none.
  std::expected<std::optional<SealState>, journal::Error> read();
  std::expected<void, journal::Error> write(const SealState& state);

 private:
  static constexpr std::uint64_t kPlace = journal::kMaxFrame;
  journal::Storage& storage_;
  std::uint32_t next_ = 0;
};

}  // namespace bulwatt::ledger
