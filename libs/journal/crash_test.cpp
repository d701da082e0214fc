// Power is cut at every single operation of a working life; whatever the medium kept, nothing acknowledged is lost.
#include <doctest/doctest.h>

#include "libs/journal/journal.hpp"
#include "libs/journal/memory_storage.hpp"

using namespace bulwatt;
using namespace bulwatt::journal;

namespace {

struct Pair {
  static constexpr std::uint8_t kRecord = 1;
  static constexpr std::uint8_t kVersion = 1;
  std::uint32_t commit{};
  std::uint8_t part{};
  Octets<2000> ballast{};
  static constexpr auto fields() {
    return list(field<&Pair::commit>("commit"), field<&Pair::part>("part"), field<&Pair::ballast>("ballast"));
  }
};

Pair pair_of(std::uint32_t commit, std::uint8_t part) {
  Pair made{commit, part, {}};
  made.ballast.size = static_cast<std::uint16_t>(commit * 211 % 1900);
  return made;
}

/// A state of which each commit k adds the two records (k,0) and (k,1).
struct Life {
  std::vector<Pair> state{};
  std::uint32_t acknowledged = 0;
  std::uint32_t tried = 0;
  bool torn = false;

  bool open(Journal& journal) {
    state.clear();
    const auto opened = journal.open([&](const Entry& entry) {
      const auto record = wire::decode<Pair>(entry.bytes);
      if (!record) return false;
      state.push_back(*record);
      return true;
    });
    if (!opened) return false;
    REQUIRE_FALSE(opened->damaged);
    torn = opened->torn;
    return true;
  }
  /// Commits up to number `last`; false when the storage failed.
  bool run(Journal& journal, std::uint32_t last) {
    while (tried < last) {
      ++tried;
      for (const std::uint8_t part : {std::uint8_t{0}, std::uint8_t{1}}) {
        state.push_back(pair_of(tried, part));
        REQUIRE(journal.batch().add(state.back()));
      }
      auto done = journal.commit();
      if (!done && done.error() == Error::full) done = compact(journal);
      if (!done) return false;
      acknowledged = tried;
      if (tried % 7 == 0 && !compact(journal)) return false;
    }
    return true;
  }
  std::expected<void, Error> compact(Journal& journal) const {
    // Old commits are condensed away, as a real state would.
    return journal.compact([&](Snapshot& out) {
      for (const auto& record : state) {
        if (record.commit + 3 > tried && !out.add(record)) return false;
      }
      return true;
    });
  }
  /// The records replayed must be whole commits, consecutive, ending with the acknowledged one or the one after.
  void check() const {
    REQUIRE(state.size() % 2 == 0);
    for (std::size_t i = 0; i < state.size(); ++i) {
      REQUIRE(state[i].part == i % 2);
      REQUIRE(state[i].commit == state[0].commit + i / 2);
    }
    const auto last = state.empty() ? 0 : state.back().commit;
    REQUIRE(last >= acknowledged);
    REQUIRE(last <= tried);
  }
};

}  // namespace

TEST_CASE("power may be cut at any write or sync without losing an acknowledged commit or half of one") {
  constexpr std::uint32_t kCommits = 40;
  std::uint64_t operations = 0;
  {
    MemoryStorage storage;
    Journal journal{storage, kLeastCapacity};
    Life life;
    REQUIRE(life.open(journal));
    REQUIRE(life.run(journal, kCommits));
    operations = storage.operations();
  }
  CHECK(operations > 80);
  std::mt19937 random{20260101};
  std::size_t torn = 0;
  for (std::uint64_t at = 0; at < operations; ++at) {
    using Cut = MemoryStorage::Cut;
    for (const auto cut :
         {Cut::nothing_kept, Cut::all_kept, Cut::in_order, Cut::any_sectors, Cut::any_sectors, Cut::any_sectors}) {
      MemoryStorage storage;
      Life life;
      storage.lose_power_at(at);
      {
        Journal journal{storage, kLeastCapacity};
        if (life.open(journal)) life.run(journal, kCommits);
      }
      storage.restart(cut, random);
      Journal journal{storage, kLeastCapacity};
      REQUIRE(life.open(journal));
      life.check();
      torn += life.torn ? 1 : 0;
      // Life goes on from what is there, and survives being opened once more.
      life.tried = life.state.empty() ? 0 : life.state.back().commit;
      REQUIRE(life.run(journal, life.tried + 5));
      Journal later{storage, kLeastCapacity};
      REQUIRE(life.open(later));
      life.check();
      REQUIRE_FALSE(life.torn);
    }
  }
  CHECK(torn > 0);
}
