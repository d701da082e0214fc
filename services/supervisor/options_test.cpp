#include "services/supervisor/options.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::supervisor;

namespace {
constexpr std::array<sandbox::ServiceEntry, 3> kServices = [] {
  std::array<sandbox::ServiceEntry, 3> s{};
  s[0].name = "power";
  s[1].name = "session";
  s[2].name = "hmi";
  return s;
}();
constexpr sandbox::SystemTable kTable{.services = kServices, .conduits = {}, .build = 1};

std::expected<Options, Line<200>> parse(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (auto& a : arguments) pointers.push_back(a.data());
  return parse_options(kTable, pointers);
}
}  // namespace

TEST_CASE("a full command line is understood") {
  std::vector<std::string> arguments{"--config",  "3",      "--run", "/run/bulwatt", "--profile",
                                     "developer", "--mode", "auto",  "--only",       "power,hmi"};
  const auto options = parse(arguments);
  REQUIRE(options.has_value());
  CHECK(options->run_folder->view() == "/run/bulwatt");
  CHECK(options->profile == ProfileChoice::developer);
  CHECK(options->mode == ModeChoice::automatic);
  CHECK(options->only == 0b101);
}

TEST_CASE("a bad command line gets one sentence") {
  struct Case {
    std::vector<std::string> arguments;
    std::string_view sentence;
  };
  const Case cases[] = {
      {{}, "--config is missing"},
      {{"--config"}, "--config needs a value, or is not an option"},
      {{"--fast", "1"}, "there is no option '--fast'"},
      {{"--config", "x", "--profile", "brave"}, "--profile is production or developer, not 'brave'"},
      {{"--config", "x", "--mode", "user"}, "--mode is root, rootless or auto, not 'user'"},
      {{"--config", "x", "--only", "power,pwer"}, "there is no service 'pwer'"},
      {{"--config", "x", "--run", "here"}, "--run needs an absolute path of at most 240 bytes"},
  };
  for (const auto& c : cases) {
    const auto options = parse(c.arguments);
    REQUIRE_FALSE(options.has_value());
    CHECK(options.error().view() == c.sentence);
  }
}

TEST_CASE("help needs nothing else") { CHECK(parse({"--help"})->help); }
