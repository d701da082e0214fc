#include "protocols/mculink/frame.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string_view>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::mculink;

namespace {
using Bytes = std::vector<std::byte>;
Bytes frame_of(const Bytes& content) {
  std::array<std::byte, kMostFrame> out{};
  const std::size_t size = put_frame(content, out);
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}
Bytes body_of(const Bytes& content) {
  const auto frame = frame_of(content);
  return {frame.begin() + 1, frame.end() - 1};
}
Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}
}  // namespace

TEST_CASE("the checksum is CRC-32C") {
  const std::string_view digits = "123456789";
  CHECK(crc32c(std::as_bytes(std::span{digits})) == 0xe3069283);
  CHECK(crc32c({}) == 0);
  const Bytes zeros(32);  // RFC 3720 B.4
  CHECK(crc32c(zeros) == 0x8a9136aa);
  const Bytes ones(32, std::byte{0xff});
  CHECK(crc32c(ones) == 0x62a8ab43);
}

TEST_CASE("content of every length and of many zeros comes back and holds no delimiter inside") {
  std::mt19937 random{7};
  for (std::size_t size = 1; size <= kMostContent; ++size) {
    for (const int zeros_of_ten : {0, 1, 5, 10}) {
      Bytes content(size);
      for (auto& b : content) {
        b = static_cast<int>(random() % 10) < zeros_of_ten ? std::byte{0} : static_cast<std::byte>(1 + random() % 255);
      }
      auto frame = frame_of(content);
      REQUIRE(frame.size() == size + kChecksumSize + 3);
      REQUIRE(frame.front() == std::byte{0});
      REQUIRE(frame.back() == std::byte{0});
      const auto body = std::span{frame}.subspan(1, frame.size() - 2);
      for (const auto b : body) REQUIRE(b != std::byte{0});
      const auto opened = open_body(body);
      REQUIRE(opened.has_value());
      REQUIRE(std::ranges::equal(*opened, content));
    }
  }
}

TEST_CASE("every single wrong bit of a frame is noticed") {
  const auto good = body_of(bytes({1, 0, 2, 0, 0, 3, 200, 255}));
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = good;
      bad[i] ^= static_cast<std::byte>(1 << bit);
      CHECK_FALSE(open_body(bad).has_value());
    }
  }
}

TEST_CASE("each damage has its own error") {
  struct Case {
    const char* what;
    Bytes body;
    LinkError error;
  };
  auto wrong_sum = body_of(bytes({9, 9}));
  wrong_sum[1] = std::byte{8};
  for (auto& c : {Case{"stuffing points past the end", bytes({9, 1, 1}), LinkError::bad_stuffing},
                  Case{"zero inside a run", bytes({3, 1, 0}), LinkError::bad_stuffing},
                  Case{"zero as stuffing", bytes({0}), LinkError::bad_stuffing},
                  Case{"nothing but a checksum", body_of({}), LinkError::too_short},
                  Case{"two bytes", bytes({2, 1}), LinkError::too_short},
                  Case{"other content", wrong_sum, LinkError::bad_checksum}}) {
    CAPTURE(c.what);
    auto body = c.body;
    const auto opened = open_body(body);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error() == c.error);
  }
}

TEST_CASE("the deframer drops what is too long and is in step at the next delimiter") {
  Deframer deframer;
  int too_long = 0, bodies = 0;
  const auto feed = [&](const Bytes& data) {
    for (const auto b : data) {
      const auto step = deframer.take(b);
      too_long += step == Deframer::Step::too_long;
      bodies += step == Deframer::Step::body;
    }
  };
  feed(Bytes(10 * kMostBody, std::byte{1}));
  CHECK(too_long == 0);
  feed(frame_of(bytes({5})));
  CHECK(too_long == 1);
  CHECK(bodies == 1);
  CHECK(deframer.body().size() == 6);
  feed(Bytes(50));  // Delimiters only: an idle line.
  CHECK(bodies == 1);
  feed(frame_of(Bytes(kMostContent, std::byte{1})));
  CHECK(bodies == 2);
  CHECK(deframer.body().size() == kMostBody);
  CHECK(too_long == 1);
}
