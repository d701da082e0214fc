#include "protocols/secc/iso2.hpp"

#include "protocols/secc/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::secc;
using namespace bulwatt::secc::testing;
using iso2::ChargeProgress;
using iso2::EnergyTransferMode;
using iso2::PhysicalValue;
using iso2::UnitSymbol;

namespace {
using Car = World<Iso2, iso2::Message>;
PhysicalValue value(int v, UnitSymbol unit, int multiplier = 0) {
  return {static_cast<std::int8_t>(multiplier), unit, static_cast<std::int16_t>(v)};
}
iso2::SessionSetupReq setup(int car = 1) {
  iso2::SessionSetupReq req;
  req.evcc_id.size = 6;
  req.evcc_id.data[5] = static_cast<std::byte>(car);
  return req;
}
iso2::PaymentServiceSelectionReq selection(iso2::PaymentOption option = iso2::PaymentOption::external_payment,
                                           std::uint16_t service = 1) {
  iso2::PaymentServiceSelectionReq req{.selected_payment_option = option};
  req.selected_service_list.selected_service.size = 1;
  req.selected_service_list.selected_service[0].service_id = service;
  return req;
}
iso2::ChargeParameterDiscoveryReq ac_parameters(EnergyTransferMode mode = EnergyTransferMode::ac_three_phase_core) {
  return {.requested_energy_transfer_mode = mode,
          .ev_charge_parameter = iso2::AcEvChargeParameter{.e_amount = value(20, UnitSymbol::watt_hour, 3),
                                                           .ev_max_voltage = value(400, UnitSymbol::volt),
                                                           .ev_max_current = value(32, UnitSymbol::ampere),
                                                           .ev_min_current = value(6, UnitSymbol::ampere)}};
}
iso2::ChargeParameterDiscoveryReq dc_parameters() {
  return {.requested_energy_transfer_mode = EnergyTransferMode::dc_extended,
          .ev_charge_parameter = iso2::DcEvChargeParameter{.dc_ev_status = {.ev_ready = true, .ev_ress_soc = 42},
                                                           .ev_maximum_current_limit = value(300, UnitSymbol::ampere),
                                                           .ev_maximum_voltage_limit = value(450, UnitSymbol::volt)}};
}
iso2::PowerDeliveryReq power(ChargeProgress progress, std::uint8_t tuple = 1) {
  return {.charge_progress = progress, .sa_schedule_tuple_id = tuple};
}
iso2::PreChargeReq precharge(int volts) {
  return {.ev_target_voltage = value(volts, UnitSymbol::volt), .ev_target_current = value(1, UnitSymbol::ampere)};
}
iso2::CurrentDemandReq demand(int volts, int amperes) {
  return {.ev_target_current = value(amperes, UnitSymbol::ampere), .ev_target_voltage = value(volts, UnitSymbol::volt)};
}
// Ways to the stages.
void to_selected(Car& car) {
  REQUIRE(car.send(setup()) == Verdict::answer);
  REQUIRE(car.send(iso2::ServiceDiscoveryReq{}) == Verdict::answer);
  REQUIRE(car.send(selection()) == Verdict::answer);
}
void to_authorized(Car& car) {
  to_selected(car);
  car.station.authorization = Authorization::granted;
  REQUIRE(car.send(iso2::AuthorizationReq{}) == Verdict::answer);
  REQUIRE(car.secc->stage() == Stage::authorized);
}
void to_ac_charging(Car& car) {
  to_authorized(car);
  REQUIRE(car.send(ac_parameters()) == Verdict::answer);
  car.station.pilot = Pilot::c2;
  REQUIRE(car.send(power(ChargeProgress::start)) == Verdict::wait);
  car.station.contactor_closed = true;
  REQUIRE(car.poll() == Verdict::answer);
  REQUIRE(car.secc->stage() == Stage::charging_ac);
}
void to_precharged(Car& car) {
  to_authorized(car);
  REQUIRE(car.send(dc_parameters()) == Verdict::answer);
  car.station.pilot = Pilot::c2;
  REQUIRE(car.send(iso2::CableCheckReq{}) == Verdict::answer);
  REQUIRE(car.supply() == Supply::isolate);
  car.station.isolation = Isolation::valid;
  REQUIRE(car.send(iso2::CableCheckReq{}) == Verdict::answer);
  REQUIRE(car.secc->stage() == Stage::cable_checked);
  REQUIRE(car.send(precharge(400)) == Verdict::answer);
  car.station.present_mv = 399'000;
  REQUIRE(car.send(precharge(400)) == Verdict::answer);
}
void to_dc_charging(Car& car) {
  to_precharged(car);
  car.station.contactor_closed = true;
  REQUIRE(car.send(power(ChargeProgress::start)) == Verdict::answer);
  REQUIRE(car.secc->stage() == Stage::charging_dc);
}
}  // namespace

TEST_CASE("an AC charge from the first request to the last") {
  Car car{ac_station()};
  CHECK(car.send(setup()) == Verdict::answer);
  CHECK(car.code() == "OK_NewSessionEstablished");
  CHECK(car.got<iso2::SessionSetupRes>().evse_id == "DE*BUL*E1234*1");
  CHECK_FALSE(iso15118::is_zero(car.id));
  CHECK(car.send(iso2::ServiceDiscoveryReq{}) == Verdict::answer);
  const auto& discovered = car.got<iso2::ServiceDiscoveryRes>();
  CHECK(discovered.payment_option_list.payment_option.size == 1);
  CHECK(discovered.payment_option_list.payment_option[0] == iso2::PaymentOption::external_payment);
  CHECK(discovered.charge_service.supported_energy_transfer_mode.energy_transfer_mode.size == 2);
  CHECK(car.send(iso2::ServiceDetailReq{.service_id = 1}) == Verdict::answer);
  CHECK_FALSE(car.secc->demand().authorization);
  CHECK(car.send(selection()) == Verdict::answer);
  CHECK(car.secc->demand().authorization);
  car.station.waits_for_person = true;
  CHECK(car.send(iso2::AuthorizationReq{}) == Verdict::answer);
  CHECK(car.got<iso2::AuthorizationRes>().evse_processing ==
        iso2::EvseProcessing::ongoing_waiting_for_customer_interaction);
  car.station.authorization = Authorization::granted;
  CHECK(car.send(iso2::AuthorizationReq{}) == Verdict::answer);
  CHECK(car.got<iso2::AuthorizationRes>().evse_processing == iso2::EvseProcessing::finished);
  CHECK_FALSE(car.secc->demand().authorization);
  CHECK(car.send(ac_parameters()) == Verdict::answer);
  const auto& parameters = car.got<iso2::ChargeParameterDiscoveryRes>();
  REQUIRE(parameters.sa_schedules.has_value());
  const auto& entry = parameters.sa_schedules->sa_schedule_tuple[0].p_max_schedule.p_max_schedule_entry[0];
  CHECK(entry.p_max.value == 11'040);
  CHECK(car.secc->demand().car.max_ma == 32'000);
  CHECK(car.secc->demand().car.wanted_mwh == 20'000'000);
  CHECK(car.send(power(ChargeProgress::start)) == Verdict::wait);
  CHECK(car.supply() == Supply::off);
  car.now += 100ms;
  car.station.pilot = Pilot::c2;
  CHECK(car.poll() == Verdict::wait);
  CHECK(car.supply() == Supply::close);
  car.station.contactor_closed = true;
  CHECK(car.poll() == Verdict::answer);
  CHECK(car.code() == "OK");
  for (int i = 0; i < 100; ++i) {
    car.now += 10s;
    REQUIRE(car.send(iso2::ChargingStatusReq{}) == Verdict::answer);
    REQUIRE(car.code() == "OK");
  }
  const auto& status = car.got<iso2::ChargingStatusRes>();
  CHECK(status.evse_max_current->value == 16'000);
  CHECK(status.evse_max_current->multiplier == -3);
  CHECK(status.meter_info->meter_reading == 1234);
  CHECK(status.ac_evse_status.evse_notification == iso2::EvseNotification::none);
  car.station.ask = Ask::stop;
  CHECK(car.send(iso2::ChargingStatusReq{}) == Verdict::answer);
  CHECK(car.got<iso2::ChargingStatusRes>().ac_evse_status.evse_notification == iso2::EvseNotification::stop_charging);
  CHECK(car.send(power(ChargeProgress::stop)) == Verdict::answer);
  CHECK(car.supply() == Supply::off);
  CHECK(car.send(iso2::SessionStopReq{}) == Verdict::answer_and_close);
  CHECK(car.code() == "OK");
  CHECK(car.secc->demand().ended);
  CHECK_FALSE(car.secc->demand().paused);
  CHECK(car.secc->cause() == Cause::none);
}

TEST_CASE("a DC charge from the first request to the last") {
  Car car{dc_station()};
  to_precharged(car);
  CHECK(car.supply() == Supply::precharge);
  CHECK(car.secc->demand().target_mv == 400'000);
  CHECK(car.secc->demand().target_ma == 1'000);
  CHECK(car.got<iso2::PreChargeRes>().evse_present_voltage.value == 3'990);
  car.station.contactor_closed = true;
  CHECK(car.send(power(ChargeProgress::start)) == Verdict::answer);
  CHECK(car.supply() == Supply::close);
  CHECK(car.send(demand(400, 100)) == Verdict::answer);
  CHECK(car.secc->demand().target_ma == 100'000);
  CHECK_FALSE(car.got<iso2::CurrentDemandRes>().evse_current_limit_achieved);
  CHECK(car.secc->demand().car.soc_percent == 0);
  CHECK(car.send(power(ChargeProgress::stop)) == Verdict::answer);
  CHECK(car.supply() == Supply::off);
  car.station.present_mv = 10'000;
  CHECK(car.send(iso2::WeldingDetectionReq{}) == Verdict::answer);
  CHECK(car.got<iso2::WeldingDetectionRes>().evse_present_voltage.value == 10'000);
  CHECK(car.send(iso2::SessionStopReq{}) == Verdict::answer_and_close);
}

TEST_CASE("a car that wants more than there is gets what there is, and hears which limit holds") {
  Car car{dc_station()};
  to_dc_charging(car);
  CHECK(car.send(demand(400, 300)) == Verdict::answer);
  CHECK(car.secc->demand().target_ma == 150'000);  // 60 kW at 400 V
  CHECK(car.got<iso2::CurrentDemandRes>().evse_power_limit_achieved);
  CHECK(car.got<iso2::CurrentDemandRes>().evse_current_limit_achieved);
  CHECK(car.send(demand(250, 32'000)) == Verdict::answer);
  CHECK(car.secc->demand().target_ma == 200'000);
  CHECK(car.send(demand(32'000, 10)) == Verdict::answer);
  CHECK(car.secc->demand().target_mv == 920'000);
  CHECK(car.got<iso2::CurrentDemandRes>().evse_voltage_limit_achieved);
  auto absurd = demand(400, 1);
  absurd.ev_target_current.multiplier = 3;
  absurd.ev_target_current.value = 32'767;
  CHECK(car.send(absurd) == Verdict::answer);
  CHECK(car.secc->demand().target_ma == 150'000);
  car.station.dc->max_mw = 0;
  CHECK(car.send(demand(400, 10)) == Verdict::answer);
  CHECK(car.secc->demand().target_ma == 0);
}

TEST_CASE("negative targets and wrong units end the session without energy") {
  for (const auto& bad : {demand(-400, 10), demand(400, -10),
                          iso2::CurrentDemandReq{.ev_target_current = value(1, UnitSymbol::volt),
                                                 .ev_target_voltage = value(400, UnitSymbol::volt)}}) {
    Car car{dc_station()};
    to_dc_charging(car);
    CHECK(car.send(bad) == Verdict::answer_and_close);
    CHECK(car.code() == "FAILED");
    CHECK(car.supply() == Supply::off);
    CHECK(car.secc->cause() == Cause::failed_response);
  }
}

//=test ISO15118-2 V2G2-633
TEST_CASE("a contract is not accepted, nor a service that was not offered, nor none at all") {
  struct Case {
    iso2::PaymentServiceSelectionReq req;
    std::string_view code;
  };
  auto nothing = selection();
  nothing.selected_service_list.selected_service.size = 0;
  for (const auto& c : {Case{selection(iso2::PaymentOption::contract), "FAILED_PaymentSelectionInvalid"},
                        Case{selection(iso2::PaymentOption::external_payment, 2), "FAILED_ServiceSelectionInvalid"},
                        Case{nothing, "FAILED_NoChargeServiceSelected"}}) {
    Car car{ac_station()};
    car.send(setup());
    car.send(iso2::ServiceDiscoveryReq{});
    CHECK(car.send(c.req) == Verdict::answer_and_close);
    CHECK(car.code() == c.code);
    CHECK_FALSE(car.secc->demand().authorization);
  }
  Car car{ac_station()};
  car.send(setup());
  car.send(iso2::ServiceDiscoveryReq{});
  CHECK(car.send(iso2::ServiceDetailReq{.service_id = 3}) == Verdict::answer_and_close);
  CHECK(car.code() == "FAILED_ServiceIDInvalid");
}

//=test ISO15118-2 V2G2-845
//=test ISO15118-2 V2G2-854
TEST_CASE("a person may take long; a machine that decides may not") {
  Car car{ac_station()};
  to_selected(car);
  car.station.waits_for_person = true;
  for (int i = 0; i < 60; ++i) {
    car.now += 10s;
    REQUIRE(car.send(iso2::AuthorizationReq{}) == Verdict::answer);
  }
  car.station.waits_for_person = false;
  CHECK(car.send(iso2::AuthorizationReq{}) == Verdict::answer);
  CHECK(car.got<iso2::AuthorizationRes>().evse_processing == iso2::EvseProcessing::ongoing);
  car.now += 54s;
  CHECK(car.send(iso2::AuthorizationReq{}) == Verdict::answer);
  car.now += 1s;
  CHECK(car.send(iso2::AuthorizationReq{}) == Verdict::answer_and_close);
  CHECK(car.code() == "FAILED");
}

TEST_CASE("who is refused is told, and the session is over") {
  Car car{ac_station()};
  to_selected(car);
  car.station.authorization = Authorization::refused;
  CHECK(car.send(iso2::AuthorizationReq{}) == Verdict::answer_and_close);
  CHECK(car.code() == "FAILED");
}

TEST_CASE("CVE-2026-29044, CVE-2026-33014: an authorization that is withdrawn takes the power with it") {
  Car car{ac_station()};
  to_ac_charging(car);
  car.station.authorization = Authorization::refused;
  CHECK(car.poll() == Verdict::wait);
  CHECK(car.supply() == Supply::off);
  Car late{ac_station()};
  to_authorized(late);
  late.send(ac_parameters());
  late.station.authorization = Authorization::open;
  late.station.pilot = Pilot::c2;
  CHECK(late.send(power(ChargeProgress::start)) == Verdict::answer_and_close);
  CHECK(late.code() == "FAILED_PowerDeliveryNotApplied");
}

TEST_CASE("parameters that fit nothing are refused") {
  struct Case {
    const char* what;
    Station station;
    iso2::ChargeParameterDiscoveryReq req;
    std::string_view code;
  };
  auto negative = ac_parameters();
  std::get<iso2::AcEvChargeParameter>(negative.ev_charge_parameter).ev_max_current.value = -1;
  auto crossed = ac_parameters();
  std::get<iso2::AcEvChargeParameter>(crossed.ev_charge_parameter).ev_min_current.value = 33;
  auto unit = ac_parameters();
  std::get<iso2::AcEvChargeParameter>(unit.ev_charge_parameter).e_amount.unit = UnitSymbol::watt;
  auto low = dc_parameters();
  std::get<iso2::DcEvChargeParameter>(low.ev_charge_parameter).ev_maximum_voltage_limit.value = 100;
  auto mixed = dc_parameters();
  mixed.requested_energy_transfer_mode = EnergyTransferMode::ac_single_phase_core;
  auto one_phase = ac_station();
  one_phase.ac->phases = 1;
  for (const auto& c :
       {Case{"DC of AC", ac_station(), dc_parameters(), "FAILED_WrongEnergyTransferMode"},
        Case{"AC of DC", dc_station(), ac_parameters(), "FAILED_WrongEnergyTransferMode"},
        Case{"three of one", one_phase, ac_parameters(), "FAILED_WrongEnergyTransferMode"},
        Case{"core DC", dc_station(), ac_parameters(EnergyTransferMode::dc_core), "FAILED_WrongEnergyTransferMode"},
        Case{"negative", ac_station(), negative, "FAILED_WrongChargeParameter"},
        Case{"crossed", ac_station(), crossed, "FAILED_WrongChargeParameter"},
        Case{"unit", ac_station(), unit, "FAILED_WrongChargeParameter"},
        Case{"low voltage", dc_station(), low, "FAILED_WrongChargeParameter"},
        Case{"mixed", ac_station(), mixed, "FAILED_WrongChargeParameter"}}) {
    CAPTURE(c.what);
    Car car{c.station};
    to_authorized(car);
    CHECK(car.send(c.req) == Verdict::answer_and_close);
    CHECK(car.code() == c.code);
  }
}

//=test ISO15118-2 V2G2-847
//=test ISO15118-2 V2G2-862
TEST_CASE("power on waits for the pilot and for the contactor, and not for ever") {
  Car slow{ac_station()};
  to_authorized(slow);
  slow.send(ac_parameters());
  CHECK(slow.send(power(ChargeProgress::start)) == Verdict::wait);
  slow.now += 249ms;
  CHECK(slow.poll() == Verdict::wait);
  slow.now += 1ms;
  CHECK(slow.poll() == Verdict::answer_and_close);
  CHECK(slow.code() == "FAILED_PowerDeliveryNotApplied");
  CHECK(slow.supply() == Supply::off);

  Car stuck{ac_station()};
  to_authorized(stuck);
  stuck.send(ac_parameters());
  stuck.station.pilot = Pilot::c2;
  CHECK(stuck.send(power(ChargeProgress::start)) == Verdict::wait);
  CHECK(stuck.secc->next() == stuck.now + 3s);
  stuck.now += 2999ms;
  CHECK(stuck.poll() == Verdict::wait);
  stuck.now += 1ms;
  CHECK(stuck.poll() == Verdict::answer_and_close);
  CHECK(stuck.code() == "FAILED_ContactorError");
  CHECK(stuck.supply() == Supply::off);
}

//=test ISO15118-2 V2G2-479
//=test ISO15118-2 V2G2-224
TEST_CASE("a schedule that was not offered, and a profile above it, are refused") {
  struct Case {
    const char* what;
    std::vector<std::pair<std::uint32_t, int>> entries;
    std::string_view code;
  };
  for (const auto& c :
       {Case{"within", {{0, 11'040}, {60, 5'000}}, "OK"}, Case{"above", {{0, 11'041}}, "FAILED_ChargingProfileInvalid"},
        Case{"above later", {{0, 11'000}, {60, 12'000}}, "FAILED_ChargingProfileInvalid"},
        Case{"negative", {{0, -1}}, "FAILED_ChargingProfileInvalid"},
        Case{"late", {{1, 11'000}}, "FAILED_ChargingProfileInvalid"},
        Case{"not in order", {{0, 1}, {60, 1}, {60, 1}}, "FAILED_ChargingProfileInvalid"}}) {
    CAPTURE(c.what);
    Car car{ac_station()};
    to_authorized(car);
    car.send(ac_parameters());
    car.station.pilot = Pilot::c2;
    car.station.contactor_closed = true;
    auto req = power(ChargeProgress::start);
    req.charging_profile.emplace();
    for (const auto& [start, watts] : c.entries) {
      REQUIRE(req.charging_profile->profile_entry.push_back({start, value(watts, UnitSymbol::watt), std::nullopt}));
    }
    car.send(req);
    CHECK(car.code() == c.code);
  }
  Car car{ac_station()};
  to_authorized(car);
  car.send(ac_parameters());
  CHECK(car.send(power(ChargeProgress::start, 2)) == Verdict::answer_and_close);
  CHECK(car.code() == "FAILED_TariffSelectionInvalid");
}

TEST_CASE("a test of isolation that fails, or takes too long, or of a car that says B, ends without energy") {
  Car bad{dc_station()};
  to_authorized(bad);
  bad.send(dc_parameters());
  bad.station.pilot = Pilot::c2;
  bad.send(iso2::CableCheckReq{});
  bad.station.isolation = Isolation::fault;
  CHECK(bad.send(iso2::CableCheckReq{}) == Verdict::answer_and_close);
  CHECK(bad.code() == "FAILED");
  CHECK(bad.got<iso2::CableCheckRes>().dc_evse_status.evse_isolation_status == iso2::IsolationLevel::fault);
  CHECK(bad.supply() == Supply::off);

  Car slow{dc_station()};
  to_authorized(slow);
  slow.send(dc_parameters());
  slow.station.pilot = Pilot::c2;
  slow.station.isolation = Isolation::testing;
  for (int i = 0; i < 38; ++i) {
    REQUIRE(slow.send(iso2::CableCheckReq{}) == Verdict::answer);
    slow.now += 1s;
  }
  CHECK(slow.send(iso2::CableCheckReq{}) == Verdict::answer_and_close);

  Car not_ready{dc_station()};
  to_authorized(not_ready);
  not_ready.send(dc_parameters());
  CHECK(not_ready.send(iso2::CableCheckReq{}) == Verdict::answer);
  CHECK(not_ready.supply() == Supply::off);
  not_ready.now += 250ms;
  CHECK(not_ready.send(iso2::CableCheckReq{}) == Verdict::answer_and_close);
}

TEST_CASE("isolation that was valid before the test began counts for nothing") {
  Car car{dc_station()};
  to_authorized(car);
  car.send(dc_parameters());
  car.station.pilot = Pilot::c2;
  car.station.isolation = Isolation::valid;
  CHECK(car.send(iso2::CableCheckReq{}) == Verdict::answer);
  CHECK(car.got<iso2::CableCheckRes>().evse_processing == iso2::EvseProcessing::ongoing);
  CHECK(car.supply() == Supply::isolate);
}

TEST_CASE("a precharge that does not arrive ends; one that has arrived may go on") {
  Car car{dc_station()};
  to_precharged(car);
  car.now += 20s;
  CHECK(car.send(precharge(400)) == Verdict::answer);
  CHECK(car.send(precharge(450)) == Verdict::answer);
  car.now += 4999ms;
  CHECK(car.send(precharge(450)) == Verdict::answer);
  car.now += 1ms;
  CHECK(car.send(precharge(450)) == Verdict::answer_and_close);
  CHECK(car.supply() == Supply::off);
  Car high{dc_station()};
  to_precharged(high);
  CHECK(high.send(precharge(921)) == Verdict::answer_and_close);
}

//=test DIN-70121 V2G-DC-668
TEST_CASE("a car that leaves C while it is supplied loses the power at once, and the next request is refused") {
  Car car{dc_station()};
  to_dc_charging(car);
  car.station.pilot = Pilot::b2;
  CHECK(car.poll() == Verdict::wait);
  CHECK(car.supply() == Supply::off);
  car.station.pilot = Pilot::c2;
  CHECK(car.send(demand(400, 10)) == Verdict::answer_and_close);
  CHECK(car.supply() == Supply::off);
  Car polite{ac_station()};
  to_ac_charging(polite);
  polite.station.pilot = Pilot::b2;
  CHECK(polite.send(power(ChargeProgress::stop)) == Verdict::answer);
  CHECK(polite.send(iso2::SessionStopReq{}) == Verdict::answer_and_close);
  CHECK(polite.code() == "OK");
}

TEST_CASE("a fault of the station takes the power at once and tells the car why") {
  Car car{dc_station()};
  to_dc_charging(car);
  car.station.fault = true;
  CHECK(car.poll() == Verdict::wait);
  CHECK(car.supply() == Supply::off);
  CHECK(car.send(demand(400, 10)) == Verdict::answer_and_close);
  CHECK(car.got<iso2::CurrentDemandRes>().dc_evse_status.evse_status_code ==
        iso2::DcEvseStatusCode::evse_emergency_shutdown);
}

TEST_CASE("a station whose limits are gone in the middle refuses and does not fall") {
  Car car{dc_station()};
  to_dc_charging(car);
  car.station.dc.reset();
  CHECK(car.send(demand(400, 10)) == Verdict::answer_and_close);
}

TEST_CASE("an unplugged car ends the session without an answer, in every stage") {
  for (const auto& to : {to_selected, to_authorized, to_ac_charging}) {
    Car car{ac_station()};
    to(car);
    car.station.pilot = Pilot::a;
    CHECK(car.poll() == Verdict::close);
    CHECK(car.supply() == Supply::off);
    CHECK(car.secc->cause() == Cause::unplugged);
    CHECK(car.send(iso2::ChargingStatusReq{}) == Verdict::close);
  }
}

TEST_CASE("a car that is silent loses its power and its session") {
  Car mute{ac_station()};
  CHECK(mute.secc->next() == mute.now + 18s);
  mute.now += 18s;
  CHECK(mute.poll() == Verdict::close);
  CHECK(mute.secc->cause() == Cause::setup_timeout);
  Car car{ac_station()};
  to_ac_charging(car);
  car.now += 59'999ms;
  CHECK(car.poll() == Verdict::wait);
  CHECK(car.supply() == Supply::close);
  car.now += 1ms;
  CHECK(car.poll() == Verdict::close);
  CHECK(car.supply() == Supply::off);
  CHECK(car.secc->cause() == Cause::sequence_timeout);
}

TEST_CASE("CVE-2025-68140: no request is taken with session id zero, none, or another one") {
  for (int kind = 0; kind < 3; ++kind) {
    Car car{ac_station()};
    to_ac_charging(car);
    car.id = kind == 0 ? Car::zero() : kind == 1 ? iso15118::SessionId{} : car.id;
    if (kind == 2) car.id.data[7] ^= std::byte{0x80};
    CHECK(car.send(iso2::ChargingStatusReq{}) == Verdict::answer_and_close);
    CHECK(car.code() == "FAILED_UnknownSession");
    CHECK(car.supply() == Supply::off);
  }
}

TEST_CASE("renegotiation keeps the outlet live, the standard's way and the short one") {
  for (const bool standard : {true, false}) {
    Car car{dc_station()};
    to_dc_charging(car);
    REQUIRE(car.send(demand(400, 100)) == Verdict::answer);
    CHECK(car.send(power(ChargeProgress::renegotiate)) == Verdict::answer);
    CHECK(car.supply() == Supply::close);
    CHECK(car.secc->demand().target_ma == 0);
    CHECK(car.send(dc_parameters()) == Verdict::answer);
    if (standard) {
      CHECK(car.send(iso2::CableCheckReq{}) == Verdict::answer);
      CHECK(car.send(precharge(400)) == Verdict::answer);
      CHECK(car.supply() == Supply::close);
    }
    CHECK(car.send(power(ChargeProgress::start)) == Verdict::answer);
    CHECK(car.send(demand(400, 50)) == Verdict::answer);
    CHECK(car.secc->demand().target_ma == 50'000);
  }
  Car early{ac_station()};
  to_authorized(early);
  early.send(ac_parameters());
  CHECK(early.send(power(ChargeProgress::renegotiate)) == Verdict::answer_and_close);
  CHECK(early.code() == "FAILED_PowerDeliveryNotApplied");
}

TEST_CASE("a paused session is joined by its car and by no other; a pause in the middle of a charge is refused") {
  Car car{ac_station()};
  to_ac_charging(car);
  car.send(power(ChargeProgress::stop));
  CHECK(car.send(iso2::SessionStopReq{.charging_session = iso2::ChargingSession::pause}) == Verdict::answer_and_close);
  CHECK(car.secc->demand().paused);
  const auto left = car.secc->left_paused();
  REQUIRE(left.has_value());
  for (const int who : {1, 2}) {
    Car again{ac_station()};
    again.paused = left;
    again.connect();
    again.id = left->id;
    CHECK(again.send(setup(who)) == Verdict::answer);
    CHECK(again.code() == (who == 1 ? "OK_OldSessionJoined" : "OK_NewSessionEstablished"));
    CHECK((again.id == left->id) == (who == 1));
    CHECK(again.send(power(ChargeProgress::start)) == Verdict::answer_and_close);  // A10: no short cut
    CHECK(again.code() == "FAILED_SequenceError");
  }
  Car early{ac_station()};
  to_authorized(early);
  CHECK(early.send(iso2::SessionStopReq{.charging_session = iso2::ChargingSession::pause}) ==
        Verdict::answer_and_close);
  CHECK(early.code() == "FAILED");
  CHECK_FALSE(early.secc->left_paused().has_value());
}

TEST_CASE("a response, and a message without a body, end the connection without an answer") {
  Car car{ac_station()};
  to_selected(car);
  CHECK(car.send(iso2::AuthorizationRes{}) == Verdict::close);
  CHECK(car.secc->cause() == Cause::no_message);
  Car empty{ac_station()};
  empty.request->body.message.reset();
  CHECK(empty.secc->take(*empty.request, empty.station, empty.now, *empty.response) == Verdict::close);
}

TEST_CASE("a request while another waits for its answer ends the session") {
  Car car{ac_station()};
  to_authorized(car);
  car.send(ac_parameters());
  car.station.pilot = Pilot::c2;
  CHECK(car.send(power(ChargeProgress::start)) == Verdict::wait);
  CHECK(car.send(power(ChargeProgress::start)) == Verdict::close);
  CHECK(car.supply() == Supply::off);
}
