// bulwatt demo: one command from nothing to a car that charges; says what happens as it happens.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "services/supervisor/status.hpp"
#include "tools/bulwatt/command.hpp"
#include "tools/bulwatt/world.hpp"

namespace bulwatt::cli {
namespace {

constexpr const char* kToken = "DEMO-CARD-1";
constexpr double kOnceEnergyWh = 250;  ///< how much a --once demo charges before it stops

volatile sig_atomic_t interrupted = 0;

/// Lines with the time since the start; one line may be rewritten in place on a terminal.
class Story {
 public:
  void line(const std::string& text) {
    if (live_) std::printf("\n");
    live_ = false;
    std::printf("%7.1f s  %s\n", seconds(), text.c_str());
    std::fflush(stdout);
  }
  void live(const std::string& text) {
    if (!::isatty(STDOUT_FILENO)) return every_second(text);
    std::printf("\r%7.1f s  %-90s", seconds(), text.c_str());
    live_ = true;
    std::fflush(stdout);
  }

 private:
  void every_second(const std::string& text) {
    if (seconds() - last_ < 2) return;
    last_ = seconds();
    line(text);
  }
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double last_ = -10;
  bool live_ = false;
};

/// What the demo has seen on the bus so far.
struct Seen {
  bool connected = false;
  bool boot = false;
  bool closed = false;
  std::string authorize;
  std::string started;
  std::string ended;
  std::string car;  ///< the request that the car is at
  int events = 0;
  int violations = 0;
};

std::string transaction_of(const simbus::Json& payload) {
  return payload.value("/transactionInfo/transactionId"_json_pointer, std::string{});
}

void take_ocpp(Seen& seen, Story& story, const simbus::Json& event) {
  const auto action = event.value("action", "");
  const auto& payload = event["payload"];
  const bool from_station = event.value("direction", "") == "in";
  if (action == "BootNotification" && !from_station && payload.value("status", "") == "Accepted") {
    seen.boot = true;
    story.line("backend: boot accepted");
  } else if (action == "Authorize" && !from_station) {
    seen.authorize = payload.value("/idTokenInfo/status"_json_pointer, std::string{});
    story.line("backend: authorization " + seen.authorize);
  } else if (action == "TransactionEvent" && from_station) {
    ++seen.events;
    const auto type = payload.value("eventType", "");
    if (type == "Started") seen.started = transaction_of(payload);
    if (type == "Ended") seen.ended = transaction_of(payload);
    if (type != "Updated")
      story.line("backend: TransactionEvent " + type + ", reason " + payload.value("triggerReason", "") + ", " +
                 transaction_of(payload));
  } else if (action == "SecurityEventNotification" && from_station) {
    story.line("backend: security event " + payload.value("type", ""));
  }
}

void take(Seen& seen, Story& story, const simbus::Json& event) {
  const auto kind = event.value("event", "");
  if (kind == "ocpp") return take_ocpp(seen, story, event);
  if (kind == "csms" && event.value("connected", false) != seen.connected) {
    seen.connected = !seen.connected;
    story.line(seen.connected ? "backend: the station is connected" : "backend: the station is gone");
  } else if (kind == "board" && event.value("contactor", false) != seen.closed) {
    seen.closed = !seen.closed;
    story.line(seen.closed ? "safety controller: contactor closed" : "safety controller: contactor open");
  } else if (kind == "evcc" && event.value("step", "") != seen.car) {
    seen.car = event.value("step", "");
    story.line(seen.car.empty() ? "car: has ended its session" : "car: " + seen.car);
  } else if (kind == "violation") {
    ++seen.violations;
    story.line("backend: VIOLATION " + event.value("kind", "") + ": " + event.value("detail", ""));
  }
}

/// The line the station logged about its backend link: version, group, who.
std::string handshake_line(const World& world) {
  std::FILE* file = std::fopen((world.run_folder() / "log" / "station.log").c_str(), "r");
  if (file == nullptr) return {};
  std::string found;
  std::array<char, 1024> line{};
  while (std::fgets(line.data(), line.size(), file) != nullptr) {
    const std::string text{line.data()};
    if (text.find(" ocpp") != std::string::npos && text.find("TLS") != std::string::npos)
      found = text.substr(0, text.find('\n'));
  }
  std::fclose(file);
  const auto at = found.find("ocpp");
  return at == std::string::npos ? std::string{} : found.substr(at);
}

void print_services(const World& world, Story& story) {
  const auto status = supervisor::read_status((world.run_folder() / "status").c_str());
  if (!status) return;
  for (const auto& s : status->services) {
    std::array<char, 120> text{};
    std::snprintf(text.data(), text.size(), "  %-9s zone %-9s pid %-7u exposure %u", std::string{s.name.view()}.c_str(),
                  std::string{s.zone.view()}.c_str(), s.pid, s.exposure);
    story.line(text.data());
  }
}

std::string progress(const simbus::Json& state) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), "%-22s %8.3f kWh  %6.2f kW  limit %.0f A  %s %s",
                state.value("state", "").c_str(), state.value("energy_wh", 0.0) / 1000,
                state.value("power_w", 0.0) / 1000, state.value("limit_ma", 0.0) / 1000,
                state.value("cost", "").c_str(), state.value("currency", "").c_str());
  return text.data();
}

double energy_of(const std::optional<simbus::Json>& state) { return state ? state->value("energy_wh", 0.0) : 0.0; }

void charge(World& world, Story& story, const Seen& seen) {
  if (world.pays()) {
    story.line("backend: gives the station the root of contracts");
    world.trust_contracts();
  }
  story.line("driver: plugs in");
  world.command("plug");
  world.wait_for(
      [&] {
        const auto s = world.page_state();
        return s && s->value("cable", false);
      },
      10, "the station did not see the cable");
  if (world.speaks() && !world.pays())
    world.wait_for([&] { return seen.car == "AuthorizationReq"; }, 30, "the car did not find the station");
  if (!world.pays()) {
    story.line("driver: shows card " + std::string{kToken});
    world.command("swipe", {kToken});
  }
  world.wait_for([&] { return seen.closed && !seen.started.empty(); }, 30, "the charge did not start");
  story.line("page: " + world.page_address());
  world.wait_for(
      [&] {
        const auto state = world.page_state();
        if (state) story.live(progress(*state));
        return energy_of(state) >= kOnceEnergyWh || interrupted != 0;
      },
      120, "no energy flows");
}

void finish(World& world, Story& story, const Seen& seen) {
  story.line(world.pays() ? "car: has enough" : "driver: shows the card again to stop");
  if (world.pays()) world.command("evcc", {"stop"});
  else world.command("swipe", {kToken});
  world.wait_for([&] { return !seen.closed && (world.pays() || seen.ended == seen.started); }, 30,
                 "the charge did not stop");
  const auto state = world.page_state();
  story.line("driver: unplugs");
  world.command("unplug");
  world.wait_for([&] { return seen.ended == seen.started; }, 30, "the backend did not hear of the end");
  world.wait_for(
      [&] {
        const auto s = world.page_state();
        return s && s->value("state", "") == "available";
      },
      20, "the station did not become free again");
  if (!state) return;
  story.line("receipt");
  std::printf(
      "           transaction  %s\n           energy       %.3f kWh\n           cost         %s %s, tax included\n     "
      "      register     %.3f kWh\n           records      %d transaction events at the backend, %d violations\n",
      seen.started.c_str(), state->value("energy_wh", 0.0) / 1000, state->value("cost", "0").c_str(),
      state->value("currency", "").c_str(), state->value("register_wh", 0.0) / 1000, seen.events, seen.violations);
}

WorldOptions world_options(Arguments& arguments) {
  WorldOptions options;
  options.folder = std::filesystem::absolute(option(arguments, "--folder", "bulwatt-demo")).lexically_normal();
  options.mode = option(arguments, "--mode", ::geteuid() == 0 ? "root" : "rootless");
  options.security_profile = std::stoi(option(arguments, "--security-profile", "3"));
  options.meter = option(arguments, "--meter", options.meter);
  options.meter_bus = flag(arguments, "--meter-bus");
  options.speed = std::stoi(option(arguments, "--speed", "30"));
  options.car = option(arguments, "--car", options.car);
  const bool speaks = std::ranges::find(kSpeakingCars, options.car) != kSpeakingCars.end();
  if (options.car != "basic" && !speaks)
    throw UsageError("--car is basic, iso2-ac, iso2-ac-tls, iso2-pnc-ac, iso2-dc, iso2-pnc-dc or din-dc");
  const bool tls = options.car.ends_with("-tls") || options.car.starts_with("iso2-pnc");
  if (tls && options.security_profile != 3) throw UsageError("a car with TLS needs --security-profile 3");
  if (options.security_profile < 1 || options.security_profile > 3) throw UsageError("--security-profile is 1, 2 or 3");
  options.evses = std::stoi(option(arguments, "--evses", "1"));
  if (options.evses < 1 || options.evses > 4) throw UsageError("--evses is 1 to 4");
  if (options.speed < 1 || options.speed > 600) throw UsageError("--speed is 1 to 600");
  return options;
}

void stay(World& world, Story& story) {
  std::printf(
      "\n  The station is running. Page: %s\n  In another terminal:  %s sim --bus %s status   (plug, unplug, swipe %s, "
      "fault pe_loss, network down …)\n"
      "                        %s ps --run-folder %s\n  Ctrl-C ends everything.\n\n",
      world.page_address().c_str(), "bulwatt", world.bus_path().c_str(), kToken, "bulwatt", world.run_folder().c_str());
  std::fflush(stdout);
  while (interrupted == 0) {
    world.wait_for([] { return interrupted != 0; }, 3600, "");
  }
  story.line("ending");
}

}  // namespace

int run_demo(const Arguments& given) {
  auto arguments = given;
  const bool once = flag(arguments, "--once");
  const auto options = world_options(arguments);
  expect_no_more(arguments);
  ::signal(SIGINT, [](int) { interrupted = 1; });
  ::signal(SIGTERM, [](int) { interrupted = 1; });

  Story story;
  Seen seen;
  World world{options};
  world.on_event([&](const simbus::Json& event) { take(seen, story, event); });
  world.start([&](const std::string& text) { story.line("starting: " + text); });
  world.wait_for([&] { return seen.boot; }, 30, "the station did not reach its backend");
  world.wait_for(
      [&] {
        const auto s = world.page_state();
        return s && s->value("state", "") == "available";
      },
      20, "the station did not become available");
  if (const auto line = handshake_line(world); !line.empty()) story.line(line);
  story.line("station: every service is up");
  print_services(world, story);
  charge(world, story, seen);
  if (!once && interrupted == 0) stay(world, story);
  if (once) finish(world, story, seen);
  world.stop();
  story.line("everything the demo made is in " + options.folder.string());
  return seen.violations == 0 ? kGood : kFailed;
}

}  // namespace bulwatt::cli
