#include "libs/merkle/tile.hpp"

#include <doctest/doctest.h>

#include "libs/merkle/naive_for_tests.hpp"

using namespace bulwatt::merkle;

TEST_CASE("tile paths are those of C2SP tlog-tiles") {
  CHECK(tile_path({false, 0, 0, 256}) == "tile/0/000");
  CHECK(tile_path({false, 1, 67, 256}) == "tile/1/067");
  CHECK(tile_path({false, 0, 1234067, 256}) == "tile/0/x001/x234/067");
  CHECK(tile_path({false, 0, 1000, 7}) == "tile/0/x001/000.p/7");
  CHECK(tile_path({true, 0, 3, 128}) == "tile/entries/003.p/128");
}

TEST_CASE("every path that is written is read, and no other spelling is") {
  for (const std::uint64_t index : {0ULL, 1ULL, 999ULL, 1000ULL, 1001ULL, 999'999ULL, 1'000'000ULL, 1'234'067ULL}) {
    for (const int width : {1, 255, 256}) {
      for (const bool entries : {false, true}) {
        const Tile tile{entries, static_cast<std::uint8_t>(entries ? 0 : 2), index, static_cast<std::uint16_t>(width)};
        CHECK(parse_tile_path(tile_path(tile)) == tile);
      }
    }
  }
  for (const std::string_view bad :
       {"", "tile/", "tile/0", "tile/0/", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/001/002",
        "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/07", "tile/6/001", "tile/entries/x01/001", "tile/-1/001",
        "entries/001", "tile/0/001.p/", "tile/0/ 01", "tile/0/x999/x999/x999/x999/x999/x999/x999/999"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_tile_path(bad));
  }
}

TEST_CASE("the root of a tile is the root of the subtree below it") {
  Leaves leaves(256);
  for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i][0] = static_cast<std::byte>(i);
  for (const std::size_t width : {1U, 2U, 64U, 256U})
    CHECK(tile_root(part(leaves, 0, width)) == naive_root(part(leaves, 0, width)));
  CHECK(hashes_at(0, 70'000) == 70'000);
  CHECK(hashes_at(1, 70'000) == 273);
  CHECK(hashes_at(2, 70'000) == 1);
}

TEST_CASE("entries of a bundle come out as they went in, and a cut bundle says so") {
  std::string bundle;
  const std::string longest(kMaxEntry, 'x');
  for (const std::string_view entry : {std::string_view{"first"}, std::string_view{}, std::string_view{longest}})
    append_entry(bundle, std::as_bytes(std::span{entry}));
  auto rest = std::as_bytes(std::span{bundle});
  CHECK(take_entry(rest)->size() == 5);
  CHECK(take_entry(rest)->empty());
  CHECK(take_entry(rest)->size() == kMaxEntry);
  CHECK_FALSE(take_entry(rest));
  CHECK(rest.empty());
  rest = std::as_bytes(std::span{bundle}).first(4);
  CHECK_FALSE(take_entry(rest));
  CHECK_FALSE(rest.empty());
}
