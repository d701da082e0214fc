#include "tests/simulation/station.hpp"

#include "system_table.hpp"
#include "tests/simulation/chance.hpp"

namespace bulwatt::simulation {
namespace {
using namespace std::chrono_literals;
constexpr auto& kTable = kSystem;
constexpr std::size_t kOrderBytes = wire::max_size<control::Order>();
constexpr std::size_t kReportBytes = wire::max_size<control::Report>();
constexpr supervisor::Mask kAll = ~supervisor::Mask{0};
}  // namespace

Station::Index Station::index_of(std::string_view name) {
  for (std::size_t i = 0; i < kTable.services.size(); ++i) {
    if (kTable.services[i].name == name) return static_cast<Index>(i);
  }
  std::abort();
}

Station::Station(os::World& world, const session::Config& session_config, Defect defect)
    : outside(session_config, [this] { each_cycle(); }),
      world_(world),
      session_config_(session_config),
      defect_(defect) {
  session_disk.lies = defect == Defect::acknowledges_before_durable;
  backend.broken = [this](std::string what) { report(std::move(what)); };
  backend.register_mwh = [this](std::uint8_t evse) { return outside.register_mwh(evse); };
  within_at_ = os::now();
  watched_.fill({within_at_, within_at_, within_at_});
  for (auto& account : accounts_) account.metered_at = within_at_;
  world_.set_weather(this);
  world_.add(outside);
  world_.add(*this);
  begin();
}

Station::~Station() {
  for (auto& child : children_) {
    if (child.process) world_.remove(*child.process);
  }
  world_.remove(*this);
  world_.remove(outside);
  world_.set_weather(nullptr);
}

void Station::report(std::string what) {
  if (!broken_) broken_ = std::move(what);
}

// ---- the supervisor's shell

/// vault has nothing to do here: nobody asks for a key.
void Station::begin() {
  plumbing_.emplace(kTable);
  core_.emplace(kTable, static_cast<supervisor::Hands&>(*this),
                kAll & ~(supervisor::Mask{1} << index_of("vault")) & ~(supervisor::Mask{1} << index_of("cards")) &
                    ~(supervisor::Mask{1} << index_of("v2g")));
  core_->begin(os::now());
}

Instant Station::due() const {
  auto when = core_->next();
  for (const auto& child : children_) {
    if (child.died || (child.process && child.process->ended())) return world_.now();
    if (child.control != os::kNoHandle) when = std::min(when, world_.readable_at(child.control));
  }
  return core_->done() ? world_.now() : when;
}

void Station::turn() {
  for (Index i = 0; i < kTable.services.size(); ++i) {
    auto& child = children_[i];
    take_reports(i);
    const bool exited = child.process && child.process->ended();
    if (!child.died && !exited) continue;
    const int status = exited ? *child.process->ended() : 0;
    const auto cause = child.died ? supervisor::Cause::signal : supervisor::Cause::exited;
    bury(child);
    child.died = false;
    core_->exited(i, cause, status, os::now());
  }
  core_->tick(os::now());
  std::erase_if(graveyard_, [&](const auto& process) { return !world_.busy(*process); });
  if (core_->done()) begin();  // a restart of the station
}

void Station::take_reports(Index service) {
  BULWATT_UNINITIALIZED std::array<std::byte, kReportBytes> frame;
  auto& child = children_[service];
  while (child.control != os::kNoHandle) {
    const auto got = os::receive(child.control, frame);
    if (got.arrival != os::Arrival::frame) return;
    const auto body = wire::decode<control::Report>(std::span<const std::byte>{frame}.first(got.size));
    if (!body) return report("a control message makes no sense");
    take(service, body->body);
  }
}

void Station::take(Index service, const control::FromService& body) {
  const auto now = os::now();
  if (const auto* beat = std::get_if<control::Beat>(&body)) core_->beat(service, beat->turns, now);
  else if (std::holds_alternative<control::Ready>(body)) core_->ready(service, supervisor::Cause::none, 0, now);
  else if (const auto* waits = std::get_if<control::Waiting>(&body))
    core_->waits(service, waits->conduit, waits->message, now);
  else if (const auto* phase = std::get_if<control::RequestPhase>(&body))
    core_->phase_requested(service, phase->phase, now);
  else if (const auto* violation = std::get_if<control::Violation>(&body)) {
    if (++violations_ > forged)
      report(std::string{kTable.services[service].name} + " reports a violation nobody committed");
    core_->accuse(service, violation->conduit, violation->reason, now);
  } else {
    core_->restart_requested(service, now);
  }
}

void Station::bury(Child& child) {
  if (child.control != os::kNoHandle) os::close(child.control);
  child.control = os::kNoHandle;
  if (!child.process) return;
  child.process->die();
  if (world_.busy(*child.process)) {
    world_.doom(*child.process);
    graveyard_.push_back(std::move(child.process));
  } else {
    world_.remove(*child.process);
  }
  child.process.reset();
}

void Station::kill(Index service) {
  auto& child = children_[service];
  if (!child.process || child.died) return;
  take_reports(service);
  bury(child);
  child.died = true;
}

void Station::stall(Index service, Duration time) {
  if (children_[service].process) children_[service].process->stall(os::now() + time);
}

bool Station::launch(Index service) {
  auto& child = children_[service];
  const auto control = *os::make_conduit();
  std::array<os::Handle, control::kMaxConduits> ends{};
  const auto running = [this](Index peer) { return children_[peer].process != nullptr; };
  if (!plumbing_->prepare(service, ends, running)) return false;
  const auto& entry = kTable.services[service];
  child.process = make(service, {entry, control[1], std::span{ends}.first(entry.ends.size())});
  child.control = control[0];
  child.died = false;
  plumbing_->delivered(service);
  world_.add(*child.process);
  child.process->stall(os::now() + between(1ms, 30ms));  // the time a process takes to come up
  for (const auto& end : entry.ends) {
    const auto& conduit = kTable.conduits[end.conduit];
    const auto peer = end.is_client ? conduit.server : conduit.client;
    if (core_->started(peer)) settle(peer);
  }
  return true;
}

std::unique_ptr<Process> Station::make(Index service, const Launch& launch) {
  const auto name = kTable.services[service].name;
  if (name == "power") return std::make_unique<PowerProcess>(launch, outside);
  if (name == "meter") return std::make_unique<MeterProcess>(launch, outside);
  if (name == "ledger") return std::make_unique<LedgerProcess>(launch, ledger_disk, defect_);
  if (name == "session") return std::make_unique<SessionProcess>(launch, session_config_, session_disk, defect_);
  if (name == "ocpp") return std::make_unique<BackendProcess>(launch, backend);
  return std::make_unique<HmiProcess>(launch, desk);
}

void Station::order(Index service, const control::ToService& body, os::Handle attached) {
  const auto conduit = children_[service].control;
  if (conduit == os::kNoHandle) return;
  BULWATT_UNINITIALIZED std::array<std::byte, kOrderBytes> frame;
  const auto bytes = std::span<const std::byte>{frame}.first(wire::encode(control::Order{body}, frame));
  attached == os::kNoHandle ? os::send(conduit, bytes) : os::send_with_handle(conduit, bytes, attached);
}

void Station::settle(Index service) {
  plumbing_->settle(service, [&](std::uint8_t conduit, std::uint32_t epoch, os::Handle end) {
    order(service, control::Rebind{conduit, epoch}, end);
  });
}

/// Configurations are handed to the processes directly; this is the order to go.
void Station::send_start(Index service, control::Phase phase, std::uint32_t restarts, bool) {
  order(service, control::Start{phase, restarts, {}, {}});
  settle(service);
}

std::uint32_t Station::chance() { return static_cast<std::uint32_t>(world_.random()()); }

/// Everything is off at once; what was not synced may be lost. It comes up again at once.
void Station::cut_power(journal::MemoryStorage::Cut cut) {
  for (auto& child : children_) {
    bury(child);
    child = {};
  }
  std::mt19937 fate_of_sectors{chance()};
  session_disk.medium.restart(cut, fate_of_sectors);
  ledger_disk.medium.restart(cut, fate_of_sectors);
  inspect_ledger();  // as the cut left it, before anything mends it
  outside.restart_boards();
  begin();
}

// ---- what is seen

bool Station::all_ready() const { return core_->status().health == supervisor::Health::up; }

namespace {
std::string describe_evse(const session::Evse& evse) {
  std::string text = "; EVSE " + std::to_string(evse.kept.evse);
  for (const auto& connector : evse.connectors) {
    text += " " + std::string{enum_text(connector.power.pilot)} + (connector.plugged ? " plugged" : " not plugged");
    text += connector.controller_lost ? " controller lost" : "";
  }
  text += evse.meter_lost ? " meter lost" : "";
  text += evse.kept.grant ? " granted" : "";
  text += evse.kept.transaction ? " transaction" : "";
  text += evse.kept.transaction && evse.kept.transaction->ending ? " ending" : "";
  text += evse.permit.energize ? " permit" : "";
  text +=
      " limit " + std::to_string(evse.noted_limit.limit_ma) + " by " + std::string{enum_text(evse.noted_limit.source)};
  return text + ", says: " + std::string{evse.message.view()};
}
}  // namespace

std::string Station::describe() const {
  std::string text{"health "};
  text += enum_text(health());
  text += ", phase ";
  text += enum_text(core_->status().phase);
  for (const auto& service : core_->status().services) {
    text += ", ";
    text += service.name.view();
    text += " ";
    text += enum_text(service.state);
  }
  for (const auto& outlet : outside.outlets) {
    const auto view = outlet.view();
    text += "; outlet " + std::to_string(outlet.evse) + "." + std::to_string(outlet.connector) + " pilot " +
            std::string{enum_text(view.pilot)} + ", duty " + std::to_string(view.duty_permille) + ", faults " +
            std::to_string(view.faults) + ", car " + outlet.car.doing();
  }
  const auto* state = session_state();
  if (state == nullptr) return text;
  for (const auto& evse : state->station().evses) text += describe_evse(evse);
  text += state->station().storage_ok ? "" : "; storage fails";
  text += state->station().ledger_ok ? "" : "; ledger fails";
  return text + "; waiting events " + std::to_string(state->archive().outbox.size());
}

bool Station::core_ready() const {
  for (const auto name : {"power", "meter", "ledger", "session"}) {
    if (core_->status().services[index_of(name)].state != supervisor::State::ready) return false;
  }
  return true;
}

const session::Service* Station::session_state() const {
  const auto& process = children_[index_of("session")].process;
  return process ? static_cast<const SessionProcess&>(*process).service() : nullptr;
}

}  // namespace bulwatt::simulation
