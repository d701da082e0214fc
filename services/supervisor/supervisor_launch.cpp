// The supervisor's part in the life of one process: what it is given, what it must prove at READY, what peers get.
#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "services/supervisor/assurance.hpp"
#include "services/supervisor/supervisor.hpp"

namespace bulwatt::supervisor {
namespace {
using sandbox::Layer;
using Sentence = Line<400>;
constexpr std::size_t kOwnDescriptors = 40;  // loop, timers, files and connections of a service

/// Applied at launch or by the service; `seen_from_outside` comes later.
constexpr sandbox::Layers kClaimable = ~bit(Layer::seen_from_outside);
}  // namespace

// 0, 1 null, 2 log, 3 control, conduits, devices, listening sockets: the numbers services are built with.
bool Supervisor::fill_descriptors(Index service, os::Handle control, Descriptors& out, std::size_t& first_device) {
  const auto& e = entry(service);
  std::array<os::Handle, control::kMaxConduits> conduits{};
  const auto ends = std::span{conduits}.first(e.ends.size());
  if (!plumbing_.prepare(service, ends, [&](Index peer) { return children_[peer].process.watch != os::kNoHandle; })) {
    say(Sentence{"no conduits for ", e.name, ": ", std::strerror(errno)}.view());
    return false;
  }
  bool fits = out.push_back(null_) && out.push_back(null_) && out.push_back(children_[service].log[1]) &&
              out.push_back(control);
  for (const auto end : ends) fits = fits && out.push_back(end);
  first_device = out.size;
  for (std::size_t i = 0; i < e.devices.size(); ++i) {
    const auto& path = places_[service].devices[i];
    os::Handle device = os::kNoHandle;
    if (!path.view().empty()) {
      const int access = e.devices[i].rights == sandbox::Rights::read_write ? O_RDWR : O_RDONLY;
      device = ::open(path.c_str(), access | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
      if (device < 0 && !e.devices[i].optional) {
        say(Sentence{"cannot open ", path.view(), " for ", e.name, ": ", std::strerror(errno)}.view());
        return false;
      }
    }
    fits = fits && out.push_back(device);
  }
  for (const auto listener : places_[service].listeners) fits = fits && out.push_back(listener);
  return fits;
}

os::Plan Supervisor::plan(Index service, os::Handle program, std::span<const os::Handle> descriptors) {
  const auto& e = entry(service);
  const auto& places = places_[service];
  os::Plan plan;
  plan.name = places.name.c_str();
  plan.program = program;
  plan.descriptors = descriptors;
  plan.mode = mode_;
  plan.user = places.user;
  plan.own_network = e.network == sandbox::Network::none;
  plan.tcp_connect = places.connect.view();
  plan.mount_point = mount_point_.c_str();
  plan.folders = places.folders.view();
  plan.links = places.links.view();
  plan.binds = places.binds.view();
  plan.policy = e.policy;
  plan.priority = e.priority;
  plan.lock_memory = e.lock_memory;
  plan.memory_kib = e.memory_kib;
  plan.open_files = e.open_files;
  plan.file_kib = e.file_kib;
  plan.filter = e.filter_launch;
  plan.required = needed(service);
  return plan;
}

bool Supervisor::launch(Index service) {
  auto& child = children_[service];
  status_changed_ = true;
  const auto pair = os::make_conduit();
  if (!pair) {
    say(Sentence{"no control conduit for ", entry(service).name, ": ", std::strerror(pair.error())}.view());
    return false;
  }
  os::allow_handles((*pair)[1]);
  Descriptors descriptors;
  std::size_t first_device = 0;
  const int program = ::open(places_[service].program.c_str(), O_PATH | O_CLOEXEC);
  bool done = program >= 0 && fill_descriptors(service, (*pair)[1], descriptors, first_device);
  if (program < 0) say(Sentence{"cannot open ", places_[service].program.view(), ": ", std::strerror(errno)}.view());
  if (done) {
    const auto started = os::launch(plan(service, program, descriptors.view()));
    done = started.has_value();
    if (done) {
      child.process = started->process;
      child.report = started->report;
    } else {
      say(Sentence{entry(service).name, " was not started: could not ", os::step_text(started.error().step), ": ",
                   std::strerror(started.error().error)}
              .view());
    }
  }
  if (program >= 0) ::close(program);
  os::close((*pair)[1]);
  for (std::size_t i = 0; first_device != 0 && i < entry(service).devices.size() && first_device + i < descriptors.size;
       ++i) {
    if (descriptors[first_device + i] != os::kNoHandle) os::close(descriptors[first_device + i]);
  }
  if (!done) {
    os::close((*pair)[0]);
    return false;
  }
  child.control = (*pair)[0];
  plumbing_.delivered(service);
  waiter_.add(child.control, (std::uint64_t{std::to_underlying(Source::control)} << 8) | service);
  waiter_.add(child.process.watch, (std::uint64_t{std::to_underlying(Source::death)} << 8) | service);
  core_.shown(service).pid = static_cast<std::uint32_t>(child.process.pid);
  settle_peers(service);
  return true;
}

void Supervisor::settle(Index service) {
  plumbing_.settle(service, [&](std::uint8_t conduit, std::uint32_t epoch, os::Handle end) {
    send(service, control::Rebind{conduit, epoch}, end);
  });
}

// A peer that has not had its Start yet gets its fresh ends right after it.
void Supervisor::settle_peers(Index service) {
  for (const auto& end : entry(service).ends) {
    const auto& conduit = table_.conduits[end.conduit];
    const auto peer = end.is_client ? conduit.server : conduit.client;
    if (core_.started(peer)) settle(peer);
  }
}

// ---- READY

Cause Supervisor::refusal(Index service, const control::Ready& ready, int& detail) {
  const auto& e = entry(service);
  bool same = ready.build == table_.build && ready.interfaces.size == e.ends.size();
  for (std::size_t i = 0; same && i < e.ends.size(); ++i) same = ready.interfaces[i] == e.ends[i].interface_hash;
  if (!same) {
    say(Sentence{"binary ", e.binary,
                 " is of another build than the supervisor; it is not run. Rebuild or reinstall both."}
            .view());
    return Cause::other_build;
  }
  const auto missing = needed(service) & kClaimable & ~core_.shown(service).layers;
  if (missing == 0) return Cause::none;
  detail = std::countr_zero(missing);
  const auto& facts = sandbox::kLayerFacts[static_cast<std::size_t>(detail)];
  say(Sentence{e.name, " lacks the required layer ", facts.name, ": ", facts.cost, "; it is not run."}.view());
  return Cause::layer_missing;
}

void Supervisor::show_layers(Index service, sandbox::Layers layers) {
  auto& shown = core_.shown(service);
  const auto wanted = applicable(entry(service));
  shown.layers = layers & wanted;
  shown.missing = wanted & ~layers;
  shown.exposure = static_cast<std::uint8_t>(100 * std::popcount(shown.missing) / std::popcount(wanted));
}

void Supervisor::take_ready(Index service, const control::Ready& ready, Instant now) {
  auto& child = children_[service];
  Cause ignored{};
  int detail = 0;
  read_launch_report(service, ignored, detail);
  detail = 0;
  // A service vouches only for what it does itself; what the launch applied is the launch's word.
  constexpr auto kOwn = sandbox::bits(Layer::descriptors_checked, Layer::not_dumpable, Layer::no_write_execute,
                                      Layer::memory_locked, Layer::landlock_no_execute, Layer::filter_steady);
  show_layers(service, child.launch_layers | (ready.layers & kOwn));
  const auto cause = refusal(service, ready, detail);
  child.to_inspect = cause == Cause::none;
  core_.ready(service, cause, detail, now);
}

// After READY and outside the start's critical path. A service that is not what it claims is ended.
void Supervisor::inspect(Index service) {
  auto& child = children_[service];
  child.to_inspect = false;
  const auto& e = entry(service);
  auto& shown = core_.shown(service);
  const Expected expected{shown.layers, 4 + e.ends.size() + e.devices.size() + e.tcp_listen.size(), kOwnDescriptors};
  const auto seen = look_at(child.process.pid, expected);
  if (seen.everything) show_layers(service, shown.layers | bit(Layer::seen_from_outside));
  if (!seen.disagreement.empty() && profile() == sandbox::Profile::production) {
    core_.misbehaved(service, seen.disagreement, os::now());
  } else if (!seen.disagreement.empty()) {
    say(Sentence{e.name, " does not look as it claims: ", seen.disagreement}.view());
  }
  for (std::size_t i = 0; i < sandbox::kLayerCount; ++i) {
    if (((shown.missing & ~child.said_missing) >> i & 1) == 0) continue;
    const auto& facts = sandbox::kLayerFacts[i];
    say(Sentence{"WARNING: ", e.name, " runs without ", facts.name, ": ", facts.cost}.view());
  }
  child.said_missing |= shown.missing;
  status_changed_ = true;
}

}  // namespace bulwatt::supervisor
