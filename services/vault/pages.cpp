#include "services/vault/pages.hpp"

namespace bulwatt::vault {
namespace {

constexpr std::uint64_t kSkippedAfterDamage = 1'000'000;  ///< a number is never given twice

struct StoredPage {
  static constexpr std::uint8_t kRecord = 1;
  static constexpr std::uint8_t kVersion = 1;
  std::uint8_t evse{};
  std::uint64_t page{};
  Text<64> content{};
  static constexpr auto fields() {
    using S = StoredPage;
    return list(field<&S::evse>("evse"), field<&S::page>("page"), field<&S::content>("content"));
  }
};

}  // namespace

std::expected<journal::Recovery, journal::Error> Pages::open() {
  auto recovery = journal_.open([this](const journal::Entry& entry) {
    if (entry.kind != StoredPage::kRecord || entry.version != StoredPage::kVersion) return false;
    const auto stored = wire::decode<StoredPage>(entry.bytes);
    if (!stored || stored->evse < 1 || stored->evse > last_.size()) return false;
    last_[stored->evse - 1U] = {stored->page, stored->content};
    return true;
  });
  if (!recovery || !recovery->damaged) return recovery;
  for (auto& given : last_) given = {given.page + kSkippedAfterDamage, {}};
  if (!compact()) return std::unexpected(journal::Error::storage);
  return recovery;
}

bool Pages::give(std::uint8_t evse, const Text<64>& content) {
  auto& given = last_[evse - 1U];
  const auto before = given;
  given = {before.page + 1, content};
  if (store(evse)) return true;
  given = before;
  return false;
}

bool Pages::store(std::uint8_t evse) {
  const auto& given = last_[evse - 1U];
  auto& batch = journal_.batch();
  batch.clear();
  if (!batch.add(StoredPage{evse, given.page, given.content})) return false;
  if (!journal_.wants_compaction() && journal_.commit()) return true;
  return compact();
}

bool Pages::compact() {
  return journal_
      .compact([this](journal::Snapshot& out) {
        for (std::size_t i = 0; i < last_.size(); ++i) {
          if (!out.add(StoredPage{static_cast<std::uint8_t>(i + 1), last_[i].page, last_[i].content})) return false;
        }
        return true;
      })
      .has_value();
}

}  // namespace bulwatt::vault
