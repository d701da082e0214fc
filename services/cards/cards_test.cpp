// Card numbers, and readers and cards that come and go at any moment.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "services/cards/watch.hpp"

using namespace bulwatt;
using namespace bulwatt::cards;
using namespace std::chrono_literals;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes good(Bytes uid) {
  uid.push_back(0x90);
  uid.push_back(0x00);
  return uid;
}
const Bytes kCard = good({0x04, 0xa1, 0xb2, 0xc3});
const Bytes kOther = good({0x04, 0x01, 0x02, 0x03, 0x04, 0x05, 0xff});

struct Reader {
  std::string name = "Reader 0";
  std::optional<Bytes> card{};
  std::uint32_t changes = 0;
  std::optional<Trouble> trouble{};  ///< of the next questions
  void lay(const Bytes& bytes) { card = bytes, ++changes; }
  void take_away() { card.reset(), ++changes; }
};

struct World final : Daemon, Listener {
  explicit World(Config with = {}, bool restarted = false) : config(with), watch(config, *this, *this, restarted) {}

  std::expected<void, Trouble> open() override {
    ++opens;
    if (trouble) return std::unexpected(*trouble);
    is_open = true;
    return {};
  }
  void close() override {
    REQUIRE(is_open);
    is_open = false;
  }
  std::expected<Readers, Trouble> look() override {
    REQUIRE(is_open);
    ++looks;
    if (trouble) return std::unexpected(*trouble);
    Readers out{};
    for (const auto& reader : readers)
      REQUIRE(out.push_back({std::string_view{reader.name}, reader.card.has_value(), reader.changes}));
    return out;
  }
  std::expected<CardAnswer, Trouble> ask(const ReaderName& name, std::span<const std::uint8_t> command) override {
    REQUIRE(is_open);
    ++asked;
    CHECK(std::ranges::equal(command, Bytes{0xff, 0xca, 0, 0, 0}));
    for (auto& reader : readers) {
      if (reader.name != name.view()) continue;
      if (reader.trouble) return std::unexpected(*reader.trouble);
      if (!reader.card) return std::unexpected(Trouble::card_gone);
      CardAnswer answer{};
      for (const auto byte : *reader.card) REQUIRE(answer.push_back(byte));
      return answer;
    }
    return std::unexpected(Trouble::reader_gone);
  }
  void shown(const session::IdToken& token) override {
    CHECK(token.type == session::TokenType::iso14443);
    tokens.emplace_back(token.id.view());
  }
  void log(std::string_view line) override { lines.emplace_back(line); }

  void pass(Duration time) {
    const auto until = now + time;
    for (int turns = 0; next <= until; ++turns) {
      REQUIRE(turns < 100'000);
      now = std::max(now, next);
      next = watch.tick(now);
      REQUIRE(next > now);
    }
    now = until;
  }
  int said(std::string_view words) const {
    return static_cast<int>(
        std::ranges::count_if(lines, [&](const auto& line) { return line.find(words) != std::string::npos; }));
  }
  Reader& reader() { return readers[0]; }

  Config config;
  std::vector<Reader> readers{Reader{}};
  std::optional<Trouble> trouble{};
  bool is_open = false;
  int opens = 0, looks = 0, asked = 0;
  std::vector<std::string> tokens;
  std::vector<std::string> lines;
  Instant now{100s};
  Instant next{100s};
  Watch watch;
};

std::string text_of(const Bytes& answer, bool random_too = false) {
  const auto token = token_of(answer, random_too);
  return std::string{token ? token->id.view() : enum_text(token.error())};
}

}  // namespace

TEST_CASE("a card's number of 4, 7 or 10 bytes is a token in hexadecimal digits, and nothing else is one") {
  CHECK(text_of(kCard) == "04A1B2C3");
  CHECK(text_of(kOther) == "040102030405FF");
  CHECK(text_of(good({0x88, 1, 2, 3, 4, 5, 6, 7, 8, 9})) == "88010203040506070809");
  for (const std::size_t size : {0U, 1U, 3U, 5U, 6U, 8U, 9U}) CHECK(text_of(good(Bytes(size, 0x11))) == "bad_answer");
  CHECK(text_of({}) == "bad_answer");
  CHECK(text_of({0x90}) == "bad_answer");
  CHECK(text_of({0x6a, 0x81}) == "no_uid");
  CHECK(text_of({0x04, 0xa1, 0xb2, 0xc3, 0x63, 0x00}) == "no_uid");
}

TEST_CASE(
    "a number that is made up anew every time is said so, unless it is wanted; longer ones that begin alike are real") {
  const auto made_up = good({0x08, 1, 2, 3});
  CHECK(text_of(made_up) == "random_id");
  CHECK(text_of(made_up, true) == "08010203");
  CHECK(text_of(good({0x08, 1, 2, 3, 4, 5, 6})) == "08010203040506");
  World world;
  world.reader().lay(made_up);
  world.pass(10s);
  CHECK(world.tokens.empty());
  CHECK(world.said("random number") == 1);
  World taking{Config{.random_ids = true}};
  taking.reader().lay(made_up);
  taking.pass(1s);
  CHECK(taking.tokens == std::vector<std::string>{"08010203"});
}

TEST_CASE("a card is shown once however long it lies there, and again when it comes back later") {
  World world;
  world.pass(1s);
  CHECK(world.tokens.empty());
  world.reader().lay(kCard);
  world.pass(60s);
  CHECK(world.tokens == std::vector<std::string>{"04A1B2C3"});
  world.reader().take_away();
  world.pass(5s);
  world.reader().lay(kCard);
  world.pass(1s);
  CHECK(world.tokens.size() == 2);
  CHECK(world.asked == 2);
}

TEST_CASE("a card that trembles at the edge of the field is one card, another card is another at once") {
  World world;
  for (int i = 0; i < 5; ++i) {
    world.reader().lay(kCard);
    world.pass(400ms);
    world.reader().take_away();
    world.pass(400ms);
  }
  CHECK(world.tokens.size() == 1);
  world.reader().lay(kOther);
  world.pass(400ms);
  CHECK(world.tokens == std::vector<std::string>{"04A1B2C3", "040102030405FF"});
}

TEST_CASE("cards that change hands between two looks are seen by the count of changes") {
  World world;
  world.reader().lay(kCard);
  world.pass(1s);
  world.reader().take_away();
  world.reader().lay(kOther);
  world.pass(1s);
  CHECK(world.tokens == std::vector<std::string>{"04A1B2C3", "040102030405FF"});
}

TEST_CASE("a card torn away in mid-command is said once and read when it comes back") {
  World world;
  world.reader().lay(kCard);
  world.reader().trouble = Trouble::card_gone;
  world.pass(5s);
  CHECK(world.asked == Watch::kTries);
  CHECK(world.said("taken away before it was read") == 1);
  world.reader().trouble.reset();
  world.reader().take_away();
  world.pass(1s);
  world.reader().lay(kCard);
  world.pass(1s);
  CHECK(world.tokens.size() == 1);
}

TEST_CASE("a card that is laid down so soon after a torn one that the daemon saw no change is read") {
  World world;
  world.reader().lay(kCard);
  world.reader().trouble = Trouble::card_gone;
  world.pass(300ms);
  CHECK(world.said("taken away before it was read") == 1);
  world.reader().trouble.reset();
  world.reader().card = kOther;
  world.pass(1s);
  CHECK(world.tokens == std::vector<std::string>{"040102030405FF"});
}

TEST_CASE("a card that does not answer is asked a few times with growing waits, then left alone until it is gone") {
  for (const auto trouble : {Trouble::card_silent, Trouble::failed}) {
    World world;
    world.reader().lay(kCard);
    world.reader().trouble = trouble;
    world.pass(60s);
    CHECK(world.asked == Watch::kTries);
    CHECK(world.said("given up until it is taken away") == 1);
    world.reader().trouble.reset();
    world.pass(5s);
    CHECK(world.tokens.empty());
    world.reader().take_away();
    world.pass(1s);
    world.reader().lay(kCard);
    world.pass(1s);
    CHECK(world.tokens.size() == 1);
  }
}

TEST_CASE("a daemon that does not run is said once, tried with growing waits, and found when it comes") {
  World world;
  world.trouble = Trouble::no_daemon;
  world.pass(10min);
  CHECK(world.said("daemon does not run") == 1);
  CHECK(world.lines.size() == 1);
  CHECK(world.opens < 20);
  CHECK(world.opens > 10);
  world.trouble.reset();
  world.reader().lay(kCard);
  world.pass(Watch::kLastRetry);
  CHECK(world.tokens.size() == 1);
  CHECK(world.said("reader is ready") == 1);
}

TEST_CASE("a daemon that refuses or fails is said in its own words") {
  World world;
  world.trouble = Trouble::not_allowed;
  world.pass(1min);
  CHECK(world.said("refuses this service") == 1);
  world.trouble = Trouble::failed;
  world.pass(5min);
  CHECK(world.said("daemon fails") == 1);
}

TEST_CASE("a card that lies there while the daemon is started again is not shown twice, however long that takes") {
  World world;
  world.reader().lay(kCard);
  world.pass(5s);
  for (const auto away : {1s, 300s}) {
    world.trouble = Trouble::no_daemon;
    world.pass(away);
    world.trouble.reset();
    world.reader().changes = 0;
    world.pass(2min);
    CHECK(world.tokens.size() == 1);
  }
  world.reader().take_away();
  world.pass(5s);
  world.reader().lay(kCard);
  world.pass(1s);
  CHECK(world.tokens.size() == 2);
}

TEST_CASE("readers that need a moment after the daemon's start show their cards late, and that is no new card either") {
  World world;
  world.reader().lay(kCard);
  world.pass(5s);
  const auto reader = world.reader();
  world.trouble = Trouble::no_daemon;
  world.pass(100s);
  world.trouble.reset();
  world.readers.clear();
  world.pass(Watch::kLastRetry);
  world.readers.push_back(reader);
  world.reader().card.reset();
  world.pass(1s);
  world.reader().card = kCard;
  world.pass(10s);
  CHECK(world.tokens.size() == 1);
  World restarted{{}, true};
  restarted.pass(1s);
  restarted.reader().lay(kCard);
  restarted.pass(10s);
  CHECK(restarted.tokens.empty());
}

TEST_CASE("a card that was exchanged while the daemon was away is shown") {
  World world;
  world.reader().lay(kCard);
  world.pass(5s);
  world.trouble = Trouble::no_daemon;
  world.pass(5s);
  world.trouble.reset();
  world.reader().lay(kOther);
  world.pass(2min);
  CHECK(world.tokens == std::vector<std::string>{"04A1B2C3", "040102030405FF"});
}

TEST_CASE("a process that was restarted does not show again the card that lies there, only what comes after it") {
  World world{{}, true};
  world.readers.clear();
  world.pass(3s);
  world.readers.emplace_back().lay(kCard);
  world.pass(30s);
  CHECK(world.tokens.empty());
  world.reader().take_away();
  world.pass(1s);
  world.reader().lay(kCard);
  world.pass(1s);
  CHECK(world.tokens.size() == 1);
}

TEST_CASE("a reader that is unplugged and comes back is said, and cards on it are read") {
  World world;
  world.pass(1s);
  const auto reader = world.reader();
  world.readers.clear();
  world.pass(30s);
  CHECK(world.said("reader is gone") == 1);
  CHECK(world.opens == 1);
  world.readers.push_back(reader);
  world.reader().lay(kCard);
  world.pass(2s);
  CHECK(world.said("reader is ready") == 2);
  CHECK(world.tokens.size() == 1);
  world.reader().take_away();
  world.pass(5s);
  world.reader().lay(kOther);
  world.reader().trouble = Trouble::reader_gone;
  world.pass(5s);
  CHECK(world.said("reader went away while") == 1);
}

TEST_CASE("no reader at all is said once and looked for at leisure") {
  World world;
  world.readers.clear();
  world.pass(10min);
  CHECK(world.lines == std::vector<std::string>{"no card reader is plugged in"});
  CHECK(world.looks <= 601);
}

TEST_CASE("several readers are watched side by side, and new ones find a place where old ones were") {
  World world;
  world.readers.clear();
  for (std::size_t i = 0; i < kMostReaders; ++i) world.readers.emplace_back().name = "Reader " + std::to_string(i);
  world.readers[1].lay(kCard);
  world.readers[3].lay(kOther);
  world.pass(1s);
  CHECK(world.tokens.size() == 2);
  world.readers.clear();
  for (std::size_t i = 0; i < kMostReaders; ++i) world.readers.emplace_back().name = "Other " + std::to_string(i);
  world.pass(1s);
  world.readers[0].lay(kCard);
  world.pass(1s);
  CHECK(world.tokens.size() == 3);
}

TEST_CASE("a daemon that goes in mid-command is closed once and no word is lost about it") {
  World world;
  world.pass(1s);
  world.reader().lay(kCard);
  world.reader().trouble = Trouble::no_daemon;
  world.pass(200ms);
  world.trouble = Trouble::no_daemon;
  world.pass(5s);
  CHECK(world.said("daemon does not run") == 1);
  world.trouble.reset();
  world.reader().trouble.reset();
  world.pass(2min);
  CHECK(world.tokens.size() == 1);
}
