#include "peers/simbus/hub.hpp"

#include <doctest/doctest.h>

using namespace bulwatt::simbus;

namespace {

struct Bench {
  Hub hub;
  std::int64_t now = 1000;

  void join(ClientId id, const std::string& name) {
    hub.connect(id);
    say(id, {{"hello", name}});
    hub.take_actions();
  }
  void say(ClientId id, const Json& line) {
    std::string text = to_line(line);
    text.pop_back();
    hub.receive(id, text, now);
  }
  /// Lines for one client since the last look; forgets the rest.
  std::vector<Json> heard(ClientId id) {
    std::vector<Json> lines;
    for (const Action& action : hub.take_actions()) {
      if (action.client == id) lines.push_back(action.line);
    }
    return lines;
  }
};

}  // namespace

TEST_CASE("a newcomer learns who is there and the others learn of the newcomer") {
  Bench bench;
  bench.join(1, "board");
  bench.hub.connect(2);
  bench.say(2, {{"hello", "ev"}});
  const auto actions = bench.hub.take_actions();
  REQUIRE(actions.size() == 2);
  CHECK(actions[0].client == 1);
  CHECK(actions[0].line == Json{{"event", "joined"}, {"from", "hub"}, {"name", "ev"}});
  CHECK(actions[1].client == 2);
  CHECK(actions[1].line["participants"] == Json{"board", "ev"});
}

TEST_CASE("an event goes to all others with its origin, and to newcomers as replayed state") {
  Bench bench;
  bench.join(1, "board");
  bench.join(2, "ev");
  bench.say(1, {{"event", "board"}, {"pilot", "B2"}, {"from", "a liar"}});
  const auto actions = bench.hub.take_actions();
  REQUIRE(actions.size() == 1);
  CHECK(actions[0].client == 2);
  CHECK(actions[0].line["from"] == "board");

  bench.say(1, {{"event", "beep"}, {"once", true}});
  bench.hub.take_actions();
  bench.hub.connect(3);
  bench.say(3, {{"hello", "meter"}});
  const auto lines = bench.heard(3);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1]["pilot"] == "B2");
  CHECK(lines[1]["replayed"] == true);
}

TEST_CASE("a command reaches every participant and the first answer returns under the id of the caller") {
  Bench bench;
  bench.join(1, "board");
  bench.join(2, "ev");
  bench.hub.connect(9);  // needs no name to give commands
  bench.say(9, {{"id", "mine"}, {"command", "plug"}});
  const auto actions = bench.hub.take_actions();
  REQUIRE(actions.size() == 2);
  const Json hub_id = actions[0].line["id"];
  CHECK(actions[1].line["id"] == hub_id);
  CHECK(actions[0].line["command"] == "plug");

  bench.say(1, {{"id", hub_id}, {"pass", true}});
  CHECK(bench.heard(9).empty());
  bench.say(2, {{"id", hub_id}, {"ok", true}, {"plugged", true}});
  CHECK(bench.heard(9) == std::vector<Json>{{{"id", "mine"}, {"ok", true}, {"plugged", true}}});
  bench.say(1, {{"id", hub_id}, {"ok", true}});
  CHECK(bench.heard(9).empty());
  CHECK_FALSE(bench.hub.deadline_ms());
}

TEST_CASE("words written into the command become its args") {
  Bench bench;
  bench.join(1, "ev");
  bench.hub.connect(9);
  bench.say(9, {{"id", 1}, {"command", " fault  no_diode"}, {"args", {7}}});
  const auto lines = bench.heard(1);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["command"] == "fault");
  CHECK(lines[0]["args"] == Json{"no_diode", 7});
}

TEST_CASE("a command nobody handles fails with the names of those who joined") {
  const Json expected{{"id", 5}, {"ok", false}, {"error", "no participant handled 'plug' (joined: board, ev)"}};
  Bench bench;
  bench.join(1, "ev");
  bench.join(2, "board");
  bench.hub.connect(9);
  SUBCASE("at once when all pass") {
    bench.say(9, {{"id", 5}, {"command", "plug"}});
    const Json id = bench.heard(1).at(0)["id"];
    bench.say(1, {{"id", id}, {"pass", true}});
    bench.say(2, {{"id", id}, {"pass", true}});
    CHECK(bench.heard(9) == std::vector<Json>{expected});
  }
  SUBCASE("after two seconds of silence") {
    bench.say(9, {{"id", 5}, {"command", "plug"}});
    bench.hub.take_actions();
    CHECK(bench.hub.deadline_ms() == bench.now + 2000);
    bench.hub.tick(bench.now + 1999);
    CHECK(bench.heard(9).empty());
    bench.hub.tick(bench.now + 2000);
    CHECK(bench.heard(9) == std::vector<Json>{expected});
  }
}

TEST_CASE("a command fails at once when the only participant asked goes away") {
  Bench bench;
  bench.join(1, "ev");
  bench.hub.connect(9);
  bench.say(9, {{"id", 5}, {"command", "plug"}});
  bench.hub.take_actions();
  bench.hub.disconnect(1, "", bench.now);
  const auto lines = bench.heard(9);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["error"] == "no participant handled 'plug' (nobody has joined)");
}

TEST_CASE("status merges the answers of all participants and names the silent ones") {
  Bench bench;
  bench.join(1, "board");
  bench.join(2, "ev");
  bench.join(3, "mute");
  bench.hub.connect(9);
  bench.say(9, {{"id", 1}, {"command", "status"}});
  const Json id = bench.heard(1).at(0)["id"];
  bench.say(1, {{"id", id}, {"ok", true}, {"pilot", "B2"}});
  bench.say(2, {{"id", id}, {"ok", true}, {"soc_permille", 200}});
  CHECK(bench.heard(9).empty());
  bench.hub.tick(bench.now + kAnswerTimeoutMs);
  const auto lines = bench.heard(9);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["ok"] == true);
  CHECK(lines[0]["status"]["board"] == Json{{"pilot", "B2"}});
  CHECK(lines[0]["status"]["ev"] == Json{{"soc_permille", 200}});
  CHECK(lines[0]["status"]["mute"]["ok"] == false);
}

TEST_CASE("status of an empty world is an empty object") {
  Bench bench;
  bench.hub.connect(9);
  bench.say(9, {{"id", 1}, {"command", "status"}});
  CHECK(bench.heard(9) == std::vector<Json>{{{"id", 1}, {"ok", true}, {"status", Json::object()}}});
}

TEST_CASE("an observer hears events but is asked nothing") {
  Bench bench;
  bench.join(1, "ev");
  bench.hub.connect(2);
  bench.say(2, {{"hello", "watch"}, {"observe", true}});
  bench.hub.take_actions();
  bench.say(1, {{"event", "ev"}});
  CHECK(bench.heard(2).size() == 1);
  bench.hub.connect(9);
  bench.say(9, {{"id", 1}, {"command", "plug"}});
  CHECK(bench.heard(2).empty());
}

TEST_CASE("a second participant of a name gets a number and is reachable by it") {
  Bench bench;
  bench.join(1, "ev");
  bench.hub.connect(2);
  bench.say(2, {{"hello", "ev"}});
  CHECK(bench.heard(2).at(0)["name"] == "ev-2");
  bench.hub.connect(9);
  bench.say(9, {{"id", 1}, {"command", "plug"}, {"to", "ev-2"}});
  const auto actions = bench.hub.take_actions();
  REQUIRE(actions.size() == 1);
  CHECK(actions[0].client == 2);
}

TEST_CASE("bad lines get one clear sentence") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"nonsense", "the line is not one JSON object"},
      {"[1]", "the line is not one JSON object"},
      {R"({"event":"ev"})", "say hello before the first event"},
      {R"({"hello":"hub"})", "a name has 1 to 32 letters, digits, '-' or '_', and is not 'hub'"},
      {R"({"hello":"a b"})", "a name has 1 to 32 letters, digits, '-' or '_', and is not 'hub'"},
      {R"({"ok":true})", "an answer needs the 'id' of the command"},
      {R"({"x":1})", "the line has none of 'hello', 'event', 'command', 'ok', 'pass'"},
      {R"({"id":1,"command":7})", "'command' must be a string"},
      {R"({"id":1,"command":"  "})", "'command' is empty"},
      {R"({"x":)" + std::string(40, '[') + std::string(40, ']') + "}", "the line is not one JSON object"},
  };
  for (const auto& [line, sentence] : cases) {
    CAPTURE(line);
    Bench bench;
    bench.hub.connect(1);
    bench.hub.receive(1, line, bench.now);
    const auto lines = bench.heard(1);
    REQUIRE(lines.size() == 1);
    CHECK(text_of(lines[0], "error") == sentence);
  }
}

TEST_CASE("a dropped participant is reported with the reason") {
  Bench bench;
  bench.join(1, "board");
  bench.join(2, "ev");
  bench.hub.disconnect(2, "it did not read fast enough", bench.now);
  const auto lines = bench.heard(1);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["event"] == "dropped");
  CHECK(lines[0]["name"] == "ev");
}

TEST_CASE("clients and outstanding commands are bounded") {
  Bench bench;
  bench.join(1, "mute");
  for (ClientId id = 2; id <= kClientsMax; ++id) bench.hub.connect(id);
  for (std::size_t n = 0; n < kPendingMax; ++n) bench.say(2, {{"id", n}, {"command", "plug"}});
  CHECK(bench.heard(2).empty());
  bench.say(2, {{"id", 0}, {"command", "plug"}});
  CHECK(bench.heard(2).at(0)["error"] == "too many commands wait for an answer");
  bench.hub.connect(kClientsMax + 1);
  const auto actions = bench.hub.take_actions();
  REQUIRE(actions.size() == 1);
  CHECK(actions[0].close);
}
