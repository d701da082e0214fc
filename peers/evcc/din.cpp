// DIN SPEC 70121 as a car speaks it: direct current, paid by other means than a contract.
#include "peers/evcc/conversation.hpp"
#include "protocols/din70121/codec.hpp"
#include "protocols/din70121/message.hpp"
#include "protocols/secc/physical.hpp"

namespace bulwatt::evcc {
namespace {

using din::UnitSymbol;
din::PhysicalValue physical(std::int64_t milli, UnitSymbol unit) {
  return secc::physical_of<din::PhysicalValue>(milli, unit);
}

din::DcEvStatus status_of(const Wish& wish) {
  return {.ev_ready = true, .ev_ress_soc = static_cast<std::int8_t>(wish.soc_percent)};
}

void put_parameters(const Wish& wish, din::AnyBody& body) {
  auto& req = body.emplace<din::ChargeParameterDiscoveryReq>();
  req.ev_requested_energy_transfer_type = din::EvRequestedEnergyTransfer::dc_extended;
  auto& dc = req.ev_charge_parameter.emplace<din::DcEvChargeParameter>();
  dc.dc_ev_status = status_of(wish);
  dc.ev_maximum_current_limit = physical(wish.max_ma, UnitSymbol::ampere);
  dc.ev_maximum_voltage_limit = physical(wish.battery_mv + 50'000, UnitSymbol::volt);
  dc.ev_energy_capacity = physical(wish.capacity_mwh, UnitSymbol::watt_hour);
  dc.ev_energy_request = physical(wish.wanted_mwh, UnitSymbol::watt_hour);
}

void put_payment(din::AnyBody& body) {
  auto& req = body.emplace<din::ServicePaymentSelectionReq>();
  req.selected_payment_option = din::PaymentOption::external_payment;
  static_cast<void>(req.selected_service_list.selected_service.push_back({.service_id = 1}));
}

void put_power(const Wish& wish, bool on, din::AnyBody& body) {
  auto& req = body.emplace<din::PowerDeliveryReq>();
  req.ready_to_charge_state = on;
  auto& dc = req.ev_power_delivery_parameter.emplace();
  dc.dc_ev_status = status_of(wish);
  dc.charging_complete = !on;
}

void put_loop(const Wish& wish, std::int64_t target_ma, din::AnyBody& body) {
  auto& req = body.emplace<din::CurrentDemandReq>();
  req.dc_ev_status = status_of(wish);
  req.ev_target_current = physical(target_ma, UnitSymbol::ampere);
  req.ev_target_voltage = physical(wish.battery_mv, UnitSymbol::volt);
}

void put_precharge(const Wish& wish, din::AnyBody& body) {
  auto& req = body.emplace<din::PreChargeReq>();
  req.dc_ev_status = status_of(wish);
  req.ev_target_voltage = physical(wish.battery_mv, UnitSymbol::volt);
  req.ev_target_current = physical(1'000, UnitSymbol::ampere);
}

void put_stop(const Wish& wish, din::AnyBody& body) {
  static_cast<void>(wish);  // there is no pause
  body.emplace<din::SessionStopReq>();
}

void put(Step step, const Wish& wish, std::int64_t target_ma, din::AnyBody& body) {
  switch (step) {
    case Step::setup: body.emplace<din::SessionSetupReq>().evcc_id = Octets<8>{wish.evcc_id}; return;
    case Step::discovery: body.emplace<din::ServiceDiscoveryReq>(); return;
    case Step::payment: return put_payment(body);
    case Step::authorization: body.emplace<din::ContractAuthenticationReq>(); return;
    case Step::parameters: return put_parameters(wish, body);
    case Step::cable_check: body.emplace<din::CableCheckReq>().dc_ev_status = status_of(wish); return;
    case Step::precharge: return put_precharge(wish, body);
    case Step::power_on: return put_power(wish, true, body);
    case Step::charging: return put_loop(wish, target_ma, body);
    case Step::power_off: return put_power(wish, false, body);
    case Step::welding: body.emplace<din::WeldingDetectionReq>().dc_ev_status = status_of(wish); return;
    default: return put_stop(wish, body);
  }
}

void read(const din::DcEvseStatus& status, Answer& out) {
  out.stop = status.evse_notification == din::EvseNotification::stop_charging ||
             status.evse_status_code == din::DcEvseStatusCode::evse_shutdown;
}

/// The name of a step's response up to "Res".
std::string_view wanted(Step step) {
  switch (step) {
    case Step::charging: return "C";  // ChargingStatusRes or CurrentDemandRes
    case Step::power_off: return "PowerDelivery";
    case Step::payment: return "ServicePaymentSelection";
    case Step::authorization: return "ContractAuthentication";
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
      out.failed = res.response_code >= din::ResponseCode::failed;
      if constexpr (requires { res.evse_processing; })
        out.ongoing = res.evse_processing != din::EvseProcessing::finished;
      if constexpr (requires { res.dc_evse_status; }) read(res.dc_evse_status, out);
      if constexpr (requires { res.evse_present_voltage; })
        out.present_mv = secc::milli_of(res.evse_present_voltage, UnitSymbol::volt);
      if constexpr (requires { res.evse_present_current; })
        out.present_ma = secc::milli_of(res.evse_present_current, UnitSymbol::ampere);
      return true;
    } else {
      return false;
    }
  }
};

class Din final : public Speech {
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
    if (!din::decode(exi, *message_) || !message_->body.message) return std::nullopt;
    Answer out{};
    out.session = message_->header.session_id;
    if (!std::visit(Reader{out, wanted(step)}, *message_->body.message)) return std::nullopt;
    return out;
  }

 private:
  std::unique_ptr<din::Message> message_ = std::make_unique<din::Message>();
};

}  // namespace

std::unique_ptr<Speech> speak_din() { return std::make_unique<Din>(); }

}  // namespace bulwatt::evcc
