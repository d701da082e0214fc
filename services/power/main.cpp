// bulwatt-power: contactor leases, control pilots and connector locks. Wiring only; see outlets.hpp and controller.hpp.
#include <fcntl.h>

#include "grants/power.hpp"
#include "libs/runtime/process.hpp"
#include "services/power/heap.hpp"
#include "services/power/outlets.hpp"
#include "services/power/serial.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::power;

namespace {

constexpr std::array kDevices{grant::kDevice_mcu, grant::kDevice_mcu2, grant::kDevice_mcu3, grant::kDevice_mcu4};
static_assert(kDevices.size() == power::kMaxOutlets);

/// The serial lines, one for each outlet of the configuration, watched for it.
class Lines {
 public:
  explicit Lines(const power::Config& config) {
    for (std::size_t i = 0; i < config.outlets.size; ++i) {
      lines_[i].line.emplace(kDevices[config.outlets[i].device - 1U]);
      pointers_[i] = &*lines_[i].line;
    }
  }
  std::span<power::Line* const> pointers() const { return pointers_; }
  void watch(runtime::Loop& loop, power::Outlets& outlets) {
    for (std::size_t i = 0; i < outlets.size(); ++i) {
      lines_[i].controller = &outlets[i];
      loop.watch(lines_[i].line->fd(), true, false, runtime::Watcher::to<&Watched::readable>(lines_[i]));
    }
  }

 private:
  struct Watched {
    std::optional<power::SerialLine> line{};
    power::Controller* controller = nullptr;
    void readable(runtime::Readiness ready) {
      const auto bytes = line->read();
      if (bytes.empty() && ready.broken) {
        // The other side of the line went away; status turns silent by itself and a restart opens the device anew.
        runtime::log("the serial line to a safety controller is gone; restarting to open it again");
        std::_Exit(runtime::kExitSetUp);
      }
      controller->feed(bytes, os::now());
    }
  };
  std::array<Watched, power::kMaxOutlets> lines_{};
  std::array<power::Line*, power::kMaxOutlets> pointers_{};
};

class Shell {
 public:
  Shell(runtime::Loop& loop, const power::Config& config)
      : lines_(config), outlets_(config, lines_.pointers(), os::now()), session_(loop.serve<grant::session>(*this)) {
    loop.every(power::kLeasePeriod, runtime::Action::to<&Shell::tick>(*this));
    loop.at_end_of_turn(runtime::Action::to<&Shell::tell>(*this));
    loop.on_phase(runtime::Delegate<control::Phase>::to<&Shell::phase_changed>(*this));
    lines_.watch(loop, outlets_);
  }
  template <class Request>
    requires requires(power::Outlets& outlets, const Request& request, Instant now) { outlets.on(request, now); }
  power::Outlets::Answer on(const Request& request) {
    return outlets_.on(request, os::now());
  }

 private:
  void tick() {
    power::heap::begin();  // The first time: everything is set up, locked down and reported ready.
    outlets_.tick(os::now());
    if (power::heap::calls() == 0 || complained_) return;
    complained_ = true;
    runtime::log("memory was allocated after the start: a defect of this program; please report it");
  }
  void phase_changed(control::Phase phase) { outlets_.follow(phase, os::now()); }
  void tell() {
    outlets_.tell_changes(os::now(), [&](const power::StatusChanged& changed) { session_.pulse(changed); });
  }

  bool complained_ = false;
  Lines lines_;
  power::Outlets outlets_;
  ipc::Server<grant::session> session_;
};

/// What keeps the configuration from being served, as a sentence; empty when nothing does.
std::string_view problem_of(const power::Config& config) {
  if (const auto wrong = outlets_error(config); !wrong.empty()) return wrong;
  for (const auto& outlet : config.outlets) {
    const int fd = kDevices[outlet.device - 1U];
    if (::fcntl(fd, F_GETFD) < 0)
      return "an outlet names a safety controller whose line is not configured; set [devices] mcu, mcu2, mcu3 or mcu4";
    if (!power::make_raw(fd))
      return "a safety controller's device is no serial line; check [devices] mcu, mcu2, mcu3, mcu4";
  }
  return {};
}

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<power::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  if (const auto problem = problem_of(*config); !problem.empty()) {
    runtime::log(problem);
    return runtime::kExitSetUp;
  }
  Shell shell{loop, *config};
  return runtime::run(loop, grant::kProcess, *found);
}
