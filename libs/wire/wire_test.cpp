#include "libs/wire/wire.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace bulwatt;

namespace {
enum class Phase : std::uint8_t { l1, l2, l3 };
constexpr auto enum_names(Phase) { return names("L1", "L2", "L3"); }
struct Sample {
  std::int64_t energy{};
  std::optional<Phase> phase{};
  static constexpr auto fields() {
    return list(field<&Sample::energy>("energy", {.min = 0}), field<&Sample::phase>("phase"));
  }
  friend constexpr bool operator==(const Sample&, const Sample&) = default;
};
struct Reading {
  std::uint64_t time{};
  List<Sample, 16> samples{};
  Text<12> unit{};
  std::variant<Sample, Text<3>, bool> choice{};
  static constexpr auto fields() {
    return list(field<&Reading::time>("time"), field<&Reading::samples>("samples", {.at_least = 1}),
                field<&Reading::unit>("unit"), field<&Reading::choice>("choice"));
  }
  friend constexpr bool operator==(const Reading&, const Reading&) = default;
};
static_assert(wire::max_size<Reading>() == 8 + 2 + 16 * (8 + 2) + 2 + 12 + 1 + 10);

constexpr Sample at_compile_time(Sample s) {
  wire::Buffer<Sample> buffer{};
  const auto size = wire::encode(s, buffer);
  return *wire::decode<Sample>(std::span<const std::byte>{buffer}.first(size));
}
static_assert(at_compile_time({7, Phase::l3}) == Sample{7, Phase::l3});

Reading example() {
  Reading r{42, {}, "kWh", Text<3>{"abc"}};
  for (int i = 0; i < 3; ++i) (void)r.samples.push_back({i * 1000, i == 1 ? std::optional{Phase::l2} : std::nullopt});
  return r;
}
std::vector<std::byte> encoded(const Reading& r) {
  wire::Buffer<Reading> buffer{};
  const auto size = wire::encode(r, buffer);
  return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size)};
}
std::vector<std::byte> octets(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (const int v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}
}  // namespace

TEST_CASE("what was encoded comes back") {
  const auto back = wire::decode<Reading>(encoded(example()));
  REQUIRE(back.has_value());
  CHECK(*back == example());
}

TEST_CASE("integers travel little-endian") {
  wire::Buffer<Sample> buffer{};
  wire::encode(Sample{0x0102030405060708, Phase::l2}, buffer);
  CHECK(std::vector(buffer.begin(), buffer.end()) == octets({8, 7, 6, 5, 4, 3, 2, 1, 1, 1}));
}

TEST_CASE("every truncation is named truncated") {
  const auto whole = encoded(example());
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto back = wire::decode<Reading>(std::span{whole}.first(n));
    REQUIRE_FALSE(back.has_value());
    CHECK(back.error() == wire::Error::truncated);
  }
}

TEST_CASE("each malformed value has its own error") {
  struct Case {
    std::vector<std::byte> bytes;
    wire::Error error;
  };
  const std::vector<Case> cases{
      {octets({0, 0, 0, 0, 0, 0, 0, 0, 2, 0}), wire::Error::bad_bool},
      {octets({0, 0, 0, 0, 0, 0, 0, 0, 1, 3}), wire::Error::bad_enum},
      {octets({0, 0, 0, 0, 0, 0, 0, 0x80, 0}), wire::Error::value_out_of_range},
      {octets({0, 0, 0, 0, 0, 0, 0, 0, 0, 9}), wire::Error::trailing_bytes},
  };
  for (const auto& c : cases) {
    const auto back = wire::decode<Sample>(c.bytes);
    REQUIRE_FALSE(back.has_value());
    CHECK(back.error() == c.error);
  }
}

TEST_CASE("lists and texts are held to their bounds") {
  auto bytes = encoded(example());
  bytes[8] = std::byte{17};
  CHECK(wire::decode<Reading>(bytes).error() == wire::Error::length_out_of_range);
  bytes[8] = std::byte{0};
  CHECK(wire::decode<Reading>(bytes).error() == wire::Error::length_out_of_range);  // at_least = 1
  struct Word {
    Text<4> text{};
    static constexpr auto fields() { return list(field<&Word::text>("text")); }
  };
  CHECK(wire::decode<Word>(octets({5, 0, 'a', 'b', 'c', 'd', 'e'})).error() == wire::Error::length_out_of_range);
  CHECK(wire::decode<Word>(octets({1, 0, 0xff})).error() == wire::Error::bad_utf8);
}

TEST_CASE("an unknown alternative of a choice is refused") {
  auto bytes = encoded(example());
  const auto at = bytes.size() - 6;
  REQUIRE(bytes[at] == std::byte{1});
  bytes[at] = std::byte{3};
  CHECK(wire::decode<Reading>(bytes).error() == wire::Error::bad_variant);
}

TEST_CASE("every accepted mutation is the one encoding of what it means") {
  std::mt19937 engine{7};  // NOLINT: the same mutations every time, on purpose
  const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
  const auto whole = encoded(example());
  int accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    auto bytes = whole;
    for (unsigned flips = 1 + random() % 3; flips > 0; --flips) {
      bytes[random() % bytes.size()] ^= static_cast<std::byte>(1U << (random() % 8));
    }
    const auto back = wire::decode<Reading>(bytes);
    if (!back) continue;
    ++accepted;
    REQUIRE(encoded(*back) == bytes);
  }
  CHECK(accepted > 1000);
}
