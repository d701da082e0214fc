// ISO 15118-2 as a car speaks it.
#include "peers/evcc/dialect.hpp"
#include "protocols/iso15118_2/codec.hpp"
#include "protocols/iso15118_2/message.hpp"

namespace bulwatt::evcc {
namespace {

struct Iso2 {
  using Message = iso2::Message;
  using Value = iso2::PhysicalValue;
  using Unit = iso2::UnitSymbol;
  using Code = iso2::ResponseCode;
  using Processing = iso2::EvseProcessing;
  using Notification = iso2::EvseNotification;
  using DcStatus = iso2::DcEvStatus;
  using DcParameters = iso2::DcEvChargeParameter;
  using DcStationStatus = iso2::DcEvseStatus;
  using DcStationCode = iso2::DcEvseStatusCode;

  static void put(Step step, const Wish& wish, std::int64_t target_ma, iso2::AnyBody& body);
  static void sign(const Wish& wish, iso2::Message& message);
  static std::string_view wanted(Step step);
  template <class Response>
  static void read(const Response& response, Answer& out);
};
using Unit = iso2::UnitSymbol;

void put_parameters(const Wish& wish, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::ChargeParameterDiscoveryReq>();
  using enum iso2::EnergyTransferMode;
  req.requested_energy_transfer_mode = wish.dc            ? dc_extended
                                       : wish.phases == 3 ? ac_three_phase_core
                                                          : ac_single_phase_core;
  if (!wish.dc) {
    auto& ac = req.ev_charge_parameter.emplace<iso2::AcEvChargeParameter>();
    ac.departure_time = wish.departure_s;
    ac.e_amount = physical<Iso2>(wish.wanted_mwh, Unit::watt_hour);
    ac.ev_max_voltage = physical<Iso2>(400'000, Unit::volt);
    ac.ev_max_current = physical<Iso2>(wish.max_ma, Unit::ampere);
    ac.ev_min_current = physical<Iso2>(6'000, Unit::ampere);
    return;
  }
  auto& dc = req.ev_charge_parameter.emplace<iso2::DcEvChargeParameter>();
  fill_dc<Iso2>(wish, dc);
  dc.departure_time = wish.departure_s;
}

void put_payment(const Wish& wish, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::PaymentServiceSelectionReq>();
  req.selected_payment_option = wish.contract ? iso2::PaymentOption::contract : iso2::PaymentOption::external_payment;
  static_cast<void>(req.selected_service_list.selected_service.push_back({.service_id = 1}));
}

void put_details(const Wish& wish, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::PaymentDetailsReq>();
  const auto& contract = *wish.contract;
  req.emaid = contract::canonical(wish.spoil == Mischief::other_emaid ? "DE8AAOTHER00017" : contract.emaid);
  auto& chain = req.contract_signature_cert_chain;
  chain.id = "id1";
  chain.certificate = Octets<800>{std::span<const std::byte>{contract.chain.front()}};
  if (wish.spoil == Mischief::no_chain) return;
  for (std::size_t i = 1; i < contract.chain.size(); ++i) {
    if (!chain.sub_certificates) chain.sub_certificates.emplace();
    static_cast<void>(
        chain.sub_certificates->certificate.push_back(Octets<800>{std::span<const std::byte>{contract.chain[i]}}));
  }
}

void put_authorization(const Wish& wish, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::AuthorizationReq>();
  if (!wish.contract) return;
  req.id = "id1";
  req.gen_challenge = wish.challenge;
  if (wish.spoil == Mischief::other_challenge) req.gen_challenge->data[3] ^= std::byte{1};
}

void put_receipt(const Wish& wish, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::MeteringReceiptReq>();
  req.id = "id1";
  req.sa_schedule_tuple_id = 1;
  req.meter_info = wish.reading.value_or(iso2::MeterInfo{});
  if (wish.spoil == Mischief::other_reading) req.meter_info.meter_reading = 1;
}

/// What ISO 15118-2 wants signed of a car with a contract.
void Iso2::sign(const Wish& wish, iso2::Message& message) {
  message.header.signature.reset();
  auto* receipt = std::get_if<iso2::MeteringReceiptReq>(&*message.body.message);
  if (receipt != nullptr) receipt->session_id = message.header.session_id;
  const auto* authorization = std::get_if<iso2::AuthorizationReq>(&*message.body.message);
  if (!wish.contract || (receipt == nullptr && authorization == nullptr) || wish.spoil == Mischief::unsigned_) return;
  std::array<std::byte, 512> fragment{};
  const auto size = receipt != nullptr ? exi::encode_fragment(iso2::grammar(), *receipt, fragment)
                                       : exi::encode_fragment(iso2::grammar(), *authorization, fragment);
  if (!size) return;
  message.header.signature = contract::sign("id1", std::span{fragment}.first(*size), wish.contract->key.get());
  if (wish.spoil == Mischief::forged) message.header.signature->signature_value.value.data[40] ^= std::byte{1};
}

void put_power(const Wish& wish, bool on, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::PowerDeliveryReq>();
  req.charge_progress = on ? iso2::ChargeProgress::start : iso2::ChargeProgress::stop;
  req.sa_schedule_tuple_id = 1;
  if (!wish.dc) return;
  auto& dc = req.ev_power_delivery_parameter.emplace();
  dc.dc_ev_status = dc_status<Iso2>(wish);
  dc.charging_complete = !on;
}

void put_loop(const Wish& wish, std::int64_t target_ma, iso2::AnyBody& body) {
  if (wish.dc) fill_target<Iso2>(wish, kChargeMv, target_ma, body.emplace<iso2::CurrentDemandReq>());
  else body.emplace<iso2::ChargingStatusReq>();
}

void put_stop(const Wish& wish, iso2::AnyBody& body) {
  auto& req = body.emplace<iso2::SessionStopReq>();
  req.charging_session = wish.pause ? iso2::ChargingSession::pause : iso2::ChargingSession::terminate;
}

void Iso2::put(Step step, const Wish& wish, std::int64_t target_ma, iso2::AnyBody& body) {
  switch (step) {
    case Step::setup: body.emplace<iso2::SessionSetupReq>().evcc_id = Octets<6>{wish.evcc_id}; return;
    case Step::discovery: body.emplace<iso2::ServiceDiscoveryReq>(); return;
    case Step::payment: return put_payment(wish, body);
    case Step::details: return put_details(wish, body);
    case Step::authorization: return put_authorization(wish, body);
    case Step::receipt: return put_receipt(wish, body);
    case Step::parameters: return put_parameters(wish, body);
    case Step::cable_check: body.emplace<iso2::CableCheckReq>().dc_ev_status = dc_status<Iso2>(wish); return;
    case Step::precharge: return fill_target<Iso2>(wish, 0, kPrechargeMa, body.emplace<iso2::PreChargeReq>());
    case Step::power_on: return put_power(wish, true, body);
    case Step::charging: return put_loop(wish, target_ma, body);
    case Step::power_off: return put_power(wish, false, body);
    case Step::welding: body.emplace<iso2::WeldingDetectionReq>().dc_ev_status = dc_status<Iso2>(wish); return;
    default: return put_stop(wish, body);
  }
}

std::string_view Iso2::wanted(Step step) {
  switch (step) {
    case Step::charging: return "C";  // ChargingStatusRes or CurrentDemandRes
    case Step::power_off: return "PowerDelivery";
    default: break;
  }
  const auto name = name_of(step, true);
  return name.substr(0, name.size() - 3);
}

template <class Response>
void Iso2::read(const Response& response, Answer& out) {
  if constexpr (requires { response.gen_challenge; }) out.challenge = response.gen_challenge;
  if constexpr (requires { response.receipt_required; }) {
    out.receipt = response.receipt_required.value_or(false);
    out.reading = response.meter_info;
  }
  if constexpr (requires { response.ac_evse_status; })
    out.stop = response.ac_evse_status.evse_notification == iso2::EvseNotification::stop_charging;
  if constexpr (requires { response.evse_max_current; }) {
    if (response.evse_max_current) out.limit_ma = secc::milli_of(*response.evse_max_current, Unit::ampere);
  }
  if constexpr (std::is_same_v<Response, iso2::ChargeParameterDiscoveryRes>) {
    if (const auto* ac = std::get_if<iso2::AcEvseChargeParameter>(&response.evse_charge_parameter))
      out.limit_ma = secc::milli_of(ac->evse_max_current, Unit::ampere);
  }
}

}  // namespace

std::unique_ptr<Speech> speak_iso2() { return std::make_unique<Dialect<Iso2>>(); }

}  // namespace bulwatt::evcc
