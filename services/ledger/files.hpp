// The kinds of files of a ledger.
#pragma once
#include "libs/journal/storage.hpp"

namespace bulwatt::ledger {

struct Files {
  journal::Storage& records;      ///< segments, numbered through all logs
  journal::Storage& leaves;       ///< tile level 0: leaf hashes, kLeavesPerFile to a file
  journal::Storage& nodes;        ///< tile levels 1 …: one file each, kLevels for each log
  journal::Storage& seals;        ///< two places for the SealState
  journal::Storage& checkpoints;  ///< two places for the signed checkpoint, as text
  journal::Storage& witnessed;    ///< the same for the newest one that the witness has signed too
  journal::Storage& mirrored;     ///< and for the newest one that the mirror holds all records of: its receipt
};

inline constexpr std::uint64_t kLeavesPerFile = 32'768;  ///< 128 tiles, 1 MiB
inline constexpr std::uint32_t kLevels = 4;              ///< above the leaves; enough for 2^40 records

/// All of them on one medium.
class SharedFiles {
 public:
  explicit SharedFiles(journal::Storage& medium)
      : records_(medium, 0, kEach),
        leaves_(medium, kEach, kEach),
        nodes_(medium, 2 * kEach, kEach),
        seals_(medium, 3 * kEach, kEach),
        checkpoints_(medium, 4 * kEach, kEach),
        witnessed_(medium, 5 * kEach, kEach),
        mirrored_(medium, 6 * kEach, kEach) {}
  SharedFiles(const SharedFiles&) = delete;
  SharedFiles& operator=(const SharedFiles&) = delete;
  Files files() { return {records_, leaves_, nodes_, seals_, checkpoints_, witnessed_, mirrored_}; }
  static constexpr std::uint32_t kEach = 1U << 24;

 private:
  journal::Area records_, leaves_, nodes_, seals_, checkpoints_, witnessed_, mirrored_;
};

}  // namespace bulwatt::ledger
