#include "libs/websocket/connection.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace bulwatt;
using namespace bulwatt::websocket;

namespace {

/// Predictable masks: fine for a test, never for a product.
constexpr RandomSource kFixed{[](void*, std::span<std::byte> out) { std::ranges::fill(out, std::byte{0x5a}); },
                              nullptr};

Connection client(ConnectionOptions options = {}) { return {Role::client, kFixed, options}; }
Connection server(ConnectionOptions options = {}) { return {Role::server, {}, options}; }

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

std::string taken(Connection& from) {
  const auto out = from.output();
  std::string text{reinterpret_cast<const char*>(out.data()), out.size()};
  from.consume_output(out.size());
  return text;
}

/// A frame as a client sends it (mask 0, so that the payload stays readable).
std::string frame(unsigned first_byte, std::string_view payload, bool masked = true) {
  std::string out;
  out += static_cast<char>(first_byte);
  const unsigned mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | payload.size());
  } else {
    out += static_cast<char>(mask_bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  }
  if (masked) out.append(4, '\0');
  return out.append(payload);
}

constexpr unsigned kFin = 0x80;
constexpr unsigned kContinuation = 0, kText = 1, kClose = 8, kPing = 9;

/// The close code at the end of what a server sent.
unsigned close_code_in(std::string_view sent) {
  REQUIRE(sent.size() >= 4);
  REQUIRE(static_cast<unsigned char>(sent[0]) == (kFin | kClose));
  return static_cast<unsigned>(static_cast<unsigned char>(sent[2]) << 8 | static_cast<unsigned char>(sent[3]));
}

}  // namespace

TEST_CASE("carries messages both ways in pieces of any size") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{100'000}}) {
    CAPTURE(step);
    auto a = client();
    auto b = server();
    const std::string large(kMessageLimit, 'x');
    REQUIRE(a.send_text("Grüße").has_value());
    REQUIRE(a.send_text(large).has_value());
    REQUIRE(a.send_binary(bytes("raw")).has_value());
    const std::string sent = taken(a);
    for (std::size_t at = 0; at < sent.size(); at += step)
      REQUIRE(b.feed(bytes(std::string_view{sent}.substr(at, step))).has_value());
    CHECK(b.next()->payload == "Grüße");
    CHECK(b.next()->payload == large);
    const auto raw = b.next();
    CHECK(raw->kind == Message::Kind::binary);
    CHECK(raw->payload == "raw");
    CHECK_FALSE(b.next().has_value());
    REQUIRE(b.send_text("back").has_value());
    REQUIRE(a.feed(bytes(taken(b))).has_value());
    CHECK(a.next()->payload == "back");
  }
}

TEST_CASE("joins fragments and answers a ping between them") {
  auto connection = server();
  const auto stream = frame(kText, "Gr\xc3") + frame(kFin | kPing, "?") + frame(kContinuation, "\xbc\xc3\x9f") +
                      frame(kFin | kContinuation, "e");
  REQUIRE(connection.feed(bytes(stream)).has_value());
  const auto ping = connection.next();
  CHECK(ping->kind == Message::Kind::ping);
  CHECK(ping->payload == "?");
  CHECK(connection.next()->payload == "Grüße");
  CHECK(taken(connection) == "\x8a\x01?");
}

TEST_CASE("ends the connection with the code RFC 6455 has for each violation") {
  struct Case {
    std::string what;
    std::string stream;
    Error error;
    unsigned code;
  };
  const Case cases[] = {
      {"unmasked frame from a client", frame(kFin | kText, "x", false), Error::protocol_violation, 1002},
      {"reserved bit", frame(kFin | 0x40 | kText, "x"), Error::protocol_violation, 1002},
      {"reserved opcode", frame(kFin | 3, "x"), Error::protocol_violation, 1002},
      {"continuation of nothing", frame(kFin | kContinuation, "x"), Error::protocol_violation, 1002},
      {"new message inside another", frame(kText, "a") + frame(kFin | kText, "b"), Error::protocol_violation, 1002},
      {"fragmented ping", frame(kPing, "x"), Error::protocol_violation, 1002},
      {"ping too long", frame(kFin | kPing, std::string(126, 'x')), Error::protocol_violation, 1002},
      {"length not in its shortest form", std::string{"\x81\xfe\x00\x01\0\0\0\0x", 9}, Error::protocol_violation, 1002},
      {"close with half a code", frame(kFin | kClose, "\x03"), Error::protocol_violation, 1002},
      {"close with a code that must not be sent", frame(kFin | kClose, "\x03\xed"), Error::protocol_violation, 1002},
      {"text that is not UTF-8", frame(kFin | kText, "a\xff"), Error::bad_utf8, 1007},
      {"text that ends inside a character", frame(kFin | kText, "\xc3"), Error::bad_utf8, 1007},
      {"surrogate in text", frame(kFin | kText, "\xed\xa0\x80"), Error::bad_utf8, 1007},
      {"close reason that is not UTF-8", frame(kFin | kClose, "\x03\xe8\xff"), Error::bad_utf8, 1007},
      {"close reason with a surrogate", frame(kFin | kClose, "\x03\xe8\xed\xa0\x80"), Error::bad_utf8, 1007},
      {"close reason in overlong form", frame(kFin | kClose, "\x03\xe8\xe0\x80\xaf"), Error::bad_utf8, 1007},
      {"message over the limit", frame(kFin | kText, std::string(1001, 'x')), Error::message_too_big, 1009},
      {"fragments over the limit", frame(kText, std::string(600, 'x')) + frame(kContinuation, std::string(600, 'x')),
       Error::message_too_big, 1009},
      {"length far beyond anything", std::string{"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x", 15},
       Error::message_too_big, 1009},
  };
  for (const auto& c : cases) {
    for (const std::size_t step : {std::size_t{1}, c.stream.size()}) {
      CAPTURE(c.what);
      CAPTURE(step);
      auto connection = server({.message_limit = 1000});
      std::expected<void, Error> fed;
      for (std::size_t at = 0; at < c.stream.size() && fed; at += step)
        fed = connection.feed(bytes(std::string_view{c.stream}.substr(at, step)));
      REQUIRE_FALSE(fed.has_value());
      CHECK(fed.error() == c.error);
      CHECK(close_code_in(taken(connection)) == c.code);
      CHECK(connection.finished());
      CHECK_FALSE(connection.next().has_value());
      CHECK(connection.feed(bytes(frame(kFin | kText, "later"))).error() == c.error);
      CHECK(connection.send_text("x").error() == c.error);
    }
  }
}

TEST_CASE("a client refuses masked frames") {
  auto connection = client();
  CHECK(connection.feed(bytes(frame(kFin | kText, "x", true))).error() == Error::protocol_violation);
}

TEST_CASE("closes in order, whoever begins") {
  auto a = client();
  auto b = server();
  REQUIRE(a.close(close_code::kNormal, "done").has_value());
  CHECK(a.send_text("x").error() == Error::closed);
  CHECK(a.close(close_code::kNormal).error() == Error::closed);
  CHECK_FALSE(a.finished());
  REQUIRE(b.feed(bytes(taken(a))).has_value());
  const auto close = b.next();
  CHECK(close->kind == Message::Kind::close);
  CHECK(close->close_code == close_code::kNormal);
  CHECK(close->payload == "done");
  CHECK(b.finished());
  REQUIRE(a.feed(bytes(taken(b))).has_value());
  CHECK(a.next()->close_code == close_code::kNormal);
  CHECK(a.finished());
}

TEST_CASE("a close without a code is told as 1005") {
  auto connection = server();
  REQUIRE(connection.feed(bytes(frame(kFin | kClose, ""))).has_value());
  CHECK(connection.next()->close_code == close_code::kNoStatus);
}

TEST_CASE("refuses arguments that would break the protocol") {
  auto connection = server({.message_limit = 100});
  CHECK(connection.send_text(std::string(101, 'x')).error() == Error::bad_argument);
  CHECK(connection.send_text("\xff").error() == Error::bad_argument);
  CHECK(connection.ping(std::string(kControlLimit + 1, 'x')).error() == Error::bad_argument);
  for (const auto code : std::initializer_list<std::uint16_t>{0, 999, 1004, 1005, 1006, 1015, 2000, 5000})
    CHECK(connection.close(code).error() == Error::bad_argument);
  CHECK(connection.close(close_code::kNormal, std::string(124, 'x')).error() == Error::bad_argument);
  CHECK(connection.output().empty());
  CHECK(connection.close(close_code::kGoingAway, std::string(123, 'x')).has_value());
}

TEST_CASE("bounds what waits in either direction") {
  auto full = server({.output_limit = 100});
  CHECK(full.send_text(std::string(80, 'x')).has_value());
  CHECK(full.send_text(std::string(80, 'x')).error() == Error::output_full);
  full.consume_output(100);
  CHECK(full.send_text(std::string(80, 'x')).has_value());  // not final: the socket took some

  auto flooded = server({.output_limit = 100});
  std::optional<Error> error;
  for (int i = 0; i < 20 && !error; ++i)
    if (const auto fed = flooded.feed(bytes(frame(kFin | kPing, "12345678"))); !fed) error = fed.error();
  CHECK(error == Error::output_full);
  CHECK(flooded.finished());

  auto unread = server();
  std::string many;
  for (std::size_t i = 0; i <= kMessagesLimit; ++i) many += frame(kFin | kText, "x");
  CHECK(unread.feed(bytes(many)).has_value() == false);
}
