#include "protocols/v2gtp/frame.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::v2gtp;

namespace {
using Bytes = std::vector<std::byte>;
Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}
Bytes frame_of(PayloadType type, const Bytes& payload) {
  Bytes out(kHeaderSize);
  put_header({type, static_cast<std::uint32_t>(payload.size())}, std::span{out}.first<kHeaderSize>());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}
Bytes header_announcing(std::uint32_t length) {
  Bytes out(kHeaderSize);
  put_header({PayloadType::exi, length}, std::span{out}.first<kHeaderSize>());
  return out;
}
struct Taken {
  PayloadType type;
  Bytes payload;
  friend bool operator==(const Taken&, const Taken&) = default;
};
// Feeds a stream in pieces of the sizes that `piece` gives.
template <class Piece>
std::expected<std::vector<Taken>, FrameError> feed(Framer& framer, const Bytes& stream, Piece piece) {
  std::vector<Taken> taken;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t n = std::min<std::size_t>(piece(), stream.size() - at);
    auto in = std::span{stream}.subspan(at, n);
    at += n;
    while (!in.empty()) {
      const auto frame = framer.take(in);
      if (!frame) return std::unexpected(frame.error());
      if (*frame) taken.push_back({(*frame)->type, {(*frame)->payload.begin(), (*frame)->payload.end()}});
    }
  }
  return taken;
}
}  // namespace

TEST_CASE("a header is eight bytes, big-endian, and comes back") {
  const auto written = frame_of(PayloadType::exi, Bytes(0x0102));
  CHECK(Bytes(written.begin(), written.begin() + kHeaderSize) == bytes({1, 0xfe, 0x80, 0x01, 0, 0, 1, 2}));
  const auto header = parse_header(std::span{written}.first<kHeaderSize>());
  REQUIRE(header.has_value());
  CHECK(*header == Header{PayloadType::exi, 0x0102});
}

TEST_CASE("another version, or one without its complement, is refused") {
  for (const auto& head : {bytes({2, 0xfd, 0x80, 1, 0, 0, 0, 0}), bytes({1, 0xff, 0x80, 1, 0, 0, 0, 0}),
                           bytes({0, 0xff, 0x80, 1, 0, 0, 0, 0}), bytes({0xfe, 1, 0x80, 1, 0, 0, 0, 0})}) {
    const auto header = parse_header(std::span{head}.first<kHeaderSize>());
    REQUIRE_FALSE(header.has_value());
    CHECK(header.error() == FrameError::bad_version);
    CHECK(parse_datagram(head).error() == FrameError::bad_version);
  }
}

TEST_CASE("a datagram is exactly one frame") {
  const auto request = bytes({1, 0xfe, 0x90, 0, 0, 0, 0, 2, 0x10, 0});
  const auto frame = parse_datagram(request);
  REQUIRE(frame.has_value());
  CHECK(frame->type == PayloadType::sdp_request);
  CHECK(std::ranges::equal(frame->payload, bytes({0x10, 0})));
  for (std::size_t n = 0; n < request.size(); ++n) {
    const auto cut = parse_datagram(std::span{request}.first(n));
    REQUIRE_FALSE(cut.has_value());
    CHECK(cut.error() == FrameError::wrong_length);
  }
  auto longer = request;
  longer.push_back(std::byte{0});
  CHECK(parse_datagram(longer).error() == FrameError::wrong_length);
}

TEST_CASE("a stream gives the same frames whatever the pieces it comes in") {
  std::mt19937 random{11};
  std::vector<Taken> sent;
  Bytes stream;
  for (const std::size_t size : {0, 1, 7, 8, 9, 300, 4600, 0, 2}) {
    Bytes payload(size);
    for (auto& b : payload) b = static_cast<std::byte>(random());
    const auto type = size == 9 ? static_cast<PayloadType>(0xa123) : PayloadType::exi;
    const auto frame = frame_of(type, payload);
    stream.insert(stream.end(), frame.begin(), frame.end());
    sent.push_back({type, payload});
  }
  Bytes storage(kMaxPayload);
  const auto at_once = [&] { return stream.size(); };
  const auto bytewise = [] { return std::size_t{1}; };
  const auto at_random = [&] { return std::size_t{1} + random() % 40; };
  for (int round = 0; round < 20; ++round) {
    Framer framer{storage};
    const auto taken = round == 0   ? feed(framer, stream, at_once)
                       : round == 1 ? feed(framer, stream, bytewise)
                                    : feed(framer, stream, at_random);
    REQUIRE(taken.has_value());
    CHECK(*taken == sent);
    CHECK_FALSE(framer.inside());
  }
}

TEST_CASE("a frame without payload is complete with its header") {
  Bytes storage(4);
  Framer framer{storage};
  const auto empty = header_announcing(0);
  auto in = std::span<const std::byte>{empty};
  const auto frame = framer.take(in);
  REQUIRE(frame.has_value());
  REQUIRE(frame->has_value());
  CHECK((*frame)->payload.empty());
}

TEST_CASE(
    "CVE-2024-37310, CVE-2025-68137: a length that would wrap is refused with its header, and nothing is taken of it") {
  for (const std::uint32_t length :
       {0xffff'ffffU, 0xffff'fffcU, 0xffff'fff9U, 0xffff'fff8U, 0xffff'fff7U, 0x8000'0000U, 0x7fff'ffffU, 101U}) {
    CAPTURE(length);
    Bytes storage(100);
    Framer framer{storage};
    const auto header = header_announcing(length);
    const auto taken = feed(framer, header, [] { return std::size_t{3}; });
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error() == FrameError::too_long);
    CHECK(parse_datagram(header).error() == FrameError::wrong_length);
  }
  Bytes storage(100);
  Framer framer{storage};
  CHECK(feed(framer, frame_of(PayloadType::exi, Bytes(100)), [] { return std::size_t{60}; })->size() == 1);
}

TEST_CASE("after an error the framer takes nothing any more until it is reset") {
  Bytes storage(100);
  Framer framer{storage};
  CHECK(feed(framer, bytes({'G', 'E', 'T', ' ', '/', ' ', 'H', 'T'}), [] { return std::size_t{8}; }).error() ==
        FrameError::bad_version);
  const auto good = frame_of(PayloadType::exi, bytes({1, 2, 3}));
  auto in = std::span<const std::byte>{good};
  CHECK(framer.take(in).error() == FrameError::bad_version);
  CHECK(in.size() == good.size());
  framer.reset();
  CHECK(feed(framer, good, [] { return std::size_t{4}; })->size() == 1);
}

TEST_CASE("the framer says whether a frame has begun") {
  Bytes storage(100);
  Framer framer{storage};
  CHECK_FALSE(framer.inside());
  const auto frame = frame_of(PayloadType::exi, bytes({1, 2, 3}));
  for (std::size_t n = 1; n < frame.size(); ++n) {
    auto in = std::span<const std::byte>{frame}.subspan(n - 1, 1);
    REQUIRE(framer.take(in).has_value());
    CHECK(framer.inside());
  }
  framer.reset();
  CHECK_FALSE(framer.inside());
}
