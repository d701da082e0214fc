#include "tools/bulwatt/settings.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;

namespace {
enum class Colour : std::uint8_t { red, green };
constexpr auto enum_names(Colour) { return names("red", "green"); }
struct Inner {
  std::uint16_t interval_s = 60;
  static constexpr auto fields() {
    return list(field<&Inner::interval_s>("interval", {.min = 1, .max = 3600, .unit = "s", .doc = "how often"}));
  }
};
struct Config {
  Text<8> name{"default"};
  bool on = false;
  Colour colour{};
  Decimal price{};
  List<Text<4>, 2> words{};
  Inner inner{};
  std::optional<std::int8_t> maybe{};
  static constexpr auto fields() {
    return list(field<&Config::name>("name", {.at_least = 1, .doc = "a name"}),
                field<&Config::on>("on", {.doc = "a switch"}), field<&Config::colour>("colour", {.doc = "a colour"}),
                field<&Config::price>("price", {.doc = "a price"}),
                field<&Config::words>("words", {.doc = "some words"}), field<&Config::inner>("inner"),
                field<&Config::maybe>("maybe", {.doc = "perhaps"}));
  }
};

std::vector<std::string> findings_of(const std::string& text, Config& config) {
  std::vector<settings::Finding> findings;
  settings::read(toml::parse(text), config, "f.toml", "", findings);
  std::vector<std::string> out;
  for (const auto& finding : findings) out.push_back(finding.text);
  return out;
}
}  // namespace

TEST_CASE("a whole file is read and absent keys keep their defaults") {
  Config config;
  CHECK(
      findings_of("on = true\ncolour = 'green'\nprice = 0.49\nwords = ['a', 'bc']\nmaybe = -3\n[inner]\ninterval = 5\n",
                  config)
          .empty());
  CHECK(config.name.view() == "default");
  CHECK(config.on);
  CHECK(config.colour == Colour::green);
  CHECK(config.price.millionths == 490'000);
  CHECK(config.words.size == 2);
  CHECK(config.inner.interval_s == 5);
  CHECK(config.maybe == std::int8_t{-3});
}

TEST_CASE("each mistake is one sentence with its line and what would be right") {
  struct Case {
    const char* text;
    const char* sentence;
  };
  for (const auto& [text, sentence] : {
           Case{"nmae = 'x'", "f.toml:1: there is no key 'nmae'; did you mean 'name'?"},
           Case{"name = 3", "f.toml:1: name: needs a text in quotes"},
           Case{"name = ''", "f.toml:1: name: must have at least 1 characters"},
           Case{"name = 'much too long'", "f.toml:1: name: is longer than 8 bytes"},
           Case{"on = 1", "f.toml:1: on: is true or false"},
           Case{"colour = 'blue'", "f.toml:1: colour: is one of: red, green"},
           Case{"price = 'x'", "f.toml:1: price: needs a number"},
           Case{"words = ['a','b','c']", "f.toml:1: words: has more than 2 entries"},
           Case{"words = 'a'", "f.toml:1: words: needs a list in brackets"},
           Case{"inner = 3", "f.toml:1: inner: needs a table"},
           Case{"maybe = 200", "f.toml:1: maybe: 200 is out of range"},
           Case{"\n[inner]\ninterval = 0",
                "f.toml:3: inner.interval: 0 is out of range; it must be at least 1 and at most 3600s"},
           Case{"[inner]\ninterval = 1.5", "f.toml:2: inner.interval: needs a whole number"},
       }) {
    Config config;
    const auto findings = findings_of(text, config);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0] == sentence);
  }
}

TEST_CASE("all mistakes of a file are told at once") {
  Config config;
  CHECK(findings_of("name = 3\non = 3\ncolour = 3\n", config).size() == 3);
}

TEST_CASE("the explanation names every key and can be read back") {
  const Config defaults;
  const auto text = settings::explain(shape_of<Config>(), &defaults, "x");
  for (const char* part : {"name = \"default\"  # a name", "on = false", "colour = \"red\"", "interval = 60  #",
                           "how often (1 to 3600 s)"}) {
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  }
}

namespace {
struct Listed {
  Inner inner{};
  static constexpr auto fields() { return list(field<&Listed::inner>("inner")); }
};
struct Outer {
  List<Listed, 2> parts{};
  static constexpr auto fields() { return list(field<&Outer::parts>("part")); }
};
}  // namespace

TEST_CASE("a table in a table of a list is explained as what it is") {
  const Outer defaults;
  const auto text = settings::explain(shape_of<Outer>(), &defaults, "x");
  CHECK(text.find("# [[x.part]]\n") != std::string::npos);
  CHECK(text.find("# [x.part.inner]\n# interval = 60") != std::string::npos);
}
