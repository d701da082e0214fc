#include "protocols/secc/connection.hpp"

#include "protocols/secc/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::secc;
using namespace bulwatt::secc::testing;

namespace {
using Bytes = std::vector<std::byte>;
constexpr std::string_view kIso2 = "urn:iso:15118:2:2013:MsgDef";
constexpr std::string_view kDin = "urn:din:70121:2012:MsgDef";

template <class Message>
Bytes framed(const Message& message, v2gtp::PayloadType type = v2gtp::PayloadType::exi) {
  Bytes out(8192);
  const auto size = encode(message, std::span{out}.subspan(v2gtp::kHeaderSize));
  REQUIRE(size.has_value());
  out.resize(v2gtp::kHeaderSize + *size);
  v2gtp::put_header({type, static_cast<std::uint32_t>(*size)}, std::span{out}.first<v2gtp::kHeaderSize>());
  return out;
}
Bytes proposal(std::vector<std::string_view> namespaces) {
  app_protocol::SupportedAppProtocolReq req;
  for (const auto& n : namespaces) {
    const auto number = static_cast<std::uint8_t>(req.app_protocol.size + 1);
    REQUIRE(req.app_protocol.push_back(
        {.protocol_namespace = n, .version_number_major = 2, .schema_id = number, .priority = number}));
  }
  return framed(app_protocol::Message{req});
}
struct Link {
  Station station = ac_station();
  Instant now = Instant{} + 1h;
  Connection connection;
  explicit Link(iso15118::Enabled enabled = {.din70121 = true, .iso15118_2 = true})
      : connection({.enabled = enabled,
                    .iso2 = {.random = count_up},
                    .din = {.timers = iso15118::kDinTimers, .random = count_up}}) {
    connection.begin(std::nullopt, now);
  }
  void send(const Bytes& bytes, std::size_t piece = 100'000) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      connection.take(std::span{bytes}.subspan(at, std::min(piece, bytes.size() - at)), station, now);
    }
  }
  // The payload of the only response.
  Bytes answer() {
    const auto frame = v2gtp::parse_datagram(connection.output());
    REQUIRE(frame.has_value());
    Bytes payload{frame->payload.begin(), frame->payload.end()};
    connection.sent(connection.output().size());
    return payload;
  }
  app_protocol::SupportedAppProtocolRes agreed() {
    app_protocol::Message message;
    REQUIRE(app_protocol::decode(answer(), message).has_value());
    return std::get<app_protocol::SupportedAppProtocolRes>(message);
  }
};
Bytes setup() {
  static auto message = std::make_unique<iso2::Message>();
  iso2::SessionSetupReq req;
  req.evcc_id.size = 6;
  message->header.session_id.size = 8;
  message->body.message.emplace(req);
  return framed(*message);
}
}  // namespace

TEST_CASE("a session begins with the protocol, then its first message, byte by byte if it must") {
  for (const std::size_t piece : {std::size_t{100'000}, std::size_t{1}}) {
    Link link;
    link.send(proposal({kIso2, kDin}), piece);
    const auto agreed = link.agreed();
    CHECK(agreed.response_code == app_protocol::ResponseCode::ok_successful_negotiation);
    CHECK(agreed.schema_id == 1);
    CHECK(link.connection.protocol() == iso15118::Protocol::iso15118_2);
    link.send(setup(), piece);
    auto message = std::make_unique<iso2::Message>();
    REQUIRE(iso2::decode(link.answer(), *message).has_value());
    REQUIRE(message->body.message.has_value());
    CHECK(std::get<iso2::SessionSetupRes>(*message->body.message).response_code ==
          iso2::ResponseCode::ok_new_session_established);
    CHECK_FALSE(link.connection.over());
  }
}

TEST_CASE("no common protocol is said, and the connection ends") {
  Link link{{.din70121 = true}};
  link.send(proposal({kIso2, "urn:tesla:din:2018:MsgDef"}));
  CHECK(link.agreed().response_code == app_protocol::ResponseCode::failed_no_negotiation);
  CHECK(link.connection.over());
  CHECK(link.connection.broken() == Broken::no_negotiation);
  link.send(proposal({kDin}));
  CHECK(link.connection.output().empty());
}

//=test ISO15118-2 V2G2-800
TEST_CASE("frames of other types are ignored") {
  Link link;
  auto other = proposal({kIso2});
  other[2] = std::byte{0xa0};
  link.send(other);
  CHECK(link.connection.output().empty());
  CHECK_FALSE(link.connection.over());
  link.send(proposal({kDin}));
  CHECK(link.connection.protocol() == iso15118::Protocol::din70121);
}

TEST_CASE("each way to break a connection has its name, and none of them demands energy") {
  const auto broken = [](Link& link, Broken why) {
    CHECK(link.connection.over());
    CHECK(link.connection.broken() == why);
    CHECK(link.connection.demand().supply == Supply::off);
    CHECK(link.connection.demand().ended);
    CHECK(link.connection.next() == kNever);
  };
  Link garbage;
  garbage.send(Bytes(8, std::byte{'G'}));
  broken(garbage, Broken::bad_frame);
  Link exi;
  exi.send(proposal({kIso2}));
  auto bad = setup();
  bad[8] = std::byte{0x00};
  exi.send(bad);
  broken(exi, Broken::bad_exi);
  Link response;
  response.send(framed(app_protocol::Message{app_protocol::SupportedAppProtocolRes{}}));
  broken(response, Broken::no_protocol);
  Link silent;
  silent.now += 18s;
  silent.connection.poll(silent.station, silent.now);
  broken(silent, Broken::no_protocol);
  Link again;
  again.send(proposal({kIso2}));
  again.send(proposal({kIso2}));
  broken(again, Broken::bad_exi);
}

TEST_CASE("a car that sends on without reading is dropped before memory grows") {
  Link link;
  Bytes all = proposal({kIso2});
  for (int i = 0; i < 200; ++i) {
    const auto more = setup();
    all.insert(all.end(), more.begin(), more.end());
  }
  link.send(all);
  CHECK(link.connection.over());
  CHECK(link.connection.output().size() <= kMaxOutput);
}

TEST_CASE("CVE-2025-68133, CVE-2025-68136: the next car gets the same object, as new") {
  Link link;
  for (int i = 0; i < 1000; ++i) {
    link.connection.begin(std::nullopt, link.now);
    link.send(proposal({kIso2}));
    REQUIRE(link.agreed().schema_id == 1);
    link.send(setup());
    REQUIRE_FALSE(link.connection.over());
  }
}
