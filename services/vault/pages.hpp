// The page numbers of signed meter records: one row for each EVSE, each number given once and never again, also over a power
// cut. A gap says that a record was begun and lost; two records under one number cannot be: it is kept with the digest of what
// was signed.
#pragma once
#include "interfaces/meter.hpp"
#include "libs/journal/journal.hpp"

namespace bulwatt::vault {

inline constexpr std::uint32_t kPageJournalBytes = 64 * 1024;

class Pages {
 public:
  explicit Pages(journal::Journal& journal) : journal_(journal) {}
  std::expected<journal::Recovery, journal::Error> open();
  /// The last one given; 0: none yet.
  std::uint64_t last(std::uint8_t evse) const { return last_[evse - 1U].page; }
  /// SHA-256 of the payload, hexadecimal, that has the last one.
  const Text<64>& content(std::uint8_t evse) const { return last_[evse - 1U].content; }
  /// Gives the next one to this payload; durable when it returns. False when it cannot be stored.
  bool give(std::uint8_t evse, const Text<64>& content);

 private:
  struct Given {
    std::uint64_t page = 0;
    Text<64> content{};
  };
  bool store(std::uint8_t evse);
  bool compact();
  journal::Journal& journal_;
  std::array<Given, meter::kMaxMeters> last_{};
};

}  // namespace bulwatt::vault
