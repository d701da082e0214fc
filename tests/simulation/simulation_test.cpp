// The whole station under many seeds. `test_simulation --seed 7 --verbose` lives one life again and says every step;
// BULWATT_SIMULATION_SEEDS and _STEPS (or --seeds, --steps) make it longer.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/simulation/life.hpp"

using namespace bulwatt;
using namespace bulwatt::simulation;

namespace {
struct Wanted {
  std::uint64_t seeds = 100;
  int steps = 600;
  int cuts = 0;  ///< go on until the power was cut so often
} wanted;

/// The first seed whose life breaks an invariant because of the defect.
std::optional<std::string> first_found(Defect defect, std::uint64_t seeds) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    if (auto outcome = live({.seed = seed, .steps = 600, .defect = defect}); outcome.broken) return outcome.broken;
  }
  return std::nullopt;
}
}  // namespace

TEST_CASE("whatever happens under any seed, every invariant holds and afterwards the station works") {
  Outcome sum{};
  std::uint64_t lives = 0;
  while (lives < wanted.seeds || sum.power_cuts < wanted.cuts) {
    const auto seed = ++lives;
    const auto outcome = live({.seed = seed, .steps = wanted.steps});
    CHECK_MESSAGE(!outcome.broken, outcome.broken.value_or(""));
    sum.transactions += outcome.transactions;
    sum.events += outcome.events;
    sum.energy_mwh += outcome.energy_mwh;
    sum.kills += outcome.kills;
    sum.power_cuts += outcome.power_cuts;
    sum.time += outcome.time;
  }
  std::printf("%llu lives, %.1f h: %zu transactions, %zu events, %.1f kWh, %d kills, %d power cuts\n",
              static_cast<unsigned long long>(lives), static_cast<double>(sum.time.count()) / 3.6e9, sum.transactions,
              sum.events, static_cast<double>(sum.energy_mwh) / 1e6, sum.kills, sum.power_cuts);
  CHECK(sum.transactions > lives);
}

TEST_CASE("the same seed is the same life") {
  const auto once = live({.seed = 42, .steps = 300});
  const auto again = live({.seed = 42, .steps = 300});
  CHECK(once.events == again.events);
  CHECK(once.energy_mwh == again.energy_mwh);
  CHECK(once.time == again.time);
}

TEST_CASE("planted defects are found by some seed") {
  for (const auto defect :
       {Defect::acknowledges_before_durable, Defect::permits_without_authorization, Defect::ledger_answers_early,
        Defect::gives_what_others_have, Defect::promises_reservations, Defect::lies_about_the_list}) {
    const auto found = first_found(defect, 40);
    CAPTURE(std::string{enum_text(defect)});
    CHECK(found);
    if (found) std::printf("%s: %s\n", std::string{enum_text(defect)}.c_str(), found->c_str());
  }
}

int main(int argc, char** argv) {
  Plan plan{};
  bool one = false;
  const auto from_environment = [](const char* name, auto& value) {
    if (const char* text = std::getenv(name); text != nullptr)
      value = static_cast<std::remove_reference_t<decltype(value)>>(std::strtoull(text, nullptr, 10));
  };
  from_environment("BULWATT_SIMULATION_SEEDS", wanted.seeds);
  from_environment("BULWATT_SIMULATION_STEPS", wanted.steps);
  for (int i = 1; i < argc; ++i) {
    const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0ULL; };
    if (std::strcmp(argv[i], "--seed") == 0) one = true, plan.seed = number();
    else if (std::strcmp(argv[i], "--seeds") == 0) wanted.seeds = number();
    else if (std::strcmp(argv[i], "--cuts") == 0) wanted.cuts = static_cast<int>(number());
    else if (std::strcmp(argv[i], "--steps") == 0) wanted.steps = static_cast<int>(number());
    else if (std::strcmp(argv[i], "--defect") == 0) plan.defect = static_cast<Defect>(number());
    else if (std::strcmp(argv[i], "--verbose") == 0) plan.verbose = true;
  }
  if (!one) return doctest::Context(argc, argv).run();
  plan.steps = wanted.steps;
  const auto outcome = live(plan);
  std::printf("%zu transactions, %zu events, %.3f kWh, %d kills, %d power cuts, %.1f s: %s\n", outcome.transactions,
              outcome.events, static_cast<double>(outcome.energy_mwh) / 1e6, outcome.kills, outcome.power_cuts,
              static_cast<double>(outcome.time.count()) / 1e6,
              outcome.broken.value_or("every invariant holds").c_str());
  return outcome.broken ? 1 : 0;
}
