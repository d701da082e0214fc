// The car against the station's own state machine, without sockets: both sides of every message.
#include "peers/evcc/conversation.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "protocols/secc/connection.hpp"

using namespace bulwatt;
using namespace bulwatt::evcc;
using namespace std::chrono_literals;

namespace {

void some_bytes(std::span<std::byte> out) { std::ranges::fill(out, std::byte{0x5a}); }

/// A station that follows the demand at once.
struct Table {
  secc::Station station{
      .evse_id = "ZZ*BWT*E1", .pilot = iec61851::Pilot::b2, .authorization = secc::Authorization::granted};
  secc::Connection connection{{.enabled = {.din70121 = true, .iso15118_2 = true},
                               .iso2 = {.random = some_bytes},
                               .din = {.timers = iso15118::kDinTimers, .random = some_bytes}}};
  Conversation car;
  Instant now{1h};
  evcc::Facts facts{};
  bool silent = false;
  std::uint32_t energized = 0;  ///< messages after which energy flowed

  explicit Table(Wish wish, Fault fault = {}) : car(wish, fault) {
    station.evse_id_din.size = 2;
    if (wish.dc)
      station.dc =
          secc::DcOffer{.max_mv = 920'000, .min_mv = 200'000, .max_ma = 200'000, .min_ma = 1'000, .max_mw = 60'000'000};
    else station.ac = secc::AcOffer{.max_ma = 16'000, .phases = 3};
    connection.begin(std::nullopt, now);
  }
  void obey() {
    station.pilot = car.ready() ? iec61851::Pilot::c2 : iec61851::Pilot::b2;
    const auto demand = connection.demand();
    station.isolation = demand.supply == secc::Supply::isolate ? secc::Isolation::valid : secc::Isolation::idle;
    station.contactor_closed = demand.supply == secc::Supply::close;
    station.present_mv = demand.supply == secc::Supply::off ? 0 : demand.target_mv;
    station.present_ma = demand.supply == secc::Supply::close ? demand.target_ma : 0;
    energized += station.contactor_closed ? 1U : 0U;
  }
  /// One request and what follows from it; false when nothing more happens.
  bool turn(Next& next) {
    if (next.hang_up || next.send.empty() || connection.over()) {
      silent = !next.hang_up && next.send.empty();
      return false;
    }
    now += std::chrono::milliseconds{next.delay_ms};
    obey();
    connection.take(next.send, station, now);
    for (int i = 0; i < 20 && connection.output().empty() && !connection.over(); ++i) {
      now += 10ms;
      obey();
      connection.poll(station, now);
    }
    if (connection.output().empty()) return false;
    Bytes bytes{connection.output().begin(), connection.output().end()};
    connection.sent(bytes.size());
    const auto header = v2gtp::parse_header(std::span{bytes}.first<v2gtp::kHeaderSize>());
    REQUIRE(header.has_value());
    next = car.hear(std::span{bytes}.subspan(v2gtp::kHeaderSize, header->length), facts);
    return true;
  }
  void run() {
    auto next = car.begin();
    for (int i = 0; i < 200 && turn(next); ++i) facts.stop = car.loops() >= 5;
    obey();
  }
};

struct Kind {
  Protocol protocol;
  bool dc;
};
constexpr Kind kKinds[]{{Protocol::iso15118_2, false}, {Protocol::iso15118_2, true}, {Protocol::din70121, true}};

}  // namespace

TEST_CASE("a whole session of each kind, and the station ends without a demand") {
  for (const auto [protocol, dc] : kKinds) {
    CAPTURE(dc);
    Table table{{.protocol = protocol, .dc = dc}};
    table.run();
    CHECK(table.car.over());
    CHECK(table.car.problem() == "");
    CHECK(table.car.loops() >= 5);
    CHECK(table.energized >= 5);
    CHECK_FALSE(table.station.contactor_closed);
    CHECK(table.connection.demand().ended);
    CHECK(table.connection.cause() == secc::Cause::none);
  }
}

TEST_CASE("the car waits while somebody is to be authorized, and stops when the station asks") {
  Table table{{}};
  table.station.authorization = secc::Authorization::open;
  table.station.waits_for_person = true;
  auto next = table.car.begin();
  for (int i = 0; i < 10; ++i) REQUIRE(table.turn(next));
  CHECK(table.car.step() == Step::authorization);
  table.station.authorization = secc::Authorization::granted;
  for (int i = 0; i < 5; ++i) REQUIRE(table.turn(next));
  CHECK(table.car.step() == Step::charging);
  CHECK(table.car.limit_ma() == 16'000);
  table.station.ask = secc::Ask::stop;
  while (table.turn(next)) {
  }
  CHECK(table.car.over());
  CHECK(table.car.problem() == "");
}

TEST_CASE("no mischief at any request gives energy that it should not, and the session ends") {
  for (const auto [protocol, dc] : kKinds) {
    for (const auto word : enum_names(Mischief{})) {
      if (word == "none" || word == "pieces") continue;
      for (auto step = Step::protocol; step < Step::over; step = static_cast<Step>(std::to_underlying(step) + 1)) {
        const bool only_dc = step == Step::cable_check || step == Step::precharge || step == Step::welding;
        if (only_dc && !dc) continue;
        CAPTURE(std::string{word});
        CAPTURE(std::string{name_of(step, dc)});
        Table table{{.protocol = protocol, .dc = dc},
                    fault_of(std::string{word} + "@" + std::string{name_of(step, dc)}, dc)};
        table.run();
        const bool before_energy = step < Step::power_on;
        const bool refusable = word != "skip" && word != "go_on" && word != "repeat";
        if (before_energy && refusable && step > Step::setup) CHECK(table.energized == 0);
        if (word == "skip" && step < Step::power_on && step != Step::protocol) CHECK(table.energized == 0);
        if (table.silent || word == "hang_up") continue;
        CHECK((table.car.over() || table.connection.over()));
      }
    }
  }
}

TEST_CASE("energy is never there without authorization, whatever is left out") {
  for (const auto* fault : {"skip@AuthorizationReq", "skip@PaymentServiceSelectionReq", "go_on@AuthorizationReq"}) {
    Table table{{}, fault_of(fault, false)};
    table.station.authorization = secc::Authorization::refused;
    table.run();
    CHECK(table.energized == 0);
  }
}

TEST_CASE("faults are named by their request, and a wrong name says what there is") {
  CHECK(fault_of("zero_id@AuthorizationReq", false).where == Step::authorization);
  CHECK(fault_of("skip@CurrentDemandReq", true).where == Step::charging);
  CHECK_THROWS_AS(fault_of("skip@CurrentDemandReq", false), std::invalid_argument);
  CHECK_THROWS_AS(fault_of("nonsense@AuthorizationReq", false), std::invalid_argument);
  CHECK_THROWS_AS(fault_of("skip", false), std::invalid_argument);
}
