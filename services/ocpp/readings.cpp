#include "services/ocpp/readings.hpp"

#include "libs/http/encoding.hpp"
#include "libs/ocmf/record.hpp"

namespace bulwatt::ocpp {
namespace {

using v201::MeasurandEnum;
using v201::PhaseEnum;

/// Adds values to one meter value, all in one context.
class Values {
 public:
  Values(v201::MeterValue& out, std::string_view measurands, v201::ReadingContextEnum context)
      : out_(out), measurands_(measurands), context_(context) {}

  void add(MeasurandEnum measurand, std::int64_t milli, std::string_view unit, std::optional<PhaseEnum> phase = {}) {
    if (!has_item(measurands_, enum_text(measurand))) return;
    v201::SampledValue value{
        .value = Decimal::from_milli(milli), .context = context_, .measurand = measurand, .phase = phase};
    value.location = v201::LocationEnum::outlet;
    value.unit_of_measure.emplace().unit = unit;
    static_cast<void>(out_.sampled_value.push_back(value));
  }

 private:
  v201::MeterValue& out_;
  std::string_view measurands_;
  v201::ReadingContextEnum context_;
};

static_assert(v201::kMaxMeterValues >= session::kEventSamples, "the last sample of an event is what is paid");
constexpr std::array<PhaseEnum, 3> kLines{PhaseEnum::l1, PhaseEnum::l2, PhaseEnum::l3};
constexpr std::array<PhaseEnum, 3> kToNeutral{PhaseEnum::l1_n, PhaseEnum::l2_n, PhaseEnum::l3_n};

}  // namespace

//= OCPP-2.0.1 J01.FR.17
//= OCPP-2.0.1 J02.FR.04
//= OCPP-2.0.1 J02.FR.05
//= OCPP-2.0.1 J02.FR.06
//= OCPP-2.0.1 J02.FR.07
//= OCPP-2.0.1 J02.FR.17
//= OCPP-2.0.1 J02.FR.18
v201::MeterValue meter_value(const session::Sample& sample, std::string_view measurands) {
  v201::MeterValue out{.timestamp = sample.time};
  Values values{out, measurands, same_text<v201::ReadingContextEnum>(sample.context)};
  values.add(MeasurandEnum::energy_active_import_register, sample.import_mwh, "Wh");
  values.add(MeasurandEnum::power_active_import, sample.power_mw, "W");
  for (std::size_t i = 0; i < sample.current_ma.size; ++i)
    values.add(MeasurandEnum::current_import, sample.current_ma[i], "A", kLines[i]);
  for (std::size_t i = 0; i < sample.voltage_mv.size; ++i)
    values.add(MeasurandEnum::voltage, sample.voltage_mv[i], "V", kToNeutral[i]);
  return out;
}

//= OCPP-2.0.1 J01.FR.04
//= OCPP-2.0.1 J01.FR.05
//= OCPP-2.0.1 J01.FR.06
//= OCPP-2.0.1 J01.FR.07
//= OCPP-2.0.1 J01.FR.08
//= OCPP-2.0.1 J01.FR.09
//= OCPP-2.0.1 J01.FR.10
//= OCPP-2.0.1 J01.FR.11
v201::MeterValue meter_value(const meter::Reading& reading, std::string_view measurands,
                             v201::ReadingContextEnum context, Timestamp time) {
  v201::MeterValue out{.timestamp = time};
  Values values{out, measurands, context};
  values.add(MeasurandEnum::energy_active_import_register, reading.import_mwh, "Wh");
  values.add(MeasurandEnum::power_active_import, reading.power_mw, "W");
  for (std::size_t i = 0; i < reading.lines.size; ++i)
    values.add(MeasurandEnum::current_import, reading.lines[i].current_ma, "A", kLines[i]);
  for (std::size_t i = 0; i < reading.lines.size; ++i)
    values.add(MeasurandEnum::voltage, reading.lines[i].voltage_mv, "V", kToNeutral[i]);
  return out;
}

namespace {

constexpr std::string_view kEncoding = "OCMF";

template <std::size_t N>
bool put_base64(Text<N>& out, std::string_view text) {
  const auto written = http::base64_encode(std::as_bytes(std::span{text}), out.data);
  if (!written) return false;
  out.size = static_cast<std::uint16_t>(written->size());
  return true;
}

}  // namespace

Text<200> public_key_text(std::span<const std::byte> key) { return std::string_view{ocmf::key_text(key)}; }

std::expected<v201::SignedMeterValue, Unsigned> signed_value(std::span<const std::byte> payload,
                                                             std::span<const std::byte> signature,
                                                             std::string_view key) {
  const std::string_view text{reinterpret_cast<const char*>(payload.data()), payload.size()};
  v201::SignedMeterValue out{};
  if (!put_base64(out.signed_meter_data, ocmf::write_record(text, ocmf::Algorithm::ecdsa_p256, signature)))
    return std::unexpected(Unsigned::data_too_long);
  if (!put_base64(out.public_key, key)) return std::unexpected(Unsigned::key_too_long);
  out.signing_method = enum_text(ocmf::Algorithm::ecdsa_p256);
  out.encoding_method = kEncoding;
  return out;
}

void attach(v201::TransactionEventRequest& request, session::SampleContext context,
            const v201::SignedMeterValue& value) {
  if (!request.meter_value) return;
  const auto where = same_text<v201::ReadingContextEnum>(context);
  for (auto& meter_value : *request.meter_value) {
    for (auto& sampled : meter_value.sampled_value) {
      if (sampled.context == where && sampled.measurand == MeasurandEnum::energy_active_import_register)
        sampled.signed_meter_value = value;
    }
  }
}

namespace {

Var measurands_for(session::EventType type, session::SampleContext context) {
  const bool clock = context == session::SampleContext::sample_clock;
  switch (type) {
    case session::EventType::started: return Var::tx_started_measurands;
    case session::EventType::updated: return clock ? Var::aligned_measurands : Var::tx_updated_measurands;
    case session::EventType::ended: break;
  }
  return clock ? Var::aligned_ended_measurands : Var::tx_ended_measurands;
}

}  // namespace

//= OCPP-2.0.1 E04.FR.03
//= OCPP-2.0.1 E04.FR.04
//= OCPP-2.0.1 F02.FR.01
void fill(v201::TransactionEventRequest& request, const session::TransactionEvent& event, const Model& model) {
  request = {};
  request.event_type = same_text<v201::TransactionEventEnum>(event.type);
  request.timestamp = event.time;
  request.trigger_reason = same_text<v201::TriggerReasonEnum>(event.trigger);
  request.seq_no = static_cast<std::int32_t>(event.seq_no);
  auto& info = request.transaction_info;
  info.transaction_id = event.transaction;
  info.charging_state = same_text<v201::ChargingStateEnum>(event.charging_state);
  if (event.stopped) info.stopped_reason = same_text<v201::ReasonEnum>(*event.stopped);
  info.remote_start_id = event.remote_start_id;
  if (event.offline) request.offline = true;
  request.reservation_id = event.reservation_id;
  //= OCPP-2.0.1 E02.FR.18
  //= OCPP-2.0.1 E02.FR.19
  request.number_of_phases_used = event.phases;
  if (event.cable_ma) request.cable_max_current = static_cast<std::int32_t>(*event.cable_ma / 1000);
  request.evse = v201::EVSE{event.evse, {}};
  if (event.connector != 0) request.evse->connector_id = event.connector;
  if (event.token)
    request.id_token = v201::IdToken{event.token->id, same_text<v201::IdTokenEnum>(event.token->type), {}};
  //= OCPP-2.0.1 E02.FR.09
  //= OCPP-2.0.1 E02.FR.10
  for (const auto& sample : event.samples) {
    const auto value = meter_value(sample, model.text(measurands_for(event.type, sample.context)));
    if (value.sampled_value.empty()) continue;
    if (!request.meter_value) request.meter_value.emplace();
    static_cast<void>(request.meter_value->push_back(value));
  }
}

}  // namespace bulwatt::ocpp
