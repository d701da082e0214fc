#include "services/supervisor/supervisor.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace bulwatt::supervisor {
namespace {
using Sentence = Line<400>;
constexpr std::size_t kFramesPerTurn = 32;
constexpr int kOrphansPerTurn = 64;
constexpr int kFirstProcess = 1;
constexpr std::size_t kLogBytesPerTurn = 4096;
constexpr std::size_t kOrderBytes = wire::max_size<control::Order>();
constexpr std::size_t kReportBytes = wire::max_size<control::Report>();

template <class T>
std::uint64_t tag(T source, Index service) {
  return (static_cast<std::uint64_t>(source) << 8) | service;
}
}  // namespace

Supervisor::Supervisor(const sandbox::SystemTable& table, const Station& station, os::Mode mode, Mask run)
    : table_(table), station_(station), mode_(mode), run_(run), core_(table, *this, run), plumbing_(table) {
  auto& status = core_.status();
  status.pid = static_cast<std::uint32_t>(::getpid());
  status.profile = station.profile;
  status.rootless = mode == os::Mode::rootless;
  status.started = os::civil_now();
}

sandbox::Profile Supervisor::profile() const {
  return station_.profile == ProfileChoice::production ? sandbox::Profile::production : sandbox::Profile::developer;
}
sandbox::Layers Supervisor::needed(Index service) const {
  return required(profile(), entry(service), station_.also_required);
}

// ---- before the first process

bool Supervisor::make_log_pipes() {
  for (Index i = 0; i < table_.services.size(); ++i) {
    if (::pipe2(children_[i].log.data(), O_CLOEXEC | O_NONBLOCK) != 0) return false;
    if (!waiter_.add(children_[i].log[0], tag(Source::log, i))) return false;
  }
  return true;
}

// Children start with the usual policy (reset on fork); real-time ones get theirs at launch.
void Supervisor::take_priority() {
  const sched_param wanted{kPriority};
  if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &wanted) != 0) {
    say(Sentence{"no real-time priority for the supervisor: ", std::strerror(errno)}.view());
  }
  // Not without the privilege: under the small limit of ordinary users a growing stack would end the process.
  if (::geteuid() == 0 && ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    say(Sentence{"memory of the supervisor is not locked: ", std::strerror(errno)}.view());
  }
}

Problem Supervisor::prepare() {
  const auto run = station_.run_folder.view();
  const LongPath log_folder{run, "/log"};
  mount_point_ = LongPath{run, "/view"};
  for (const auto* path : {log_folder.c_str(), mount_point_.c_str()}) {
    if (!make_folder(path, 0755)) return Problem{"cannot make ", path, ": ", std::strerror(errno)};
  }
  log_.open(log_folder.view());
  for (Index i = 0; i < table_.services.size(); ++i) {
    if ((run_ >> i & 1) == 0) continue;
    if (auto problem = find_places(entry(i), i, station_, places_[i]); !problem.view().empty()) return problem;
  }
  slots_.configure(station_.other_slot_request);
  null_ = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  status_file_ = ::open(LongPath{run, "/status"}.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  sigset_t wanted;
  ::sigemptyset(&wanted);
  // The third is how systemd-nspawn and systemd itself stop the first process of a container.
  for (const int number : {SIGTERM, SIGINT, SIGRTMIN + 3}) ::sigaddset(&wanted, number);
  if (::getpid() == kFirstProcess) ::sigaddset(&wanted, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
  for (const int number : {SIGHUP, SIGPIPE}) std::signal(number, SIG_IGN);
  signals_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (null_ < 0 || status_file_ < 0 || signals_ < 0 || !waiter_.add(signals_, tag(Source::signal, 0)) ||
      !make_log_pipes()) {
    return Problem{"cannot prepare ", run, ": ", std::strerror(errno)};
  }
  take_priority();
  if (::getpid() == kFirstProcess) say("first process of its container: orphans are reaped");
  return open_watchdogs();
}

Problem Supervisor::open_watchdogs() {
  manager_.open();
  if (manager_.wants_beats()) guardian_.add(manager_);
  if (station_.watchdog_device.empty()) return Problem{};
  const LongPath device{station_.watchdog_device.view()};
  const auto opened = machine_.open(device.c_str(), station_.watchdog_s);
  if (opened) {
    guardian_.add(machine_);
    return Problem{};
  }
  const auto why = [&]() -> std::string_view {
    switch (opened.error()) {
      case os::WatchdogError::cannot_open: return "it cannot be opened";
      case os::WatchdogError::not_a_watchdog: return "it is no watchdog";
      case os::WatchdogError::no_magic_close:
        return "it can never be released again, so a stop would reset the machine";
      case os::WatchdogError::patience: break;
    }
    return "it does not take the time asked for";
  }();
  const Problem problem{"cannot use the machine's watchdog ", device.view(), ": ", why};
  if (profile() == sandbox::Profile::production) return problem;
  say(Sentence{"WARNING: ", problem.view()}.view());
  watchdog_failed_ = true;
  return Problem{};
}

// ---- the loop

Goal Supervisor::run() {
  say(Sentence{"station starts: ", enum_text(station_.profile), " profile, ", enum_text(mode_), " mode"}.view());
  heap::begin();
  core_.begin(os::now());
  std::array<std::uint64_t, 32> room;
  while (!core_.done()) {
    const auto write_at = status_written_ + (status_changed_ ? kStatusSpacing : kStatusInterval);
    const auto tags = waiter_.wait(room, std::min({core_.next(), write_at, guardian_.next()}));
    for (const auto one : tags) handle(one, os::now());
    core_.tick(os::now());
    guardian_.tick(core_.safety_fresh(os::now()), os::now());
    tell_manager();
    if (os::now() >= status_written_ + (status_changed_ ? kStatusSpacing : kStatusInterval)) write_status(os::now());
  }
  for (Index i = 0; i < table_.services.size(); ++i) take_log(i, os::now());
  say("all services have stopped");
  write_status(os::now());
  // Before the machine is restarted the watchdog stays armed: if that hangs, it is reset.
  if (core_.goal() != Goal::other_slot) guardian_.release();
  return core_.goal();
}

void Supervisor::handle(std::uint64_t one, Instant now) {
  const auto service = static_cast<Index>(one & 0xff);
  switch (static_cast<Source>(one >> 8)) {
    case Source::signal: take_signal(now); return;
    case Source::control: take_control(service, now); return;
    case Source::death: take_death(service, now); return;
    case Source::log: take_log(service, now); return;
  }
}

// Ready is who has every service READY once, or who stands in the safe state and answers.
void Supervisor::tell_manager() {
  const auto health = core_.status().health;
  if (!manager_.there() || told_ == health) return;
  told_ = health;
  const bool ready = health == Health::up || health == Health::safe_state;
  const std::string_view state = ready ? "READY=1\n" : health == Health::stopping ? "STOPPING=1\n" : "";
  manager_.say(Line<100>{state, "STATUS=station ", enum_text(health)}.view());
}

// Services are reaped by their handles, with their story; everybody else's children just have to go.
void Supervisor::reap_orphans(Instant now) {
  for (int i = 0; i < kOrphansPerTurn; ++i) {
    const int pid = os::ended_child();
    if (pid == 0) return;
    bool ours = false;
    for (Index s = 0; s < table_.services.size() && !ours; ++s) {
      ours = children_[s].process.pid == pid;
      if (ours) take_death(s, now);
    }
    if (ours) continue;
    os::forget_child(pid);
    ++core_.status().orphans;
    status_changed_ = true;
  }
}

void Supervisor::take_signal(Instant now) {
  signalfd_siginfo info{};
  if (::read(signals_, &info, sizeof info) != sizeof info) return;
  if (info.ssi_signo == SIGCHLD) {
    reap_orphans(now);
    return;
  }
  say("told to stop: services stop in order");
  core_.stop(Goal::end, now);
  status_changed_ = true;
}

void Supervisor::take_control(Index service, Instant now) {
  std::array<std::byte, kReportBytes> frame;
  for (std::size_t i = 0; i < kFramesPerTurn && children_[service].control != os::kNoHandle; ++i) {
    const auto got = os::receive(children_[service].control, frame);
    if (got.arrival == os::Arrival::nothing) return;
    if (got.arrival == os::Arrival::gone) {
      // Normally its death, which the process handle tells with the cause. A live process without us is ended.
      waiter_.remove(children_[service].control);
      os::close(children_[service].control);
      children_[service].control = os::kNoHandle;
      os::kill(children_[service].process);
      return;
    }
    const auto report = got.arrival == os::Arrival::frame
                            ? wire::decode<control::Report>(std::span<const std::byte>{frame}.first(got.size))
                            : std::unexpected(wire::Error::trailing_bytes);
    if (!report) {
      core_.misbehaved(service, "its control message makes no sense", now);
      return;
    }
    if (!children_[service].control_budget.take(1, kControlFramesPerSecond, now)) {
      core_.misbehaved(service, "it floods the supervisor", now);
      return;
    }
    take(service, report->body, now);
  }
}

void Supervisor::take(Index service, const control::FromService& report, Instant now) {
  if (const auto* beat = std::get_if<control::Beat>(&report)) {
    core_.beat(service, beat->turns, now);
    return;
  }
  status_changed_ = true;
  if (const auto* ready = std::get_if<control::Ready>(&report)) take_ready(service, *ready, now);
  else if (const auto* waits = std::get_if<control::Waiting>(&report))
    core_.waits(service, waits->conduit, waits->message, now);
  else if (const auto* violation = std::get_if<control::Violation>(&report))
    core_.accuse(service, violation->conduit, violation->reason, now);
  else if (const auto* phase = std::get_if<control::RequestPhase>(&report))
    core_.phase_requested(service, phase->phase, now);
  else if (const auto* park = std::get_if<control::Park>(&report)) {
    if (core_.parks(service, park->capsule.state.size)) children_[service].capsule = park->capsule;
  } else if (const auto* kept = std::get_if<control::ActKept>(&report)) take_kept(service, *kept, now);
  else core_.restart_requested(service, now);
}

// ---- acts on their way to the service that keeps them

void Supervisor::record(control::ActKind kind, Index service, std::string_view word, std::int64_t amount) {
  control::Act act{};
  act.time = os::civil_now();
  act.kind = kind;
  if (service != kNobody) act.service = entry(service).name;
  act.word = word;
  act.amount = amount;
  acts_.push(act);
  settle_acts();
}

void Supervisor::settle_acts() {
  for (Index i = 0; i < table_.services.size(); ++i) {
    if (!entry(i).keeps_acts || core_.status().services[i].state != State::ready) continue;
    acts_.settle([&](const control::Act& act) { send(i, act); });
  }
}

void Supervisor::take_kept(Index service, const control::ActKept& kept, Instant now) {
  if (!entry(service).keeps_acts) {
    core_.misbehaved(service, "confirms acts it was not given", now);
    return;
  }
  acts_.kept(kept.number);
  settle_acts();
}

void Supervisor::take_death(Index service, Instant now) {
  auto& child = children_[service];
  if (child.process.watch == os::kNoHandle) return;
  take_control(service, now);
  take_log(service, now);
  child.cutter.flush([&](std::string_view line) { log_.line(entry(service).name, line, os::civil_now()); });
  waiter_.remove(child.process.watch);
  const auto ending = os::reap(child.process);
  if (!ending) {
    waiter_.add(child.process.watch, tag(Source::death, service));
    return;
  }
  if (child.control != os::kNoHandle) {
    waiter_.remove(child.control);
    os::close(child.control);
    child.control = os::kNoHandle;
  }
  auto cause = ending->by_signal ? (ending->code == SIGSYS ? Cause::filter : Cause::signal) : Cause::exited;
  int detail = ending->code;
  read_launch_report(service, cause, detail);
  core_.shown(service).pid = 0;
  status_changed_ = true;
  core_.exited(service, cause, detail, now);
}

void Supervisor::read_launch_report(Index service, Cause& cause, int& detail) {
  auto& child = children_[service];
  if (child.report == os::kNoHandle) return;
  const auto report = os::read_report(child.report);
  if (!report) return;
  child.launch_layers = report->layers;
  if (report->failed == os::Step::done) return;
  say(Sentence{entry(service).name, " was not started: could not ", os::step_text(report->failed), ": ",
               std::strerror(report->error)}
          .view());
  cause = Cause::launch;
  detail = report->error;
}

// A service that writes too much fills its own pipe and loses its own lines; nobody else pays for it.
void Supervisor::take_log(Index service, Instant now) {
  auto& child = children_[service];
  std::array<char, kLogBytesPerTurn> bytes;
  const auto n = ::read(child.log[0], bytes.data(), bytes.size());
  if (n <= 0) return;
  if (!child.log_budget.take(static_cast<std::uint32_t>(n), kLogBytesPerSecond, now) && !child.muted) {
    child.muted = true;
    waiter_.remove(child.log[0]);
    say(Sentence{entry(service).name, " writes too much to the log; lines of it are lost"}.view());
  }
  child.cutter.feed({bytes.data(), static_cast<std::size_t>(n)},
                    [&](std::string_view line) { log_.line(entry(service).name, line, os::civil_now()); });
}

void Supervisor::unmute() {
  for (Index i = 0; i < table_.services.size(); ++i) {
    if (std::exchange(children_[i].muted, false)) waiter_.add(children_[i].log[0], tag(Source::log, i));
  }
}

void Supervisor::write_status(Instant now) {
  if (now - unmuted_ >= kStatusInterval) {
    unmuted_ = now;
    unmute();
  }
  auto& status = core_.status();
  status.written_us = now.time_since_epoch().count();
  status.heap_calls = heap::calls();
  status.guard = watchdog_failed_ ? Guard::failed : guardian_.state();
  status.acts_waiting = static_cast<std::uint32_t>(acts_.waiting());
  status.acts_lost = acts_.lost();
  encode_status(status, ++generation_, status_buffer_);
  [[maybe_unused]] const auto n = ::pwrite(status_file_, status_buffer_.data(), status_buffer_.size(), 0);
  status_written_ = now;
  status_changed_ = false;
}

// ---- small hands

void Supervisor::say(std::string_view line) { log_.line("supervisor", line, os::civil_now()); }

std::uint32_t Supervisor::chance() {
  std::array<std::byte, 4> bytes{};
  os::random_bytes(bytes);
  return std::bit_cast<std::uint32_t>(bytes);
}

void Supervisor::kill(Index service) { os::kill(children_[service].process); }

void Supervisor::send(Index service, const control::ToService& body, os::Handle attached) {
  const auto conduit = children_[service].control;
  if (conduit == os::kNoHandle) return;
  std::array<std::byte, kOrderBytes> frame;
  const auto size = wire::encode(control::Order{body}, frame);
  const auto bytes = std::span<const std::byte>{frame}.first(size);
  const auto sent =
      attached == os::kNoHandle ? os::send(conduit, bytes) : os::send_with_handle(conduit, bytes, attached);
  if (sent == os::Sent::full) core_.misbehaved(service, "it does not read its control conduit", os::now());
}

void Supervisor::send_start(Index service, control::Phase phase, std::uint32_t restarts, bool with_capsule) {
  control::Start start{phase, restarts, {}, {}};
  if (with_capsule) start.capsule = children_[service].capsule;
  if (places_[service].config != nullptr) {
    const auto config = places_[service].config->config.view();
    start.config = Octets<control::kMaxConfigBytes>{config};
  }
  send(service, start);
}

void Supervisor::send_stop(Index service) { send(service, control::Stop{}); }
void Supervisor::send_phase(Index service, control::Phase phase) { send(service, control::SetPhase{phase}); }

}  // namespace bulwatt::supervisor
