// One life of the station under one seed: random events, then quiet, then a proof that it still works.
#pragma once
#include "tests/simulation/station.hpp"

namespace bulwatt::simulation {

struct Plan {
  std::uint64_t seed = 1;
  int steps = 600;
  Defect defect = Defect::none;
  bool verbose = false;  ///< say every step
};

struct Outcome {
  std::optional<std::string> broken{};  ///< which invariant, and at which step
  std::size_t transactions = 0;
  std::size_t events = 0;
  std::int64_t energy_mwh = 0;
  int kills = 0;
  int power_cuts = 0;
  Duration time{};
};

Outcome live(const Plan& plan);

}  // namespace bulwatt::simulation
