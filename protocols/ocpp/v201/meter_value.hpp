// Meter values: sampled, with their context, and signed.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class ReadingContextEnum : std::uint8_t {
  interruption_begin,
  interruption_end,
  other,
  sample_clock,
  sample_periodic,
  transaction_begin,
  transaction_end,
  trigger,
};
constexpr auto enum_names(ReadingContextEnum) {
  return names("Interruption.Begin", "Interruption.End", "Other", "Sample.Clock", "Sample.Periodic",
               "Transaction.Begin", "Transaction.End", "Trigger");
}

enum class MeasurandEnum : std::uint8_t {
  current_export,
  current_import,
  current_offered,
  energy_active_export_register,
  energy_active_import_register,
  energy_reactive_export_register,
  energy_reactive_import_register,
  energy_active_export_interval,
  energy_active_import_interval,
  energy_active_net,
  energy_reactive_export_interval,
  energy_reactive_import_interval,
  energy_reactive_net,
  energy_apparent_net,
  energy_apparent_import,
  energy_apparent_export,
  frequency,
  power_active_export,
  power_active_import,
  power_factor,
  power_offered,
  power_reactive_export,
  power_reactive_import,
  soc,
  voltage,
};
constexpr auto enum_names(MeasurandEnum) {
  return names("Current.Export", "Current.Import", "Current.Offered", "Energy.Active.Export.Register",
               "Energy.Active.Import.Register", "Energy.Reactive.Export.Register", "Energy.Reactive.Import.Register",
               "Energy.Active.Export.Interval", "Energy.Active.Import.Interval", "Energy.Active.Net",
               "Energy.Reactive.Export.Interval", "Energy.Reactive.Import.Interval", "Energy.Reactive.Net",
               "Energy.Apparent.Net", "Energy.Apparent.Import", "Energy.Apparent.Export", "Frequency",
               "Power.Active.Export", "Power.Active.Import", "Power.Factor", "Power.Offered", "Power.Reactive.Export",
               "Power.Reactive.Import", "SoC", "Voltage");
}

enum class PhaseEnum : std::uint8_t { l1, l2, l3, n, l1_n, l2_n, l3_n, l1_l2, l2_l3, l3_l1 };
constexpr auto enum_names(PhaseEnum) {
  return names("L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1");
}

enum class LocationEnum : std::uint8_t { body, cable, ev, inlet, outlet };
constexpr auto enum_names(LocationEnum) { return names("Body", "Cable", "EV", "Inlet", "Outlet"); }

struct SignedMeterValue {
  Text<kSignedMeterDataBytes> signed_meter_data{};
  Text<50> signing_method{};
  Text<50> encoding_method{};
  Text<kPublicKeyBytes> public_key{};
  static constexpr auto fields() {
    using M = SignedMeterValue;
    return list(field<&M::signed_meter_data>("signedMeterData", {.max = 2500}),
                field<&M::signing_method>("signingMethod"), field<&M::encoding_method>("encodingMethod"),
                field<&M::public_key>("publicKey", {.max = 2500}));
  }
};

struct UnitOfMeasure {
  std::optional<Text<20>> unit{};
  std::optional<std::int32_t> multiplier{};
  static constexpr auto fields() {
    using M = UnitOfMeasure;
    return list(field<&M::unit>("unit"), field<&M::multiplier>("multiplier"));
  }
};

struct SampledValue {
  Decimal value{};
  std::optional<ReadingContextEnum> context{};
  std::optional<MeasurandEnum> measurand{};
  std::optional<PhaseEnum> phase{};
  std::optional<LocationEnum> location{};
  std::optional<SignedMeterValue> signed_meter_value{};
  std::optional<UnitOfMeasure> unit_of_measure{};
  static constexpr auto fields() {
    using M = SampledValue;
    return list(field<&M::value>("value"), field<&M::context>("context"), field<&M::measurand>("measurand"),
                field<&M::phase>("phase"), field<&M::location>("location"),
                field<&M::signed_meter_value>("signedMeterValue"), field<&M::unit_of_measure>("unitOfMeasure"));
  }
};

struct MeterValue {
  List<SampledValue, kMaxSampledValues> sampled_value{};
  Timestamp timestamp{};
  static constexpr auto fields() {
    using M = MeterValue;
    return list(field<&M::sampled_value>("sampledValue", {.at_least = 1}), field<&M::timestamp>("timestamp"));
  }
};

}  // namespace bulwatt::ocpp::v201
