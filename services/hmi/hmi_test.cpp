#include <doctest/doctest.h>

#include "libs/json/json.hpp"
#include "services/hmi/assets.hpp"
#include "services/hmi/page_server.hpp"
#include "services/hmi/token_line.hpp"
#include "services/hmi/view.hpp"

using namespace bulwatt;
using namespace bulwatt::hmi;

namespace {
constexpr Resources kResources{"<p>", "css", "js", R"({"a":1})", R"({"points":[]})", 8080};

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
  for (const auto& [path, body] : {std::pair{"/", "<p>"}, {"/style.css", "css"}, {"/main.js", "js"}, {"/state", "{\"a\":1}"}}) {
    const auto answer = get("GET " + std::string{path} + " HTTP/1.1");
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(answer.ends_with(std::string{"\r\n\r\n"} + body));
    CHECK(answer.find("Content-Security-Policy: default-src 'none'") != std::string::npos);
    CHECK(answer.find("nosniff") != std::string::npos);
  }
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
  for (const char byte : std::string_view{"GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"}) c.feed({&byte, 1}, kResources);
  CHECK(c.output().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("tokens are whole lines of token characters and everything else is dropped whole") {
  TokenLines lines;
  CHECK(tokens_of(lines, "ABC123\nDE-F:1\r\n\n") == std::vector<std::string>{"ABC123", "DE-F:1"});
  CHECK(tokens_of(lines, "bad token\n$(reboot)\nOK\n") == std::vector<std::string>{"OK"});
  CHECK(lines.dropped() == 2);
  CHECK(tokens_of(lines, std::string(37, 'A') + "\n" + std::string(36, 'B') + "\n") == std::vector<std::string>{std::string(36, 'B')});
}

TEST_CASE("the page never sees a whole token") {
  session::Snapshot s{};
  s.token = session::IdToken{"0123456789ABCDEF", session::TokenType::iso14443};
  s.currency = "EUR";
  s.cost_micro = 12'345'678;
  s.power.faults = 1U << std::to_underlying(power::Fault::rcd_trip);
  const auto view = view_of(s, {}, {0});
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
  CHECK(view_of(s, {}, {0}).token->view() == "****");
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
}
