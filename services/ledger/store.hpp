// The append-only store: a chain of records in segment files. Records are collected and become durable together.
//
//   Store store{storage, config};
//   auto opened = store.open(first_start, stamp);      // writes a record about itself, and about what it found
//   auto sequence = store.add("session", append, stamp);
//   auto done = store.flush();                         // one write, one fdatasync for all that were added
#pragma once
#include "services/ledger/config.hpp"
#include "services/ledger/segment.hpp"

namespace bulwatt::ledger {

struct Opened {
  bool torn = false;     ///< an unfinished write was dropped; it was never acknowledged
  bool damaged = false;  ///< stored records were changed; the damaged segment is left as it is
};

class Store {
 public:
  Store(journal::Storage& storage, const Config& config) : storage_(storage), config_(config) {}

  /// Finds the end of the chain. Error::storage when the medium cannot be read; Error::full is not an error here.
  std::expected<Opened, Error> open(bool first_start, const Stamp& stamp);
  /// True when one more record fits the present batch.
  bool fits() const { return pending_ < kBatch; }
  /// Chains the record; it is durable after the next successful flush(). Only while fits().
  std::uint64_t add(std::string_view actor, const Append& append, const Stamp& stamp);
  /// On an error every record added since the last flush is forgotten, as if it had never been said.
  std::expected<void, Error> flush();
  /// Of durable records only.
  ReadHead::Head head() const { return durable_; }
  std::uint32_t boot() const { return boot_; }

  static constexpr std::size_t kBatch = 12;  ///< records that fit one frame for certain
  static_assert(kBatch * (journal::kEntryHeader + wire::max_size<Chained>()) + journal::kEntryHeader +
                    wire::max_size<SegmentHead>() <=
                journal::kMaxBody);

 private:
  std::expected<bool, Error> take_up(std::uint32_t segment, Opened& opened);
  std::expected<void, Error> begin_segment();
  std::expected<void, Error> write_frame();
  std::uint64_t segment_bytes() const { return std::uint64_t{config_.segment_kib} * 1024; }
  void forget_batch();

  journal::Storage& storage_;
  Config config_;
  journal::Batch batch_{};
  journal::Batch head_batch_{};
  std::size_t pending_ = 0;
  ReadHead::Head durable_{};
  ReadHead::Head latest_{};  ///< with the batch
  std::uint32_t boot_ = 0;
  std::uint32_t segment_ = 0;  ///< present one
  bool has_segment_ = false;   ///< false: the next record begins a new one
  std::uint32_t next_segment_ = 0;
  std::uint64_t frame_ = 0;  ///< last one in the segment
  std::uint64_t end_ = 0;
};

}  // namespace bulwatt::ledger
