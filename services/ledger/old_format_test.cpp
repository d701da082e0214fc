// Folders of the first format: records in a chain of hashes.
#include "services/ledger/ledger_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ledger;

namespace {

/// Writes what the first format wrote.
struct OldLedger {
  Hash hash{};
  std::uint64_t records = 0;
  void segment(Medium& medium, std::uint32_t number, std::size_t count) {
    std::vector<std::byte> bytes(65536);
    std::size_t at = 0;
    std::uint64_t frame = 0;
    const auto put = [&](const auto& entry) {
      journal::Batch batch;
      REQUIRE(batch.add(entry));
      const auto written = batch.frame_and_end(++frame, number + 1, journal::Role::append);
      std::ranges::copy(written, bytes.begin() + static_cast<std::ptrdiff_t>(at));
      at += written.size() - journal::kAlign;
    };
    put(old::SegmentHead{number, 3, records, hash});
    for (std::size_t i = 0; i < count; ++i) {
      const Record record{++records, 3, 1, {1}, "session", Subject::permit, Severity::info, "Old", "x"};
      old::Chained stored{};
      stored.record.size = static_cast<std::uint16_t>(wire::encode(record, stored.record.data));
      hash = old::chain(hash, stored.record.view());
      stored.hash = hash;
      put(stored);
    }
    REQUIRE(medium.storage.reserve(number, bytes.size()));
    REQUIRE(medium.storage.write(number, 0, bytes));
    REQUIRE(medium.storage.sync(number));
  }
};

struct OldStation {
  Medium medium{};
  OldLedger old{};
  OldStation() {
    old.segment(medium, 0, 20);
    old.segment(medium, 1, 7);
  }
};

}  // namespace

TEST_CASE("a ledger of the first format is read, verified and linked to a log of the present one") {
  OldStation s;
  const auto before = verify(s.medium.files());
  CHECK_FALSE(before.problem);
  CHECK(before.records == 27);
  CHECK(before.root == s.old.hash);
  auto store = s.medium.store();
  const auto opened = store.open(true, kStamp);
  REQUIRE(opened);
  REQUIRE(opened->linked);
  CHECK_FALSE(opened->alarm());
  CHECK(opened->linked->records == 27);
  CHECK(opened->linked->root == s.old.hash);
  CHECK(store.boot() == 4);
  record(store, 5);
  const auto result = verify(s.medium.files());
  CHECK_FALSE(result.problem);
  CHECK(result.log == 1);
  CHECK(result.records == 3);
  CHECK(result.all_records == 30);
  CHECK(result.links.size() == 1);
  CHECK(tail(s.medium.files(), 2)[0].event == "LedgerLinked");
  auto again = s.medium.store();
  CHECK_FALSE(again.open(false, kStamp)->linked);
}

TEST_CASE("a changed ledger of the first format is linked as damaged, and its changes stay visible") {
  OldStation s;
  s.medium.segment(1)[100] ^= std::byte{1};
  CHECK(verify(s.medium.files()).problem->finding == Finding::changed_bytes);
  auto store = s.medium.store();
  const auto opened = store.open(true, kStamp);
  REQUIRE(opened);
  CHECK(opened->alarm());
  CHECK(verify(s.medium.files()).problem);
}

TEST_CASE("a record of the first format with a mended checksum breaks the chain") {
  OldStation s;
  auto& bytes = s.medium.segment(0);
  std::size_t at = 0;
  for (int i = 0; i < 3; ++i) at += journal::read_frame(std::span{bytes}.subspan(at))->size;
  const auto frame = *journal::read_frame(std::span{bytes}.subspan(at));
  bytes[at + journal::kHeaderSize + frame.body.size() - 33] ^= std::byte{1};
  journal::finish_frame(std::span{bytes}.subspan(at), frame.body.size(), frame.sequence, frame.generation, frame.role);
  const auto result = verify(s.medium.files());
  REQUIRE(result.problem);
  CHECK(result.problem->finding == Finding::chain_broken);
  CHECK(result.problem->after == 2);
}

TEST_CASE("a start that was cut off while it linked links again") {
  for (std::uint64_t at = 0; at < 14; ++at) {
    OldStation s;
    s.medium.storage.lose_power_at(s.medium.storage.operations() + at);
    {
      auto store = s.medium.store();
      static_cast<void>(store.open(true, kStamp));
    }
    std::mt19937 random{static_cast<std::uint32_t>(at)};
    s.medium.storage.restart(journal::MemoryStorage::Cut::any_sectors, random);
    auto store = s.medium.store();
    REQUIRE(store.open(true, kStamp));
    record(store, 5);
    const auto result = verify(s.medium.files());
    REQUIRE_FALSE(result.problem);
    REQUIRE(result.log == 1);
    REQUIRE(result.links.size() == 1);
  }
}
