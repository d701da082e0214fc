#include "protocols/secc/din.hpp"

#include "protocols/secc/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::secc;
using namespace bulwatt::secc::testing;

namespace {
using Car = World<Din, din::Message>;
using din::UnitSymbol;
din::PhysicalValue value(int v, std::optional<UnitSymbol> unit) { return {0, unit, static_cast<std::int16_t>(v)}; }
din::ServicePaymentSelectionReq selection(din::PaymentOption option = din::PaymentOption::external_payment) {
  din::ServicePaymentSelectionReq req{.selected_payment_option = option};
  req.selected_service_list.selected_service.size = 1;
  req.selected_service_list.selected_service[0].service_id = 1;
  return req;
}
din::ChargeParameterDiscoveryReq parameters() {
  return {.ev_requested_energy_transfer_type = din::EvRequestedEnergyTransfer::dc_extended,
          .ev_charge_parameter = din::DcEvChargeParameter{.dc_ev_status = {.ev_ready = true, .ev_ress_soc = 17},
                                                          .ev_maximum_current_limit = value(120, UnitSymbol::ampere),
                                                          .ev_maximum_voltage_limit = value(410, UnitSymbol::volt)}};
}
void to_authorized(Car& car) {
  car.config.timers = iso15118::kDinTimers;
  car.connect();
  REQUIRE(car.send(din::SessionSetupReq{}) == Verdict::answer);
  REQUIRE(car.send(din::ServiceDiscoveryReq{}) == Verdict::answer);
  REQUIRE(car.send(selection()) == Verdict::answer);
  REQUIRE(car.send(din::ContractAuthenticationReq{}) == Verdict::answer);
  REQUIRE(car.got<din::ContractAuthenticationRes>().evse_processing == din::EvseProcessing::ongoing);
  car.station.authorization = Authorization::granted;
  REQUIRE(car.send(din::ContractAuthenticationReq{}) == Verdict::answer);
  REQUIRE(car.got<din::ContractAuthenticationRes>().evse_processing == din::EvseProcessing::finished);
}
void to_charging(Car& car) {
  to_authorized(car);
  REQUIRE(car.send(parameters()) == Verdict::answer);
  car.station.pilot = Pilot::c2;
  REQUIRE(car.send(din::CableCheckReq{}) == Verdict::answer);
  car.station.isolation = Isolation::valid;
  REQUIRE(car.send(din::CableCheckReq{}) == Verdict::answer);
  REQUIRE(car.got<din::CableCheckRes>().evse_processing == din::EvseProcessing::finished);
  car.station.present_mv = 390'000;
  REQUIRE(car.send(din::PreChargeReq{.ev_target_voltage = value(400, UnitSymbol::volt),
                                     .ev_target_current = value(1, UnitSymbol::ampere)}) == Verdict::answer);
  car.station.contactor_closed = true;
  REQUIRE(car.send(din::PowerDeliveryReq{.ready_to_charge_state = true}) == Verdict::answer);
  REQUIRE(car.secc->stage() == Stage::charging_dc);
}
}  // namespace

TEST_CASE("DIN: a charge from the first request to the last") {
  Car car{dc_station()};
  to_charging(car);
  CHECK(car.secc->demand().car.soc_percent == 0);  // of the latest message
  CHECK(car.secc->demand().car.max_ma == 120'000);
  const din::CurrentDemandReq demand{.dc_ev_status = {.ev_ress_soc = 18},
                                     .ev_target_current = value(100, UnitSymbol::ampere),
                                     .ev_target_voltage = value(400, UnitSymbol::volt)};
  CHECK(car.send(demand) == Verdict::answer);
  CHECK(car.supply() == Supply::close);
  CHECK(car.secc->demand().target_ma == 100'000);
  CHECK(car.secc->demand().car.soc_percent == 18);
  CHECK(car.send(din::PowerDeliveryReq{}) == Verdict::answer);
  CHECK(car.supply() == Supply::off);
  CHECK(car.send(din::WeldingDetectionReq{}) == Verdict::answer);
  CHECK(car.send(din::SessionStopReq{}) == Verdict::answer_and_close);
  CHECK(car.code() == "OK");
}

TEST_CASE("DIN: values without a unit are taken, values of another unit are not") {
  Car car{dc_station()};
  to_charging(car);
  CHECK(car.send(din::CurrentDemandReq{.ev_target_current = value(10, std::nullopt),
                                       .ev_target_voltage = value(400, std::nullopt)}) == Verdict::answer);
  CHECK(car.secc->demand().target_ma == 10'000);
  CHECK(car.send(din::CurrentDemandReq{.ev_target_current = value(10, UnitSymbol::watt),
                                       .ev_target_voltage = value(400, std::nullopt)}) == Verdict::answer_and_close);
  CHECK(car.supply() == Supply::off);
}

TEST_CASE("DIN: AC, a contract and an AC-only station are refused") {
  Car contract{dc_station()};
  contract.send(din::SessionSetupReq{});
  contract.send(din::ServiceDiscoveryReq{});
  CHECK(contract.send(selection(din::PaymentOption::contract)) == Verdict::answer_and_close);
  CHECK(contract.code() == "FAILED_PaymentSelectionInvalid");
  Car ac{dc_station()};
  to_authorized(ac);
  auto wish = parameters();
  wish.ev_requested_energy_transfer_type = din::EvRequestedEnergyTransfer::ac_three_phase_core;
  CHECK(ac.send(wish) == Verdict::answer_and_close);
  CHECK(ac.code() == "FAILED_WrongEnergyTransferType");
  Car station{ac_station()};
  station.send(din::SessionSetupReq{});
  CHECK(station.send(din::ServiceDiscoveryReq{}) == Verdict::answer_and_close);
}

//=test DIN-70121 V2G-DC-668
//=test DIN-70121 V2G-DC-962
TEST_CASE("DIN: B while supplied takes the power, A the session") {
  Car car{dc_station()};
  to_charging(car);
  car.station.pilot = Pilot::b2;
  CHECK(car.poll() == Verdict::wait);
  CHECK(car.supply() == Supply::off);
  car.station.pilot = Pilot::a;
  CHECK(car.poll() == Verdict::close);
  CHECK(car.secc->cause() == Cause::unplugged);
}

TEST_CASE("DIN: nothing is joined again, whatever id the car names") {
  Car car{dc_station()};
  car.id.data[0] = std::byte{0x77};
  const auto asked = car.id;
  CHECK(car.send(din::SessionSetupReq{}) == Verdict::answer);
  CHECK(car.code() == "OK_NewSessionEstablished");
  CHECK(car.id != asked);
}
