// Configuration of power.
#pragma once
#include "interfaces/power.hpp"

namespace bulwatt::power {

/// Which safety controller belongs to which connector.
struct OutletConfig {
  std::uint8_t evse = 1;
  std::uint8_t connector = 1;
  std::uint8_t device = 1;
  static constexpr auto fields() {
    return list(field<&OutletConfig::evse>("evse", {.min = 1, .max = kMaxEvses, .doc = "number of the EVSE"}),
                field<&OutletConfig::connector>("connector",
                                                {.min = 1, .max = kMaxConnectors, .doc = "number of its connector"}),
                field<&OutletConfig::device>(
                    "device", {.min = 1,
                               .max = kMaxOutlets,
                               .doc = "its safety controller's line: 1 is [devices] mcu, 2 is mcu2, to 4"}));
  }
};

struct Config {
  List<OutletConfig, kMaxOutlets> outlets{1, {OutletConfig{}}};
  std::uint32_t hardware_max_ma = 32'000;
  std::uint16_t permit_ms = 2000;
  static constexpr auto fields() {
    return list(
        field<&Config::outlets>("outlets", {.at_least = 1, .doc = "connectors and their safety controllers"}),
        field<&Config::hardware_max_ma>(
            "hardware_max_ma",
            {.min = 6000,
             .max = kMaxLimitMa,
             .unit = "mA",
             .doc = "most current per phase that contactor and wiring carry; the safety controller has its own"}),
        field<&Config::permit_ms>("permit_ms",
                                  {.min = 500,
                                   .max = 5000,
                                   .unit = "ms",
                                   .doc = "how long session's word holds; after it the car is asked to stop"}));
  }
};

/// What is wrong with the outlets, as a sentence; empty when nothing is.
constexpr std::string_view outlets_error(const Config& config) {
  for (std::size_t i = 0; i < config.outlets.size; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto& a = config.outlets[i];
      const auto& b = config.outlets[j];
      if (a.evse == b.evse && a.connector == b.connector)
        return "two outlets have the same EVSE and connector; give each its own";
      if (a.device == b.device) return "two outlets share a safety controller; give each its own device";
    }
  }
  return config.outlets.empty() ? std::string_view{"there is no outlet; name at least one"} : std::string_view{};
}

}  // namespace bulwatt::power
