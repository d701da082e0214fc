// DIN SPEC 70121 as a car speaks it: direct current, paid by other means than a contract.
#include "peers/evcc/dialect.hpp"
#include "protocols/din70121/codec.hpp"
#include "protocols/din70121/message.hpp"

namespace bulwatt::evcc {
namespace {

struct Din {
  using Message = din::Message;
  using Value = din::PhysicalValue;
  using Unit = din::UnitSymbol;
  using Code = din::ResponseCode;
  using Processing = din::EvseProcessing;
  using Notification = din::EvseNotification;
  using DcStatus = din::DcEvStatus;
  using DcParameters = din::DcEvChargeParameter;
  using DcStationStatus = din::DcEvseStatus;
  using DcStationCode = din::DcEvseStatusCode;

  static void put(Step step, const Wish& wish, std::int64_t target_ma, din::AnyBody& body);
  static std::string_view wanted(Step step);
  static void read(const auto&, Answer&) {}
};

void put_parameters(const Wish& wish, din::AnyBody& body) {
  auto& req = body.emplace<din::ChargeParameterDiscoveryReq>();
  req.ev_requested_energy_transfer_type = din::EvRequestedEnergyTransfer::dc_extended;
  fill_dc<Din>(wish, req.ev_charge_parameter.emplace<din::DcEvChargeParameter>());
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
  dc.dc_ev_status = dc_status<Din>(wish);
  dc.charging_complete = !on;
}

void Din::put(Step step, const Wish& wish, std::int64_t target_ma, din::AnyBody& body) {
  switch (step) {
    case Step::setup: body.emplace<din::SessionSetupReq>().evcc_id = Octets<8>{wish.evcc_id}; return;
    case Step::discovery: body.emplace<din::ServiceDiscoveryReq>(); return;
    case Step::payment: return put_payment(body);
    case Step::authorization: body.emplace<din::ContractAuthenticationReq>(); return;
    case Step::parameters: return put_parameters(wish, body);
    case Step::cable_check: body.emplace<din::CableCheckReq>().dc_ev_status = dc_status<Din>(wish); return;
    case Step::precharge: return fill_target<Din>(wish, 0, kPrechargeMa, body.emplace<din::PreChargeReq>());
    case Step::power_on: return put_power(wish, true, body);
    case Step::charging: return fill_target<Din>(wish, kChargeMv, target_ma, body.emplace<din::CurrentDemandReq>());
    case Step::power_off: return put_power(wish, false, body);
    case Step::welding: body.emplace<din::WeldingDetectionReq>().dc_ev_status = dc_status<Din>(wish); return;
    default: body.emplace<din::SessionStopReq>(); return;  // there is no pause
  }
}

std::string_view Din::wanted(Step step) {
  switch (step) {
    case Step::charging: return "CurrentDemand";
    case Step::power_off: return "PowerDelivery";
    case Step::payment: return "ServicePaymentSelection";
    case Step::authorization: return "ContractAuthentication";
    default: break;
  }
  const auto name = name_of(step, true);
  return name.substr(0, name.size() - 3);
}

}  // namespace

std::unique_ptr<Speech> speak_din() { return std::make_unique<Dialect<Din>>(); }

}  // namespace bulwatt::evcc
