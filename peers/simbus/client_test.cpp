#include "peers/simbus/client.hpp"

#include <doctest/doctest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "peers/simbus/server.hpp"

using namespace bulwatt::simbus;

namespace {

/// Hub and clients in one loop; `until` runs it until a fact holds or a deadline passes.
struct World {
  std::filesystem::path dir;
  Loop loop;
  std::unique_ptr<Server> server;

  World() : dir(make_dir()) { start(); }
  ~World() {
    server.reset();
    std::filesystem::remove_all(dir);
  }
  static std::filesystem::path make_dir() {
    std::string name = (std::filesystem::temp_directory_path() / "bulwatt-simbus-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }
  std::string path() const { return (dir / "bus").string(); }
  void start() { server = std::make_unique<Server>(loop, path()); }
  std::unique_ptr<Client> client(const std::string& name, Handlers handlers) {
    auto made = std::make_unique<Client>(path(), name, std::move(handlers));
    loop.watch(made->fd(), EPOLLIN, [raw = made.get()](std::uint32_t) { raw->ready(); });
    return made;
  }
};

/// Runs a loop until `done`, at most five seconds.
void run_until(World& world, const std::function<bool()>& done) {
  bool late = false;
  Timer limit(world.loop, [&] { late = true; });
  limit.arm(5000);
  while (!done() && !late) world.loop.run_once();
  CHECK_FALSE(late);
}

}  // namespace

TEST_CASE("the socket belongs to its owner only") {
  World world;
  struct stat info{};
  REQUIRE(::stat(world.path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("events, commands and answers pass between two clients") {
  World world;
  Json seen;
  Json answer;
  auto ev = world.client("ev", {.on_event = [&](const Json& event) { seen = event; },
                                .on_command = [](const Command& command) -> std::optional<Json> {
                                  if (command.name != "soc") return std::nullopt;
                                  Json made = ok();
                                  made["soc"] = command.args.at(0);
                                  return made;
                                }});
  auto cli = world.client("cli", {.on_answer = [&](const Json& line) { answer = line; }});
  run_until(world, [&] { return ev->joined() && cli->joined(); });
  cli->publish({{"event", "hi"}});
  run_until(world, [&] { return text_of(seen, "event") == "hi"; });
  CHECK(seen["from"] == "cli");

  const std::uint64_t id = cli->command("soc", {"50"});
  run_until(world, [&] { return !answer.is_null(); });
  CHECK(answer == Json{{"id", id}, {"ok", true}, {"soc", "50"}});

  answer = nullptr;
  cli->command("fly");
  run_until(world, [&] { return !answer.is_null(); });
  CHECK(answer["error"] == "no participant handled 'fly' (joined: cli, ev)");
}

TEST_CASE("a client survives the hub and says its state again") {
  World world;
  std::vector<bool> links;
  auto board = world.client("board", {.on_link = [&](bool joined) { links.push_back(joined); }});
  board->publish({{"event", "board"}, {"pilot", "B1"}});
  run_until(world, [&] { return board->joined(); });
  world.server.reset();
  run_until(world, [&] { return !board->joined(); });
  board->publish({{"event", "board"}, {"pilot", "C2"}});
  world.start();
  Json seen;
  auto ev = world.client("ev", {.on_event = [&](const Json& event) {
                           if (text_of(event, "event") == "board") seen = event;
                         }});
  run_until(world, [&] { return board->joined() && !seen.is_null(); });
  CHECK(seen["pilot"] == "C2");
  CHECK(links == std::vector<bool>{true, false, true});
}

TEST_CASE("a client that does not read is dropped and the others go on") {
  World world;
  std::string dropped;
  auto watch = world.client("watch", {.on_event = [&](const Json& event) {
                              if (text_of(event, "event") == "dropped") dropped = text_of(event, "name");
                            }});
  const Fd slow = connect_unix(world.path());
  REQUIRE(slow);
  const std::string hello = "{\"hello\":\"slow\"}\n";
  REQUIRE(::send(slow.get(), hello.data(), hello.size(), 0) == static_cast<ssize_t>(hello.size()));
  auto loud = world.client("loud", {});
  run_until(world, [&] { return watch->joined() && loud->joined(); });
  const std::string blob(32 * 1024, 'x');
  run_until(world, [&] {
    if (dropped.empty()) loud->publish_once({{"event", "blob"}, {"bytes", blob}});
    return !dropped.empty();
  });
  CHECK(dropped == "slow");
  CHECK(watch->joined());
}

TEST_CASE("a client with an endless line is dropped") {
  World world;
  const Fd endless = connect_unix(world.path());
  REQUIRE(endless);
  const std::string blob(kLineMax + 2, 'x');
  std::size_t sent = 0;
  char byte = 0;
  ssize_t got = -1;
  run_until(world, [&] {
    const ssize_t count = ::send(endless.get(), blob.data() + sent, blob.size() - sent, MSG_NOSIGNAL);
    if (count > 0) sent += static_cast<std::size_t>(count);
    got = ::recv(endless.get(), &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  });
  CHECK(sent > kLineMax / 2);
}

TEST_CASE("two hubs can't share a path, but a stale socket file is taken over") {
  World world;
  CHECK_THROWS_WITH(listen_unix(world.path()), ("another program already listens on '" + world.path() + "'").c_str());
  const std::string stale = (world.dir / "stale").string();
  listen_unix(stale).reset();
  CHECK(static_cast<bool>(listen_unix(stale)));
  CHECK_THROWS(listen_unix(std::string(200, 'x')));
}

TEST_CASE("asking without a hub fails with a sentence") {
  CHECK_THROWS_WITH(ask("/nonexistent/bus", {{"command", "plug"}}), "no simulation bus listens on '/nonexistent/bus'");
}
