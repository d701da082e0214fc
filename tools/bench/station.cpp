// bulwatt-bench-station: what a whole station costs. Cold start to every service READY, to the backend's Accepted over TLS 1.3
// with a client key in the vault; memory and processor time of an idle station; a TransactionEvent parsed and written.
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "libs/os/clock.hpp"
#include "services/supervisor/status.hpp"
#include "tools/bench/samples.hpp"
#include "tools/bench/station_message.hpp"
#include "tools/bulwatt/world.hpp"

using namespace bulwatt;
namespace fs = std::filesystem;

namespace {

constexpr int kStarts = 9;
constexpr int kIdleSeconds = 20;
constexpr int kSettleSeconds = 5;
constexpr int kPatienceS = 60;

std::int64_t now_us() { return os::now().time_since_epoch().count(); }

/// Supervisor and services.
std::vector<std::uint32_t> processes(const supervisor::Status& status) {
  std::vector<std::uint32_t> pids{status.pid};
  for (const auto& service : status.services) pids.push_back(service.pid);
  return pids;
}

supervisor::Status status_of(const cli::World& world) {
  const auto status = supervisor::read_status((world.run_folder() / "status").c_str());
  if (!status) throw std::runtime_error("the station has no status");
  return *status;
}

/// Proportional set size: what all its processes together really take of the memory.
std::int64_t pss_kib(const supervisor::Status& status) {
  std::int64_t sum = 0;
  for (const auto pid : processes(status)) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/smaps_rollup"};
    std::string word;
    std::int64_t kib = -1;
    while (file >> word) {
      if (word != "Pss:") continue;
      file >> kib;
      break;
    }
    if (kib < 0) throw std::runtime_error("the memory of a service cannot be read: root is needed");
    sum += kib;
  }
  return sum;
}

/// Time on a processor so far. Every service is one thread.
std::int64_t cpu_used_ns(const supervisor::Status& status) {
  std::int64_t sum = 0;
  for (const auto pid : processes(status)) {
    std::int64_t ns = -1;
    std::ifstream{"/proc/" + std::to_string(pid) + "/schedstat"} >> ns;
    if (ns < 0) throw std::runtime_error("the processor time of a service cannot be read");
    sum += ns;
  }
  return sum;
}

struct Measured {
  bench::Samples cold{kStarts};
  bench::Samples accepted{kStarts};
  std::int64_t pss_kib = 0;
  double idle_cpu_percent = 0;
};

void measure_idle(cli::World& world, Measured& measured) {
  const auto wait = [&](int seconds) {
    const auto until = now_us() + std::int64_t{seconds} * 1'000'000;
    world.wait_for([&] { return now_us() >= until; }, seconds + kPatienceS, "");
  };
  wait(kSettleSeconds);
  const auto before = status_of(world);
  const auto used = cpu_used_ns(before);
  const auto begin = now_us();
  wait(kIdleSeconds);
  const auto after = status_of(world);
  if (processes(before) != processes(after)) throw std::runtime_error("a service was restarted while nothing happened");
  measured.idle_cpu_percent =
      static_cast<double>(cpu_used_ns(after) - used) / 10.0 / static_cast<double>(now_us() - begin);
  measured.pss_kib = pss_kib(after);
}

/// One station from nothing, in a world that is already there.
void start(const fs::path& folder, bool idle, Measured& measured) {
  cli::WorldOptions options;
  options.folder = folder;
  options.mode = ::geteuid() == 0 ? "root" : "rootless";
  cli::World world{options};
  std::int64_t begun = 0;
  std::int64_t accepted = 0;
  world.on_event([&](const simbus::Json& event) {
    const bool boot = event.value("event", "") == "ocpp" && event.value("action", "") == "BootNotification";
    if (boot && event.value("direction", "") == "out" && event["payload"].value("status", "") == "Accepted")
      accepted = now_us();
  });
  world.start([&](const std::string&) { begun = now_us(); });  // the last word is about the station
  world.wait_for([&] { return accepted != 0; }, kPatienceS, "the backend did not accept the station");
  world.wait_for([&] { return status_of(world).all_ready_us != 0; }, kPatienceS, "not every service became READY");
  measured.cold.add((status_of(world).all_ready_us - begun) * 1000);
  measured.accepted.add((accepted - begun) * 1000);
  if (idle) measure_idle(world, measured);
  world.stop();
}

double ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

int measure() {
  const auto message = bench::measure_transaction_event();
  std::string pattern = (fs::temp_directory_path() / "bulwatt-bench-station-XXXXXX").string();
  const fs::path folder = ::mkdtemp(pattern.data());
  fs::permissions(folder, fs::perms{0755});  // in root mode every service has a user of its own
  Measured measured;
  for (int i = 0; i < kStarts; ++i) {
    start(folder / std::to_string(i), i == kStarts - 1, measured);
    std::printf("start %d of %d: READY and accepted\n", i + 1, kStarts);
    std::fflush(stdout);
  }
  fs::remove_all(folder);
  std::printf("medians of %d cold starts; %d s without a car; Pss of supervisor and all services\n", kStarts,
              kIdleSeconds);
  std::printf(
      "station: cold_start_ms=%.1f boot_accepted_ms=%.1f pss_mib=%.1f idle_cpu_percent=%.2f "
      "transaction_event_parse_ns=%lld "
      "transaction_event_write_ns=%lld transaction_event_allocs=%llu\n",
      ms(measured.cold.percentile(0.5)), ms(measured.accepted.percentile(0.5)),
      static_cast<double>(measured.pss_kib) / 1024, measured.idle_cpu_percent, static_cast<long long>(message.parse_ns),
      static_cast<long long>(message.write_ns), static_cast<unsigned long long>(message.allocations));
  return 0;
}

}  // namespace

int main() {
  try {
    return measure();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bulwatt-bench-station: %s\n", error.what());
    return 1;
  }
}
