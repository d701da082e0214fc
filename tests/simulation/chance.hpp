// Choices from the seed of the present world.
#pragma once
#include "libs/os/inprocess/world.hpp"

namespace bulwatt::simulation {

inline std::uint64_t pick(std::uint64_t below) { return os::World::current().random()() % below; }
inline bool one_in(std::uint64_t n) { return pick(n) == 0; }
inline Duration between(Duration least, Duration most) {
  return least + Duration{static_cast<std::int64_t>(pick(static_cast<std::uint64_t>((most - least).count()) + 1))};
}

}  // namespace bulwatt::simulation
