// ISO 15118-2 as a car speaks it; paid by other means than a contract.
#include "peers/evcc/conversation.hpp"
#include "protocols/iso15118_2/codec.hpp"
#include "protocols/iso15118_2/message.hpp"
#include "protocols/secc/physical.hpp"

namespace bulwatt::evcc {
namespace {

using iso2::UnitSymbol;
iso2::PhysicalValue physical(std::int64_t milli, UnitSymbol unit) {
  return secc::physical_of<iso2::PhysicalValue>(milli, unit);
}

iso2::DcEvStatus status_of(const Wish& wish) {
  return {.ev_ready = true, .ev_ress_soc = static_cast<std::int8_t>(wish.soc_percent)};
}

void put_parameters(const Wish& wish, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::ChargeParameterDiscoveryReq>();
  using enum iso2::EnergyTransferMode;
  req.requested_energy_transfer_mode = wish.dc            ? dc_extended
                                       : wish.phases == 3 ? ac_three_phase_core
                                                          : ac_single_phase_core;
  if (!wish.dc) {
    auto& ac = req.ev_charge_parameter.emplace<iso2::AcEvChargeParameter>();
    ac.departure_time = wish.departure_s;
    ac.e_amount = physical(wish.wanted_mwh, UnitSymbol::watt_hour);
    ac.ev_max_voltage = physical(400'000, UnitSymbol::volt);
    ac.ev_max_current = physical(wish.max_ma, UnitSymbol::ampere);
    ac.ev_min_current = physical(6'000, UnitSymbol::ampere);
    return;
  }
  auto& dc = req.ev_charge_parameter.emplace<iso2::DcEvChargeParameter>();
  dc.dc_ev_status = status_of(wish);
  dc.ev_maximum_current_limit = physical(wish.max_ma, UnitSymbol::ampere);
  dc.ev_maximum_voltage_limit = physical(wish.battery_mv + 50'000, UnitSymbol::volt);
  dc.ev_energy_capacity = physical(wish.capacity_mwh, UnitSymbol::watt_hour);
  dc.ev_energy_request = physical(wish.wanted_mwh, UnitSymbol::watt_hour);
  dc.departure_time = wish.departure_s;
}

void put_payment(iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::PaymentServiceSelectionReq>();
  req.selected_payment_option = iso2::PaymentOption::external_payment;
  static_cast<void>(req.selected_service_list.selected_service.push_back({.service_id = 1}));
}

void put_power(const Wish& wish, bool on, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::PowerDeliveryReq>();
  req.charge_progress = on ? iso2::ChargeProgress::start : iso2::ChargeProgress::stop;
  req.sa_schedule_tuple_id = 1;
  if (!wish.dc) return;
  auto& dc = req.ev_power_delivery_parameter.emplace();
  dc.dc_ev_status = status_of(wish);
  dc.charging_complete = !on;
}

void put_loop(const Wish& wish, std::int64_t target_ma, iso2::AnyBody& body) {
  if (!wish.dc) {
    body.emplace<iso2::ChargingStatusReq>();
    return;
  }
  auto& req = body.emplace<iso2::CurrentDemandReq>();
  req.dc_ev_status = status_of(wish);
  req.ev_target_current = physical(target_ma, UnitSymbol::ampere);
  req.ev_target_voltage = physical(wish.battery_mv, UnitSymbol::volt);
}

void put_precharge(const Wish& wish, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::PreChargeReq>();
  req.dc_ev_status = status_of(wish);
  req.ev_target_voltage = physical(wish.battery_mv, UnitSymbol::volt);
  req.ev_target_current = physical(1'000, UnitSymbol::ampere);
}

void put_stop(const Wish& wish, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::SessionStopReq>();
  req.charging_session = wish.pause ? iso2::ChargingSession::pause : iso2::ChargingSession::terminate;
}

void put(Step step, const Wish& wish, std::int64_t target_ma, iso2::AnyBody& body) {
  switch (step) {
    case Step::setup: body.emplace<iso2::SessionSetupReq>().evcc_id = Octets<6>{wish.evcc_id}; return;
    case Step::discovery: body.emplace<iso2::ServiceDiscoveryReq>(); return;
    case Step::payment: return put_payment(body);
    case Step::authorization: body.emplace<iso2::AuthorizationReq>(); return;
    case Step::parameters: return put_parameters(wish, body);
    case Step::cable_check: body.emplace<iso2::CableCheckReq>().dc_ev_status = status_of(wish); return;
    case Step::precharge: return put_precharge(wish, body);
    case Step::power_on: return put_power(wish, true, body);
    case Step::charging: return put_loop(wish, target_ma, body);
    case Step::power_off: return put_power(wish, false, body);
    case Step::welding: body.emplace<iso2::WeldingDetectionReq>().dc_ev_status = status_of(wish); return;
    default: return put_stop(wish, body);
  }
}

void read(const iso2::AcEvseStatus& status, Answer& out) {
  out.stop = status.evse_notification == iso2::EvseNotification::stop_charging;
}
void read(const iso2::DcEvseStatus& status, Answer& out) {
  out.stop = status.evse_notification == iso2::EvseNotification::stop_charging ||
             status.evse_status_code == iso2::DcEvseStatusCode::evse_shutdown;
}

/// The name of a step's response up to "Res".
std::string_view wanted(Step step) {
  switch (step) {
    case Step::charging: return "C";  // ChargingStatusRes or CurrentDemandRes
    case Step::power_off: return "PowerDelivery";
    default: break;
  }
  const auto name = name_of(step, true);
  return name.substr(0, name.size() - 3);
}

struct Reader {
  Answer& out;
  std::string_view wanted;  ///< beginning of the response's name
  template <class Res>
  bool operator()(const Res& res) const {
    if constexpr (requires { res.response_code; }) {
      if (!Res::kElement.starts_with(wanted)) return false;
      out.code = enum_text(res.response_code);
      out.failed = res.response_code >= iso2::ResponseCode::failed;
      if constexpr (requires { res.evse_processing; })
        out.ongoing = res.evse_processing != iso2::EvseProcessing::finished;
      if constexpr (requires { res.ac_evse_status; }) read(res.ac_evse_status, out);
      if constexpr (requires { res.dc_evse_status; }) read(res.dc_evse_status, out);
      if constexpr (requires { res.evse_present_voltage; })
        out.present_mv = secc::milli_of(res.evse_present_voltage, UnitSymbol::volt);
      if constexpr (requires { res.evse_present_current; })
        out.present_ma = secc::milli_of(res.evse_present_current, UnitSymbol::ampere);
      if constexpr (requires { res.evse_max_current; }) {
        if (res.evse_max_current) out.limit_ma = secc::milli_of(*res.evse_max_current, UnitSymbol::ampere);
      }
      if constexpr (std::is_same_v<Res, iso2::ChargeParameterDiscoveryRes>) {
        if (const auto* ac = std::get_if<iso2::AcEvseChargeParameter>(&res.evse_charge_parameter))
          out.limit_ma = secc::milli_of(ac->evse_max_current, UnitSymbol::ampere);
      }
      return true;
    } else {
      return false;
    }
  }
};

class Iso2 final : public Speech {
 public:
  Bytes request(Step step, const Wish& wish, const Octets<8>& session, std::int64_t target_ma) override {
    message_->header = {};
    message_->header.session_id = session;
    put(step, wish, target_ma, message_->body.message.emplace());
    Bytes out(8192);
    const auto size = encode(*message_, out);
    out.resize(size.value_or(0));
    return out;
  }
  std::optional<Answer> response(Step step, std::span<const std::byte> exi) override {
    if (!iso2::decode(exi, *message_) || !message_->body.message) return std::nullopt;
    Answer out{};
    out.session = message_->header.session_id;
    if (!std::visit(Reader{out, wanted(step)}, *message_->body.message)) return std::nullopt;
    return out;
  }

 private:
  std::unique_ptr<iso2::Message> message_ = std::make_unique<iso2::Message>();
};

}  // namespace

std::unique_ptr<Speech> speak_iso2() { return std::make_unique<Iso2>(); }

}  // namespace bulwatt::evcc
