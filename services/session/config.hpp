// What the owner of a station may set for this service. Everything has a sane default.
#pragma once
#include "interfaces/session.hpp"
#include "libs/tariff/schedule.hpp"

namespace bulwatt::session {

inline constexpr std::size_t kLocalTokens = 16;

/// What happens to a running transaction when the meter stays silent.
enum class OnMeterFault : std::uint8_t { suspend, go_on };
constexpr auto enum_names(OnMeterFault) { return names("suspend", "continue"); }

inline constexpr std::uint32_t kLeastJournalKib = 1024;  ///< records.hpp shows that it is enough

using ConnectorType = Text<20>;

/// What an EVSE gives to cars.
enum class Current : std::uint8_t { alternating, direct };
constexpr auto enum_names(Current) { return names("alternating", "direct"); }

/// One EVSE; its number is its place in the list, from 1. So is that of a connector.
struct EvseConfig {
  std::uint8_t phases = 3;
  std::uint32_t hardware_max_ma = 32'000;
  List<ConnectorType, power::kMaxConnectors> connectors{1, {ConnectorType{"cType2"}}};
  std::uint16_t digital_patience_s = 20;
  Current current = Current::alternating;
  std::uint16_t dc_max_v = 500;
  std::uint16_t dc_min_v = 150;
  std::uint16_t dc_max_a = 125;
  std::uint8_t dc_efficiency = 94;
  bool direct() const { return current == Current::direct; }
  static constexpr auto fields() {
    using E = EvseConfig;
    return list(
        field<&E::phases>("phases", {.min = 1, .max = 3, .doc = "phases that are wired"}),
        field<&E::hardware_max_ma>("hardware_max",
                                   {.min = 6000,
                                    .max = power::kMaxLimitMa,
                                    .unit = "mA",
                                    .doc = "what contactor and wiring inside the station carry, per phase"}),
        field<&E::connectors>("connectors", {.at_least = 1, .doc = "types of its connectors, as OCPP names them"}),
        field<&E::digital_patience_s>("digital_patience",
                                      {.min = 5,
                                       .max = 300,
                                       .unit = "s",
                                       .doc = "where [v2g] serves it: how long a car may take to begin digital "
                                              "communication before it is told its current by the duty cycle"}),
        field<&E::current>("current",
                           {.doc = "alternating; or direct, by the supply at the outlet's safety controller, for cars "
                                   "that [v2g] speaks with. The limits in amperes stay those of the mains"}),
        field<&E::dc_max_v>("dc_max_voltage",
                            {.min = 200, .max = 1000, .unit = "V", .doc = "direct: what the supply gives at most"}),
        field<&E::dc_min_v>("dc_min_voltage", {.min = 50, .max = 500, .unit = "V", .doc = "direct: and at least"}),
        field<&E::dc_max_a>("dc_max_current", {.min = 1, .max = 500, .unit = "A", .doc = "direct: its current"}),
        field<&E::dc_efficiency>(
            "dc_efficiency",
            {.min = 50, .max = 100, .unit = "%", .doc = "direct: how much of the mains' power reaches the car"}));
  }
};

struct Config {
  List<EvseConfig, power::kMaxEvses> evses{1, {EvseConfig{}}};
  std::uint32_t installation_max_ma = 32'000;
  tariff::Tariff tariff{};
  tariff::Schedule schedule{};
  Settings settings{};
  List<Text<36>, kLocalTokens> local_tokens{};
  std::uint32_t authorization_timeout_s = 30;
  OnMeterFault on_meter_fault = OnMeterFault::suspend;
  std::uint32_t meter_grace_s = 30;
  std::uint32_t controller_grace_s = 3;
  std::uint32_t fault_patience_s = 300;
  bool reset_faults_when_unplugged = true;
  std::int16_t derate_from_dc = 650;
  std::int16_t derate_to_dc = 800;
  std::uint32_t resume_after_power_loss_s = 0;
  std::uint32_t register_interval_s = 300;
  bool start_without_ledger = false;
  std::uint32_t restart_patience_s = 10;
  std::uint32_t journal_kib = kLeastJournalKib;
  bool meter_records = false;
  std::uint32_t kept_records = 2048;
  std::uint32_t record_interval_s = 0;
  static constexpr auto fields() {
    using C = Config;
    return list(
        field<&C::evses>("evse", {.at_least = 1, .doc = "the EVSEs of the station, in the order of their numbers"}),
        field<&C::installation_max_ma>("installation_max",
                                       {.min = 0,
                                        .max = power::kMaxLimitMa,
                                        .unit = "mA",
                                        .doc = "what the building's supply allows for all EVSEs, per phase"}),
        field<&C::tariff>("tariff", {.doc = "the local tariff, when prices are the same at all times"}),
        field<&C::schedule>("schedule", {.doc = "or the local tariff by hours, days, seasons, energy and time; a price "
                                                "without a condition comes last"}),
        field<&C::settings>("settings", {.doc = "settings until the backend sets them"}),
        field<&C::local_tokens>("local_tokens", {.doc = "tokens that are always accepted, for use without a backend"}),
        field<&C::authorization_timeout_s>(
            "authorization_timeout",
            {.min = 1,
             .max = 600,
             .unit = "s",
             .doc = "how long the backend may take to judge a token before the offline rules apply"}),
        field<&C::on_meter_fault>("on_meter_fault",
                                  {.doc = "suspend or continue a transaction whose meter stays silent"}),
        field<&C::meter_grace_s>(
            "meter_grace", {.min = 1, .max = 3600, .unit = "s", .doc = "how long the meter may be silent before that"}),
        field<&C::controller_grace_s>(
            "controller_grace", {.min = 1,
                                 .max = 60,
                                 .unit = "s",
                                 .doc = "how long the safety controller may be silent before the station is faulted"}),
        field<&C::fault_patience_s>(
            "fault_patience",
            {.min = 1, .max = 86'400, .unit = "s", .doc = "a fault that lasts longer ends the transaction"}),
        field<&C::reset_faults_when_unplugged>(
            "reset_faults_when_unplugged",
            {.doc = "ask the safety controller to clear its faults once the cable is out"}),
        field<&C::derate_from_dc>(
            "derate_from",
            {.min = 0, .max = 1500, .unit = "d°C", .doc = "temperature from which the current is reduced"}),
        field<&C::derate_to_dc>(
            "derate_to",
            {.min = 0, .max = 1500, .unit = "d°C", .doc = "temperature at which nothing is offered any more"}),
        field<&C::resume_after_power_loss_s>(
            "resume_after_power_loss",
            {.max = 86'400, .unit = "s", .doc = "longest outage after which a transaction goes on; 0: it ends"}),
        field<&C::register_interval_s>(
            "register_interval",
            {.min = 10,
             .max = 86'400,
             .unit = "s",
             .doc = "how often the meter register of a running transaction is stored beside its events"}),
        field<&C::start_without_ledger>("start_without_ledger",
                                        {.doc = "start transactions although the ledger cannot record them"}),
        field<&C::restart_patience_s>("restart_patience",
                                      {.min = 1,
                                       .max = 120,
                                       .unit = "s",
                                       .doc = "how long a reset waits for the backend to fetch the last events"}),
        field<&C::journal_kib>(
            "journal",
            {.min = kLeastJournalKib, .max = 16'384, .unit = "KiB", .doc = "size of each of the two journal files"}),
        field<&C::meter_records>("meter_records",
                                 {.doc = "what is measured at the beginning and the end of a transaction is signed; "
                                         "takes vault keys of purpose meter_record and user meter"}),
        field<&C::record_interval_s>("record_interval",
                                     {.max = 86'400,
                                      .unit = "s",
                                      .doc = "how often a running transaction gets a signed meter record, besides "
                                             "those of its begin, of a new price and of its end; 0: never"}),
        field<&C::kept_records>(
            "kept_records",
            {.min = 64, .max = 6144, .doc = "how many signed meter records stay on the station, 8 KiB each"}));
  }
};

/// What is wrong with it beyond its limits, one sentence that says what to do; empty: nothing.
Text<200> problem(const Config& config);

}  // namespace bulwatt::session
