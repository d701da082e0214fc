#include <doctest/doctest.h>

#include "libs/json/json.hpp"
#include "services/hmi/assets.hpp"
#include "services/hmi/station_page.hpp"
#include "services/hmi/token_line.hpp"

using namespace bulwatt;
using namespace bulwatt::hmi;

namespace {
/// Two EVSEs and short texts.
struct FixedResources final : Resources {
  std::span<const Asset> assets() const override {
    static constexpr std::array kAssets{Asset{"/", "text/html", "<p>"}, Asset{"/style.css", "text/css", "css"},
                                        Asset{"/main.js", "text/javascript", "js"}};
    return kAssets;
  }
  std::string_view station() override { return R"({"a":1})"; }
  std::optional<std::string_view> state(std::uint8_t evse) override {
    return evse == 1   ? std::optional<std::string_view>{"one"}
           : evse == 2 ? std::optional<std::string_view>{"two"}
                       : std::nullopt;
  }
  std::optional<std::string_view> history(std::uint8_t evse) override { return state(evse); }
  std::optional<std::string_view> receipt(std::uint8_t) override { return std::nullopt; }
  std::optional<std::string_view> meter_key() override { return std::nullopt; }
  std::uint16_t port() const override { return 8080; }
};
FixedResources kResources;

std::string get(std::string_view start_line, std::string_view host = "localhost:8080") {
  Connection c;
  std::string request{start_line};
  request += "\r\nHost: ";
  request += host;
  request += "\r\n\r\n";
  c.feed(request, kResources);
  return std::string{c.output()};
}
std::vector<std::string> tokens_of(TokenLines& lines, std::string_view text) {
  std::vector<std::string> out;
  for (const char c : text) {
    if (const auto token = lines.take(c)) out.emplace_back(token->id.view());
  }
  return out;
}
}  // namespace

TEST_CASE("each resource is served with the headers that keep a browser strict") {
  for (const auto& [path, body] : {std::pair{"/", "<p>"},
                                   {"/style.css", "css"},
                                   {"/main.js", "js"},
                                   {"/station", "{\"a\":1}"},
                                   {"/state", "one"}}) {
    const auto answer = get("GET " + std::string{path} + " HTTP/1.1");
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(answer.ends_with(std::string{"\r\n\r\n"} + body));
    CHECK(answer.find("Content-Security-Policy: default-src 'none'") != std::string::npos);
    CHECK(answer.find("nosniff") != std::string::npos);
  }
}

TEST_CASE("each EVSE has a state and a history of its own, and one that is not there has none") {
  CHECK(get("GET /state?evse=2 HTTP/1.1").ends_with("two"));
  CHECK(get("GET /history HTTP/1.1").ends_with("one"));
  for (const auto* query : {"3", "0", "", "1x", "-1", "999"}) {
    CHECK(get("GET /state?evse=" + std::string{query} + " HTTP/1.1").starts_with("HTTP/1.1 404 "));
  }
  CHECK(get("GET /state?color=2 HTTP/1.1").starts_with("HTTP/1.1 404 "));
}

TEST_CASE("what is not there, not allowed or not HTTP is answered so") {
  CHECK(get("GET /etc/passwd HTTP/1.1").starts_with("HTTP/1.1 404 "));
  CHECK(get("POST / HTTP/1.1").starts_with("HTTP/1.1 405 "));
  CHECK(get("GET / HTTP/1.1", "evil.example:8080").starts_with("HTTP/1.1 421 "));
  CHECK(get("nonsense").starts_with("HTTP/1.1 400 "));
}

TEST_CASE("only loopback names at the own port are served") {
  CHECK(host_allowed("localhost:8080", 8080));
  CHECK(host_allowed("127.0.0.1:8080", 8080));
  CHECK(host_allowed("[::1]:8080", 8080));
  CHECK(host_allowed("localhost", 80));
  CHECK_FALSE(host_allowed("localhost:8081", 8080));
  CHECK_FALSE(host_allowed("localhost.evil.example:8080", 8080));
  CHECK_FALSE(host_allowed("", 8080));
}

TEST_CASE("a stream gets the state at once and each change after it") {
  Connection c;
  c.feed("GET /events HTTP/1.1\r\nHost: localhost:8080\r\n\r\n", kResources);
  CHECK(c.streaming());
  CHECK(c.output().ends_with("event: state\ndata: {\"a\":1}\n\n"));
  c.consume(c.output().size());
  c.event("{}");
  CHECK(c.output() == "event: state\ndata: {}\n\n");
  CHECK_FALSE(c.finished());
}

TEST_CASE("a browser that does not read is dropped instead of filling memory") {
  Connection c;
  c.feed("GET /events HTTP/1.1\r\nHost: localhost:8080\r\n\r\n", kResources);
  const std::string big(1000, 'x');
  for (int i = 0; i < 1000; ++i) c.event(big);
  CHECK(c.finished());
}

TEST_CASE("a request may arrive byte by byte") {
  Connection c;
  for (const char byte : std::string_view{"GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"})
    c.feed({&byte, 1}, kResources);
  CHECK(c.output().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("tokens are whole lines of token characters and everything else is dropped whole") {
  TokenLines lines;
  CHECK(tokens_of(lines, "ABC123\nDE-F:1\r\n\n") == std::vector<std::string>{"ABC123", "DE-F:1"});
  CHECK(tokens_of(lines, "bad token\n$(reboot)\nOK\n") == std::vector<std::string>{"OK"});
  CHECK(lines.dropped() == 2);
  CHECK(tokens_of(lines, std::string(37, 'A') + "\n" + std::string(36, 'B') + "\n") ==
        std::vector<std::string>{std::string(36, 'B')});
}

TEST_CASE("the page never sees a whole token") {
  session::Snapshot s{};
  s.token = session::IdToken{"0123456789ABCDEF", session::TokenType::iso14443};
  s.currency = "EUR";
  s.cost_micro = 12'345'678;
  s.power.faults = 1U << std::to_underlying(power::Fault::rcd_trip);
  const auto view = view_of(1, s, {}, {0});
  CHECK(view.token->view() == "****CDEF");
  CHECK(view.cost->view() == "12.35");
  REQUIRE(view.faults.size == 1);
  CHECK(view.faults[0].view() == "rcd_trip");
  std::array<char, 16 * 1024> buffer{};
  const auto text = json::encode(view, buffer);
  REQUIRE(text.has_value());
  CHECK(text->find("0123456789") == std::string_view::npos);
}

TEST_CASE("a short token is not shown at all") {
  session::Snapshot s{};
  s.token = session::IdToken{"12345678", session::TokenType::iso14443};
  CHECK(view_of(1, s, {}, {0}).token->view() == "****");
}

TEST_CASE("what a car has told is shown, but not who it is") {
  session::Snapshot s{};
  CHECK_FALSE(view_of(1, s, {}, {0}).vehicle.has_value());
  s.vehicle = session::VehicleView{.protocol = session::VehicleProtocol::iso15118_2,
                                   .soc_percent = 40,
                                   .wanted_mwh = 20'000'500,
                                   .target_mv = 420'000,
                                   .target_ma = 16'000};
  s.vehicle->evcc_id.size = 6;
  const auto view = view_of(1, s, {}, {0});
  REQUIRE(view.vehicle.has_value());
  CHECK(view.vehicle->wanted_wh == 20'000);
  CHECK(view.vehicle->target_mv == 420'000);
  CHECK(view.vehicle->target_ma == 16'000);
  std::array<char, 8192> text{};
  const auto shown = json::encode(view, text);
  REQUIRE(shown.has_value());
  CHECK(shown->contains("ISO 15118-2"));
  CHECK_FALSE(shown->contains("evcc"));
}

TEST_CASE("the page knows each EVSE that session names, and none other") {
  StationPage page{{}};
  session::GetTopology::Topology topology{};
  for (const std::uint8_t evse : std::array<std::uint8_t, 2>{1, 2}) {
    session::EvseTopology one{.evse = evse, .phases = 3, .max_ma = 32'000, .connectors = {}};
    REQUIRE(one.connectors.push_back({1, "sType2"}));
    REQUIRE(topology.evses.push_back(one));
  }
  page.set_topology(topology);
  session::Snapshot second{};
  second.evse = 2;
  second.state = session::State::charging;
  REQUIRE(second.connectors.push_back(
      {.connector = 1, .status = session::ConnectorStatus::occupied, .operative = true, .cable = true, .power = {}}));
  page.set_snapshot(2, second);
  page.refresh({1'000'000});
  CHECK(page.state(1)->find(R"("up":false)") != std::string_view::npos);
  CHECK(page.state(2)->find(R"("state":"charging")") != std::string_view::npos);
  CHECK(page.state(2)->find(R"("type":"sType2")") != std::string_view::npos);
  CHECK_FALSE(page.state(3));
  CHECK_FALSE(page.history(0));
  CHECK(page.history(2)->find(R"("t":1000)") != std::string_view::npos);
}

TEST_CASE("the greatest station fits its buffer") {
  StationPage page{{}};
  session::GetTopology::Topology topology{};
  topology.evses.size = power::kMaxEvses;
  page.set_topology(topology);
  const std::string quotes(64, '"');  // each takes two bytes in JSON
  session::Snapshot s{};
  s.limits.size = 8;
  for (auto& limit : s.limits)
    limit = {session::LimitSource::installation, 80'000, std::string_view{quotes}.substr(0, 40)};
  s.notice = std::string_view{quotes};
  s.power.faults = ~0U;
  s.connectors.size = power::kMaxConnectors;
  for (auto& connector : s.connectors) connector.power.faults = ~0U;
  for (std::uint8_t evse = 1; evse <= power::kMaxEvses; ++evse) page.set_snapshot(evse, s);
  page.refresh({0});
  CHECK(page.station().size() > 1000);
  CHECK(page.state(1).has_value());
}

TEST_CASE("the greatest state and history fit their buffers") {
  History history;
  for (std::int64_t i = 0; i < 700; ++i) history.add({4'000'000'000 + i, 999'999, 99'999'999});
  CHECK(history.points.size == kPoints);
  CHECK(history.points[0].t == 4'000'000'100);
  std::array<char, 64 * 1024> buffer{};
  CHECK(json::encode(history, buffer).has_value());
}

TEST_CASE("the page's files are in the program") {
  CHECK(page().find("<main>") != std::string_view::npos);
  CHECK(style().find(".figures") != std::string_view::npos);
  CHECK(script().find("EventSource") != std::string_view::npos);
  CHECK(installer_page().find("findings") != std::string_view::npos);
}

TEST_CASE("every finding has a sentence on the installer's page") {
  const auto has_words = [](std::string_view code) {
    return installer_script().find(std::string{code} + ":{wrong:") != std::string_view::npos;
  };
  for (const auto code : kCodes) CHECK_MESSAGE(has_words(code), code);
  for (const auto fault : enum_names(power::Fault{})) CHECK_MESSAGE(has_words(fault), fault);
  CHECK_FALSE(has_words("no_such_finding"));
}
