#include "libs/http/head.hpp"

#include <doctest/doctest.h>

#include <string>

#include "libs/http/writer.hpp"

using namespace bulwatt;
using http::Error;

namespace {

constexpr std::string_view kUpgrade =
    "GET /ocpp/CS%20001?x=1 HTTP/1.1\r\n"
    "Host: csms.example:9000\r\n"
    "Upgrade:  websocket \t\r\n"
    "Connection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Protocol: ocpp2.0.1,\r\n"
    "Sec-WebSocket-Protocol: ocpp2.1\r\n"
    "\r\n";

/// Reads and parses; the first error of either.
std::optional<Error> request_error(std::string_view text) {
  http::HeadReader reader;
  const auto fed = reader.feed(text);
  if (!fed) return fed.error();
  REQUIRE(fed->complete);
  const auto request = http::parse_request(reader.head());
  return request ? std::nullopt : std::optional{request.error()};
}

std::string with_headers(std::string_view headers) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string{headers} + "\r\n";
}

}  // namespace

TEST_CASE("reads a head that arrives byte by byte and leaves what follows it alone") {
  http::HeadReader reader;
  const std::string stream = std::string{kUpgrade} + "\x81\x05hello";
  std::size_t used = 0;
  while (!reader.complete()) {
    const auto fed = reader.feed(std::string_view{stream}.substr(used, 1));
    REQUIRE(fed.has_value());
    used += fed->consumed;
  }
  CHECK(used == kUpgrade.size());
  CHECK(reader.feed("more")->consumed == 0);
  const auto request = http::parse_request(reader.head());
  REQUIRE(request.has_value());
  CHECK(request->method == "GET");
  CHECK(request->path() == "/ocpp/CS%20001");
  CHECK(request->query() == "x=1");
  CHECK(request->headers.only("upgrade") == "websocket");
  CHECK(request->headers.has_token("connection", "upgrade"));
  CHECK_FALSE(request->headers.has_token("connection", "up"));
  CHECK(request->headers.has_token("sec-websocket-protocol", "ocpp2.1"));
  CHECK_FALSE(request->headers.only("sec-websocket-protocol").has_value());
  CHECK(request->body.kind == http::Body::Kind::none);
}

TEST_CASE("refuses a request that two parties could read differently") {
  struct Case {
    std::string text;
    Error error;
  };
  using namespace std::string_literals;
  const Case cases[] = {
      {"GET / HTTP/1.1\nHost: a\n\n", Error::forbidden_byte},
      {"GET / HTTP/1.1\rHost: a\r\n\r\n", Error::forbidden_byte},
      {"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"s, Error::forbidden_byte},
      {"GET / HTTP/1.1\r\nHost: a\x7f\r\n\r\n", Error::forbidden_byte},
      {"\r\nGET / HTTP/1.1\r\n", Error::bad_start_line},
      {"GET /\r\nHost: a\r\n\r\n", Error::bad_start_line},
      {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", Error::bad_start_line},
      {"GET / HTTQ/1.1\r\nHost: a\r\n\r\n", Error::bad_start_line},
      {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", Error::unsupported_version},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", Error::unsupported_version},
      {"GET / /x HTTP/1.1\r\nHost: a\r\n\r\n", Error::bad_target},
      {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", Error::bad_target},
      {"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", Error::bad_target},
      {"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", Error::bad_target},
      {"GET / HTTP/1.1\r\n\r\n", Error::bad_host},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Error::bad_host},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", Error::bad_host},
      {with_headers("NoColon\r\n"), Error::bad_header},
      {with_headers("Space : x\r\n"), Error::bad_header},
      {with_headers("A: b\r\n folded\r\n"), Error::bad_header},
      {with_headers(": x\r\n"), Error::bad_header},
      {with_headers("Content-Length: +5\r\n"), Error::bad_content_length},
      {with_headers("Content-Length: 0x5\r\n"), Error::bad_content_length},
      {with_headers("Content-Length: 5, 5\r\n"), Error::bad_content_length},
      {with_headers("Content-Length:\r\n"), Error::bad_content_length},
      {with_headers("Content-Length: 5\r\nContent-Length: 5\r\n"), Error::bad_content_length},
      {with_headers("Content-Length: 9999999999999999999\r\n"), Error::bad_content_length},
      {with_headers("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), Error::bad_transfer_encoding},
      {with_headers("Transfer-Encoding: gzip\r\n"), Error::bad_transfer_encoding},
      {with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), Error::bad_transfer_encoding},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(request_error(c.text) == c.error);
  }
}

TEST_CASE("holds every limit at its edge") {
  const auto line_of = [](std::size_t size) { return with_headers("A: " + std::string(size - 3, 'x') + "\r\n"); };
  CHECK_FALSE(request_error(line_of(http::kLineLimit)).has_value());
  CHECK(request_error(line_of(http::kLineLimit + 1)) == Error::line_too_long);

  const auto count_of = [](std::size_t count) {
    std::string headers;
    for (std::size_t i = 1; i < count; ++i) headers += "A: b\r\n";  // Host is the first one
    return with_headers(headers);
  };
  CHECK_FALSE(request_error(count_of(http::kHeaderLimit)).has_value());
  CHECK(request_error(count_of(http::kHeaderLimit + 1)) == Error::too_many_headers);

  const auto total_of = [](std::size_t size) {
    const std::string line = "A: " + std::string(3000, 'x') + "\r\n";
    const std::size_t rest = size - with_headers(line + line).size() - std::string_view{"B: \r\n"}.size();
    return with_headers(line + line + "B: " + std::string(rest, 'y') + "\r\n");
  };
  REQUIRE(total_of(http::kHeadLimit).size() == http::kHeadLimit);
  CHECK_FALSE(request_error(total_of(http::kHeadLimit)).has_value());
  CHECK(request_error(total_of(http::kHeadLimit + 1)) == Error::head_too_long);

  const auto target_of = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  CHECK_FALSE(request_error(target_of(http::kTargetLimit)).has_value());
  CHECK(request_error(target_of(http::kTargetLimit + 1)) == Error::bad_target);
}

TEST_CASE("a reader that failed stays failed until it is reset") {
  http::HeadReader reader;
  CHECK(reader.feed("GET\n").error() == Error::forbidden_byte);
  CHECK(reader.feed("x").error() == Error::forbidden_byte);
  reader.reset();
  CHECK(reader.feed(kUpgrade)->complete);
}

TEST_CASE("parses responses and refuses bad status lines") {
  std::string head;  // what a response views
  const auto parse = [&](std::string_view line) {
    head = std::string{line} + "\r\nA: b\r\n\r\n";
    return http::parse_response(head);
  };
  CHECK(parse("HTTP/1.1 101 Switching Protocols")->reason == "Switching Protocols");
  CHECK(parse("HTTP/1.0 503")->status == 503);
  CHECK(parse("HTTP/1.0 503")->minor_version == 0);
  CHECK(parse("HTTP/1.1 200 ")->reason.empty());
  for (const auto* bad : {"HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/2.0 200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 099 x",
                          "HTTP/1.1 600 x", "HTTP/1.1 2x0 x", "ICY 200 OK", ""}) {
    CAPTURE(bad);
    CHECK(parse(bad).error() == Error::bad_start_line);
  }
}

TEST_CASE("tells how the body is delimited") {
  const auto body = [](std::string_view headers) { return http::parse_request(with_headers(headers))->body; };
  CHECK(body("Content-Length: 42\r\n").length == 42);
  CHECK(body("Content-Length: 42\r\n").kind == http::Body::Kind::length);
  CHECK(body("Transfer-Encoding: Chunked\r\n").kind == http::Body::Kind::chunked);
}

TEST_CASE("what the writer writes the parser reads") {
  std::array<char, 512> buffer{};
  http::HeadWriter writer{buffer};
  const auto head = writer.request("GET", "/CS001").header("Host", "h").header("Content-Length", 7).finish();
  REQUIRE(head.has_value());
  const auto request = http::parse_request(*head);
  REQUIRE(request.has_value());
  CHECK(request->target == "/CS001");
  CHECK(request->body.length == 7);

  http::HeadWriter answer{buffer};
  const auto response = http::parse_response(*answer.status(404).header("A", "b").finish());
  CHECK(response->status == 404);
  CHECK(response->reason == "Not Found");
}

TEST_CASE("the writer refuses text that would break out of its line and output that does not fit") {
  std::array<char, 64> buffer{};
  const auto header = [&](std::string_view name, std::string_view value) {
    return http::HeadWriter{buffer}.status(200).header(name, value).finish();
  };
  CHECK(header("A", "b\r\nSet-Cookie: x").error() == Error::bad_text);
  CHECK(header("A b", "c").error() == Error::bad_text);
  CHECK(header("A", std::string(100, 'x')).error() == Error::output_full);
  CHECK(http::HeadWriter{buffer}.request("GET", "/a b").finish().error() == Error::bad_text);
  CHECK(http::HeadWriter{buffer}.request("GET", "a").finish().error() == Error::bad_text);
  CHECK(http::HeadWriter{buffer}.status(99).finish().error() == Error::bad_text);
}
