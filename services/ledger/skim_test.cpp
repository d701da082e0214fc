#include "services/ledger/skim.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace bulwatt;
using namespace bulwatt::ledger;

namespace {

/// Skimming and decoding take the same bytes and find the same in them.
bool agree(std::span<const std::byte> bytes) {
  const auto whole = wire::decode<Record>(bytes);
  const auto skimmed = skim(bytes);
  if (!whole || !skimmed) return whole.has_value() == skimmed.has_value();
  return skimmed->sequence == whole->sequence && skimmed->time == whole->time &&
         skimmed->actor == whole->actor.view() && skimmed->event == whole->event.view() &&
         skimmed->detail == whole->detail.view();
}

}  // namespace

TEST_CASE("skimming takes what decoding takes, whatever is changed, cut off or added, and finds the same") {
  std::mt19937 random{11};
  std::size_t taken = 0;
  std::size_t refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string detail(random() % 80, 'x');
    if (round % 3 == 0 && !detail.empty()) detail[random() % detail.size()] = static_cast<char>(random());
    if (round % 7 == 0) detail += "\xc3\xa4\xe2\x82\xac";
    Record record{random(), 3, 77, {static_cast<std::int64_t>(random())}, "session", {}, {}, "Event", {}};
    record.event = std::string_view{"TransactionUpdatedByNobody"}.substr(0, random() % 26);
    record.detail = std::string_view{detail};
    wire::Buffer<Record> buffer;
    std::vector<std::byte> bytes(buffer.begin(),
                                 buffer.begin() + static_cast<std::ptrdiff_t>(wire::encode(record, buffer)));
    if (round % 2 == 0) bytes[random() % bytes.size()] ^= static_cast<std::byte>(1U << random() % 8);
    if (round % 5 == 0) bytes.resize(random() % (bytes.size() + 4));
    REQUIRE(agree(bytes));
    (skim(bytes) ? taken : refused) += 1;
  }
  CHECK(taken > 1000);
  CHECK(refused > 500);
}

TEST_CASE("texts of every length up to the greatest, and one byte beyond it") {
  for (std::size_t size = 0; size <= kMaxDetail; ++size) {
    Record record{1, 1, 1, {1}, "vault", {}, {}, "Event", {}};
    record.detail = std::string_view{std::string(size, 'y')};
    wire::Buffer<Record> buffer;
    auto bytes = std::span<std::byte>{buffer}.first(wire::encode(record, buffer));
    REQUIRE(skim(bytes));
    REQUIRE(skim(bytes)->detail.size() == size);
    if (size == 0) continue;
    bytes.back() = std::byte{0};
    REQUIRE_FALSE(skim(bytes));
    REQUIRE(agree(bytes));
  }
}
