// bulwatt ps: who runs, since when, how often restarted, and who waits on whom.
#include <cstdio>
#include <iostream>

#include "libs/fields/dump.hpp"
#include "libs/json/json.hpp"
#include "libs/os/clock.hpp"
#include "services/supervisor/status.hpp"
#include "tools/bulwatt/command.hpp"

namespace bulwatt::cli {
namespace {

std::string span_of(std::int64_t us) {
  const auto s = us / 1'000'000;
  std::array<char, 32> text{};
  if (s >= 86'400)
    std::snprintf(text.data(), text.size(), "%lldd%02lldh", static_cast<long long>(s / 86'400),
                  static_cast<long long>(s / 3600 % 24));
  else if (s >= 3600)
    std::snprintf(text.data(), text.size(), "%lldh%02lldm", static_cast<long long>(s / 3600),
                  static_cast<long long>(s / 60 % 60));
  else if (s >= 60)
    std::snprintf(text.data(), text.size(), "%lldm%02llds", static_cast<long long>(s / 60),
                  static_cast<long long>(s % 60));
  else
    std::snprintf(text.data(), text.size(), "%lld.%llds", static_cast<long long>(s),
                  static_cast<long long>(us / 100'000 % 10));
  return text.data();
}

std::string waiting_text(const supervisor::ServiceStatus& s, std::int64_t now) {
  if (!s.waiting_on) return "";
  return "waits on " + std::string{s.waiting_on->peer.view()} + " since " +
         std::to_string((now - s.waiting_on->since_us) / 1000) + " ms";
}

std::string cause_text(const supervisor::ServiceStatus& s) {
  if (s.last_cause == supervisor::Cause::none) return "";
  auto text = "last ended: " + std::string{enum_text(s.last_cause)};
  if (s.cause_detail != 0) text += " " + std::to_string(s.cause_detail);
  return text;
}

std::string plural(std::uint32_t count, const char* what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

/// What is out of the ordinary about how the service is kept alive.
std::string care_text(const supervisor::ServiceStatus& s) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  if (s.step != supervisor::Step::none) add("step " + std::string{enum_text(s.step)});
  if (s.hangs != 0) add(plural(s.hangs, "hang"));
  if (s.capsule_bytes != 0) add("parked " + std::to_string(s.capsule_bytes) + " B");
  if (s.capsules_dropped != 0) add(plural(s.capsules_dropped, "capsule") + " dropped");
  return out;
}

/// The ladder above the single service, the machine's watchdog and what waits for the ledger.
void print_ladder(const supervisor::Status& status, std::int64_t now) {
  if (status.step != supervisor::Step::none) {
    std::printf("ladder: %s, safe states since a healthy minute: %u", std::string{enum_text(status.step)}.c_str(),
                status.safe_states);
    if (status.next_try_us > now) std::printf(", next try in %s", span_of(status.next_try_us - now).c_str());
    std::printf("\n");
  }
  if (status.guard != supervisor::Guard::none)
    std::printf("machine watchdog: %s\n", std::string{enum_text(status.guard)}.c_str());
  if (status.acts_waiting != 0 || status.acts_lost != 0)
    std::printf("acts of the supervisor: %u not yet in the ledger, %u lost\n", status.acts_waiting, status.acts_lost);
}

void print(const supervisor::Status& status, bool layers) {
  const auto now = os::now().time_since_epoch().count();
  std::printf("station %.*s, phase %.*s, %s, %s profile, up %s\n", static_cast<int>(enum_text(status.health).size()),
              enum_text(status.health).data(), static_cast<int>(enum_text(status.phase).size()),
              enum_text(status.phase).data(), status.rootless ? "rootless" : "root mode",
              std::string{enum_text(status.profile)}.c_str(), span_of(now - status.started_us).c_str());
  print_ladder(status, now);
  std::printf("%-9s %-9s %-9s %-9s %7s %9s %8s %8s  %s\n", "SERVICE", "ZONE", "CLASS", "STATE", "PID", "UPTIME",
              "RESTARTS", "EXPOSURE", "");
  for (const auto& s : status.services) {
    const bool up = s.state == supervisor::State::ready;
    auto note = waiting_text(s, now);
    if (note.empty()) note = cause_text(s);
    if (const auto care = care_text(s); !care.empty()) note += (note.empty() ? "" : "; ") + care;
    std::printf("%-9s %-9s %-9s %-9s %7u %9s %8u %8u  %s\n", std::string{s.name.view()}.c_str(),
                std::string{s.zone.view()}.c_str(), std::string{enum_text(s.restart_class)}.c_str(),
                std::string{enum_text(s.state)}.c_str(), s.pid, up ? span_of(now - s.ready_us).c_str() : "-",
                s.restarts, s.exposure, note.c_str());
    if (!layers) continue;
    for (std::size_t l = 0; l < sandbox::kLayerCount; ++l) {
      if (((s.missing >> l) & 1) == 0) continue;
      std::printf("          without %s %s\n", std::string{sandbox::kLayerFacts[l].name}.c_str(),
                  std::string{sandbox::kLayerFacts[l].cost}.c_str());
    }
  }
}

}  // namespace

int run_ps(const Arguments& given) {
  auto arguments = given;
  const auto folder = option(arguments, "--run-folder", "/run/bulwatt");
  const bool as_json = flag(arguments, "--json");
  const bool layers = flag(arguments, "--layers");
  expect_no_more(arguments);
  const auto status = supervisor::read_status((folder + "/status").c_str());
  if (!status) {
    switch (status.error()) {
      case supervisor::StatusError::no_file:
        throw Failure("no station has run in " + folder + "; name its run folder with --run-folder");
      case supervisor::StatusError::other_build:
        throw Failure("the station in " + folder + " is of another build than this program");
      default: throw Failure(folder + "/status cannot be read: " + std::string{enum_text(status.error())});
    }
  }
  if (!as_json) {
    print(*status, layers);
    return kGood;
  }
  std::vector<char> buffer(256 * 1024);
  const auto text = json::encode(*status, buffer);
  if (!text) throw Failure("the status cannot be written as JSON");
  std::cout << *text << '\n';
  return kGood;
}

}  // namespace bulwatt::cli
