#include "services/vault/head_anchor.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::vault;

namespace {

struct FakeCounter final : Counter {
  std::uint64_t value = 7;
  bool silent = false;
  bool stuck = false;
  std::expected<std::uint64_t, keys::Fault> read() override {
    if (silent) return std::unexpected(keys::Fault::unreachable);
    return value;
  }
  std::expected<std::uint64_t, keys::Fault> increment() override {
    if (silent || stuck) return std::unexpected(keys::Fault::unreachable);
    return ++value;
  }
};
struct FakeLedger final : AnchorLedger {
  std::vector<std::uint64_t> asked{};
  bool away = false;
  bool news = true;
  std::optional<ledger::Anchor::Anchored> anchor(std::uint64_t counter) override {
    if (away) return std::nullopt;
    asked.push_back(counter);
    return ledger::Anchor::Anchored{news ? counter + 1 : counter, news};
  }
};

constexpr Duration kEvery = std::chrono::minutes{5};

}  // namespace

TEST_CASE(
    "the counter is raised at the start and every so often, after the ledger has recorded it, and not for nothing") {
  FakeCounter counter;
  FakeLedger ledger;
  HeadAnchor anchor{&counter, ledger, kEvery};
  Instant now{};
  CHECK(anchor.tend(now).empty());
  CHECK(counter.value == 8);
  CHECK(anchor.tend(now + kEvery - std::chrono::seconds{1}).empty());
  CHECK(ledger.asked.size() == 1);
  anchor.tend(now += kEvery);
  CHECK(counter.value == 9);
  ledger.news = false;
  anchor.tend(now += kEvery);
  CHECK(counter.value == 9);
  CHECK(ledger.asked == std::vector<std::uint64_t>{7, 8, 9});
}

TEST_CASE(
    "a TPM that is silent, does not count, or a ledger that is away is said once, tried again, and said to be over") {
  FakeCounter counter;
  FakeLedger ledger;
  HeadAnchor anchor{&counter, ledger, kEvery};
  Instant now{};
  const auto later = [&] { return anchor.tend(now += HeadAnchor::kAgain); };
  counter.silent = true;
  CHECK(anchor.tend(now).starts_with("the TPM does not tell"));
  CHECK(later().empty());
  counter.silent = false;
  ledger.away = true;
  CHECK(later().starts_with("the ledger could not"));
  ledger.away = false;
  counter.stuck = true;
  CHECK(later().starts_with("the TPM did not raise"));
  CHECK(counter.value == 7);
  counter.stuck = false;
  CHECK(later() == "the ledger is anchored in the TPM again");
  CHECK(counter.value == 8);
}

TEST_CASE("without a TPM, or when the owner wants none, nothing is asked") {
  FakeCounter counter;
  FakeLedger ledger;
  HeadAnchor none{nullptr, ledger, kEvery};
  HeadAnchor never{&counter, ledger, Duration::zero()};
  CHECK(none.tend(Instant{}).empty());
  CHECK(never.tend(Instant{}).empty());
  CHECK(ledger.asked.empty());
}
