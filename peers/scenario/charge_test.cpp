// A car charges from a board that this test plays, past a meter read over Modbus TCP: all peers as real processes.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <modbus/modbus.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "peers/simbus/client.hpp"
#include "peers/simbus/loop.hpp"
#include "protocols/meters/codec.hpp"
#include "protocols/meters/sdm630.hpp"

using namespace bulwatt;
using simbus::Json;

namespace {

constexpr std::int64_t kPatienceMs = 15'000;

struct TempDir {
  std::filesystem::path path;
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "bulwatt-peers-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TempDir() { std::filesystem::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
};

/// One peer process; killed if the test ends before it.
class Process {
 public:
  Process(const std::string& program, std::vector<std::string> arguments) {
    const std::string path = std::string(BULWATT_BIN_DIR) + "/bulwatt-" + program;
    arguments.insert(arguments.begin(), path);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    REQUIRE(::posix_spawn(&pid_, path.c_str(), nullptr, nullptr, argv.data(), environ) == 0);
  }
  ~Process() { end(SIGKILL); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Sends the signal, waits, returns the wait status.
  int end(int signal) {
    int status = -1;
    if (pid_ <= 0) return status;
    ::kill(pid_, signal);
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }

 private:
  pid_t pid_ = -1;
};

/// The board as this test plays it, and everything it hears.
struct World {
  simbus::Loop loop;
  std::map<std::string, Json> latest;  // last event of each kind
  std::map<std::uint64_t, Json> answers;
  simbus::Client board;

  explicit World(const std::string& bus)
      : board(bus, "board",
              {.on_event = [this](const Json& event) { latest[simbus::text_of(event, "event")] = event; },
               .on_answer = [this](const Json& answer) { answers[answer["id"].get<std::uint64_t>()] = answer; }}) {
    loop.watch(board.fd(), EPOLLIN, [this](std::uint32_t) { board.ready(); });
  }

  bool until(const std::function<bool()>& fact, std::int64_t limit_ms = kPatienceMs) {
    bool late = false;
    simbus::Timer limit(loop, [&] { late = true; });
    limit.arm(limit_ms);
    while (!fact() && !late) loop.run_once();
    return !late;
  }
  /// Lets events pass for a while of the simulated world.
  void pass(std::int64_t ms) {
    until([] { return false; }, ms);
  }
  Json command(const std::string& name, const std::vector<std::string>& args = {}) {
    const std::uint64_t id = board.command(name, args);
    REQUIRE(id != 0);
    REQUIRE(until([&] { return answers.contains(id); }));
    return answers[id];
  }
  void show(const char* pilot, int duty_permille, bool contactor) {
    board.publish({{"event", "board"}, {"pilot", pilot}, {"duty_permille", duty_permille}, {"contactor", contactor}});
  }
  Json resistance() { return latest["ev"].is_null() ? Json() : latest["ev"]["resistance_ohm"]; }
  std::int64_t current_ma() {
    return latest["draw"].is_null() ? -1 : latest["draw"]["current_ma"][0].get<std::int64_t>();
  }
  /// Waits until all of the names have joined and answer.
  void meet(const std::vector<std::string>& names) {
    REQUIRE(until([&] { return board.joined(); }));
    while (true) {
      latest.erase("joined");  // before asking, so that nobody joins unseen between the answer and the waiting
      const Json status = command("status")["status"];
      if (std::ranges::all_of(names, [&](const std::string& name) { return status.contains(name); })) return;
      REQUIRE(until([&] { return latest.contains("joined"); }));
    }
  }
};

/// A meter reader by libmodbus.
struct Modbus {
  std::unique_ptr<modbus_t, void (*)(modbus_t*)> context;

  explicit Modbus(const std::string& port_file) : context(nullptr, modbus_free) {
    int port = 0;
    std::ifstream(port_file) >> port;
    REQUIRE(port > 0);
    context.reset(modbus_new_tcp("127.0.0.1", port));
    REQUIRE(modbus_set_slave(context.get(), 1) == 0);
    REQUIRE(modbus_connect(context.get()) == 0);
  }
  ~Modbus() { modbus_close(context.get()); }

  std::expected<std::int64_t, meters::CodecError> read(meters::Quantity quantity) const {
    const meters::Row* row = meters::find_row(meters::kSdm630, quantity);
    std::array<std::uint16_t, 2> words{};
    REQUIRE(modbus_read_input_registers(context.get(), row->address, 2, words.data()) == 2);
    return meters::decode(*row, meters::kSdm630.order, words);
  }
  std::int64_t energy_mwh() const { return read(meters::Quantity::energy_import).value(); }
};

std::vector<std::string> meter_arguments(const TempDir& dir) {
  return {"--bus", dir.file("bus"), "--port", "0", "--port-file", dir.file("port"), "--state", dir.file("meter.json")};
}

}  // namespace

TEST_CASE("a car charges, the meter counts, and both stop as they should") {
  const TempDir dir;
  // The hub comes last: everybody else waits for it.
  Process ev("ev", {"--bus", dir.file("bus"), "--speed", "60"});
  auto meter = std::make_unique<Process>("metersim", meter_arguments(dir));
  Process reader("reader", {"--bus", dir.file("bus"), "--tty", dir.file("rfid")});
  Process hub("simbus", {"--socket", dir.file("bus")});
  World world(dir.file("bus"));
  world.meet({"ev", "meter", "reader"});

  // Plugged in, offered 16 A, contactor closed: the car charges.
  CHECK(world.command("plug")["ok"] == true);
  REQUIRE(world.until([&] { return world.resistance() == 2740; }));
  world.show("B2", 267, false);
  REQUIRE(world.until([&] { return world.resistance() == 882; }));
  {
    const Modbus modbus(dir.file("port"));
    const std::int64_t before = modbus.energy_mwh();
    CHECK(before == 100'000'000);
    world.show("C2", 267, true);
    REQUIRE(world.until([&] { return world.current_ma() == 16'020; }));
    world.command("status");  // the meter answers after it heard of the current too
    CHECK(modbus.read(meters::Quantity::current_l3) == 16'020);
    const Json first = world.command("status")["status"];
    const std::int64_t risen = modbus.energy_mwh();
    CHECK(risen > before);
    world.pass(2000);
    const Json second = world.command("status")["status"];
    CHECK(modbus.energy_mwh() > risen);
    CHECK(second["ev"]["doing"] == "charging");
    const auto grown = [&](const char* who, const char* what) {
      return second[who][what].get<double>() - first[who][what].get<double>();
    };
    CHECK(grown("meter", "energy_mwh") == doctest::Approx(grown("ev", "drawn_mwh")).epsilon(0.1));

    // A fault of the meter shows on the wire and goes away.
    CHECK(world.command("fault", {"meter_nan"})["ok"] == true);
    CHECK(modbus.read(meters::Quantity::voltage_l1).error() == meters::CodecError::not_a_number);
    CHECK(world.command("clear", {"meter_nan"})["ok"] == true);
    CHECK(modbus.read(meters::Quantity::voltage_l1).value() > 200'000);
  }

  // The meter is killed; what it showed last it never goes below again, and the car's draw reaches it again.
  const std::int64_t last = world.command("status")["status"]["meter"]["energy_mwh"].get<std::int64_t>();
  world.latest.erase("left");
  meter->end(SIGKILL);
  REQUIRE(world.until([&] { return world.latest.contains("left"); }));
  std::filesystem::remove(dir.file("port"));
  meter = std::make_unique<Process>("metersim", meter_arguments(dir));
  world.meet({"ev", "meter", "reader"});
  {
    const Modbus modbus(dir.file("port"));
    const std::int64_t again = modbus.energy_mwh();
    CHECK(again >= last);
    world.pass(500);
    CHECK(modbus.energy_mwh() > again);
  }

  // The signal goes away: the car stops within three seconds.
  world.show("C1", 1000, true);
  CHECK(world.until([&] { return world.current_ma() == 0; }, 3000));
  CHECK(world.until([&] { return world.resistance() == 2740; }, 1000));
  CHECK(world.command("unplug")["ok"] == true);
  CHECK(world.until([&] { return world.latest["ev"]["plugged"] == false; }));

  // A card, a command nobody knows, and a clean end.
  const simbus::Fd tty(::open(dir.file("rfid").c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC));
  REQUIRE(tty);
  CHECK(world.command("swipe", {"04A2B3C4"})["ok"] == true);
  std::array<char, 16> line{};
  CHECK(::read(tty.get(), line.data(), line.size()) == 9);
  CHECK(std::string(line.data()) == "04A2B3C4\n");
  CHECK(world.command("fly")["error"] == "no participant handled 'fly' (joined: board, ev, meter, reader)");
  for (Process* process : {&ev, meter.get(), &reader, &hub}) {
    const int status = process->end(SIGTERM);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
  CHECK_FALSE(std::filesystem::exists(dir.file("bus")));
}

TEST_CASE("with --exit-with-bus a peer ends when the hub does") {
  const TempDir dir;
  Process hub("simbus", {"--socket", dir.file("bus")});
  auto world = std::make_unique<World>(dir.file("bus"));
  Process ev("ev", {"--bus", dir.file("bus"), "--exit-with-bus"});
  world->meet({"ev"});
  hub.end(SIGTERM);
  const int status = ev.end(0);  // signal 0: only waits
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
