// Local authorization list, cache, reservations, and several EVSEs, as the backend sees them.
#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;

namespace {

Json token(const std::string& id) { return {{"idToken", id}, {"type", "ISO14443"}}; }
Json listed(const std::string& id, const char* status = "Accepted") {
  return {{"idToken", token(id)}, {"idTokenInfo", {{"status", status}}}};
}
Json update(int version, const char* type, const Json& list = nullptr) {
  Json request{{"versionNumber", version}, {"updateType", type}};
  if (!list.is_null()) request["localAuthorizationList"] = list;
  return request;
}

Config two_evses() {
  auto config = config_for_tests();
  config.topology.connectors = {.size = 2, .data = {1, 2}};
  return config;
}

}  // namespace

//=test OCPP-2.0.1 C11.FR.01
//=test OCPP-2.0.1 C11.FR.04
TEST_CASE("the cache is cleared by session, and its refusal is the backend's answer") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("ClearCache", Json::object())["status"] == "Accepted");
  CHECK(rig.cleared == 1);
  rig.session_alive = false;
  CHECK(rig.ask("ClearCache", Json::object())["status"] == "Rejected");
}

//=test OCPP-2.0.1 D01.FR.01
//=test OCPP-2.0.1 D01.FR.02
//=test OCPP-2.0.1 D02.FR.01
TEST_CASE("a list arrives at session with what decides about each token") {
  Rig rig;
  rig.accept();
  auto limited = listed("CARD-2", "Blocked");
  limited["idTokenInfo"]["groupIdToken"] = token("GROUP");
  limited["idTokenInfo"]["cacheExpiryDateTime"] = "2030-01-02T03:04:05Z";
  limited["idTokenInfo"]["evseId"] = {1, 7};
  CHECK(rig.ask("SendLocalList", update(4, "Full", Json::array({listed("CARD-1"), limited})))["status"] == "Accepted");
  REQUIRE(rig.list_parts.size() == 1);
  const auto& part = rig.list_parts[0];
  CHECK(part.version == 4);
  CHECK((part.full && part.first && part.last));
  REQUIRE(part.entries.size == 2);
  CHECK(part.entries[0].token.id == "CARD-1");
  const auto& info = *part.entries[1].info;
  CHECK(info.status == session::AuthorizationStatus::blocked);
  CHECK(info.group->id == "GROUP");
  CHECK(info.expiry.has_value());
  REQUIRE(info.evses.size == 1);
  CHECK(info.evses[0] == 1);
  CHECK(rig.ask("GetLocalListVersion", Json::object())["versionNumber"] == 4);
}

//=test OCPP-2.0.1 D01.FR.17
TEST_CASE("a line without its info removes the token, and only in a differential update") {
  Rig rig;
  rig.accept();
  const Json bare{{"idToken", token("CARD-1")}};
  CHECK(rig.ask("SendLocalList", update(5, "Differential", Json::array({bare})))["status"] == "Accepted");
  CHECK_FALSE(rig.list_parts.back().full);
  CHECK_FALSE(rig.list_parts.back().entries[0].info);
  CHECK(rig.ask("SendLocalList", update(6, "Full", Json::array({bare})))["status"] == "Failed");
  CHECK(rig.list_parts.size() == 1);
}

//=test OCPP-2.0.1 D01.FR.06
//=test OCPP-2.0.1 D01.FR.18
//=test OCPP-2.0.1 D01.FR.11
TEST_CASE("a list that cannot be right reaches nobody") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("SendLocalList", update(0, "Full"))["status"] == "Failed");
  CHECK(rig.ask("SendLocalList", update(-1, "Full"))["status"] == "Failed");
  const auto twice = rig.ask("SendLocalList", update(1, "Full", Json::array({listed("card-a"), listed("CARD-A")})));
  CHECK(twice["status"] == "Failed");
  CHECK(twice["statusInfo"]["reasonCode"] == "DuplicateEntry");
  CHECK(rig.ask("SendLocalList", update(1, "Full", Json::array()))["error"] == "OccurrenceConstraintViolation");
  Json many = Json::array();
  for (int i = 0; i < 17; ++i) many.push_back(listed("CARD-" + std::to_string(i)));
  CHECK(rig.ask("SendLocalList", update(1, "Full", many))["error"] == "OccurrenceConstraintViolation");
  CHECK(rig.list_parts.empty());
}

//=test OCPP-2.0.1 D01.FR.04
//=test OCPP-2.0.1 D01.FR.19
TEST_CASE("an empty full list is handed over as one, and session judges the version") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("SendLocalList", update(7, "Full"))["status"] == "Accepted");
  CHECK(rig.list_parts.back().entries.empty());
  rig.list_answer = session::UpdateVerdict::version_mismatch;
  CHECK(rig.ask("SendLocalList", update(7, "Differential"))["status"] == "VersionMismatch");
}

//=test OCPP-2.0.1 H01.FR.01
//=test OCPP-2.0.1 H01.FR.02
//=test OCPP-2.0.1 H02.FR.01
TEST_CASE("a reservation is session's to give, with the expiry by this machine's clock") {
  Rig rig;
  rig.accept();
  rig.store->change_facts([](StoredFacts& facts) { facts.clock_offset_ms = 60'000; });
  Json request{{"id", 12},
               {"expiryDateTime", "2030-01-01T00:01:00Z"},
               {"idToken", token("CARD-1")},
               {"evseId", 1},
               {"connectorType", "cType2"},
               {"groupIdToken", token("GROUP")}};
  CHECK(rig.ask("ReserveNow", request)["status"] == "Accepted");
  REQUIRE(rig.reservations.size() == 1);
  CHECK(rig.reservations[0].id == 12);
  CHECK(rig.reservations[0].evse == 1);
  CHECK(rig.reservations[0].connector_type->view() == "cType2");
  CHECK(rig.reservations[0].group->id == "GROUP");
  CHECK(rig.reservations[0].expiry.unix_ms == 1'893'456'000'000);
  request["evseId"] = 2;
  CHECK(rig.ask("ReserveNow", request)["statusInfo"]["reasonCode"] == "UnknownEvse");
  rig.reserve_answer = session::ReserveVerdict::occupied;
  request.erase("evseId");
  CHECK(rig.ask("ReserveNow", request)["status"] == "Occupied");
  CHECK(rig.ask("CancelReservation", {{"reservationId", 12}})["status"] == "Accepted");
  CHECK(rig.ask("CancelReservation", {{"reservationId", 12}})["status"] == "Rejected");
}

TEST_CASE("a reservation that ended by itself is told once, in order, and not lost while the backend is away") {
  Rig rig;
  rig.accept();
  rig.disconnect();
  rig.reservation_updates.push_back({1, 12, session::ReservationEnd::expired, {}});
  rig.reservation_updates.push_back({2, 13, session::ReservationEnd::removed, {}});
  rig.core->work_available();
  CHECK(rig.quiet());
  rig.connect();
  const auto first = rig.call("ReservationStatusUpdate");
  CHECK(first["reservationId"] == 12);
  CHECK(first["reservationUpdateStatus"] == "Expired");
  rig.answer(Json::object());
  const auto second = rig.call("ReservationStatusUpdate");
  CHECK(second["reservationId"] == 13);
  CHECK(second["reservationUpdateStatus"] == "Removed");
  rig.answer(Json::object());
  CHECK(rig.reservation_updates.empty());
  rig.core->work_available();
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 E02.FR.05
TEST_CASE("each connector has a status of its own, told when it changes and when it is asked for") {
  Rig rig{two_evses()};
  rig.connect();
  rig.call("BootNotification");
  rig.answer(rig.boot_answer("Accepted"));
  for (const auto& [evse, connector] : {std::pair{1, 1}, {2, 1}}) {
    const auto status = rig.call("StatusNotification");
    CHECK(status["evseId"] == evse);
    CHECK(status["connectorId"] == connector);
    rig.answer(Json::object());
  }
  rig.drain();
  CHECK(rig.ask("TriggerMessage", {{"requestedMessage", "StatusNotification"},
                                   {"evse", {{"id", 2}, {"connectorId", 1}}}})["status"] == "Accepted");
  CHECK(rig.call("StatusNotification")["evseId"] == 2);
}

TEST_CASE("a meter that cannot be read does not hold up the values of the next one") {
  auto config = two_evses();
  config.aligned_interval_s = 900;
  Rig rig{config};
  rig.reading = meter::Reading{.import_mwh = 5'000'000};
  rig.accept();
  rig.sent.clear();
  rig.dead_meter = 1;
  CHECK(rig.ask("TriggerMessage", {{"requestedMessage", "MeterValues"}})["status"] == "Accepted");
  CHECK(rig.call("MeterValues")["evseId"] == 2);
  rig.answer(Json::object());
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 F01.FR.06
//=test OCPP-2.0.1 F02.FR.14
TEST_CASE("orders go to the EVSE and connector that they name") {
  Rig rig{two_evses()};
  rig.accept();
  const Json place{{"id", 2}, {"connectorId", 2}};
  CHECK(rig.ask("ChangeAvailability", {{"operationalStatus", "Inoperative"}, {"evse", place}})["status"] == "Accepted");
  CHECK(rig.changes.back().evse == 2);
  CHECK(rig.changes.back().connector == 2);
  CHECK(rig.ask("ChangeAvailability", {{"operationalStatus", "Inoperative"},
                                       {"evse", {{"id", 1}, {"connectorId", 2}}}})["status"] == "Rejected");
  CHECK(rig.ask("RequestStartTransaction", {{"idToken", token("CARD")},
                                            {"remoteStartId", 4},
                                            {"evseId", 2},
                                            {"groupIdToken", token("GROUP")}})["status"] == "Accepted");
  CHECK(rig.starts.back().evse == 2);
  CHECK(rig.starts.back().group->id == "GROUP");
  CHECK(rig.ask("UnlockConnector", {{"evseId", 2}, {"connectorId", 2}})["status"] == "Unlocked");
  CHECK(rig.unlocks.back().connector == 2);
}

//=test OCPP-2.0.1 C10.FR.08
TEST_CASE("a verdict carries expiry and the EVSEs where it holds") {
  v201::IdTokenInfo info{.status = v201::AuthorizationStatusEnum::accepted};
  CHECK(verdict_of(info).evses.empty());
  info.cache_expiry_date_time = Timestamp{1000};
  info.evse_id.emplace();
  REQUIRE(info.evse_id->push_back(99));
  const auto verdict = verdict_of(info);
  CHECK(verdict.expiry->unix_ms == 1000);
  REQUIRE(verdict.evses.size == 1);
  CHECK(verdict.evses[0] > power::kMaxEvses);
}
