#include "services/vault/index.hpp"
#include "services/vault/folder_for_tests.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

using namespace bulwatt;
using namespace bulwatt::vault;

namespace {

using Folder = TemporaryFolder;

/// Counts as a TPM does, or fails in the moment that is asked for.
struct Chip final : Counter {
  std::uint64_t value = 4711;
  bool away = false;
  bool power_goes = false;  ///< before the next increment
  std::expected<std::uint64_t, keys::Fault> read() override {
    if (away) return std::unexpected(keys::Fault::unreachable);
    return value;
  }
  std::expected<std::uint64_t, keys::Fault> increment() override {
    if (away || std::exchange(power_goes, false)) return std::unexpected(keys::Fault::unreachable);
    return ++value;
  }
};

constexpr Index::Key kKey{std::byte{1}};
const std::vector<std::byte> kFirst(40, std::byte{1});
const std::vector<std::byte> kSecond(50, std::byte{2});

struct Rig {
  Folder folder;
  Chip chip;
  Index index() { return {folder.path, kKey, chip}; }
  std::vector<std::byte> copy() const { return *read_file(folder.path + "/keys.index"); }
};

}  // namespace

TEST_CASE("the index knows the file that was stored last under each name, and no other") {
  Rig rig;
  auto index = rig.index();
  CHECK(index.open() == Age::missing);
  REQUIRE(index.put("a", kFirst) == 0);
  REQUIRE(index.put("b", kFirst) == 0);
  REQUIRE(index.put("a", kSecond) == 0);
  auto again = rig.index();
  REQUIRE(again.open() == Age::current);
  CHECK(again.holds("a", kSecond));
  CHECK_FALSE(again.holds("a", kFirst));
  CHECK(again.holds("b", kFirst));
  CHECK_FALSE(again.holds("c", kFirst));
  CHECK(again.value() == rig.chip.value);
}

TEST_CASE("an older copy of the folder is noticed, whichever it is") {
  Rig rig;
  auto index = rig.index();
  std::vector<std::vector<std::byte>> copies;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(index.put("a", std::vector<std::byte>(40, static_cast<std::byte>(i))) == 0);
    copies.push_back(rig.copy());
  }
  for (std::size_t i = 0; i < copies.size(); ++i) {
    REQUIRE(write_file(rig.folder.path + "/keys.index", copies[i]) == 0);
    CHECK(rig.index().open() == (i + 1 == copies.size() ? Age::current : Age::older));
  }
}

TEST_CASE("power that goes between writing and counting leaves the newest, once") {
  Rig rig;
  auto index = rig.index();
  REQUIRE(index.put("a", kFirst) == 0);
  const auto before = rig.copy();
  rig.chip.power_goes = true;
  CHECK(index.put("a", kSecond) == EIO);
  const auto written = rig.copy();
  REQUIRE(rig.index().open() == Age::current);  // and makes up for the count
  auto again = rig.index();
  REQUIRE(again.open() == Age::current);
  CHECK(again.holds("a", kSecond));
  REQUIRE(write_file(rig.folder.path + "/keys.index", before) == 0);
  CHECK(rig.index().open() == Age::older);
  REQUIRE(write_file(rig.folder.path + "/keys.index", written) == 0);
  CHECK(rig.index().open() == Age::current);
}

TEST_CASE("a counter that remembers less than it did is noticed, by however little") {
  Rig rig;
  auto index = rig.index();
  for (int i = 0; i < 3; ++i) REQUIRE(index.put("a", std::vector<std::byte>(40, static_cast<std::byte>(i))) == 0);
  for (std::uint64_t back = 1; back <= 3; ++back) {
    Chip older;
    older.value = rig.chip.value - back;
    CHECK(Index{rig.folder.path, kKey, older}.open() == Age::counter_older);
    CHECK(older.value == rig.chip.value - back);  // and is not made up for
  }
  CHECK(rig.index().open() == Age::current);
}

TEST_CASE("what was made up for is settled afterwards") {
  Rig rig;
  auto index = rig.index();
  rig.chip.power_goes = true;
  CHECK(index.put("a", kFirst) == EIO);
  REQUIRE(rig.index().open() == Age::current);
  --rig.chip.value;
  CHECK(rig.index().open() == Age::counter_older);
}

TEST_CASE("an index that was changed, cut or made with another secret is damaged") {
  Rig rig;
  auto index = rig.index();
  REQUIRE(index.put("a", kFirst) == 0);
  const auto good = rig.copy();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] ^= std::byte{0x10};
    REQUIRE(write_file(rig.folder.path + "/keys.index", changed) == 0);
    CHECK(rig.index().open() == Age::damaged);
  }
  REQUIRE(write_file(rig.folder.path + "/keys.index", std::span{good}.first(10)) == 0);
  CHECK(rig.index().open() == Age::damaged);
  REQUIRE(write_file(rig.folder.path + "/keys.index", good) == 0);
  CHECK(Index{rig.folder.path, Index::Key{}, rig.chip}.open() == Age::damaged);
}

TEST_CASE("a counter that does not answer leaves the age unknown, and nothing is stored") {
  Rig rig;
  auto index = rig.index();
  REQUIRE(index.put("a", kFirst) == 0);
  rig.chip.away = true;
  CHECK(rig.index().open() == Age::unknown);
  CHECK(index.put("a", kSecond) == EIO);
}

TEST_CASE("every age has its advice, and there is room for a bounded number of keys") {
  for (std::size_t i = 0; i < enum_names(Age{}).size(); ++i) CHECK_FALSE(advice(static_cast<Age>(i)).empty());
  Rig rig;
  auto index = rig.index();
  for (int i = 0; i < 32; ++i) REQUIRE(index.put("key" + std::to_string(i), kFirst) == 0);
  CHECK(index.put("one-too-many", kFirst) == ENOSPC);
}
