// A9: from every stage every request, and after the answer everything again. Only what the table allows is done, everything else
// is refused with a valid response, ends the session, and leaves the outlet dead.
#include "protocols/secc/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::secc;
using namespace bulwatt::secc::testing;

namespace {
template <class Message>
using BodyOf = std::remove_cvref_t<decltype(*Message{}.body.message)>;

// A message with only default values, of the alternative `index` of the body.
template <class Body, std::size_t I = 0>
void emplace(Body& body, std::size_t index) {
  if constexpr (I < std::variant_size_v<Body>) {
    if (I == index) body.template emplace<I>();
    else emplace<Body, I + 1>(body, index);
  }
}

template <class Machine, class Message>
struct Walk {
  using W = World<Machine, Message>;
  using Body = BodyOf<Message>;

  Verdict step(W& world, std::size_t index) {
    world.request->header = {};
    world.request->header.session_id = world.id;
    world.request->body.message.emplace();
    emplace(*world.request->body.message, index);
    const auto verdict = world.secc->take(*world.request, world.station, world.now, *world.response);
    world.checked(verdict);
    return verdict;
  }
};

// A walk of 40 random messages; `granted` is what the station says of authorization.
template <class Machine, class Message>
void walks(const Station& station, Authorization granted, int rounds) {
  using Walk = Walk<Machine, Message>;
  std::uint32_t random = 12345;
  const auto next = [&](std::uint32_t below) {
    random = random * 1664525U + 1013904223U;
    return (random >> 8) % below;
  };
  int ended = 0;
  for (int round = 0; round < rounds; ++round) {
    typename Walk::W world{station};
    world.station.authorization = granted;
    Walk walk;
    for (int i = 0; i < 40; ++i) {
      world.station.pilot = next(8) == 0 ? Pilot::b2 : Pilot::c2;
      world.station.contactor_closed = next(2) == 0;
      world.station.isolation = static_cast<Isolation>(next(5));
      world.now += std::chrono::milliseconds{next(400)};
      const bool was_over = world.secc->stage() == Stage::over;
      const auto verdict = walk.step(world, next(std::variant_size_v<typename Walk::Body>));
      if (granted != Authorization::granted) REQUIRE(world.supply() == Supply::off);
      if (was_over) REQUIRE(verdict == Verdict::close);
      if (world.secc->stage() != Stage::over) continue;
      REQUIRE(world.supply() == Supply::off);
      ++ended;
    }
  }
  CHECK(ended > rounds);
}

// From wherever `lead` brings the session: each message once, on a session of its own.
template <class Machine, class Message, class Lead, class May>
void each_from(const Station& station, Lead lead, May may) {
  using Walk = Walk<Machine, Message>;
  for (std::size_t index = 0; index < std::variant_size_v<typename Walk::Body>; ++index) {
    typename Walk::W world{station};
    lead(world);
    const auto stage = world.secc->stage();
    Walk walk;
    const auto verdict = walk.step(world, index);
    const auto kind = std::visit(
        [](const auto& req) -> std::optional<iso15118::Request> {
          if constexpr (requires { Answered<std::remove_cvref_t<decltype(req)>>::kKind; })
            return Answered<std::remove_cvref_t<decltype(req)>>::kKind;
          else return std::nullopt;
        },
        *world.request->body.message);
    if (!kind) {
      CHECK(verdict == Verdict::close);
    } else if (!may(stage, *kind)) {
      CHECK(verdict == Verdict::answer_and_close);
      CHECK(world.code() == "FAILED_SequenceError");
      CHECK(world.supply() == Supply::off);
      // CVE-2026-24003: and nothing goes on after it.
      for (std::size_t then = 0; then < std::variant_size_v<typename Walk::Body>; ++then) {
        REQUIRE(walk.step(world, then) == Verdict::close);
        REQUIRE(world.supply() == Supply::off);
      }
    } else {
      CHECK(world.code() != "FAILED_SequenceError");
    }
  }
}

iso2::PaymentServiceSelectionReq selection() {
  iso2::PaymentServiceSelectionReq req{.selected_payment_option = iso2::PaymentOption::external_payment};
  req.selected_service_list.selected_service.size = 1;
  req.selected_service_list.selected_service[0].service_id = 1;
  return req;
}
using IsoWorld = World<Iso2, iso2::Message>;
void charge_dc(IsoWorld& world, int steps) {
  world.station.authorization = Authorization::granted;
  const iso2::PhysicalValue volts{0, iso2::UnitSymbol::volt, 400}, amperes{0, iso2::UnitSymbol::ampere, 10};
  const iso2::ChargeParameterDiscoveryReq parameters{
      .requested_energy_transfer_mode = iso2::EnergyTransferMode::dc_extended,
      .ev_charge_parameter =
          iso2::DcEvChargeParameter{.ev_maximum_current_limit = amperes, .ev_maximum_voltage_limit = volts}};
  const std::vector<iso2::AnyBody> way{
      iso2::SessionSetupReq{},
      iso2::ServiceDiscoveryReq{},
      selection(),
      iso2::AuthorizationReq{},
      parameters,
      iso2::CableCheckReq{},
      iso2::CableCheckReq{},
      iso2::PreChargeReq{.ev_target_voltage = volts, .ev_target_current = amperes},
      iso2::PowerDeliveryReq{.charge_progress = iso2::ChargeProgress::start, .sa_schedule_tuple_id = 1},
      iso2::CurrentDemandReq{.ev_target_current = amperes, .ev_target_voltage = volts},
      iso2::PowerDeliveryReq{.charge_progress = iso2::ChargeProgress::stop, .sa_schedule_tuple_id = 1}};
  world.station.pilot = Pilot::c2;
  world.station.present_mv = 400'000;
  world.station.contactor_closed = true;
  world.station.isolation = Isolation::valid;
  for (int i = 0; i < steps; ++i) {
    REQUIRE(std::visit([&](const auto& req) { return world.send(req); }, way[static_cast<std::size_t>(i)]) ==
            Verdict::answer);
  }
}
}  // namespace

//=test ISO15118-2 V2G2-538
//=test ISO15118-2 V2G2-736
TEST_CASE(
    "from every stage of a DC charge every message: what the table does not allow ends the session without energy") {
  for (int steps = 0; steps <= 11; ++steps) {
    CAPTURE(steps);
    each_from<Iso2, iso2::Message>(
        dc_station(), [&](IsoWorld& world) { charge_dc(world, steps); }, iso15118::may_follow_iso2);
  }
}

TEST_CASE("random messages never give energy to who is not authorized, and never after an end") {
  for (const auto granted : {Authorization::open, Authorization::refused, Authorization::granted}) {
    walks<Iso2, iso2::Message>(dc_station(), granted, 300);
    walks<Iso2, iso2::Message>(ac_station(), granted, 300);
    walks<Din, din::Message>(dc_station(), granted, 300);
  }
}
