// Limits of car and station, schedules and tariffs.
#pragma once
#include "protocols/din70121/types.hpp"

namespace bulwatt::din {

struct AcEvChargeParameter {
  static constexpr std::string_view kElement = "AC_EVChargeParameter";
  std::uint32_t departure_time{};
  PhysicalValue e_amount{};
  PhysicalValue ev_max_voltage{};
  PhysicalValue ev_max_current{};
  PhysicalValue ev_min_current{};
  static constexpr auto fields() {
    using M = AcEvChargeParameter;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}), field<&M::e_amount>("EAmount"),
                field<&M::ev_max_voltage>("EVMaxVoltage"), field<&M::ev_max_current>("EVMaxCurrent"),
                field<&M::ev_min_current>("EVMinCurrent"));
  }
};

struct DcEvChargeParameter {
  static constexpr std::string_view kElement = "DC_EVChargeParameter";
  DcEvStatus dc_ev_status{};
  PhysicalValue ev_maximum_current_limit{};
  std::optional<PhysicalValue> ev_maximum_power_limit{};
  PhysicalValue ev_maximum_voltage_limit{};
  std::optional<PhysicalValue> ev_energy_capacity{};
  std::optional<PhysicalValue> ev_energy_request{};
  std::optional<std::int8_t> full_soc{};
  std::optional<std::int8_t> bulk_soc{};
  static constexpr auto fields() {
    using M = DcEvChargeParameter;
    return list(field<&M::dc_ev_status>("DC_EVStatus"), field<&M::ev_maximum_current_limit>("EVMaximumCurrentLimit"),
                field<&M::ev_maximum_power_limit>("EVMaximumPowerLimit"),
                field<&M::ev_maximum_voltage_limit>("EVMaximumVoltageLimit"),
                field<&M::ev_energy_capacity>("EVEnergyCapacity"), field<&M::ev_energy_request>("EVEnergyRequest"),
                field<&M::full_soc>("FullSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::bulk_soc>("BulkSOC", {.min = 0, .max = 100, .unit = "%"}));
  }
};

enum class EvRequestedEnergyTransfer : std::uint8_t {
  ac_single_phase_core,
  ac_three_phase_core,
  dc_core,
  dc_extended,
  dc_combo_core,
  dc_unique
};
constexpr auto enum_names(EvRequestedEnergyTransfer) {
  return names("AC_single_phase_core", "AC_three_phase_core", "DC_core", "DC_extended", "DC_combo_core", "DC_unique");
}

struct AcEvseChargeParameter {
  static constexpr std::string_view kElement = "AC_EVSEChargeParameter";
  AcEvseStatus ac_evse_status{};
  PhysicalValue evse_max_voltage{};
  PhysicalValue evse_max_current{};
  PhysicalValue evse_min_current{};
  static constexpr auto fields() {
    using M = AcEvseChargeParameter;
    return list(field<&M::ac_evse_status>("AC_EVSEStatus"), field<&M::evse_max_voltage>("EVSEMaxVoltage"),
                field<&M::evse_max_current>("EVSEMaxCurrent"), field<&M::evse_min_current>("EVSEMinCurrent"));
  }
};

struct DcEvseChargeParameter {
  static constexpr std::string_view kElement = "DC_EVSEChargeParameter";
  DcEvseStatus dc_evse_status{};
  PhysicalValue evse_maximum_current_limit{};
  std::optional<PhysicalValue> evse_maximum_power_limit{};
  PhysicalValue evse_maximum_voltage_limit{};
  PhysicalValue evse_minimum_current_limit{};
  PhysicalValue evse_minimum_voltage_limit{};
  std::optional<PhysicalValue> evse_current_regulation_tolerance{};
  PhysicalValue evse_peak_current_ripple{};
  std::optional<PhysicalValue> evse_energy_to_be_delivered{};
  static constexpr auto fields() {
    using M = DcEvseChargeParameter;
    return list(field<&M::dc_evse_status>("DC_EVSEStatus"),
                field<&M::evse_maximum_current_limit>("EVSEMaximumCurrentLimit"),
                field<&M::evse_maximum_power_limit>("EVSEMaximumPowerLimit"),
                field<&M::evse_maximum_voltage_limit>("EVSEMaximumVoltageLimit"),
                field<&M::evse_minimum_current_limit>("EVSEMinimumCurrentLimit"),
                field<&M::evse_minimum_voltage_limit>("EVSEMinimumVoltageLimit"),
                field<&M::evse_current_regulation_tolerance>("EVSECurrentRegulationTolerance"),
                field<&M::evse_peak_current_ripple>("EVSEPeakCurrentRipple"),
                field<&M::evse_energy_to_be_delivered>("EVSEEnergyToBeDelivered"));
  }
};

/// Seconds from now on; without a duration until the next entry begins.
struct RelativeTimeInterval {
  static constexpr std::string_view kElement = "RelativeTimeInterval";
  std::uint32_t start{};
  std::optional<std::uint32_t> duration{};
  static constexpr auto fields() {
    using M = RelativeTimeInterval;
    return list(field<&M::start>("start", {.unit = "s"}), field<&M::duration>("duration", {.unit = "s"}));
  }
};

struct PMaxScheduleEntry {
  RelativeTimeInterval time_interval{};
  std::int16_t p_max{};
  static constexpr auto fields() {
    using M = PMaxScheduleEntry;
    return list(field<&M::time_interval>("TimeInterval", {.substitution = true}),
                field<&M::p_max>("PMax", {.unit = "W"}));
  }
};

/// Limits of power over time.
struct PMaxSchedule {
  std::int16_t p_max_schedule_id{};
  List<PMaxScheduleEntry, kPMaxEntries> p_max_schedule_entry{};
  static constexpr auto fields() {
    using M = PMaxSchedule;
    return list(field<&M::p_max_schedule_id>("PMaxScheduleID"),
                field<&M::p_max_schedule_entry>("PMaxScheduleEntry", {.max = kUnbounded, .at_least = 1}));
  }
};

enum class CostKind : std::uint8_t {
  relative_price_percentage,
  renewable_generation_percentage,
  carbon_dioxide_emission
};
constexpr auto enum_names(CostKind) {
  return names("relativePricePercentage", "RenewableGenerationPercentage", "CarbonDioxideEmission");
}

struct Cost {
  CostKind cost_kind{};
  std::uint32_t amount{};
  std::optional<std::int8_t> amount_multiplier{};
  static constexpr auto fields() {
    using M = Cost;
    return list(field<&M::cost_kind>("costKind"), field<&M::amount>("amount"),
                field<&M::amount_multiplier>("amountMultiplier", {.min = -3, .max = 3}));
  }
};

struct ConsumptionCost {
  std::uint32_t start_value{};
  List<Cost, kCosts> cost{};
  static constexpr auto fields() {
    using M = ConsumptionCost;
    return list(field<&M::start_value>("startValue"), field<&M::cost>("Cost", {.max = kUnbounded}));
  }
};

struct SalesTariffEntry {
  RelativeTimeInterval time_interval{};
  std::uint8_t e_price_level{};
  List<ConsumptionCost, kConsumptionCosts> consumption_cost{};
  static constexpr auto fields() {
    using M = SalesTariffEntry;
    return list(field<&M::time_interval>("TimeInterval", {.substitution = true}),
                field<&M::e_price_level>("EPriceLevel"),
                field<&M::consumption_cost>("ConsumptionCost", {.max = kUnbounded}));
  }
};

/// Prices or price levels over time.
struct SalesTariff {
  Text<kIdChars> id{};
  std::int16_t sales_tariff_id{};
  std::optional<Text<32>> sales_tariff_description{};
  std::uint8_t num_e_price_levels{};
  List<SalesTariffEntry, kSalesTariffEntries> sales_tariff_entry{};
  static constexpr auto fields() {
    using M = SalesTariff;
    return list(
        field<&M::id>("Id", {.max = kUnbounded, .attribute = true}), field<&M::sales_tariff_id>("SalesTariffID"),
        field<&M::sales_tariff_description>("SalesTariffDescription"), field<&M::num_e_price_levels>("NumEPriceLevels"),
        field<&M::sales_tariff_entry>("SalesTariffEntry", {.max = kUnbounded, .at_least = 1}));
  }
};

/// One schedule to choose: limits of power over time, perhaps with a tariff.
struct SaScheduleTuple {
  std::int16_t sa_schedule_tuple_id{};
  PMaxSchedule p_max_schedule{};
  std::optional<SalesTariff> sales_tariff{};
  static constexpr auto fields() {
    using M = SaScheduleTuple;
    return list(field<&M::sa_schedule_tuple_id>("SAScheduleTupleID"), field<&M::p_max_schedule>("PMaxSchedule"),
                field<&M::sales_tariff>("SalesTariff"));
  }
};

struct SaScheduleList {
  static constexpr std::string_view kElement = "SAScheduleList";
  List<SaScheduleTuple, kScheduleTuples> sa_schedule_tuple{};
  static constexpr auto fields() {
    using M = SaScheduleList;
    return list(field<&M::sa_schedule_tuple>("SAScheduleTuple", {.max = kUnbounded, .at_least = 1}));
  }
};

/// No schedule: the abstract type by itself. Stations of the field send it.
struct SaSchedules {
  static constexpr std::string_view kElement = "SASchedules";
  static constexpr auto fields() { return list(); }
};

/// The limits and wishes of the car.
struct ChargeParameterDiscoveryReq {
  static constexpr std::string_view kElement = "ChargeParameterDiscoveryReq";
  EvRequestedEnergyTransfer ev_requested_energy_transfer_type{};
  std::variant<AcEvChargeParameter, DcEvChargeParameter> ev_charge_parameter{};
  static constexpr auto fields() {
    using M = ChargeParameterDiscoveryReq;
    return list(field<&M::ev_requested_energy_transfer_type>("EVRequestedEnergyTransferType"),
                field<&M::ev_charge_parameter>("EVChargeParameter", {.substitution = true}));
  }
};

/// The limits of the station, and schedules to choose from.
struct ChargeParameterDiscoveryRes {
  static constexpr std::string_view kElement = "ChargeParameterDiscoveryRes";
  ResponseCode response_code{};
  EvseProcessing evse_processing{};
  std::variant<SaScheduleList, SaSchedules> sa_schedules{};
  std::variant<AcEvseChargeParameter, DcEvseChargeParameter> evse_charge_parameter{};
  static constexpr auto fields() {
    using M = ChargeParameterDiscoveryRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::evse_processing>("EVSEProcessing"),
                field<&M::sa_schedules>("SASchedules", {.substitution = true}),
                field<&M::evse_charge_parameter>("EVSEChargeParameter", {.substitution = true}));
  }
};

}  // namespace bulwatt::din
