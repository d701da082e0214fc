// Charging profiles and schedules.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class ChargingProfilePurposeEnum : std::uint8_t {
  charging_station_external_constraints,
  charging_station_max_profile,
  tx_default_profile,
  tx_profile,
};
constexpr auto enum_names(ChargingProfilePurposeEnum) {
  return names("ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile");
}

enum class ChargingProfileKindEnum : std::uint8_t { absolute, recurring, relative };
constexpr auto enum_names(ChargingProfileKindEnum) { return names("Absolute", "Recurring", "Relative"); }

enum class RecurrencyKindEnum : std::uint8_t { daily, weekly };
constexpr auto enum_names(RecurrencyKindEnum) { return names("Daily", "Weekly"); }

enum class ChargingRateUnitEnum : std::uint8_t { w, a };
constexpr auto enum_names(ChargingRateUnitEnum) { return names("W", "A"); }

struct ChargingSchedulePeriod {
  std::int32_t start_period{};
  Decimal limit{};
  std::optional<std::int32_t> number_phases{};
  std::optional<std::int32_t> phase_to_use{};
  static constexpr auto fields() {
    using M = ChargingSchedulePeriod;
    return list(field<&M::start_period>("startPeriod"), field<&M::limit>("limit"),
                field<&M::number_phases>("numberPhases"), field<&M::phase_to_use>("phaseToUse"));
  }
};

struct RelativeTimeInterval {
  std::int32_t start{};
  std::optional<std::int32_t> duration{};
  static constexpr auto fields() {
    using M = RelativeTimeInterval;
    return list(field<&M::start>("start"), field<&M::duration>("duration"));
  }
};

enum class CostKindEnum : std::uint8_t {
  carbon_dioxide_emission,
  relative_price_percentage,
  renewable_generation_percentage,
};
constexpr auto enum_names(CostKindEnum) {
  return names("CarbonDioxideEmission", "RelativePricePercentage", "RenewableGenerationPercentage");
}

struct Cost {
  CostKindEnum cost_kind{};
  std::int32_t amount{};
  std::optional<std::int32_t> amount_multiplier{};
  static constexpr auto fields() {
    using M = Cost;
    return list(field<&M::cost_kind>("costKind"), field<&M::amount>("amount"),
                field<&M::amount_multiplier>("amountMultiplier"));
  }
};

struct ConsumptionCost {
  Decimal start_value{};
  List<Cost, kMaxCosts> cost{};
  static constexpr auto fields() {
    using M = ConsumptionCost;
    return list(field<&M::start_value>("startValue"), field<&M::cost>("cost", {.max = 3, .at_least = 1}));
  }
};

struct SalesTariffEntry {
  RelativeTimeInterval relative_time_interval{};
  std::optional<std::int32_t> e_price_level{};
  std::optional<List<ConsumptionCost, kMaxConsumptionCosts>> consumption_cost{};
  static constexpr auto fields() {
    using M = SalesTariffEntry;
    return list(field<&M::relative_time_interval>("relativeTimeInterval"),
                field<&M::e_price_level>("ePriceLevel", {.min = 0}),
                field<&M::consumption_cost>("consumptionCost", {.max = 3, .at_least = 1}));
  }
};

struct SalesTariff {
  std::int32_t id{};
  List<SalesTariffEntry, kMaxSalesTariffEntries> sales_tariff_entry{};
  std::optional<Text<32>> sales_tariff_description{};
  std::optional<std::int32_t> num_e_price_levels{};
  static constexpr auto fields() {
    using M = SalesTariff;
    return list(field<&M::id>("id"), field<&M::sales_tariff_entry>("salesTariffEntry", {.max = 1024, .at_least = 1}),
                field<&M::sales_tariff_description>("salesTariffDescription"),
                field<&M::num_e_price_levels>("numEPriceLevels"));
  }
};

struct ChargingSchedule {
  std::int32_t id{};
  ChargingRateUnitEnum charging_rate_unit{};
  List<ChargingSchedulePeriod, kMaxPeriodsPerSchedule> charging_schedule_period{};
  std::optional<Timestamp> start_schedule{};
  std::optional<std::int32_t> duration{};
  std::optional<Decimal> min_charging_rate{};
  std::optional<SalesTariff> sales_tariff{};
  static constexpr auto fields() {
    using M = ChargingSchedule;
    return list(field<&M::id>("id"), field<&M::charging_rate_unit>("chargingRateUnit"),
                field<&M::charging_schedule_period>("chargingSchedulePeriod", {.max = 1024, .at_least = 1}),
                field<&M::start_schedule>("startSchedule"), field<&M::duration>("duration"),
                field<&M::min_charging_rate>("minChargingRate"), field<&M::sales_tariff>("salesTariff"));
  }
};

struct ChargingProfile {
  std::int32_t id{};
  std::int32_t stack_level{};
  ChargingProfilePurposeEnum charging_profile_purpose{};
  ChargingProfileKindEnum charging_profile_kind{};
  List<ChargingSchedule, kMaxSchedulesPerProfile> charging_schedule{};
  std::optional<RecurrencyKindEnum> recurrency_kind{};
  std::optional<Timestamp> valid_from{};
  std::optional<Timestamp> valid_to{};
  std::optional<Text<36>> transaction_id{};
  static constexpr auto fields() {
    using M = ChargingProfile;
    return list(field<&M::id>("id"), field<&M::stack_level>("stackLevel"),
                field<&M::charging_profile_purpose>("chargingProfilePurpose"),
                field<&M::charging_profile_kind>("chargingProfileKind"),
                field<&M::charging_schedule>("chargingSchedule", {.max = 3, .at_least = 1}),
                field<&M::recurrency_kind>("recurrencyKind"), field<&M::valid_from>("validFrom"),
                field<&M::valid_to>("validTo"), field<&M::transaction_id>("transactionId"));
  }
};

}  // namespace bulwatt::ocpp::v201
