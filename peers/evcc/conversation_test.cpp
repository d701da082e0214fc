// The car against the station's own state machine, without sockets: both sides of every message.
#include "peers/evcc/conversation.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "libs/tls/test_certificates.hpp"
#include "protocols/secc/connection.hpp"

using namespace bulwatt;
using namespace bulwatt::evcc;
using namespace std::chrono_literals;

namespace {

void some_bytes(std::span<std::byte> out) { std::ranges::fill(out, std::byte{0x5a}); }

namespace certificates = tls::testing;
constexpr const char* kEmaid = "DE8AATESTA00012";

/// Mobility operators' hierarchy.
struct Operators {
  certificates::Made root = certificates::make({.common_name = "MO root", .authority = true});
  certificates::Made sub1 = certificates::make({.common_name = "MO sub 1", .authority = true}, &root);
  certificates::Made sub2 = certificates::make({.common_name = "MO sub 2", .authority = true}, &sub1);

  std::shared_ptr<const Contract> contract(const certificates::Recipe& recipe) const {
    auto leaf = certificates::make(recipe, &sub2);
    auto out = std::make_shared<Contract>();
    out->emaid = recipe.common_name;
    for (auto* one : {leaf.certificate.get(), sub2.certificate.get(), sub1.certificate.get()}) {
      auto& der = out->chain.emplace_back(static_cast<std::size_t>(i2d_X509(one, nullptr)));
      auto* to = reinterpret_cast<unsigned char*>(der.data());
      i2d_X509(one, &to);
    }
    out->key.reset(leaf.key.release());
    return out;
  }
  std::shared_ptr<const Contract> contract() const { return contract({.common_name = kEmaid}); }
};
const Operators& operators() {
  static const Operators made;
  return made;
}

/// A station that follows the demand at once.
struct Table {
  secc::Station station{.evse_id = "ZZ*BWT*E1",
                        .time = {certificates::kNow * 1000},
                        .pilot = iec61851::Pilot::b2,
                        .authorization = secc::Authorization::granted};
  contract::Judge judge{};
  secc::Connection connection{{.enabled = {.din70121 = true, .iso15118_2 = true},
                               .iso2 = {.random = some_bytes, .contracts = &judge, .receipt_every_wh = 2},
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
    station.meter_id = "M1";
    station.meter_wh = 1'000;
    if (wish.contract) REQUIRE(judge.trust(operators().root.certificate_pem));
    connection.begin(std::nullopt, wish.contract ? iso15118::Channel::tls_1_2 : iso15118::Channel::plain, now);
  }
  void obey() {
    station.pilot = car.ready() ? iec61851::Pilot::c2 : iec61851::Pilot::b2;
    const auto demand = connection.demand();
    station.isolation = demand.supply == secc::Supply::isolate ? secc::Isolation::valid : secc::Isolation::idle;
    station.contactor_closed = demand.supply == secc::Supply::close;
    station.present_mv = demand.supply == secc::Supply::off ? 0 : demand.target_mv;
    station.present_ma = demand.supply == secc::Supply::close ? demand.target_ma : 0;
    energized += station.contactor_closed ? 1U : 0U;
    *station.meter_wh += station.contactor_closed ? 1U : 0U;
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
  bool pays = false;  ///< by contract

  Wish wish() const { return {.protocol = protocol, .dc = dc, .contract = pays ? operators().contract() : nullptr}; }
};
constexpr Kind kKinds[]{{Protocol::iso15118_2, false},
                        {Protocol::iso15118_2, true},
                        {Protocol::din70121, true},
                        {Protocol::iso15118_2, false, true},
                        {Protocol::iso15118_2, true, true}};

}  // namespace

TEST_CASE("a whole session of each kind, and the station ends without a demand") {
  for (const auto& kind : kKinds) {
    CAPTURE(kind.dc);
    CAPTURE(kind.pays);
    Table table{kind.wish()};
    table.run();
    CHECK(table.car.over());
    CHECK(table.car.problem() == "");
    CHECK(table.car.loops() >= 5);
    CHECK(table.energized >= 5);
    CHECK_FALSE(table.station.contactor_closed);
    CHECK(table.connection.demand().ended);
    CHECK(table.connection.cause() == secc::Cause::none);
    CHECK((table.car.receipts() > 0) == kind.pays);
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

TEST_CASE(
    "a DC car joins its battery when the outlet has its voltage, parts it with the end of power, and tells its "
    "charge") {
  for (const auto protocol : {Protocol::iso15118_2, Protocol::din70121}) {
    Table table{Wish{.protocol = protocol, .dc = true}};
    table.facts.soc_percent = 77;
    auto next = table.car.begin();
    while (table.turn(next)) {
      const auto step = table.car.step();
      const bool joined = step == Step::power_on || step == Step::charging || step == Step::power_off;
      CHECK(table.car.battery_mv().has_value() == joined);
      if (step == Step::charging) CHECK(table.connection.demand().car.soc_percent == 77);
      table.facts.stop = table.car.loops() >= 3;
    }
    CHECK(table.car.over());
    CHECK(table.car.problem() == "");
  }
}

TEST_CASE("no mischief at any request gives energy that it should not, and the session ends") {
  for (const auto& kind : kKinds) {
    const bool dc = kind.dc;
    for (const auto word : enum_names(Mischief{})) {
      const auto of_contracts = fault_of(std::string{word} + "@SessionSetupReq", dc).what >= Mischief::unsigned_;
      if (word == "none" || word == "pieces" || of_contracts) continue;
      for (auto step = Step::protocol; step < Step::over; step = static_cast<Step>(std::to_underlying(step) + 1)) {
        const bool only_dc = step == Step::cable_check || step == Step::precharge || step == Step::welding;
        const bool only_paid = step == Step::details || step == Step::receipt;
        if ((only_dc && !dc) || (only_paid && !kind.pays)) continue;
        CAPTURE(std::string{word});
        CAPTURE(std::string{name_of(step, dc)});
        Table table{kind.wish(), fault_of(std::string{word} + "@" + std::string{name_of(step, dc)}, dc)};
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

//=test ISO15118-2 V2G2-697
TEST_CASE("a contract is believed only whole, proved, and by a root for contracts") {
  struct Case {
    const char* fault;
    const char* code;
  };
  for (const auto& c : {Case{"unsigned@AuthorizationReq", "FAILED_SignatureError"},
                        Case{"forged@AuthorizationReq", "FAILED_SignatureError"},
                        Case{"other_challenge@AuthorizationReq", "FAILED_ChallengeInvalid"},
                        Case{"other_emaid@PaymentDetailsReq", "FAILED_NoCertificateAvailable"},
                        Case{"no_chain@PaymentDetailsReq", "FAILED_CertChainError"},
                        Case{"skip@PaymentDetailsReq", "FAILED_SequenceError"}}) {
    CAPTURE(c.fault);
    Table table{{.contract = operators().contract()}, fault_of(c.fault, false)};
    table.run();
    CHECK(table.car.problem().ends_with(c.code));
    CHECK(table.energized == 0);
    CHECK_FALSE(table.connection.demand().contract.has_value());
  }
}

//=test ISO15118-2 V2G2-481
//=test ISO15118-2 V2G2-903
//=test ISO15118-2 V2G2-904
TEST_CASE("a receipt that is not what the meter said, or not signed, ends the session") {
  for (const auto* fault :
       {"unsigned@MeteringReceiptReq", "forged@MeteringReceiptReq", "other_reading@MeteringReceiptReq"}) {
    CAPTURE(fault);
    Table table{{.contract = operators().contract()}, fault_of(fault, false)};
    table.run();
    CHECK(table.car.problem().ends_with("FAILED_MeteringSignatureNotValid"));
    CHECK_FALSE(table.station.contactor_closed);
  }
}

TEST_CASE("contracts that are over, of others or for other things are refused by name") {
  const auto refused = [](std::shared_ptr<const Contract> contract) {
    Table table{{.contract = std::move(contract)}};
    table.run();
    CHECK(table.energized == 0);
    return table.car.problem();
  };
  const auto& all = operators();
  const auto now = certificates::kNow;
  CHECK(refused(all.contract({.common_name = kEmaid, .not_after = now - 1})).ends_with("FAILED_CertificateExpired"));
  CHECK(refused(all.contract({.common_name = kEmaid, .not_before = now + 60})).ends_with("FAILED_CertificateExpired"));
  CHECK(refused(all.contract({.algorithm = "P-384", .common_name = kEmaid})).ends_with("FAILED_CertChainError"));
  CHECK(refused(all.contract({.common_name = kEmaid, .authority = true})).ends_with("FAILED_CertChainError"));
  const Operators others;
  CHECK(refused(others.contract()).ends_with("FAILED_CertChainError"));
}

//=test ISO15118-2 V2G2-633
TEST_CASE("without TLS or a root for contracts none is offered, and a car that insists is refused") {
  Table plain{{.contract = operators().contract()}};
  plain.connection.begin(std::nullopt, iso15118::Channel::plain, plain.now);
  plain.run();
  CHECK(plain.car.problem().ends_with("FAILED_PaymentSelectionInvalid"));
  Table rootless{{.contract = operators().contract()}};
  rootless.judge = contract::Judge{};
  rootless.run();
  CHECK(rootless.car.problem().ends_with("FAILED_PaymentSelectionInvalid"));
}

TEST_CASE("what session hears is the contract as it is known everywhere, with all that OCSP needs") {
  Table table{{.contract = operators().contract({.common_name = "de-8aa-testa0001-2"})}};
  table.station.authorization = secc::Authorization::open;
  auto next = table.car.begin();
  for (int i = 0; i < 20 && !table.connection.demand().contract; ++i) REQUIRE(table.turn(next));
  const auto demand = table.connection.demand();
  CHECK(demand.authorization);
  REQUIRE(demand.contract.has_value());
  CHECK(demand.contract->emaid.view() == kEmaid);
  REQUIRE(demand.contract->certificates.size == 3);
  for (const auto& one : demand.contract->certificates) {
    CHECK(one.issuer_name.size == 32);
    CHECK(one.issuer_key.size == 32);
    CHECK(one.serial.size > 0);
  }
}

TEST_CASE("faults are named by their request, and a wrong name says what there is") {
  CHECK(fault_of("zero_id@AuthorizationReq", false).where == Step::authorization);
  CHECK(fault_of("skip@CurrentDemandReq", true).where == Step::charging);
  CHECK_THROWS_AS(fault_of("skip@CurrentDemandReq", false), std::invalid_argument);
  CHECK_THROWS_AS(fault_of("nonsense@AuthorizationReq", false), std::invalid_argument);
  CHECK_THROWS_AS(fault_of("skip", false), std::invalid_argument);
}
