#include "services/v2g/link.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "protocols/app_protocol/app_protocol.hpp"
#include "protocols/iso15118_2/codec.hpp"

using namespace bulwatt;
using namespace bulwatt::v2g;
using namespace std::chrono_literals;

namespace {

using Bytes = std::vector<std::byte>;
constexpr std::string_view kIso2 = "urn:iso:15118:2:2013:MsgDef";

void some_bytes(std::span<std::byte> out) { std::ranges::fill(out, std::byte{0x5a}); }

template <class Message>
Bytes framed(const Message& message) {
  Bytes out(8192);
  const auto size = encode(message, std::span{out}.subspan(v2gtp::kHeaderSize));
  REQUIRE(size.has_value());
  out.resize(v2gtp::kHeaderSize + *size);
  v2gtp::put_header({v2gtp::PayloadType::exi, static_cast<std::uint32_t>(*size)},
                    std::span{out}.first<v2gtp::kHeaderSize>());
  return out;
}
Bytes proposal(std::string_view name = kIso2) {
  app_protocol::SupportedAppProtocolReq req;
  REQUIRE(req.app_protocol.push_back(
      {.protocol_namespace = name, .version_number_major = 2, .schema_id = 7, .priority = 1}));
  return framed(app_protocol::Message{req});
}
template <class Req>
Bytes request(const Req& req, iso15118::SessionId id = {}) {
  iso2::Message message;
  message.header.session_id = id;
  message.header.session_id.size = 8;
  message.body.message.emplace(req);
  return framed(message);
}
Address host(std::uint8_t number) {
  Address out{};
  out[0] = std::byte{0xfe};
  out[1] = std::byte{0x80};
  out[15] = std::byte{number};
  return out;
}

struct Stand final : Notes {
  Config config{};
  LinkConfig place{.interface = "car0"};
  Instant now{1h};
  std::vector<std::string> notes;
  session::VehicleOutlet outlet{
      .pilot = power::Pilot::b2, .digital = true, .waits_for_person = true, .limit_ma = 16'000, .phases = 3};
  Link link{place, config, some_bytes, *this};

  Stand() {
    link.set_offer({.address = host(1), .plain_port = 61'341});
    show();
  }
  void note(std::string_view line) override { notes.emplace_back(line); }
  void show() { link.set_outlet(outlet, {}, now); }
  void pass(Duration time) {
    now += time;
    link.poll(now);
  }
  std::size_t arrive(std::uint8_t from = 2) {
    const auto slot = link.arrive(host(from), iso15118::Channel::plain, now);
    REQUIRE(slot.has_value());
    return *slot;
  }
  void say(std::size_t slot, const Bytes& bytes) { link.take(slot, bytes, now); }
  iso2::Message answer(std::size_t slot) {
    iso2::Message message{};
    const auto frame = v2gtp::parse_datagram(link.output(slot));
    REQUIRE(frame.has_value());
    REQUIRE(iso2::decode(frame->payload, message).has_value());
    link.sent(slot, link.output(slot).size());
    return message;
  }
  /// A session that has begun; its slot.
  std::size_t session() {
    const auto slot = arrive();
    say(slot, proposal());
    link.sent(slot, link.output(slot).size());
    say(slot, request(iso2::SessionSetupReq{}));
    answer(slot);
    return slot;
  }
  bool seated() const { return link.report().connected; }
  auto ask(std::uint8_t from) {
    const auto datagram = sdp::encode(sdp::Request{sdp::Security::none, sdp::Transport::tcp});
    return link.datagram(datagram, {host(from), 5'000}, now);
  }
};

}  // namespace

TEST_CASE("DIN SPEC 70121 is spoken at an outlet of direct current, ISO 15118-2 offers what the outlet gives") {
  Stand ac;
  const auto refused = ac.arrive();
  ac.say(refused, proposal("urn:din:70121:2012:MsgDef"));
  CHECK_FALSE(ac.seated());
  Stand dc;
  dc.outlet.dc = session::VehicleDcOutlet{.max_mv = 500'000, .max_ma = 125'000, .max_mw = 20'000'000};
  dc.show();
  const auto taken = dc.arrive();
  dc.say(taken, proposal("urn:din:70121:2012:MsgDef"));
  CHECK(dc.seated());
  CHECK(dc.link.report().car.protocol == session::VehicleProtocol::din70121);
  Stand iso;
  iso.outlet.dc = dc.outlet.dc;
  iso.show();
  const auto slot = iso.arrive();
  iso.say(slot, proposal());
  iso.link.sent(slot, iso.link.output(slot).size());
  iso.say(slot, request(iso2::SessionSetupReq{}));
  const auto id = iso.answer(slot).header.session_id;
  iso.say(slot, request(iso2::ServiceDiscoveryReq{}, id));
  const auto answer = iso.answer(slot);
  const auto* discovered = std::get_if<iso2::ServiceDiscoveryRes>(&*answer.body.message);
  REQUIRE(discovered != nullptr);
  const auto& modes = discovered->charge_service.supported_energy_transfer_mode.energy_transfer_mode;
  REQUIRE(modes.size == 1);
  CHECK(modes[0] == iso2::EnergyTransferMode::dc_extended);
  CHECK_FALSE(iso.link.supplies_dc());
}

TEST_CASE("a car that asks is told where the station is, but only while it is plugged in and signalled 5 %") {
  Stand stand;
  const auto answer = stand.ask(2);
  REQUIRE(answer.has_value());
  const auto told = sdp::parse_response(answer->datagram);
  REQUIRE(told.has_value());
  CHECK(told->address == host(1));
  CHECK(told->port == 61'341);
  CHECK(told->security == sdp::Security::none);
  stand.outlet.digital = false;
  stand.show();
  CHECK(stand.ask(2).error() == sdp::Ignored::no_car);
  stand.outlet.digital = true;
  stand.outlet.pilot = power::Pilot::a;
  stand.show();
  CHECK(stand.ask(2).error() == sdp::Ignored::no_car);
}

TEST_CASE("nobody is answered before the own address is known") {
  Stand stand;
  Link fresh{stand.place, stand.config, some_bytes, stand};
  fresh.set_outlet(stand.outlet, {}, stand.now);
  const auto datagram = sdp::encode(sdp::Request{sdp::Security::none, sdp::Transport::tcp});
  CHECK(fresh.datagram(datagram, {host(2), 5'000}, stand.now).error() == sdp::Ignored::not_offered);
}

TEST_CASE(
    "the first that agrees on a protocol has the seat; the others are turned away, and SDP answers only its car") {
  Stand stand;
  const auto silent = stand.arrive(3);
  const auto car = stand.arrive(2);
  CHECK_FALSE(stand.seated());
  stand.say(car, proposal());
  CHECK(stand.seated());
  CHECK(stand.link.report().car.protocol == session::VehicleProtocol::iso15118_2);
  CHECK_FALSE(stand.link.open(silent));
  CHECK(stand.link.open(car));
  CHECK_FALSE(stand.link.arrive(host(4), iso15118::Channel::plain, stand.now).has_value());
  CHECK(stand.ask(2).has_value());
  CHECK(stand.ask(4).error() == sdp::Ignored::busy);
  stand.link.gone(car, stand.now);
  CHECK_FALSE(stand.seated());
  CHECK(stand.ask(4).has_value());
  CHECK(stand.link.arrive(host(4), iso15118::Channel::plain, stand.now).has_value());
}

TEST_CASE("connections that say nothing keep nobody out, and end by themselves") {
  Stand stand;
  for (std::uint8_t i = 0; i < 100; ++i) {
    stand.arrive(i);
    stand.pass(1ms);
  }
  const auto car = stand.session();
  CHECK(stand.seated());
  stand.link.gone(car, stand.now);
  const auto silent = stand.arrive();
  stand.pass(17'999ms);
  CHECK(stand.link.open(silent));
  stand.pass(1ms);
  CHECK_FALSE(stand.link.open(silent));
  CHECK(stand.link.next() == kNever);
}

TEST_CASE("what is no V2GTP, no EXI or no known protocol ends its connection and nothing else") {
  Stand stand;
  const auto text = std::string_view{"GET / HTTP/1.1\r\n\r\n"};
  auto slot = stand.arrive();
  stand.say(slot, {reinterpret_cast<const std::byte*>(text.data()),
                   reinterpret_cast<const std::byte*>(text.data()) + text.size()});
  CHECK_FALSE(stand.link.open(slot));
  slot = stand.arrive();
  auto giant = proposal();
  giant[4] = giant[5] = giant[6] = giant[7] = std::byte{0xff};
  stand.say(slot, giant);
  CHECK_FALSE(stand.link.open(slot));
  slot = stand.arrive();
  stand.say(slot, proposal("urn:nobody:knows"));
  CHECK_FALSE(stand.link.output(slot).empty());  // the answer that says so
  CHECK_FALSE(stand.seated());
  CHECK(stand.notes.size() == 3);
}

TEST_CASE("a session is reported, and its end by the cable, by time and by hanging up") {
  Stand stand;
  auto slot = stand.session();
  CHECK(stand.link.report().connected);
  stand.outlet.pilot = power::Pilot::a;
  stand.show();
  CHECK_FALSE(stand.link.report().connected);
  stand.outlet.pilot = power::Pilot::b2;
  stand.show();
  slot = stand.session();
  stand.pass(60s);
  CHECK_FALSE(stand.link.report().connected);
  slot = stand.session();
  stand.link.gone(slot, stand.now);
  CHECK_FALSE(stand.link.report().connected);
}

TEST_CASE(
    "after the last response the car hangs up, or the station does in five seconds; nobody is kept out meanwhile") {
  Stand stand;
  const auto slot = stand.session();
  stand.say(slot, request(iso2::SessionSetupReq{}));  // out of sequence: refused, and over
  CHECK_FALSE(stand.seated());
  CHECK(stand.link.open(slot));
  CHECK_FALSE(stand.link.output(slot).empty());
  CHECK(stand.link.arrive(host(9), iso15118::Channel::plain, stand.now).has_value());
  stand.say(slot, request(iso2::SessionSetupReq{}));
  stand.pass(5s);
  CHECK_FALSE(stand.link.open(slot));
}

TEST_CASE("when session falls silent nothing may flow, and the conversation goes on in time") {
  Stand stand;
  const auto slot = stand.session();
  stand.link.set_outlet(std::nullopt, {}, stand.now);
  stand.pass(1s);
  stand.link.set_outlet(std::nullopt, {}, stand.now);
  CHECK(stand.link.open(slot));
  CHECK(stand.seated());
  CHECK(stand.link.report().supply == session::VehicleSupply::off);
  stand.show();
  CHECK(stand.seated());
}

TEST_CASE("configurations that cannot be are refused with a sentence") {
  Config config{};
  REQUIRE(config.links.push_back({.interface = "car0"}));
  CHECK(links_error(config).empty());
  REQUIRE(config.links.push_back({.interface = "car0", .evse = 2}));
  CHECK(links_error(config).contains("same interface"));
  config.links[1] = {.interface = "car1", .evse = 1};
  CHECK(links_error(config).contains("same outlet"));
  config.links[1] = {.interface = "car1", .evse = 2, .tcp_port = 50'000, .tls_port = 50'000};
  CHECK(links_error(config).contains("one port"));
}

namespace {

/// Believes whatever is there.
struct Credulous final : secc::Contracts {
  bool any() const override { return true; }
  std::expected<secc::Contract, secc::ContractFault> read(const iso2::PaymentDetailsReq& details, Timestamp) override {
    secc::Contract out{.emaid = details.emaid};
    out.certificates.size = 1;
    out.certificates[0].responder = "http://ocsp.example";
    return out;
  }
  bool verify(const xmldsig::Signature&, std::string_view id, std::span<const std::byte>, const Octets<65>&) override {
    return id == "id1";
  }
};

/// What a car sends until its contract is proved.
std::vector<Bytes> by_contract(iso15118::SessionId id) {
  iso2::PaymentServiceSelectionReq selection{.selected_payment_option = iso2::PaymentOption::contract};
  selection.selected_service_list.selected_service.size = 1;
  selection.selected_service_list.selected_service[0].service_id = 1;
  iso2::PaymentDetailsReq details{.emaid = "DE8AATESTA00012"};
  details.contract_signature_cert_chain.certificate.size = 1;
  iso2::Message proof;
  proof.header.session_id = id;
  proof.header.signature.emplace().signed_info.reference.size = 1;
  iso2::AuthorizationReq authorization{.id = "id1"};
  authorization.gen_challenge.emplace().data.fill(std::byte{0x5a});
  authorization.gen_challenge->size = 16;
  proof.body.message.emplace(authorization);
  return {request(iso2::ServiceDiscoveryReq{}, id), request(selection, id), request(details, id), framed(proof)};
}

}  // namespace

TEST_CASE("session hears of a contract once the car has proved it, and only over TLS") {
  for (const auto channel : {iso15118::Channel::plain, iso15118::Channel::tls_1_2, iso15118::Channel::tls_1_3}) {
    Stand stand;
    Credulous contracts;
    Link link{stand.place, stand.config, some_bytes, stand, &contracts};
    link.set_outlet(stand.outlet, {}, stand.now);
    const auto slot = link.arrive(host(2), iso15118::Channel::tls_1_2, stand.now);
    REQUIRE(slot.has_value());
    link.secured(*slot, channel);
    link.take(*slot, proposal(), stand.now);
    link.take(*slot, request(iso2::SessionSetupReq{}), stand.now);
    iso15118::SessionId id;
    id.size = 8;
    id.data.fill(std::byte{0x5a});
    CHECK_FALSE(link.report().contract.has_value());
    for (const auto& bytes : by_contract(id)) link.take(*slot, bytes, stand.now);
    const auto report = link.report();
    CHECK(report.contract.has_value() == (channel != iso15118::Channel::plain));
    CHECK(report.connected == report.contract.has_value());
    if (!report.contract) continue;
    CHECK(report.authorization);
    CHECK(report.contract->emaid.view() == "DE8AATESTA00012");
    REQUIRE(report.contract->certificates.size == 1);
    CHECK(report.contract->certificates[0].responder.view() == "http://ocsp.example");
  }
}
