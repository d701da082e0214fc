#include "libs/journal/journal.hpp"

#include <doctest/doctest.h>

#include "libs/journal/crc32c_long.hpp"
#include "libs/journal/memory_storage.hpp"

using namespace bulwatt;
using namespace bulwatt::journal;

namespace {

struct Number {
  static constexpr std::uint8_t kRecord = 7;
  static constexpr std::uint8_t kVersion = 1;
  std::uint32_t value{};
  Octets<3000> ballast{};
  static constexpr auto fields() { return list(field<&Number::value>("value"), field<&Number::ballast>("ballast")); }
};

Number number(std::uint32_t value, std::size_t ballast = 0) {
  Number made{value, {}};
  made.ballast.size = static_cast<std::uint16_t>(ballast);
  return made;
}

struct Reopened {
  std::vector<std::uint32_t> values{};
  Recovery recovery{};
};

Reopened reopen(Journal& journal) {
  Reopened result{};
  auto opened = journal.open([&](const Entry& entry) {
    const auto decoded = wire::decode<Number>(entry.bytes);
    if (entry.kind != Number::kRecord || !decoded) return false;
    result.values.push_back(decoded->value);
    return true;
  });
  REQUIRE(opened);
  result.recovery = *opened;
  return result;
}

void commit(Journal& journal, std::uint32_t value, std::size_t ballast = 0) {
  REQUIRE(journal.batch().add(number(value, ballast)));
  REQUIRE(journal.commit());
}

}  // namespace

TEST_CASE("the checksum is CRC-32C, by table and by instruction alike") {
  const std::string_view known = "123456789";
  CHECK(crc32c(std::as_bytes(std::span{known})) == 0xe3069283U);
  std::vector<std::byte> bytes;
  std::mt19937 random{5};
  for (std::size_t size = 0; size < 70; ++size) {
    CHECK(crc32c(bytes) == crc32c_by_table(bytes));
    bytes.push_back(static_cast<std::byte>(random()));
  }
}

TEST_CASE("CRC-32C gives the value of RFC 3720 for 32 zero bytes and for 0 … 31") {
  std::array<std::byte, 32> zeros{};
  CHECK(crc32c(zeros) == 0x8a9136aaU);
  std::array<std::byte, 32> rising{};
  for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<std::byte>(i);
  CHECK(crc32c(rising) == 0x46dd794eU);
}

TEST_CASE("what was committed is replayed in order by the next opening") {
  MemoryStorage storage;
  {
    Journal journal{storage, kLeastCapacity};
    CHECK(reopen(journal).recovery.fresh);
    for (std::uint32_t i = 1; i <= 20; ++i) commit(journal, i);
  }
  Journal journal{storage, kLeastCapacity};
  const auto again = reopen(journal);
  CHECK_FALSE(again.recovery.fresh);
  CHECK_FALSE(again.recovery.torn);
  CHECK(again.recovery.entries == 20);
  for (std::uint32_t i = 1; i <= 20; ++i) CHECK(again.values[i - 1] == i);
}

TEST_CASE("records that were added but not committed are not there after a restart") {
  MemoryStorage storage;
  Journal journal{storage, kLeastCapacity};
  reopen(journal);
  commit(journal, 1);
  CHECK(journal.batch().add(number(2)));
  Journal later{storage, kLeastCapacity};
  CHECK(reopen(later).values == std::vector<std::uint32_t>{1});
}

TEST_CASE("a full file is a typed error that loses nothing and a compaction makes room") {
  MemoryStorage storage;
  Journal journal{storage, kLeastCapacity};
  reopen(journal);
  std::uint32_t written = 0;
  for (;;) {
    REQUIRE(journal.batch().add(number(written + 1, 2900)));
    const auto done = journal.commit();
    if (!done) {
      CHECK(done.error() == Error::full);
      break;
    }
    ++written;
  }
  CHECK(written >= 9);
  CHECK(journal.wants_compaction());
  REQUIRE(journal.compact([&](Snapshot& out) { return out.add(number(1000)) && out.add(number(written + 1)); }));
  CHECK_FALSE(journal.wants_compaction());
  commit(journal, 2000);
  Journal later{storage, kLeastCapacity};
  CHECK(reopen(later).values == std::vector<std::uint32_t>{1000, written + 1, 2000});
}

TEST_CASE("a snapshot greater than a file is refused and the journal stays as it was") {
  MemoryStorage storage;
  Journal journal{storage, kLeastCapacity};
  reopen(journal);
  commit(journal, 5);
  const auto done = journal.compact([](Snapshot& out) {
    for (std::uint32_t i = 0; i < 20; ++i) {
      if (!out.add(number(i, 2900))) return false;
    }
    return true;
  });
  REQUIRE_FALSE(done);
  CHECK(done.error() == Error::full);
  commit(journal, 6);
  Journal later{storage, kLeastCapacity};
  CHECK(reopen(later).values == std::vector<std::uint32_t>{5, 6});
}

TEST_CASE("a write refused for want of room keeps the batch, and the next commit writes it") {
  for (const std::size_t kept : {std::size_t{0}, std::size_t{5}, std::size_t{30}, std::size_t{4000}}) {
    MemoryStorage storage;
    Journal journal{storage, kLeastCapacity};
    reopen(journal);
    commit(journal, 1);
    storage.refuse_room(kept);
    REQUIRE(journal.batch().add(number(2, 100)));
    const auto refused = journal.commit();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Error::full);
    REQUIRE(journal.batch().add(number(3)));
    REQUIRE(journal.commit());
    Journal later{storage, kLeastCapacity};
    CHECK(reopen(later).values == std::vector<std::uint32_t>{1, 2, 3});
  }
}

TEST_CASE("after a failed sync nothing is committed until the state was written anew") {
  MemoryStorage storage;
  Journal journal{storage, kLeastCapacity};
  reopen(journal);
  commit(journal, 1);
  storage.fail_syncs(1);
  REQUIRE(journal.batch().add(number(2)));
  REQUIRE_FALSE(journal.commit());
  CHECK(journal.wants_compaction());
  const auto refused = journal.commit();
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == Error::storage);
  REQUIRE(journal.compact([](Snapshot& out) { return out.add(number(12)); }));
  commit(journal, 3);
  Journal later{storage, kLeastCapacity};
  const auto again = reopen(later);
  CHECK(again.values == std::vector<std::uint32_t>{12, 3});
  CHECK_FALSE(again.recovery.damaged);
}

TEST_CASE("a compaction that failed at its last sync is not mistaken for the present state") {
  MemoryStorage storage;
  Journal journal{storage, kLeastCapacity};
  reopen(journal);
  commit(journal, 1);
  storage.fail_syncs(1);
  REQUIRE_FALSE(journal.compact([](Snapshot& out) { return out.add(number(1)); }));
  REQUIRE(journal.batch().add(number(2)));
  REQUIRE_FALSE(journal.commit());  // would be lost if the other file is read next time
  REQUIRE(journal.compact([](Snapshot& out) { return out.add(number(1)) && out.add(number(2)); }));
  Journal later{storage, kLeastCapacity};
  CHECK(reopen(later).values == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("every flipped bit is either reported or harmless") {
  MemoryStorage original;
  Journal journal{original, kLeastCapacity};
  reopen(journal);
  commit(journal, 1);
  REQUIRE(journal.compact([](Snapshot& out) { return out.add(number(10, 40)); }));
  for (std::uint32_t i = 11; i <= 14; ++i) commit(journal, i, 20);
  const std::vector<std::uint32_t> all{10, 11, 12, 13, 14};
  const auto end = journal.used();
  std::size_t reported = 0;
  for (std::uint32_t file : {0U, 1U}) {
    for (std::size_t at = 0; at < end + 64; ++at) {
      for (int bit = 0; bit < 8; bit += 3) {
        MemoryStorage storage = original;
        storage.bytes(file)[at] ^= static_cast<std::byte>(1 << bit);
        Journal damaged{storage, kLeastCapacity};
        const auto again = reopen(damaged);
        if (again.recovery.torn || again.recovery.damaged) {
          ++reported;
        } else {
          REQUIRE(again.values == all);
        }
        // What is left is always a state that once was: the older one, or a beginning of the newer one.
        const bool prefix =
            again.values.size() <= all.size() && std::equal(again.values.begin(), again.values.end(), all.begin());
        REQUIRE((prefix || again.values == std::vector<std::uint32_t>{1}));
        if (again.recovery.damaged) {
          CHECK(again.recovery.lost_from <= again.recovery.lost_to);
          REQUIRE(damaged.batch().add(number(99)));
          CHECK_FALSE(damaged.commit());
          REQUIRE(damaged.compact([](Snapshot& out) { return out.add(number(77)); }));
          commit(damaged, 78);
          Journal later{storage, kLeastCapacity};
          const auto healed = reopen(later);
          REQUIRE(healed.values == std::vector<std::uint32_t>{77, 78});
          CHECK_FALSE(healed.recovery.damaged);
        }
      }
    }
  }
  CHECK(reported > 100);
}

TEST_CASE("a record that the state does not understand counts as damage") {
  MemoryStorage storage;
  Journal journal{storage, kLeastCapacity};
  reopen(journal);
  std::array<std::byte, 3> odd{};
  REQUIRE(journal.batch().add(200, 1, odd));
  REQUIRE(journal.commit());
  Journal later{storage, kLeastCapacity};
  CHECK(reopen(later).recovery.damaged);
}

TEST_CASE("a batch takes no more than a frame holds") {
  Batch batch;
  std::size_t taken = 0;
  while (batch.add(number(1, 2900))) ++taken;
  CHECK(taken == 2);
  CHECK(batch.frame_size() <= kMaxFrame);
}

TEST_CASE("a smaller capacity than before does not hide what is stored") {
  MemoryStorage storage;
  {
    Journal journal{storage, 8 * kLeastCapacity};
    reopen(journal);
    for (std::uint32_t i = 0; i < 30; ++i) commit(journal, i, 2900);
  }
  Journal journal{storage, kLeastCapacity};
  CHECK(reopen(journal).values.size() == 30);
}

TEST_CASE("the checksum by three parts is the checksum, at every length of a frame and a little beyond") {
  std::vector<std::byte> bytes(kMaxFrame + 600);
  std::uint32_t state = 1;
  for (auto& byte : bytes) byte = static_cast<std::byte>((state = state * 1664525 + 1013904223) >> 24);
  for (std::size_t size = 0; size <= bytes.size(); size += size < 1600 ? 1 : 97) {
    const auto some = std::span{bytes}.last(size);
    REQUIRE(crc32c_long(some) == crc32c_by_table(some));
  }
}
