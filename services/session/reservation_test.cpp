// Reservations: made, kept, used, ended.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

Reserve reservation(World& world, std::int32_t id, std::uint8_t evse, const IdToken& token = kOwner,
                    Duration time = 600s, std::optional<IdToken> group = {}) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  return {id, evse, {}, token, group, {world.moment().time.unix_ms + ms}};
}
ReserveVerdict reserve(World& world, std::int32_t id, std::uint8_t evse, const IdToken& token = kOwner,
                       Duration time = 600s) {
  return world.ask(reservation(world, id, evse, token, time)).verdict;
}
Authorization accepted(std::optional<IdToken> group = {}) {
  return {.status = AuthorizationStatus::accepted, .group = group};
}

}  // namespace

// for OCPP-2.0.1 H01.FR.23
// for OCPP-2.0.1 H03.FR.01
// for OCPP-2.0.1 H03.FR.09
// for OCPP-2.0.1 H01.FR.15
//=test OCPP-2.0.1 E03.FR.03
//=test OCPP-2.0.1 E01.FR.13
//=test OCPP-2.0.1 E02.FR.03
//=test OCPP-2.0.1 F02.FR.06
TEST_CASE("a reserved EVSE refuses a stranger, and its holder's transaction names the reservation") {
  World world;
  CHECK(reserve(world, 11, 1) == ReserveVerdict::accepted);
  CHECK(world.look().connector == ConnectorStatus::reserved);
  CHECK(world.look().reserved);
  CHECK(world.look().reservation == 11);
  //=test OCPP-2.0.1 B01.FR.13
  world.cut_power();  //=test OCPP-2.0.1 B11.FR.05
  CHECK(world.look().connector == ConnectorStatus::reserved);
  world.ask(SetLink{true, true});
  //=test OCPP-2.0.1 G03.FR.09
  world.plug();
  CHECK(world.look().connector == ConnectorStatus::reserved);
  CHECK(world.present(kOther) == TokenVerdict::asked_backend);
  world.answer(accepted());
  CHECK(world.look().notice == "This outlet is reserved for somebody else.");
  CHECK(world.present(kOwner) == TokenVerdict::asked_backend);
  world.answer(accepted());
  //=test OCPP-2.0.1 G01.FR.06
  CHECK(world.look().connector == ConnectorStatus::occupied);
  const auto started = world.fetch().at(0);
  CHECK(started.reservation_id == 11);
  CHECK_FALSE(world.look().reserved);
  CHECK(world.ask(NextReservationUpdate{}).number == 0);
  // for OCPP-2.0.1 H02.FR.01
  CHECK(world.ask(CancelReservation{11}).verdict == Verdict::rejected);
}

// for OCPP-2.0.1 H03.FR.04
//=test OCPP-2.0.1 F02.FR.23
//=test OCPP-2.0.1 F01.FR.21
//=test OCPP-2.0.1 F01.FR.22
//=test OCPP-2.0.1 F02.FR.24
TEST_CASE("a card of the reservation's group, or a remote start with it, uses the reservation") {
  for (const bool remote : {false, true}) {
    World world;
    world.ask(SetLink{true, true});
    REQUIRE(world.ask(reservation(world, 5, 1, kOwner, 600s, kGroup)).verdict == ReserveVerdict::accepted);
    world.plug();
    if (remote) {
      const IdToken strangers{"STRANGERS", TokenType::central};
      CHECK(world.ask(RemoteStart{1, kOther, 1, false, {}}).verdict == RemoteVerdict::rejected);
      CHECK(world.ask(RemoteStart{1, kOther, 1, false, strangers}).verdict == RemoteVerdict::rejected);
      CHECK(world.ask(RemoteStart{1, kOther, 2, false, kGroup}).verdict == RemoteVerdict::accepted);
    } else {
      CHECK(world.present(kOther) == TokenVerdict::asked_backend);
      world.answer(accepted(kGroup));
    }
    CHECK(world.fetch().at(0).reservation_id == 5);
  }
  World world;
  REQUIRE(reserve(world, 6, 1) == ReserveVerdict::accepted);
  CHECK(world.ask(RemoteStart{1, kOther, 3, false, kGroup}).verdict == RemoteVerdict::rejected);
  CHECK(world.ask(RemoteStart{1, kOwner, 4, false, {}}).verdict == RemoteVerdict::accepted);
}

TEST_CASE("a reservation is refused with the reason of the EVSE") {
  World world;
  // for OCPP-2.0.1 H01.FR.11
  CHECK(reserve(world, 1, 1) == ReserveVerdict::accepted);
  CHECK(reserve(world, 2, 1, kOther) == ReserveVerdict::occupied);
  // for OCPP-2.0.1 H01.FR.02
  CHECK(reserve(world, 1, 1, kOther) == ReserveVerdict::accepted);
  // for OCPP-2.0.1 H02.FR.02
  CHECK(world.ask(CancelReservation{1}).verdict == Verdict::accepted);
  CHECK(world.look().connector == ConnectorStatus::available);
  world.plug();
  CHECK(reserve(world, 3, 1) == ReserveVerdict::occupied);
  world.unplug();
  // for OCPP-2.0.1 H01.FR.14
  world.ask(ChangeAvailability{1, 0, false});
  CHECK(reserve(world, 3, 1) == ReserveVerdict::unavailable);
  world.ask(ChangeAvailability{1, 0, true});
  // for OCPP-2.0.1 H01.FR.12
  world.fault_cause = true;
  world.set_faults(bit(power::Fault::welded_contact));
  CHECK(reserve(world, 3, 1) == ReserveVerdict::faulted);
  world.set_faults(0);
  CHECK(reserve(world, 3, 1, kOwner, -1s) == ReserveVerdict::rejected);
  CHECK(world.refused(reservation(world, 4, 2)) == Error::unknown_evse);
  auto typed = reservation(world, 4, 1);
  typed.connector_type = "cCCS2";
  CHECK(world.ask(typed).verdict == ReserveVerdict::rejected);
  typed.connector_type = "ctype2";
  CHECK(world.ask(typed).verdict == ReserveVerdict::accepted);
}

TEST_CASE("reservations are taken as the settings allow") {
  World world;
  Settings settings{};
  settings.reservation_any_evse = false;
  world.ask(Configure{settings});
  // for OCPP-2.0.1 H01.FR.19
  CHECK(reserve(world, 1, 0) == ReserveVerdict::rejected);
  CHECK(reserve(world, 1, 1) == ReserveVerdict::accepted);
  settings.reservation = false;
  world.ask(Configure{settings});
  // for OCPP-2.0.1 H01.FR.01
  CHECK(reserve(world, 1, 1) == ReserveVerdict::rejected);
}

// for OCPP-2.0.1 H04.FR.01
// for OCPP-2.0.1 H04.FR.02
TEST_CASE("a reservation that nobody used expires, is told until acknowledged, and survives a kill until then") {
  World world;
  REQUIRE(reserve(world, 21, 1, kOwner, 60s) == ReserveVerdict::accepted);
  world.pass(59s);
  CHECK(world.look().reserved);
  const auto pulses = world.work_pulses;
  world.pass(2s);
  CHECK_FALSE(world.look().reserved);
  CHECK(world.work_pulses > pulses);
  world.cut_power();
  const auto update = world.ask(NextReservationUpdate{0});
  CHECK(update.number == 1);
  CHECK(update.reservation == 21);
  CHECK(update.end == ReservationEnd::expired);
  CHECK(world.ask(NextReservationUpdate{0}).number == 1);
  CHECK(world.ask(NextReservationUpdate{1}).number == 0);
  world.kill();
  CHECK(world.ask(NextReservationUpdate{0}).number == 0);
}

// for OCPP-2.0.1 H01.FR.16
// for OCPP-2.0.1 H01.FR.17
TEST_CASE("an EVSE that goes out of service gives its reservation up") {
  World world;
  REQUIRE(reserve(world, 1, 1) == ReserveVerdict::accepted);
  world.ask(ChangeAvailability{1, 0, false});
  CHECK(world.ask(NextReservationUpdate{0}).end == ReservationEnd::removed);
  world.ask(ChangeAvailability{1, 0, true});
  REQUIRE(reserve(world, 2, 1) == ReserveVerdict::accepted);
  world.fault_cause = true;
  world.set_faults(bit(power::Fault::rcd_trip));
  CHECK(world.ask(NextReservationUpdate{1}).reservation == 2);
  CHECK(world.ask(NextReservationUpdate{1}).end == ReservationEnd::removed);
}

TEST_CASE("a reservation that was used without a transaction is told as such") {
  World world;
  world.ask(SetLink{true, true});
  REQUIRE(reserve(world, 9, 1) == ReserveVerdict::accepted);
  world.authorize();
  CHECK_FALSE(world.look().reservation);
  world.pass(121s);
  CHECK(world.ask(NextReservationUpdate{0}).reservation == 9);
  CHECK(world.ask(NextReservationUpdate{0}).end == ReservationEnd::no_transaction);
}

// for OCPP-2.0.1 H01.FR.04
// for OCPP-2.0.1 H01.FR.07
// for OCPP-2.0.1 H01.FR.20
TEST_CASE("a reservation for any EVSE keeps one of them free, whichever it is") {
  World world{two_evses()};
  world.ask(SetLink{true, true});
  REQUIRE(reserve(world, 1, 0) == ReserveVerdict::accepted);
  CHECK_FALSE(world.look(1).reserved);
  CHECK_FALSE(world.look(2).reserved);
  world.plug(1);
  CHECK(world.present(kOther, 1) == TokenVerdict::asked_backend);
  world.answer(accepted());
  world.pass(3s);
  CHECK(world.flows(1));
  CHECK(world.look(2).reserved);
  CHECK(world.look(2).connectors[1].status == ConnectorStatus::reserved);
  world.plug(2);
  CHECK(world.ask(RemoteStart{2, kOther, 1, false, {}}).verdict == RemoteVerdict::rejected);
  CHECK(world.ask(RemoteStart{0, kOwner, 1, false, {}}).verdict == RemoteVerdict::accepted);
  world.pass(3s);
  CHECK(world.flows(2));
  CHECK(reserve(world, 2, 0) == ReserveVerdict::occupied);
}

// for OCPP-2.0.1 H01.FR.06
// for OCPP-2.0.1 H01.FR.09
// for OCPP-2.0.1 H01.FR.24
TEST_CASE("reservations by type and by number fit together or are refused") {
  World world{two_evses()};
  auto socket = reservation(world, 1, 0);
  socket.connector_type = "sType2";
  CHECK(world.ask(socket).verdict == ReserveVerdict::accepted);
  CHECK(world.look(2).reserved);  // the only one with such a socket
  CHECK_FALSE(world.look(1).reserved);
  CHECK(reserve(world, 2, 2, kOther) == ReserveVerdict::occupied);
  CHECK(reserve(world, 3, 0, kOther) == ReserveVerdict::accepted);
  CHECK(world.look(1).reserved);
  CHECK(reserve(world, 4, 1, kOther) == ReserveVerdict::occupied);
}

TEST_CASE("a reservation that cannot be stored is not given") {
  World world;
  world.storage.refuse_room(0, 1'000'000);
  CHECK(world.refused(reservation(world, 1, 1)) == Error::storage);
  world.storage.refuse_room(0, 0);
  world.pass(3s);
  CHECK_FALSE(world.look().reserved);
}
