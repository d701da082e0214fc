// Configuration of meter.
#pragma once
#include "interfaces/meter.hpp"

namespace bulwatt::meter {

struct Config {
  Text<15> address{"127.0.0.1"};
  std::uint16_t port = 502;
  std::uint8_t unit = 1;
  Text<16> model{"sdm630"};
  std::uint16_t poll_ms = 500;
  std::uint16_t answer_ms = 150;
  std::uint32_t stale_ms = 10'000;
  static constexpr auto fields() {
    return list(field<&Config::address>("address", {.at_least = 7, .doc = "IPv4 address of the energy meter (Modbus TCP)"}),
                field<&Config::port>("port", {.min = 1, .doc = "its TCP port"}),
                field<&Config::unit>("unit", {.min = 1, .max = 247, .doc = "its Modbus unit number"}),
                field<&Config::model>("model", {.at_least = 1, .doc = "register map: sdm630"}),
                field<&Config::poll_ms>("poll_ms", {.min = 100, .max = 60'000, .unit = "ms", .doc = "time between readings"}),
                field<&Config::answer_ms>("answer_ms", {.min = 20, .max = 200, .unit = "ms", .doc = "how long one answer may take"}),
                field<&Config::stale_ms>("stale_ms", {.min = 1000, .max = 600'000, .unit = "ms",
                                          .doc = "a last good reading older than this is no reading any more"}));
  }
};

}  // namespace bulwatt::meter
