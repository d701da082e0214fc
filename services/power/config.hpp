// Configuration of power.
#pragma once
#include "interfaces/power.hpp"

namespace bulwatt::power {

struct Config {
  std::uint32_t hardware_max_ma = 32'000;
  std::uint16_t permit_ms = 2000;
  static constexpr auto fields() {
    return list(field<&Config::hardware_max_ma>("hardware_max_ma", {.min = 6000, .max = kMaxLimitMa, .unit = "mA",
                                                 .doc = "most current per phase that contactor and wiring carry; the safety controller has its own"}),
                field<&Config::permit_ms>("permit_ms", {.min = 500, .max = 5000, .unit = "ms",
                                           .doc = "how long session's word holds; after it the car is asked to stop"}));
  }
};

}  // namespace bulwatt::power
