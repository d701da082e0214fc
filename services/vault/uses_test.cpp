#include "services/vault/uses.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace bulwatt;
using namespace bulwatt::vault;

namespace {

constexpr Instant kStart{std::chrono::hours{1}};
constexpr auto seconds(int n) { return std::chrono::seconds{n}; }

struct Told final : UseTeller {
  std::vector<std::pair<Use, std::uint32_t>> records;
  void key_used(const Use& use, std::uint32_t count) override { records.emplace_back(use, count); }
  std::uint32_t sum() const {
    std::uint32_t total = 0;
    for (const auto& record : records) total += record.second;
    return total;
  }
};
constexpr Use kGood{"link", "ocpp", Outcome::granted};
constexpr Use kBad{"link", "ocpp", Outcome::refused};

}  // namespace

TEST_CASE("a rate lets a burst through, then one after the other") {
  Rate rate{60, 3};
  for (int i = 0; i < 3; ++i) CHECK(rate.take(kStart));
  CHECK_FALSE(rate.take(kStart));
  CHECK_FALSE(rate.take(kStart + std::chrono::milliseconds{900}));
  CHECK(rate.take(kStart + seconds(1)));
  CHECK_FALSE(rate.take(kStart + seconds(1)));
}

TEST_CASE("a long rest saves no more than one burst") {
  Rate rate{6000, 2};
  CHECK(rate.take(kStart));
  const auto late = kStart + std::chrono::hours{24 * 365 * 50};
  CHECK(rate.take(late));
  CHECK(rate.take(late));
  CHECK_FALSE(rate.take(late));
}

TEST_CASE("the first use is told before anything else, what follows in a minute as one") {
  Told told;
  UseLog log{told};
  for (int i = 0; i < 30; ++i) log.note(kGood, kStart + seconds(i));
  CHECK(told.records.size() == 1);
  log.settle(kStart + seconds(59));
  CHECK(told.records.size() == 1);
  log.settle(kStart + seconds(60));
  REQUIRE(told.records.size() == 2);
  CHECK(told.records[1].second == 29);
  log.note(kGood, kStart + seconds(61));
  CHECK(told.records.size() == 3);
}

TEST_CASE("a flood is told in portions, so that a crash loses little, and no use is lost or told twice") {
  Told told;
  UseLog log{told};
  for (int i = 0; i < 1000; ++i) log.note(i % 3 == 0 ? kBad : kGood, kStart);
  CHECK(told.records.size() < 20);
  log.close();
  CHECK(told.sum() == 1000);
  log.close();
  CHECK(told.sum() == 1000);
}

TEST_CASE("an attempt of another kind, key or user is told at once") {
  Told told;
  UseLog log{told};
  log.note(kGood, kStart);
  log.note(kBad, kStart);
  log.note({"link", "hmi", Outcome::not_yours}, kStart);
  log.note({"other", "ocpp", Outcome::unknown_key}, kStart);
  CHECK(told.records.size() == 4);
}

TEST_CASE("with more kinds at once than there is room for, every use is told by itself") {
  Told told;
  UseLog log{told};
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 20; ++i)
      log.note({std::string_view{"key" + std::to_string(i)}, "ocpp", Outcome::unknown_key}, kStart);
  }
  log.close();
  CHECK(told.sum() == 40);
}
