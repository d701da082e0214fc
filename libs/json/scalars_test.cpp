#include "libs/json/scalars.hpp"

#include <doctest/doctest.h>

#include <climits>
#include <string>

#include "libs/fields/dump.hpp"

namespace bulwatt::json {
namespace {

String plain(std::string_view text) {
  return {
      .raw = text, .bytes = static_cast<std::uint32_t>(text.size()), .chars = static_cast<std::uint32_t>(text.size())};
}

std::string printed(Timestamp time) {
  std::array<char, 24> out{};
  return std::string{format_timestamp(time, out)};
}

}  // namespace

TEST_CASE("a numeral is scaled exactly or rounded half to even") {
  struct Case {
    const char* numeral;
    int places;
    std::int64_t value;
    bool exact;
  };
  constexpr Case kCases[] = {
      {"0", 6, 0, true},
      {"-0", 6, 0, true},
      {"0.000", 6, 0, true},
      {"0e400", 6, 0, true},
      {"1", 6, 1'000'000, true},
      {"-1.5", 6, -1'500'000, true},
      {"1e3", 0, 1000, true},
      {"1.0", 0, 1, true},
      {"10e-1", 0, 1, true},
      {"1500e-3", 0, 2, false},
      {"0.5", 0, 0, false},
      {"1.5", 0, 2, false},
      {"2.5", 0, 2, false},
      {"2.5000000000000000000000000000000001", 0, 3, false},
      {"-2.5", 0, -2, false},
      {"0.0000005", 6, 0, false},
      {"0.0000015", 6, 2, false},
      {"0.00000051", 6, 1, false},
      {"0.00000049999999999999999999999999999999999999", 6, 0, false},
      {"1e-400", 6, 0, false},
      {"1e-99999999999999999999999", 6, 0, false},
      {"0.00000000000000000001e26", 6, 1'000'000'000'000, true},
      {"9223372036854.775807", 6, INT64_MAX, true},
      {"-9223372036854.775808", 6, INT64_MIN, true},
      {"9223372036854775807", 0, INT64_MAX, true},
      {"-9223372036854775808", 0, INT64_MIN, true},
      {"922337203685477580.7e1", 0, INT64_MAX, true},
      {"00012", 0, 12, true},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.numeral);
    const auto found = scaled(c.numeral, c.places);
    REQUIRE(found.has_value());
    CHECK(found->value == c.value);
    CHECK(found->exact == c.exact);
  }
}

TEST_CASE("a numeral outside 64 bits has no value") {
  for (const char* numeral :
       {"9223372036854775808", "-9223372036854775809", "9223372036854775807.5", "1e19", "1e400", "-1e400",
        "99999999999999999999999999", "18446744073709551616", "1e99999999999999999999999999"}) {
    CAPTURE(numeral);
    CHECK_FALSE(scaled(numeral, 0).has_value());
  }
  CHECK_FALSE(scaled("9223372036854.7758075", 6).has_value());
  CHECK(scaled("-9223372036854.7758085", 6)->value == INT64_MIN);
}

TEST_CASE("a decimal is written in its shortest form and read back") {
  struct Case {
    std::int64_t millionths;
    const char* text;
  };
  constexpr Case kCases[] = {
      {0, "0"},
      {1, "0.000001"},
      {-1, "-0.000001"},
      {500'000, "0.5"},
      {-1'250'000, "-1.25"},
      {12'000'000, "12"},
      {100'100'000, "100.1"},
      {INT64_MAX, "9223372036854.775807"},
      {INT64_MIN, "-9223372036854.775808"},
  };
  for (const Case& c : kCases) {
    std::array<char, 24> out{};
    CHECK(format_decimal({c.millionths}, out) == c.text);
    CHECK(scaled(c.text, 6)->value == c.millionths);
  }
}

TEST_CASE("a timestamp of RFC 3339 is understood") {
  struct Case {
    const char* text;
    const char* meaning;
  };
  constexpr Case kCases[] = {
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
      {"2024-02-29t23:59:59z", "2024-02-29T23:59:59.000Z"},
      {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"},
      {"1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520Z"},
      {"1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57.000Z"},
      {"1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000Z"},
      {"1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z"},
      {"1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"},
      {"2024-01-01T00:00:00-00:00", "2024-01-01T00:00:00.000Z"},
      {"2024-01-01T00:00:00.9999Z", "2024-01-01T00:00:00.999Z"},
      {"2024-01-01T00:00:00.12345678901234567890Z", "2024-01-01T00:00:00.123Z"},
      {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
      {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"},
      {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
      {"0001-01-01T00:00:00+23:59", "0000-12-31T00:01:00.000Z"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    const auto time = parse_timestamp(c.text);
    REQUIRE(time.has_value());
    CHECK(printed(*time) == c.meaning);
    CHECK(printable(*time));
  }
}

TEST_CASE("what is not a timestamp of RFC 3339 is refused") {
  for (const char* text : {"",
                           "2024",
                           "2024-01-01",
                           "2024-01-01T00:00:00",
                           "2024-01-01 00:00:00Z",
                           "2024-01-01T00:00Z",
                           "2024-1-01T00:00:00Z",
                           "2024-13-01T00:00:00Z",
                           "2024-00-01T00:00:00Z",
                           "2024-01-32T00:00:00Z",
                           "2023-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2024-01-01T24:00:00Z",
                           "2024-01-01T00:60:00Z",
                           "2024-01-01T00:00:61Z",
                           "2024-01-01T00:00:60Z",
                           "2024-01-01T00:00:00.Z",
                           "2024-01-01T00:00:00,5Z",
                           "2024-01-01T00:00:00.123456789012345678901Z",
                           "2024-01-01T00:00:00+24:00",
                           "2024-01-01T00:00:00+01:60",
                           "2024-01-01T00:00:00+0100",
                           "2024-01-01T00:00:00+01",
                           "2024-01-01T00:00:00ZZ",
                           "+2024-01-01T00:00:00Z",
                           "12024-01-01T00:00:00Z",
                           "-001-01-01T00:00:00Z",
                           "0000-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "9999-12-31T23:59:60Z",
                           " 2024-01-01T00:00:00Z",
                           "2024-01-01T00:00:00Z ",
                           "2024-01-01T0a:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text).has_value());
  }
}

TEST_CASE("a time outside the years 0000 to 9999 cannot be printed") {
  CHECK_FALSE(printable({INT64_MAX}));
  CHECK_FALSE(printable({INT64_MIN}));
  CHECK_FALSE(printable({253'402'300'800'000}));
  CHECK_FALSE(printable({-62'167'219'200'001}));
}

TEST_CASE("hexadecimal and base64 are read strictly") {
  std::array<std::byte, 6> out{};
  CHECK(from_hex(plain("00fFA5"), out) == 3);
  CHECK(out[1] == std::byte{0xff});
  CHECK(out[2] == std::byte{0xa5});
  CHECK(from_hex(plain(""), out) == 0);
  for (const char* bad : {"0", "0g", "g0", "00 ", "0x00", "00000000000000"}) CHECK_FALSE(from_hex(plain(bad), out));
  CHECK(from_base64(plain("Zm9vYmFy"), out) == 6);
  CHECK(out[5] == std::byte{'r'});
  CHECK(from_base64(plain("Zm9vYg=="), out) == 4);
  CHECK(from_base64(plain("Zm9vYmE="), out) == 5);
  CHECK(from_base64(plain(""), out) == 0);
  CHECK(from_base64({.raw = "\\/\\u002b8=", .bytes = 4, .chars = 4, .escaped = true}, out) == 2);
  CHECK(out[0] == std::byte{0xff});
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zg =", "Zm9_", "Zm9vYmFyZm9v",
                          "=AAA", "A=AA", "AA=A"}) {
    CAPTURE(bad);
    CHECK_FALSE(from_base64(plain(bad), out));
  }
}

}  // namespace bulwatt::json
