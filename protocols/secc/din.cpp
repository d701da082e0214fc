#include "protocols/secc/din.hpp"

#include "protocols/secc/dc.hpp"
#include "protocols/secc/machine_steps.hpp"
#include "protocols/secc/start.hpp"

namespace bulwatt::secc {

namespace {
constexpr std::uint16_t kChargeService = 1;
constexpr std::int16_t kSchedule = 1;
constexpr std::uint32_t kDay = 86'400;
constexpr std::int64_t kMilli = 1000;

din::DcEvseStatus status_of(const Station& station, din::DcEvseStatusCode code) {
  return dc::status_of<din::DcEvseStatus>(station, code);
}

// The specification gives a power 16 bits of watts; what is more than that is cut.
std::int16_t watts_of(std::int64_t milliwatts) {
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(milliwatts / kMilli, 0, 32'767));
}

din::SaScheduleList one_schedule(std::int64_t max_mw) {
  din::SaScheduleList list;
  list.sa_schedule_tuple.size = 1;
  auto& tuple = list.sa_schedule_tuple[0];
  tuple.sa_schedule_tuple_id = kSchedule;
  tuple.p_max_schedule.p_max_schedule_id = kSchedule;
  tuple.p_max_schedule.p_max_schedule_entry.size = 1;
  tuple.p_max_schedule.p_max_schedule_entry[0] = {.time_interval = {.start = 0, .duration = kDay},
                                                  .p_max = watts_of(max_mw)};
  return list;
}
}  // namespace

// Valid values of every mandatory field.
template <class Res>
void Din::blank(Res& res, const Course&, const Station& station) {
  if constexpr (requires { res.evse_id; }) {
    res.evse_id = station.evse_id_din;
    if (res.evse_id.empty()) res.evse_id.size = 1;  // a single zero says that there is none
  }
  if constexpr (requires { res.dc_evse_status; })
    res.dc_evse_status = status_of(station, din::DcEvseStatusCode::evse_not_ready);
  if constexpr (requires { res.payment_options; }) {
    static_cast<void>(res.payment_options.payment_option.push_back(din::PaymentOption::external_payment));
    res.charge_service.service_tag.service_id = kChargeService;
    res.charge_service.free_service = station.free_of_charge;
    res.charge_service.energy_transfer_type = din::EvseSupportedEnergyTransfer::dc_extended;
  }
  if constexpr (requires { res.sa_schedules; }) {
    res.sa_schedules = one_schedule(station.dc ? station.dc->max_mw : 0);
    auto& parameter = res.evse_charge_parameter.template emplace<din::DcEvseChargeParameter>();
    if (station.dc) parameter = dc::limits_of<din::DcEvseChargeParameter>(station);
    else parameter.dc_evse_status = status_of(station, din::DcEvseStatusCode::evse_not_ready);
  }
  if constexpr (requires { res.evse_status; })
    res.evse_status = status_of(station, din::DcEvseStatusCode::evse_not_ready);
}

Din::Code Din::on(const din::SessionSetupReq& req, const Now& now, din::SessionSetupRes& res) {
  course_.demand.car.evcc_id = req.evcc_id;
  course_.dc = true;
  // There is no pause here: every session is a new one.
  course_.id = iso15118::make_session_id(config_.random, course_.id);
  course_.stage = Stage::set_up;
  course_.setup.stop();
  res.date_time_now = now.station.time.unix_ms / kMilli;
  return Code::ok_new_session_established;
}

Din::Code Din::on(const din::ServiceDiscoveryReq&, const Now& now, din::ServiceDiscoveryRes&) {
  if (!now.station.dc) return Code::failed;
  course_.stage = Stage::discovered;
  return Code::ok;
}

Din::Code Din::on(const din::ServicePaymentSelectionReq& req, const Now&, din::ServicePaymentSelectionRes&) {
  if (req.selected_payment_option != din::PaymentOption::external_payment)
    return Code::failed_payment_selection_invalid;
  if (req.selected_service_list.selected_service.empty()) return Code::failed_service_selection_invalid;
  for (const auto& service : req.selected_service_list.selected_service) {
    if (service.service_id != kChargeService) return Code::failed_service_selection_invalid;
  }
  course_.stage = Stage::selected_external;
  course_.demand.authorization = true;
  return Code::ok;
}

Din::Code Din::on(const din::ContractAuthenticationReq&, const Now& now, din::ContractAuthenticationRes& res) {
  res.evse_processing = din::EvseProcessing::finished;
  if (now.station.authorization == Authorization::refused) return Code::failed;
  if (now.station.authorization == Authorization::granted) {
    course_.ongoing.stop();
    course_.demand.authorization = false;
    course_.stage = Stage::authorized;
    return Code::ok;
  }
  course_.stage = Stage::authorizing;
  if (now.station.waits_for_person) course_.ongoing.stop();
  else course_.ongoing.start_once(now.time, config_.timers.ongoing_ms);
  if (course_.ongoing.passed(now.time)) return Code::failed;
  res.evse_processing = din::EvseProcessing::ongoing;
  return Code::ok;
}

Din::Code Din::on(const din::ChargeParameterDiscoveryReq& req, const Now& now, din::ChargeParameterDiscoveryRes& res) {
  res.evse_processing = din::EvseProcessing::finished;
  const auto wish = req.ev_requested_energy_transfer_type;
  if (!now.station.dc || wish < din::EvRequestedEnergyTransfer::dc_core) return Code::failed_wrong_energy_transfer_type;
  const auto* ev = std::get_if<din::DcEvChargeParameter>(&req.ev_charge_parameter);
  if (ev == nullptr || !dc::take_limits(course_, *ev, now.station)) return Code::failed_wrong_charge_parameter;
  course_.stage = Stage::parameters_dc;
  return Code::ok;
}

Din::Code Din::on(const din::CableCheckReq& req, const Now& now, din::CableCheckRes& res) {
  return dc::cable_check(course_, req, now.station, config_.timers, now.time, res);
}

Din::Code Din::on(const din::PreChargeReq& req, const Now& now, din::PreChargeRes& res) {
  return dc::pre_charge(course_, req, now.station, config_.timers, now.time, res);
}

Din::Code Din::on(const din::PowerDeliveryReq& req, const Now& now, din::PowerDeliveryRes&) {
  if (!req.ready_to_charge_state) {
    course_.demand.supply = Supply::off;
    course_.demand.target_ma = 0;
    course_.stage = Stage::stopped_dc;
    return Code::ok;
  }
  if (course_.stage == Stage::charging_dc) return Code::failed_sequence_error;
  if (req.charging_profile && req.charging_profile->sa_schedule_tuple_id != kSchedule)
    return Code::failed_tariff_selection_invalid;
  if (!may_start(course_, now.station)) return Code::failed_power_delivery_not_applied;
  course_.pilot.start(now.time, config_.timers.pilot_ms);
  starting_ = true;
  return Code::ok;
}

std::optional<Din::Code> Din::started(const Now& now) {
  switch (go_on(course_, now.station, config_.timers, now.time)) {
    case Start::waiting: return std::nullopt;
    case Start::done: return Code::ok;
    case Start::contactor_failed:
    case Start::refused: break;
  }
  return Code::failed_power_delivery_not_applied;
}

void Din::refresh(din::Message& response, const Station& station) {
  if (auto* res = std::get_if<din::PowerDeliveryRes>(&*response.body.message)) {
    res->evse_status = status_of(station, din::DcEvseStatusCode::evse_ready);
  }
}

Din::Code Din::on(const din::CurrentDemandReq& req, const Now& now, din::CurrentDemandRes& res) {
  return dc::current_demand(course_, req, now.station, res);
}

Din::Code Din::on(const din::WeldingDetectionReq& req, const Now& now, din::WeldingDetectionRes& res) {
  return dc::welding_detection(course_, req, now.station, res);
}

Din::Code Din::on(const din::SessionStopReq&, const Now&, din::SessionStopRes&) {
  course_.end(Cause::none);
  return Code::ok;
}

template class Machine<Din, din::Message>;

}  // namespace bulwatt::secc
