// Configuration of meter: which energy meter measures which EVSE, and how it is reached.
#pragma once
#include "interfaces/meter.hpp"
#include "libs/ocmf/payload.hpp"
#include "protocols/meters/models.hpp"

namespace bulwatt::meter {

/// tcp: Modbus TCP to address and port. rtu: Modbus RTU on the serial line [devices] meter_bus, shared by all that say so.
enum class Protocol : std::uint8_t { tcp, rtu };
constexpr auto enum_names(Protocol) { return names("tcp", "rtu"); }

enum class Parity : std::uint8_t { none, even, odd };
constexpr auto enum_names(Parity) { return names("none", "even", "odd"); }

/// The serial line.
struct Bus {
  std::uint32_t baud = 9600;
  Parity parity = Parity::none;
  std::uint8_t stop_bits = 1;
  static constexpr auto fields() {
    return list(
        field<&Bus::baud>(
            "baud",
            {.min = 1200, .max = 115'200, .doc = "bits a second: 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200"}),
        field<&Bus::parity>("parity", {.doc = "parity bit"}),
        field<&Bus::stop_bits>("stop_bits", {.min = 1, .max = 2, .doc = "stop bits"}));
  }
};

/// Where one meter is.
struct Place {
  Protocol transport = Protocol::tcp;
  Text<15> address{"127.0.0.1"};
  std::uint16_t port = 502;
  std::uint8_t unit = 1;
  meters::Model model = meters::Model::sdm630;
};

/// A meter more than the first.
struct More {
  std::uint8_t evse = 2;
  Protocol transport = Protocol::tcp;
  Text<15> address{"127.0.0.1"};
  std::uint16_t port = 502;
  std::uint8_t unit = 1;
  meters::Model model = meters::Model::sdm630;
  Place place() const { return {transport, address, port, unit, model}; }
  static constexpr auto fields() {
    return list(
        field<&More::evse>("evse", {.min = 2, .max = kMaxMeters, .doc = "the EVSE it measures; each has one meter"}),
        field<&More::transport>("transport", {.doc = "as above"}),
        field<&More::address>("address", {.at_least = 7, .doc = "as above"}),
        field<&More::port>("port", {.min = 1, .doc = "as above"}),
        field<&More::unit>("unit", {.min = 1, .max = 247, .doc = "as above; on the serial line no two are the same"}),
        field<&More::model>("model", {.doc = "as above"}));
  }
};

/// What records say besides the reading.
struct RecordConfig {
  Text<40> gateway{"Bulwatt"};
  Text<40> gateway_serial{};
  Text<60> place{};
  ocmf::Clock clock = ocmf::Clock::informative;
  static constexpr auto fields() {
    using R = RecordConfig;
    return list(
        field<&R::gateway>("gateway", {.doc = "name of the station's kind in signed meter records"}),
        field<&R::gateway_serial>("gateway_serial", {.doc = "serial number of the station there"}),
        field<&R::place>("place",
                         {.doc = "its EVSE id there, such as DE*ABC*E1234; the number of the EVSE is put behind it"}),
        field<&R::clock>("clock",
                         {.doc = "how well the machine's clock is known: S is kept synchronous, I informative, "
                                 "R relative, U unknown"}));
  }
};

struct Config {
  Protocol transport = Protocol::tcp;
  Text<15> address{"127.0.0.1"};
  std::uint16_t port = 502;
  std::uint8_t unit = 1;
  meters::Model model = meters::Model::sdm630;
  std::uint16_t poll_ms = 500;
  std::uint16_t answer_ms = 150;
  std::uint32_t stale_ms = 10'000;
  Bus bus{};
  List<More, kMaxMeters - 1> more{};
  RecordConfig records{};
  /// Of EVSE 1.
  Place place() const { return {transport, address, port, unit, model}; }
  static constexpr auto fields() {
    return list(
        field<&Config::transport>("transport", {.doc = "of the meter of EVSE 1: tcp, or rtu on [devices] meter_bus"}),
        field<&Config::address>("address", {.at_least = 7, .doc = "IPv4 address of the energy meter (Modbus TCP)"}),
        field<&Config::port>("port", {.min = 1, .doc = "its TCP port"}),
        field<&Config::unit>("unit", {.min = 1, .max = 247, .doc = "its Modbus unit number"}),
        field<&Config::model>("model", {.doc = "register map: Eastron SDM630, Carlo Gavazzi EM340, any SunSpec meter "
                                               "(models 201 to 204, 211 to 214)"}),
        field<&Config::poll_ms>("poll_ms",
                                {.min = 100, .max = 60'000, .unit = "ms", .doc = "time between readings of a meter"}),
        field<&Config::answer_ms>(
            "answer_ms", {.min = 20,
                          .max = 1000,
                          .unit = "ms",
                          .doc = "how long a meter may think; on a serial line the time of the bytes comes on top"}),
        field<&Config::stale_ms>("stale_ms", {.min = 1000,
                                              .max = 600'000,
                                              .unit = "ms",
                                              .doc = "a last good reading older than this is no reading any more"}),
        field<&Config::bus>("bus", {.doc = "the serial line [devices] meter_bus"}),
        field<&Config::more>("more", {.doc = "meters of further EVSEs"}),
        field<&Config::records>("records", {.doc = "signed meter records, for which the vault has keys of purpose "
                                                   "meter_record and user meter"}));
  }
};

}  // namespace bulwatt::meter
