#include "libs/http/encoding.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace bulwatt;
using http::Error;

namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

std::expected<std::string, Error> decoded(std::string_view text) {
  std::array<std::byte, 256> out{};
  const auto result = http::base64_decode(text, out);
  if (!result) return std::unexpected(result.error());
  return std::string{reinterpret_cast<const char*>(result->data()), result->size()};
}

std::expected<std::string, Error> undone(std::string_view text) {
  std::array<char, 256> out{};
  const auto result = http::percent_decode(text, out);
  if (!result) return std::unexpected(result.error());
  return std::string{*result};
}

}  // namespace

TEST_CASE("base64 agrees with the vectors of RFC 4648 section 10") {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, text] : vectors) {
    std::array<char, 16> out{};
    CHECK(http::base64_encode(bytes(plain), out) == text);
    CHECK(decoded(text) == plain);
  }
  std::array<std::byte, 256> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::byte>(i);
  std::array<char, http::base64_size(256)> out{};
  CHECK(decoded(*http::base64_encode(all, out))->size() == 256);
}

TEST_CASE("base64 refuses what is not canonical and what does not fit") {
  for (const auto* bad : {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "=g==", "Zm 8", "Zm9v\n", "Zm-v", "Zg==Zg=="}) {
    CAPTURE(bad);
    CHECK(decoded(bad).error() == Error::bad_text);
  }
  std::array<char, 3> small{};
  CHECK(http::base64_encode(bytes("f"), small).error() == Error::output_full);
  std::array<std::byte, 2> few{};
  CHECK(http::base64_decode("Zm9v", few).error() == Error::output_full);
}

TEST_CASE("percent-encoding keeps unreserved characters and restores every byte") {
  std::array<char, 256> out{};
  CHECK(http::percent_encode("CS-001_a.b~", out) == "CS-001_a.b~");
  CHECK(http::percent_encode("RDAM|123*=+@/%", out) == "RDAM%7C123%2A%3D%2B%40%2F%25");
  CHECK(undone("RDAM%7c123%2A+") == "RDAM|123*+");
  for (const auto* bad : {"%", "%4", "%4g", "%-1", "a%"}) {
    CAPTURE(bad);
    CHECK(undone(bad).error() == Error::bad_text);
  }
  std::array<char, 2> small{};
  CHECK(http::percent_encode("/", small).error() == Error::output_full);
  CHECK(http::percent_decode("abc", small).error() == Error::output_full);
}

TEST_CASE("Basic credentials agree with the example of RFC 7617 and survive a round trip") {
  std::array<char, 300> out{};
  const http::Credentials example{"Aladdin", Octets<http::kPasswordLimit>{bytes("open sesame")}};
  CHECK(http::write_basic(example, out) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  const auto read = http::parse_basic("basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  REQUIRE(read.has_value());
  CHECK(read->user == Text<http::kUserLimit>{"Aladdin"});
  CHECK(read->password == example.password);
  CHECK(http::write_basic({"a:b", {}}, out).error() == Error::bad_text);
  CHECK(http::write_basic(example, std::span{out}.first(5)).error() == Error::output_full);
  for (const auto* bad : {"", "Basic", "Bearer QQ==", "Basic QWxhZGRpbg==", "Basic !!!!"}) {
    CAPTURE(bad);
    CHECK(http::parse_basic(bad).error() == Error::bad_text);
  }
  std::array<char, 512> room{};
  const std::string long_user = std::string(http::kUserLimit + 1, 'u') + ":p";
  const std::string header = "Basic " + std::string{*http::base64_encode(bytes(long_user), room)};
  CHECK(http::parse_basic(header).error() == Error::output_full);
}

TEST_CASE("the constant-time comparison tells equal from different") {
  CHECK(http::equal_in_constant_time("", ""));
  CHECK(http::equal_in_constant_time("secret", "secret"));
  CHECK_FALSE(http::equal_in_constant_time("secret", "secreT"));
  CHECK_FALSE(http::equal_in_constant_time("secret", "secret1"));
}
