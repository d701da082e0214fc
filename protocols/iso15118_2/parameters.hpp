// Limits of car and station, schedules and tariffs.
#pragma once
#include "protocols/iso15118_2/types.hpp"

namespace bulwatt::iso2 {

struct AcEvChargeParameter {
  static constexpr std::string_view kElement = "AC_EVChargeParameter";
  std::optional<std::uint32_t> departure_time{};
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
  std::optional<std::uint32_t> departure_time{};
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
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}), field<&M::dc_ev_status>("DC_EVStatus"),
                field<&M::ev_maximum_current_limit>("EVMaximumCurrentLimit"),
                field<&M::ev_maximum_power_limit>("EVMaximumPowerLimit"),
                field<&M::ev_maximum_voltage_limit>("EVMaximumVoltageLimit"),
                field<&M::ev_energy_capacity>("EVEnergyCapacity"), field<&M::ev_energy_request>("EVEnergyRequest"),
                field<&M::full_soc>("FullSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::bulk_soc>("BulkSOC", {.min = 0, .max = 100, .unit = "%"}));
  }
};

struct AcEvseChargeParameter {
  static constexpr std::string_view kElement = "AC_EVSEChargeParameter";
  AcEvseStatus ac_evse_status{};
  PhysicalValue evse_nominal_voltage{};
  PhysicalValue evse_max_current{};
  static constexpr auto fields() {
    using M = AcEvseChargeParameter;
    return list(field<&M::ac_evse_status>("AC_EVSEStatus"), field<&M::evse_nominal_voltage>("EVSENominalVoltage"),
                field<&M::evse_max_current>("EVSEMaxCurrent"));
  }
};

struct DcEvseChargeParameter {
  static constexpr std::string_view kElement = "DC_EVSEChargeParameter";
  DcEvseStatus dc_evse_status{};
  PhysicalValue evse_maximum_current_limit{};
  PhysicalValue evse_maximum_power_limit{};
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
    return list(field<&M::start>("start", {.max = 16777214, .unit = "s"}),
                field<&M::duration>("duration", {.max = 86400, .unit = "s"}));
  }
};

struct PMaxScheduleEntry {
  RelativeTimeInterval time_interval{};
  PhysicalValue p_max{};
  static constexpr auto fields() {
    using M = PMaxScheduleEntry;
    return list(field<&M::time_interval>("TimeInterval", {.substitution = true}), field<&M::p_max>("PMax"));
  }
};

/// Limits of power over time.
struct PMaxSchedule {
  List<PMaxScheduleEntry, kPMaxEntries> p_max_schedule_entry{};
  static constexpr auto fields() {
    using M = PMaxSchedule;
    return list(field<&M::p_max_schedule_entry>("PMaxScheduleEntry", {.max = 1024, .at_least = 1}));
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
  PhysicalValue start_value{};
  List<Cost, 3> cost{};
  static constexpr auto fields() {
    using M = ConsumptionCost;
    return list(field<&M::start_value>("startValue"), field<&M::cost>("Cost", {.at_least = 1}));
  }
};

struct SalesTariffEntry {
  RelativeTimeInterval time_interval{};
  std::optional<std::uint8_t> e_price_level{};
  List<ConsumptionCost, 3> consumption_cost{};
  static constexpr auto fields() {
    using M = SalesTariffEntry;
    return list(field<&M::time_interval>("TimeInterval", {.substitution = true}),
                field<&M::e_price_level>("EPriceLevel"), field<&M::consumption_cost>("ConsumptionCost"));
  }
};

/// Prices or price levels over time. Signed by the operator of the contract.
struct SalesTariff {
  static constexpr std::string_view kElement = "SalesTariff";
  std::optional<Text<kIdChars>> id{};
  std::uint8_t sales_tariff_id{};
  std::optional<Text<32>> sales_tariff_description{};
  std::optional<std::uint8_t> num_e_price_levels{};
  List<SalesTariffEntry, kSalesTariffEntries> sales_tariff_entry{};
  static constexpr auto fields() {
    using M = SalesTariff;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::sales_tariff_id>("SalesTariffID", {.min = 1}),
                field<&M::sales_tariff_description>("SalesTariffDescription"),
                field<&M::num_e_price_levels>("NumEPriceLevels"),
                field<&M::sales_tariff_entry>("SalesTariffEntry", {.max = 1024, .at_least = 1}));
  }
};

/// One schedule to choose: limits of power over time, perhaps with a tariff.
struct SaScheduleTuple {
  std::uint8_t sa_schedule_tuple_id{};
  PMaxSchedule p_max_schedule{};
  std::optional<SalesTariff> sales_tariff{};
  static constexpr auto fields() {
    using M = SaScheduleTuple;
    return list(field<&M::sa_schedule_tuple_id>("SAScheduleTupleID", {.min = 1}),
                field<&M::p_max_schedule>("PMaxSchedule"), field<&M::sales_tariff>("SalesTariff"));
  }
};

struct SaScheduleList {
  static constexpr std::string_view kElement = "SAScheduleList";
  List<SaScheduleTuple, 3> sa_schedule_tuple{};
  static constexpr auto fields() {
    using M = SaScheduleList;
    return list(field<&M::sa_schedule_tuple>("SAScheduleTuple", {.at_least = 1}));
  }
};

/// The limits and wishes of the car.
struct ChargeParameterDiscoveryReq {
  static constexpr std::string_view kElement = "ChargeParameterDiscoveryReq";
  std::optional<std::uint16_t> max_entries_sa_schedule_tuple{};
  EnergyTransferMode requested_energy_transfer_mode{};
  std::variant<AcEvChargeParameter, DcEvChargeParameter> ev_charge_parameter{};
  static constexpr auto fields() {
    using M = ChargeParameterDiscoveryReq;
    return list(field<&M::max_entries_sa_schedule_tuple>("MaxEntriesSAScheduleTuple"),
                field<&M::requested_energy_transfer_mode>("RequestedEnergyTransferMode"),
                field<&M::ev_charge_parameter>("EVChargeParameter", {.substitution = true}));
  }
};

/// The limits of the station, and schedules to choose from.
struct ChargeParameterDiscoveryRes {
  static constexpr std::string_view kElement = "ChargeParameterDiscoveryRes";
  ResponseCode response_code{};
  EvseProcessing evse_processing{};
  std::optional<SaScheduleList> sa_schedules{};
  std::variant<AcEvseChargeParameter, DcEvseChargeParameter> evse_charge_parameter{};
  static constexpr auto fields() {
    using M = ChargeParameterDiscoveryRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::evse_processing>("EVSEProcessing"),
                field<&M::sa_schedules>("SASchedules", {.substitution = true}),
                field<&M::evse_charge_parameter>("EVSEChargeParameter", {.substitution = true}));
  }
};

}  // namespace bulwatt::iso2
