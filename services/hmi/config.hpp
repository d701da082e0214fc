// Configuration of hmi.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::hmi {

struct Config {
  Text<48> station{"Charging station"};
  std::uint16_t port = 8080;
  static constexpr auto fields() {
    return list(
        field<&Config::station>("station", {.at_least = 1, .doc = "name shown on the page"}),
        field<&Config::port>(
            "port", {.min = 1, .doc = "TCP port of the local page; it listens on the loopback addresses only"}));
  }
};

}  // namespace bulwatt::hmi
