// What stands on disk besides records, as entries of frames of libs/journal. README.md draws the files.
#pragma once
#include "libs/merkle/tree.hpp"
#include "services/ledger/record.hpp"

namespace bulwatt::ledger {

using Key = std::array<std::byte, 32>;
inline constexpr std::size_t kMaxEscrow = 1568;  ///< ML-KEM-1024 ciphertext

/// Why a log begins behind another one.
enum class Reason : std::uint8_t {
  format_1,           ///< the records before are of the first format
  damaged,            ///< stored records were changed
  truncated,          ///< records that had been sealed are missing at the end
  key_lost,           ///< the sealing key is gone or older than the log: nobody may seal on behalf of the past
  tiles_changed,      ///< the stored tree hashes are not those of the records
  checkpoint_damaged  ///< the stored signed checkpoints are no checkpoints any more
};
constexpr auto enum_names(Reason) {
  return names("format_1", "damaged", "truncated", "key_lost", "tiles_changed", "checkpoint_damaged");
}

/// The head of the log that a log continues: as much of it as could be read and holds.
struct Link {
  std::uint32_t log{};  ///< 0: of the first format
  Reason reason{};
  std::uint64_t records{};
  Hash root{};  ///< of the first format: the last hash of its chain
  static constexpr auto fields() {
    return list(field<&Link::log>("log"), field<&Link::reason>("reason"), field<&Link::records>("records"),
                field<&Link::root>("root"));
  }
};

/// First entry of every segment: where the log stood.
struct SegmentHead {
  static constexpr std::uint8_t kRecord = 1;
  static constexpr std::uint8_t kVersion = 2;
  std::uint32_t segment{};
  std::uint32_t boot{};
  std::uint32_t log{};              ///< from 1
  std::uint32_t leaf_file{};        ///< first file of this log's leaf hashes
  std::uint64_t epoch{};            ///< of the next seal
  std::uint64_t records{};          ///< of this log, before this segment
  merkle::Frontier::Nodes nodes{};  ///< of the tree over them
  std::optional<Link> link{};
  Octets<kMaxEscrow> escrow{};  ///< carries the log's first sealing key to its owner; empty: nobody can check the seals
  static constexpr auto fields() {
    using S = SegmentHead;
    return list(field<&S::segment>("segment"), field<&S::boot>("boot"), field<&S::log>("log", {.min = 1}),
                field<&S::leaf_file>("leaf_file"), field<&S::epoch>("epoch"), field<&S::records>("records"),
                field<&S::nodes>("nodes"), field<&S::link>("link"), field<&S::escrow>("escrow"));
  }
};

/// Closes an epoch: whoever has the epoch's key can tell whether the tree was this one when the key still existed.
struct Seal {
  static constexpr std::uint8_t kRecord = 3;
  static constexpr std::uint8_t kVersion = 1;
  std::uint32_t log{};
  std::uint64_t epoch{};
  std::uint64_t records{};
  Hash root{};
  Hash mac{};
  static constexpr auto fields() {
    return list(field<&Seal::log>("log"), field<&Seal::epoch>("epoch"), field<&Seal::records>("records"),
                field<&Seal::root>("root"), field<&Seal::mac>("mac"));
  }
};

/// The only key there is, and up to where the log was sealed when the one before it was erased.
struct SealState {
  static constexpr std::uint8_t kRecord = 4;
  static constexpr std::uint8_t kVersion = 1;
  std::uint32_t log{};
  std::uint64_t epoch{};
  Key key{};
  std::uint64_t records{};
  Hash root{};
  std::uint32_t leaf_file{};
  std::optional<Link> link{};  ///< of the log, so that a beginning that was interrupted can be taken up
  Octets<kMaxEscrow> escrow{};
  static constexpr auto fields() {
    using S = SealState;
    return list(field<&S::log>("log"), field<&S::epoch>("epoch"), field<&S::key>("key", {.secret = true}),
                field<&S::records>("records"), field<&S::root>("root"), field<&S::leaf_file>("leaf_file"),
                field<&S::link>("link"), field<&S::escrow>("escrow"));
  }
};

}  // namespace bulwatt::ledger
