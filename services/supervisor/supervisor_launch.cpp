// The supervisor's part in the life of one process: what it is given, what it must prove at READY, what peers get.
#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "libs/sandbox/exposure.hpp"
#include "services/supervisor/assurance.hpp"
#include "services/supervisor/launch_plan.hpp"
#include "services/supervisor/supervisor.hpp"

namespace bulwatt::supervisor {
namespace {
using sandbox::Layer;
using Sentence = Line<400>;

/// Applied at launch or by the service; `seen_from_outside` comes later.
constexpr sandbox::Layers kClaimable = ~bit(Layer::seen_from_outside);
}  // namespace

Problem Supervisor::start_process(Index service, os::Handle control) {
  const auto& e = entry(service);
  auto& child = children_[service];
  std::array<os::Handle, control::kMaxConduits> conduits{};
  const auto ends = std::span{conduits}.first(e.ends.size());
  if (!plumbing_.prepare(service, ends, [&](Index peer) { return children_[peer].process.watch != os::kNoHandle; }))
    return Problem{"no conduits for ", e.name, ": ", std::strerror(errno)};
  DescriptorTable descriptors;
  const DescriptorTable::Common common{null_, child.log[1], control};
  if (auto problem = descriptors.fill(e, places_[service], common, ends); !problem.view().empty()) return problem;
  const int program = ::open(places_[service].program.c_str(), O_PATH | O_CLOEXEC);
  if (program < 0) return Problem{"cannot open ", places_[service].program.view(), ": ", std::strerror(errno)};
  const Circumstances here{mode_, mount_point_.c_str(), needed(service), program};
  const auto started = os::launch(make_plan(e, places_[service], here, descriptors.view()));
  ::close(program);
  if (!started) {
    return Problem{e.name, " was not started: could not ", os::step_text(started.error().step), ": ",
                   std::strerror(started.error().error)};
  }
  child.process = started->process;
  child.report = started->report;
  return Problem{};
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
  const auto problem = start_process(service, (*pair)[1]);
  os::close((*pair)[1]);
  if (!problem.view().empty()) {
    say(problem.view());
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

// A peer that is not READY yet gets its fresh ends right after that. Before, it does not read them; and a descriptor on its way
// into the process would look from outside like one that nobody granted.
void Supervisor::settle_peers(Index service) {
  for (const auto& end : entry(service).ends) {
    const auto& conduit = table_.conduits[end.conduit];
    const auto peer = end.is_client ? conduit.server : conduit.client;
    if (core_.shown(peer).state == State::ready) settle(peer);
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
  shown.exposure = sandbox::exposure(entry(service), layers);
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
  show_layers(service, look_from_outside(service, child.launch_layers | (ready.layers & kOwn)));
  const auto cause = refusal(service, ready, detail);
  core_.ready(service, cause, detail, now);
  if (core_.shown(service).state == State::ready) settle(service);
  if (cause == Cause::none) warn_of_missing(service);
  if (!entry(service).keeps_acts) return;
  acts_.keeper_is_new();
  settle_acts();
}

// Before anybody believes the service. What the kernel contradicts is a missing layer, whoever claimed it.
sandbox::Layers Supervisor::look_from_outside(Index service, sandbox::Layers claimed) {
  auto& child = children_[service];
  const auto seen =
      look_at(child.process.pid, {claimed & applicable(entry(service)), entry(service), places_[service], mode_});
  if (seen.denial.layers != 0 && (seen.denial.layers & ~child.said_denied) != 0)
    say(Sentence{entry(service).name, ", seen from outside: ", seen.denial.sentence}.view());
  child.said_denied |= seen.denial.layers;
  claimed &= ~seen.denial.layers;
  return seen.everything && seen.denial.layers == 0 ? claimed | bit(Layer::seen_from_outside) : claimed;
}

void Supervisor::warn_of_missing(Index service) {
  auto& child = children_[service];
  const auto missing = core_.shown(service).missing;
  // For the record whenever it is not what it was in the last life.
  if (std::exchange(child.recorded_missing, missing) != missing)
    record(control::ActKind::assurance, service, "layers_missing", missing);
  for (std::size_t i = 0; i < sandbox::kLayerCount; ++i) {
    if (((missing & ~child.said_missing) >> i & 1) == 0) continue;
    const auto& facts = sandbox::kLayerFacts[i];
    say(Sentence{"WARNING: ", entry(service).name, " runs without ", facts.name, ": ", facts.cost}.view());
  }
  child.said_missing |= missing;
  status_changed_ = true;
}

}  // namespace bulwatt::supervisor
