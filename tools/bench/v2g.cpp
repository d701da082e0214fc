// bulwatt-bench-v2g: how quickly the station answers a car, over a virtual cable, whole station, bulwatt-evcc as the car: the charging
// loop, and from the first SDP request to energy with a driver who was authorized before. ISO 15118-2 AC, without TLS and with it (TLS 1.3
// with a hybrid group, the key in the vault).
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "services/supervisor/status.hpp"
#include "tools/bench/samples.hpp"
#include "tools/bulwatt/world.hpp"

using namespace bulwatt;
namespace fs = std::filesystem;

namespace {

constexpr int kSessions = 5;
constexpr int kLoops = 500;
constexpr int kLoopMs = 10;
constexpr int kPatienceS = 60;
constexpr const char* kToken = "DEMO-CARD-1";

struct Measured {
  bench::Samples p50{kSessions};
  bench::Samples p99{kSessions};
  bench::Samples to_energy{kSessions};
};

std::int64_t ns_of(const simbus::Json& car, const char* name) {
  return static_cast<std::int64_t>(car.value(name, 0.0) * 1e6);
}

void one_session(cli::World& world, Measured& measured) {
  const auto car = [&] { return world.status().value("evcc", simbus::Json::object()); };
  world.command("swipe", {kToken});
  world.wait_for(
      [&] { return world.page_state().value_or(simbus::Json::object()).value("state", "") == "waiting_for_car"; },
      kPatienceS, "the card was not taken");
  world.command("plug");
  world.wait_for([&] { return car().value("loops", 0) >= kLoops; }, kPatienceS, "no charge came about");
  const auto at_end = car();
  measured.p50.add(ns_of(at_end, "loop_p50_ms"));
  measured.p99.add(ns_of(at_end, "loop_p99_ms"));
  measured.to_energy.add(ns_of(at_end, "to_energy_ms"));
  world.command("evcc", {"stop"});
  world.wait_for([&] { return !car().value("speaks", true); }, kPatienceS, "the session did not end");
  if (const auto problem = car().value("problem", ""); !problem.empty())
    throw std::runtime_error("the session ended badly: " + problem);
  world.command("unplug");
  world.wait_for([&] { return world.page_state().value_or(simbus::Json::object()).value("state", "") == "available"; },
                 kPatienceS, "the station is not free again");
}

double ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

Measured measure(const std::string& car) {
  std::string pattern = (fs::temp_directory_path() / "bulwatt-bench-v2g-XXXXXX").string();
  const fs::path folder = ::mkdtemp(pattern.data());
  fs::permissions(folder, fs::perms{0755});  // in root mode every service has a user of its own
  Measured measured;
  {
    cli::WorldOptions options;
    options.folder = folder;
    options.mode = "root";
    options.car = car;
    options.loop_ms = kLoopMs;
    cli::World world{options};
    world.start([](const std::string&) {});
    world.wait_for(
        [&] { return world.page_state().value_or(simbus::Json::object()).value("state", "") == "available"; },
        kPatienceS, "the station did not come up");
    for (int i = 0; i < kSessions; ++i) {
      one_session(world, measured);
      std::printf("%s, session %d of %d: %d loops\n", car.c_str(), i + 1, kSessions, kLoops);
      std::fflush(stdout);
    }
    world.stop();
  }
  fs::remove_all(folder);
  return measured;
}

int compare() {
  auto plain = measure("iso2-ac");
  auto tls = measure("iso2-ac-tls");
  std::printf("medians of %d sessions of %d loops each; p99 is the worst session's\n", kSessions, kLoops);
  std::printf(
      "v2g: charging_status_p50_ms=%.3f p99_ms=%.3f session_to_energy_ms=%.1f tls_charging_status_p50_ms=%.3f "
      "tls_p99_ms=%.3f tls_session_to_energy_ms=%.1f\n",
      ms(plain.p50.percentile(0.5)), ms(plain.p99.percentile(1.0)), ms(plain.to_energy.percentile(0.5)),
      ms(tls.p50.percentile(0.5)), ms(tls.p99.percentile(1.0)), ms(tls.to_energy.percentile(0.5)));
  return 0;
}

}  // namespace

int main() {
  if (::geteuid() != 0) {
    std::fputs("bulwatt-bench-v2g: a virtual cable needs root\n", stderr);
    return 1;
  }
  try {
    return compare();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bulwatt-bench-v2g: %s\n", failure.what());
    return 1;
  }
}
