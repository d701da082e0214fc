// Prices over time: in money, or by levels.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

struct AdditionalService {
  Text<80> service_name{};
  RationalNumber service_fee{};
  static constexpr auto fields() {
    using M = AdditionalService;
    return list(field<&M::service_name>("ServiceName"), field<&M::service_fee>("ServiceFee"));
  }
};

struct AdditionalServiceList {
  List<AdditionalService, 5> additional_service{};
  static constexpr auto fields() {
    using M = AdditionalServiceList;
    return list(field<&M::additional_service>("AdditionalService", {.at_least = 1}));
  }
};

struct OverstayRule {
  std::optional<Text<160>> overstay_rule_description{};
  std::uint32_t start_time{};
  RationalNumber overstay_fee{};
  std::uint32_t overstay_fee_period{};
  static constexpr auto fields() {
    using M = OverstayRule;
    return list(field<&M::overstay_rule_description>("OverstayRuleDescription"),
                field<&M::start_time>("StartTime", {.unit = "s"}), field<&M::overstay_fee>("OverstayFee"),
                field<&M::overstay_fee_period>("OverstayFeePeriod", {.unit = "s"}));
  }
};

struct OverstayRuleList {
  std::optional<std::uint32_t> overstay_time_threshold{};
  std::optional<RationalNumber> overstay_power_threshold{};
  List<OverstayRule, kOverstayRules> overstay_rule{};
  static constexpr auto fields() {
    using M = OverstayRuleList;
    return list(field<&M::overstay_time_threshold>("OverstayTimeThreshold", {.unit = "s"}),
                field<&M::overstay_power_threshold>("OverstayPowerThreshold", {.unit = "W"}),
                field<&M::overstay_rule>("OverstayRule", {.max = 5, .at_least = 1}));
  }
};

/// Prices from one power on.
struct PriceRule {
  RationalNumber energy_fee{};
  std::optional<RationalNumber> parking_fee{};
  std::optional<std::uint32_t> parking_fee_period{};
  std::optional<std::uint16_t> carbon_dioxide_emission{};
  std::optional<std::uint8_t> renewable_generation_percentage{};
  RationalNumber power_range_start{};
  static constexpr auto fields() {
    using M = PriceRule;
    return list(field<&M::energy_fee>("EnergyFee"), field<&M::parking_fee>("ParkingFee"),
                field<&M::parking_fee_period>("ParkingFeePeriod", {.unit = "s"}),
                field<&M::carbon_dioxide_emission>("CarbonDioxideEmission"),
                field<&M::renewable_generation_percentage>("RenewableGenerationPercentage", {.unit = "%"}),
                field<&M::power_range_start>("PowerRangeStart", {.unit = "W"}));
  }
};

struct PriceRuleStack {
  std::uint32_t duration{};
  List<PriceRule, kPriceRules> price_rule{};
  static constexpr auto fields() {
    using M = PriceRuleStack;
    return list(field<&M::duration>("Duration", {.unit = "s"}),
                field<&M::price_rule>("PriceRule", {.max = 8, .at_least = 1}));
  }
};

struct PriceRuleStackList {
  List<PriceRuleStack, kPriceRuleStacks> price_rule_stack{};
  static constexpr auto fields() {
    using M = PriceRuleStackList;
    return list(field<&M::price_rule_stack>("PriceRuleStack", {.max = 1024, .at_least = 1}));
  }
};

struct TaxRule {
  std::uint32_t tax_rule_id{};
  std::optional<Text<80>> tax_rule_name{};
  RationalNumber tax_rate{};
  std::optional<bool> tax_included_in_price{};
  bool applies_to_energy_fee{};
  bool applies_to_parking_fee{};
  bool applies_to_overstay_fee{};
  bool applies_minimum_maximum_cost{};
  static constexpr auto fields() {
    using M = TaxRule;
    return list(field<&M::tax_rule_id>("TaxRuleID", {.min = 1}), field<&M::tax_rule_name>("TaxRuleName"),
                field<&M::tax_rate>("TaxRate", {.unit = "%"}), field<&M::tax_included_in_price>("TaxIncludedInPrice"),
                field<&M::applies_to_energy_fee>("AppliesToEnergyFee"),
                field<&M::applies_to_parking_fee>("AppliesToParkingFee"),
                field<&M::applies_to_overstay_fee>("AppliesToOverstayFee"),
                field<&M::applies_minimum_maximum_cost>("AppliesMinimumMaximumCost"));
  }
};

struct TaxRuleList {
  List<TaxRule, kTaxRules> tax_rule{};
  static constexpr auto fields() {
    using M = TaxRuleList;
    return list(field<&M::tax_rule>("TaxRule", {.max = 10, .at_least = 1}));
  }
};

/// Prices in money. May be signed.
struct AbsolutePriceSchedule {
  static constexpr std::string_view kElement = "AbsolutePriceSchedule";
  std::optional<Text<kIdChars>> id{};
  std::uint64_t time_anchor{};
  std::uint32_t price_schedule_id{};
  std::optional<Text<160>> price_schedule_description{};
  Text<3> currency{};
  Text<3> language{};
  Text<255> price_algorithm{};
  std::optional<RationalNumber> minimum_cost{};
  std::optional<RationalNumber> maximum_cost{};
  std::optional<TaxRuleList> tax_rules{};
  PriceRuleStackList price_rule_stacks{};
  std::optional<OverstayRuleList> overstay_rules{};
  std::optional<AdditionalServiceList> additional_selected_services{};
  static constexpr auto fields() {
    using M = AbsolutePriceSchedule;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::time_anchor>("TimeAnchor", {.unit = "s"}),
                field<&M::price_schedule_id>("PriceScheduleID", {.min = 1}),
                field<&M::price_schedule_description>("PriceScheduleDescription"), field<&M::currency>("Currency"),
                field<&M::language>("Language"), field<&M::price_algorithm>("PriceAlgorithm"),
                field<&M::minimum_cost>("MinimumCost"), field<&M::maximum_cost>("MaximumCost"),
                field<&M::tax_rules>("TaxRules"), field<&M::price_rule_stacks>("PriceRuleStacks"),
                field<&M::overstay_rules>("OverstayRules"),
                field<&M::additional_selected_services>("AdditionalSelectedServices"));
  }
};

struct PriceLevelScheduleEntry {
  std::uint32_t duration{};
  std::uint8_t price_level{};
  static constexpr auto fields() {
    using M = PriceLevelScheduleEntry;
    return list(field<&M::duration>("Duration", {.unit = "s"}), field<&M::price_level>("PriceLevel"));
  }
};

struct PriceLevelScheduleEntryList {
  List<PriceLevelScheduleEntry, kPriceLevelEntries> price_level_schedule_entry{};
  static constexpr auto fields() {
    using M = PriceLevelScheduleEntryList;
    return list(field<&M::price_level_schedule_entry>("PriceLevelScheduleEntry", {.max = 1024, .at_least = 1}));
  }
};

/// Prices by levels. May be signed.
struct PriceLevelSchedule {
  static constexpr std::string_view kElement = "PriceLevelSchedule";
  std::optional<Text<kIdChars>> id{};
  std::uint64_t time_anchor{};
  std::uint32_t price_schedule_id{};
  std::optional<Text<160>> price_schedule_description{};
  std::uint8_t number_of_price_levels{};
  PriceLevelScheduleEntryList price_level_schedule_entries{};
  static constexpr auto fields() {
    using M = PriceLevelSchedule;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::time_anchor>("TimeAnchor", {.unit = "s"}),
                field<&M::price_schedule_id>("PriceScheduleID", {.min = 1}),
                field<&M::price_schedule_description>("PriceScheduleDescription"),
                field<&M::number_of_price_levels>("NumberOfPriceLevels"),
                field<&M::price_level_schedule_entries>("PriceLevelScheduleEntries"));
  }
};

}  // namespace bulwatt::iso20
