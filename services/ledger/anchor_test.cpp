// A counter that only rises, held against the log: older pictures of either are found.
#include "services/ledger/ledger_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ledger;

namespace {

/// A TPM's counter.
struct Chip {
  std::uint64_t counter = 41;
  /// As the vault does; false when there was nothing to raise.
  bool anchor(Store& store) {
    const auto said = store.anchor(counter, kStamp);
    REQUIRE(said);
    if (!said->raise) return false;
    ++counter;
    CHECK(counter == said->next);
    return true;
  }
};

void live(Medium& medium, Chip& chip, std::size_t records) {
  auto store = medium.store({64, 16});
  REQUIRE(store.open(true, kStamp));
  chip.anchor(store);
  for (std::size_t i = 0; i < records; ++i) record(store, i, 300);
  chip.anchor(store);
  REQUIRE(store.seal());
}
std::optional<Finding> finding(Medium& medium) {
  const auto result = verify(medium.files());
  return result.problem ? std::optional{result.problem->finding} : std::nullopt;
}
std::size_t said(Medium& medium, std::string_view event) {
  std::size_t count = 0;
  verify(medium.files(), {}, [&](const Seen& seen) {
    count += seen.record.event == event ? 1 : 0;
    return true;
  });
  return count;
}

}  // namespace

TEST_CASE("anchors rise through restarts and segments, and nothing is written when nothing was recorded") {
  Medium medium;
  Chip chip;
  live(medium, chip, 300);
  live(medium, chip, 5);
  auto store = medium.store({64, 16});
  REQUIRE(store.open(true, kStamp));
  CHECK(chip.anchor(store));
  const auto records = store.head().records;
  CHECK_FALSE(chip.anchor(store));
  CHECK(store.head().records == records);
  CHECK_FALSE(finding(medium));
  CHECK(chip.counter == 46);
}

TEST_CASE("power that goes between the record and the counter is no alarm") {
  Medium medium;
  Chip chip;
  live(medium, chip, 10);
  {
    auto store = medium.store({64, 16});
    REQUIRE(store.open(true, kStamp));
    REQUIRE(store.anchor(chip.counter, kStamp)->raise);  // and it never happens
  }
  live(medium, chip, 10);
  CHECK_FALSE(finding(medium));
  CHECK(said(medium, own::kAnchorAhead) == 0);
}

TEST_CASE("attack: an older picture of the disk is found by the counter, at the start and by everybody who verifies") {
  Medium medium;
  Chip chip;
  live(medium, chip, 10);
  Medium older = medium;
  live(medium, chip, 10);
  live(older, chip, 3);
  CHECK(said(older, own::kAnchorAhead) == 1);
  CHECK(finding(older) == Finding::counter_ahead);
  live(older, chip, 3);  // it goes on, and the finding stays
  CHECK(said(older, own::kAnchorAhead) == 1);
  CHECK(finding(older) == Finding::counter_ahead);
}

TEST_CASE("attack: an older state of the TPM, or another TPM, is found by the log") {
  Medium medium;
  Chip chip;
  live(medium, chip, 10);
  const Chip older = chip;
  live(medium, chip, 10);
  auto put_back = older;
  live(medium, put_back, 3);
  CHECK(said(medium, own::kAnchorBehind) == 1);
  CHECK(finding(medium) == Finding::counter_behind);
}

TEST_CASE("attack: whoever takes the memory of the last anchor away makes the log begin its anchors twice") {
  Medium medium;
  Chip chip;
  live(medium, chip, 300);  // the anchor at the start lies in an earlier segment
  auto store = medium.store({64, 16});
  REQUIRE(store.open(true, kStamp));
  for (std::size_t i = 0; i < 300; ++i) record(store, i, 300);
  for (const std::uint32_t place : {5U, 6U}) medium.checkpoints(place).clear();
  auto again = medium.store({64, 16});
  REQUIRE(again.open(true, kStamp));
  chip.counter += 10;
  chip.anchor(again);
  CHECK(finding(medium) == Finding::counter_ahead);
}

TEST_CASE("one torn place of the anchor is made good by the other and the newest segment") {
  Medium medium;
  Chip chip;
  live(medium, chip, 10);
  medium.checkpoints(static_cast<std::uint32_t>(5 + chip.counter % 2))[3] ^= std::byte{1};
  live(medium, chip, 3);
  CHECK_FALSE(finding(medium));
}
