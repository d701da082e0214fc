#include "libs/fields/dump.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace bulwatt;

namespace {
struct Login {
  Text<16> user{};
  Text<16> password{};
  Decimal price{};
  std::optional<std::uint32_t> limit{};
  List<std::int32_t, 3> currents{};
  Timestamp at{};
  static constexpr auto fields() {
    return list(field<&Login::user>("user"), field<&Login::password>("password", {.secret = true}),
                field<&Login::price>("price"), field<&Login::limit>("limit", {.unit = "mA"}),
                field<&Login::currents>("currents"), field<&Login::at>("at"));
  }
};
std::string text_of(const Login& login, std::size_t room = 200) {
  std::string out(room, ' ');
  return std::string{dump(login, out)};
}
}  // namespace

TEST_CASE("a value is dumped as one line and secrets by their length only") {
  Login login{"bo\"b\n", "hunter2", {1'250'000}, 16'000, {}, {1'700'000'000'123}};
  CHECK(login.currents.push_back(-1));
  CHECK(login.currents.push_back(2));
  CHECK(
      text_of(login) ==
      R"({user="bo\"b\x0a", password=<7 secret bytes>, price=1.25, limit=16000mA, currents=[-1, 2], at=2023-11-14T22:13:20.123Z})");
}

TEST_CASE("an absent value is left out") { CHECK(text_of({}).find("limit") == std::string::npos); }

TEST_CASE("a dump that does not fit says so at its end") {
  const auto text = text_of({"a name of 16 byt", {}, {}, {}, {}, {}}, 20);
  CHECK(text.size() == 20);
  CHECK(text.ends_with("..."));
}

TEST_CASE("times outside four-digit years are clamped") {
  std::array<char, 24> out{};
  CHECK(format_timestamp({INT64_MAX}, out) == "9999-12-31T23:59:59.999Z");
  CHECK(format_timestamp({INT64_MIN}, out) == "0000-01-01T00:00:00.000Z");
  CHECK(format_timestamp({0}, out) == "1970-01-01T00:00:00.000Z");
}
