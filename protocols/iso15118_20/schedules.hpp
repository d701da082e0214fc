// Schedules of power, and what the car could give.
#pragma once
#include "protocols/iso15118_20/prices.hpp"

namespace bulwatt::iso20 {

struct DynamicSeReqControlMode {
  static constexpr std::string_view kElement = "Dynamic_SEReqControlMode";
  std::uint32_t departure_time{};
  std::optional<std::int8_t> minimum_soc{};
  std::optional<std::int8_t> target_soc{};
  RationalNumber ev_target_energy_request{};
  RationalNumber ev_maximum_energy_request{};
  RationalNumber ev_minimum_energy_request{};
  std::optional<RationalNumber> ev_maximum_v2x_energy_request{};
  std::optional<RationalNumber> ev_minimum_v2x_energy_request{};
  static constexpr auto fields() {
    using M = DynamicSeReqControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::minimum_soc>("MinimumSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::target_soc>("TargetSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::ev_target_energy_request>("EVTargetEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_energy_request>("EVMaximumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_energy_request>("EVMinimumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_v2x_energy_request>("EVMaximumV2XEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_v2x_energy_request>("EVMinimumV2XEnergyRequest", {.unit = "Wh"}));
  }
};

struct EvPriceRule {
  RationalNumber energy_fee{};
  RationalNumber power_range_start{};
  static constexpr auto fields() {
    using M = EvPriceRule;
    return list(field<&M::energy_fee>("EnergyFee"), field<&M::power_range_start>("PowerRangeStart", {.unit = "W"}));
  }
};

struct EvPriceRuleStack {
  std::uint32_t duration{};
  List<EvPriceRule, 8> ev_price_rule{};
  static constexpr auto fields() {
    using M = EvPriceRuleStack;
    return list(field<&M::duration>("Duration", {.unit = "s"}),
                field<&M::ev_price_rule>("EVPriceRule", {.at_least = 1}));
  }
};

struct EvPriceRuleStackList {
  List<EvPriceRuleStack, kEvPriceRuleStacks> ev_price_rule_stack{};
  static constexpr auto fields() {
    using M = EvPriceRuleStackList;
    return list(field<&M::ev_price_rule_stack>("EVPriceRuleStack", {.max = 1024, .at_least = 1}));
  }
};

struct EvAbsolutePriceSchedule {
  std::uint64_t time_anchor{};
  Text<3> currency{};
  Text<255> price_algorithm{};
  EvPriceRuleStackList ev_price_rule_stacks{};
  static constexpr auto fields() {
    using M = EvAbsolutePriceSchedule;
    return list(field<&M::time_anchor>("TimeAnchor", {.unit = "s"}), field<&M::currency>("Currency"),
                field<&M::price_algorithm>("PriceAlgorithm"), field<&M::ev_price_rule_stacks>("EVPriceRuleStacks"));
  }
};

struct EvPowerScheduleEntry {
  std::uint32_t duration{};
  RationalNumber power{};
  static constexpr auto fields() {
    using M = EvPowerScheduleEntry;
    return list(field<&M::duration>("Duration", {.unit = "s"}), field<&M::power>("Power", {.unit = "W"}));
  }
};

struct EvPowerScheduleEntryList {
  List<EvPowerScheduleEntry, 1024> ev_power_schedule_entry{};
  static constexpr auto fields() {
    using M = EvPowerScheduleEntryList;
    return list(field<&M::ev_power_schedule_entry>("EVPowerScheduleEntry", {.at_least = 1}));
  }
};

struct EvPowerSchedule {
  std::uint64_t time_anchor{};
  EvPowerScheduleEntryList ev_power_schedule_entries{};
  static constexpr auto fields() {
    using M = EvPowerSchedule;
    return list(field<&M::time_anchor>("TimeAnchor", {.unit = "s"}),
                field<&M::ev_power_schedule_entries>("EVPowerScheduleEntries"));
  }
};

struct EvEnergyOffer {
  EvPowerSchedule ev_power_schedule{};
  EvAbsolutePriceSchedule ev_absolute_price_schedule{};
  static constexpr auto fields() {
    using M = EvEnergyOffer;
    return list(field<&M::ev_power_schedule>("EVPowerSchedule"),
                field<&M::ev_absolute_price_schedule>("EVAbsolutePriceSchedule"));
  }
};

struct ScheduledSeReqControlMode {
  static constexpr std::string_view kElement = "Scheduled_SEReqControlMode";
  std::optional<std::uint32_t> departure_time{};
  std::optional<RationalNumber> ev_target_energy_request{};
  std::optional<RationalNumber> ev_maximum_energy_request{};
  std::optional<RationalNumber> ev_minimum_energy_request{};
  std::optional<EvEnergyOffer> ev_energy_offer{};
  static constexpr auto fields() {
    using M = ScheduledSeReqControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::ev_target_energy_request>("EVTargetEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_energy_request>("EVMaximumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_energy_request>("EVMinimumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_energy_offer>("EVEnergyOffer"));
  }
};

struct DynamicSeResControlMode {
  static constexpr std::string_view kElement = "Dynamic_SEResControlMode";
  std::optional<std::uint32_t> departure_time{};
  std::optional<std::int8_t> minimum_soc{};
  std::optional<std::int8_t> target_soc{};
  std::optional<std::variant<AbsolutePriceSchedule, PriceLevelSchedule>> price_schedule{};
  static constexpr auto fields() {
    using M = DynamicSeResControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::minimum_soc>("MinimumSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::target_soc>("TargetSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::price_schedule>("price_schedule"));
  }
};

struct PowerScheduleEntryList {
  List<PowerScheduleEntry, kPowerScheduleEntries> power_schedule_entry{};
  static constexpr auto fields() {
    using M = PowerScheduleEntryList;
    return list(field<&M::power_schedule_entry>("PowerScheduleEntry", {.max = 1024, .at_least = 1}));
  }
};

struct PowerSchedule {
  std::uint64_t time_anchor{};
  std::optional<RationalNumber> available_energy{};
  std::optional<RationalNumber> power_tolerance{};
  PowerScheduleEntryList power_schedule_entries{};
  static constexpr auto fields() {
    using M = PowerSchedule;
    return list(field<&M::time_anchor>("TimeAnchor", {.unit = "s"}),
                field<&M::available_energy>("AvailableEnergy", {.unit = "Wh"}),
                field<&M::power_tolerance>("PowerTolerance", {.unit = "%"}),
                field<&M::power_schedule_entries>("PowerScheduleEntries"));
  }
};

struct ChargingSchedule {
  PowerSchedule power_schedule{};
  std::optional<std::variant<AbsolutePriceSchedule, PriceLevelSchedule>> price_schedule{};
  static constexpr auto fields() {
    using M = ChargingSchedule;
    return list(field<&M::power_schedule>("PowerSchedule"), field<&M::price_schedule>("price_schedule"));
  }
};

struct ScheduleTuple {
  std::uint32_t schedule_tuple_id{};
  ChargingSchedule charging_schedule{};
  std::optional<ChargingSchedule> discharging_schedule{};
  static constexpr auto fields() {
    using M = ScheduleTuple;
    return list(field<&M::schedule_tuple_id>("ScheduleTupleID", {.min = 1}),
                field<&M::charging_schedule>("ChargingSchedule"),
                field<&M::discharging_schedule>("DischargingSchedule"));
  }
};

struct ScheduledSeResControlMode {
  static constexpr std::string_view kElement = "Scheduled_SEResControlMode";
  List<ScheduleTuple, 3> schedule_tuple{};
  static constexpr auto fields() {
    using M = ScheduledSeResControlMode;
    return list(field<&M::schedule_tuple>("ScheduleTuple", {.at_least = 1}));
  }
};

/// What energy the car needs until when; scheduled mode: what it could give.
struct ScheduleExchangeReq {
  static constexpr std::string_view kElement = "ScheduleExchangeReq";
  MessageHeader header{};
  std::uint16_t maximum_supporting_points{};
  std::variant<DynamicSeReqControlMode, ScheduledSeReqControlMode> control_mode{};
  static constexpr auto fields() {
    using M = ScheduleExchangeReq;
    return list(field<&M::header>("Header"),
                field<&M::maximum_supporting_points>("MaximumSupportingPoints", {.min = 12, .max = 1024}),
                field<&M::control_mode>("control_mode"));
  }
};

/// Scheduled mode: schedules to choose from. Dynamic mode: what the station aims at.
struct ScheduleExchangeRes {
  static constexpr std::string_view kElement = "ScheduleExchangeRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Processing evse_processing{};
  std::optional<bool> go_to_pause{};
  std::variant<DynamicSeResControlMode, ScheduledSeResControlMode> control_mode{};
  static constexpr auto fields() {
    using M = ScheduleExchangeRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_processing>("EVSEProcessing"), field<&M::go_to_pause>("GoToPause"),
                field<&M::control_mode>("control_mode"));
  }
};

}  // namespace bulwatt::iso20
