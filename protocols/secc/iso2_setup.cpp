// ISO 15118-2 up to authorization.
#include "protocols/secc/iso2.hpp"
#include "protocols/secc/iso2_blank.hpp"

namespace bulwatt::secc {

Iso2::Code Iso2::on(const iso2::SessionSetupReq& req, const Now& now, iso2::SessionSetupRes& res) {
  course_.demand.car.evcc_id = Octets<8>{req.evcc_id.view()};
  const auto begun = iso15118::begin_session(course_.id, course_.demand.car.evcc_id, paused_, config_.random);
  course_.id = begun.id;
  course_.stage = Stage::set_up;
  course_.setup.stop();
  res.evse_time_stamp = now.station.time.unix_ms / 1000;
  return begun.joined ? Code::ok_old_session_joined : Code::ok_new_session_established;
}

Iso2::Code Iso2::on(const iso2::ServiceDiscoveryReq&, const Now&, iso2::ServiceDiscoveryRes&) {
  course_.stage = Stage::discovered;
  return Code::ok;
}

Iso2::Code Iso2::on(const iso2::ServiceDetailReq& req, const Now&, iso2::ServiceDetailRes& res) {
  res.service_id = req.service_id;
  return req.service_id == kChargeService ? Code::ok : Code::failed_service_id_invalid;
}

Iso2::Code Iso2::on(const iso2::PaymentServiceSelectionReq& req, const Now&, iso2::PaymentServiceSelectionRes&) {
  const bool contract = req.selected_payment_option == iso2::PaymentOption::contract;
  //= ISO15118-2 V2G2-633
  if (contract && !course_.contracts) return Code::failed_payment_selection_invalid;
  bool charges = false;
  for (const auto& service : req.selected_service_list.selected_service) {
    if (service.service_id != kChargeService) return Code::failed_service_selection_invalid;
    charges = true;
  }
  if (!charges) return Code::failed_no_charge_service_selected;
  course_.stage = contract ? Stage::selected_contract : Stage::selected_external;
  course_.demand.authorization = !contract;  // a contract first has to be proved
  return Code::ok;
}

Iso2::Code Iso2::on(const iso2::AuthorizationReq& req, const Now& now, iso2::AuthorizationRes& res) {
  using enum iso2::EvseProcessing;
  res.evse_processing = finished;
  if (course_.contract && !course_.proved) {
    if (const auto code = prove(req); code != Code::ok) return code;
  }
  if (now.station.authorization == Authorization::refused) return Code::failed;
  if (now.station.authorization == Authorization::granted) {
    course_.ongoing.stop();
    course_.demand.authorization = false;
    course_.stage = Stage::authorized;
    return Code::ok;
  }
  course_.stage = Stage::authorizing;
  //= ISO15118-2 V2G2-845
  //= ISO15118-2 V2G2-854
  if (now.station.waits_for_person) {
    course_.ongoing.stop();
    res.evse_processing = ongoing_waiting_for_customer_interaction;
    return Code::ok;
  }
  course_.ongoing.start_once(now.time, config_.timers.ongoing_ms);
  if (course_.ongoing.passed(now.time)) return Code::failed;
  res.evse_processing = ongoing;
  return Code::ok;
}

}  // namespace bulwatt::secc
