#include "peers/simbus/options.hpp"

#include <doctest/doctest.h>

using namespace bulwatt::simbus;

namespace {

Options make() {
  return {"prog",
          "Does things.",
          {{"bus", "PATH", "the bus", "", true}, {"speed", "N", "factor", "1"}, {"loud", "", "say more"}}};
}

}  // namespace

TEST_CASE("options are read in both spellings and defaults hold") {
  Options options = make();
  options.parse({"--bus", "/b", "--speed=2.5", "--loud"});
  CHECK(options.text("bus") == "/b");
  CHECK(options.number("speed", 0, 10) == 2.5);
  CHECK(options.flag("loud"));
  Options plain = make();
  plain.parse({"--bus=/b"});
  CHECK(plain.integer("speed", 1, 9) == 1);
  CHECK_FALSE(plain.flag("loud"));
}

TEST_CASE("a mistake on the command line is one sentence") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{}, "--bus is missing; see --help"},
      {{"--bus"}, "--bus needs PATH"},
      {{"--buss", "x"}, "unknown option --buss; see --help"},
      {{"x"}, "unexpected argument 'x'; see --help"},
      {{"--loud=1"}, "--loud takes no value"},
  };
  for (const auto& [arguments, sentence] : cases) {
    Options options = make();
    CHECK_THROWS_WITH_AS(options.parse(arguments), sentence.c_str(), BadUsage);
  }
  Options options = make();
  options.parse({"--bus=b", "--speed=1e9x"});
  CHECK_THROWS_WITH_AS(options.number("speed", 0, 5), "--speed must be a number from 0 to 5, not '1e9x'", BadUsage);
}

TEST_CASE("help lists every option with its default and needs nothing else") {
  Options options = make();
  options.parse({"--nonsense", "--help"});
  CHECK(options.wants_help());
  const std::string help = options.help();
  for (const char* part : {"--bus PATH", "(required)", "(default 1)", "--loud", "--help"}) {
    CHECK(help.find(part) != std::string::npos);
  }
}
