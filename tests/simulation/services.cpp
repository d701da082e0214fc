#include "tests/simulation/services.hpp"

namespace bulwatt::simulation {
namespace {
constexpr int kExitSetUp = 5;
constexpr Duration kMeterPoll = std::chrono::milliseconds{500};
constexpr Duration kMeterStale = std::chrono::seconds{10};
}  // namespace

// ---- power

namespace {
power::Config outlets_of(const Outside& outside) {
  power::Config config{.outlets = {}};
  for (const auto& outlet : outside.outlets)
    static_cast<void>(
        config.outlets.push_back({outlet.evse, outlet.connector, static_cast<std::uint8_t>(config.outlets.size + 1)}));
  return config;
}
}  // namespace

PowerProcess::PowerProcess(const Launch& launch, const Outside& outside)
    : Process(grants::power::kService, launch.entry, launch.control, launch.ends),
      outlets_(outlets_of(outside), wire_up(outside), os::now()) {}

std::span<power::Line* const> PowerProcess::wire_up(const Outside& outside) {
  for (std::size_t i = 0; i < outside.outlets.size(); ++i) {
    lines_[i].end = outside.outlets[i].host_end;
    pointers_[i] = &lines_[i];
  }
  return pointers_;
}

Instant PowerProcess::device_due() const {
  auto when = kNever;
  for (std::size_t i = 0; i < outlets_.size(); ++i)
    when = std::min(when, os::World::current().readable_at(lines_[i].end));
  return when;
}

std::optional<int> PowerProcess::set_up() {
  session_.emplace(loop_.serve<grants::power::session>(*this));
  loop_.every(power::kLeasePeriod, runtime::Action::to<&PowerProcess::tick>(*this));
  loop_.at_end_of_turn(runtime::Action::to<&PowerProcess::tell>(*this));
  loop_.on_phase(runtime::Delegate<control::Phase>::to<&PowerProcess::phase_changed>(*this));
  return std::nullopt;
}

void PowerProcess::device_ready() {
  std::array<std::byte, 512> room;
  for (std::size_t i = 0; i < outlets_.size(); ++i) {
    for (;;) {
      const auto got = os::receive(lines_[i].end, room);
      if (got.arrival != os::Arrival::frame) break;
      outlets_[i].feed(std::span<const std::byte>{room}.first(got.size), os::now());
    }
  }
}

void PowerProcess::tell() {
  outlets_.tell_changes(os::now(), [&](const power::StatusChanged& changed) { session_->pulse(changed); });
}

// ---- meter

MeterProcess::MeterProcess(const Launch& launch, const Outside& outside)
    : Process(grants::meter::kService, launch.entry, launch.control, launch.ends), outside_(outside) {}

std::optional<int> MeterProcess::set_up() {
  session_.emplace(loop_.serve<grants::meter::session>(*this));
  static_cast<void>(loop_.serve<grants::meter::vault>(*this));
  loop_.serve<grants::meter::ocpp>(*this);
  loop_.serve<grants::meter::hmi>(*this);
  loop_.after(Duration::zero(), runtime::Action::to<&MeterProcess::poll>(*this));
  loop_.every(kMeterPoll, runtime::Action::to<&MeterProcess::poll>(*this));
  return std::nullopt;
}

void MeterProcess::poll() {
  for (std::uint8_t evse = 1; evse <= outside_.evses(); ++evse) {
    const bool answers = outside_.meter_answers[evse - 1U];
    auto& [at, reading] = latest_[evse - 1U];
    const auto before = std::exchange(reading.health, answers ? meter::Health::good : meter::Health::silent);
    if (answers) {
      at = os::now();
      reading.time = os::civil_now();
      reading.import_mwh = reading.register_mwh = outside_.register_mwh(evse);
      reading.power_mw = outside_.power_mw(evse);
      reading.evse = evse;
    }
    if (answers || before != reading.health) session_->pulse(meter::ReadingChanged{evse});
  }
}

std::expected<meter::Reading, meter::Error> MeterProcess::on(const meter::Read& r) {
  if (r.evse < 1 || r.evse > outside_.evses()) return std::unexpected(meter::Error::unknown_evse);
  const auto& [at, latest] = latest_[r.evse - 1U];
  if (!at) return std::unexpected(meter::Error::not_ready);
  const auto age = os::now() - *at;
  if (age > kMeterStale) return std::unexpected(meter::Error::meter_fault);
  auto reading = latest;
  reading.age_ms = static_cast<std::uint32_t>(age.count() / 1000);
  return reading;
}

// ---- ledger

LedgerProcess::LedgerProcess(const Launch& launch, Disk& disk, Defect defect)
    : Process(grants::ledger::kService, launch.entry, launch.control, launch.ends),
      mount_(disk),
      defect_(defect),
      store_(files_.files(), ledger::Config{.segment_kib = 64, .segments = 256}, keys_) {}

void LedgerProcess::die() {
  mount_.detach();
  Process::die();
}

std::optional<int> LedgerProcess::set_up() {
  if (!store_.open(loop_.restarts() == 0, stamp())) return kExitSetUp;
  session_.connect(*this);
  vault_.connect(*this);
  ocpp_.connect(*this);
  hmi_.connect(*this);
  loop_.at_end_of_turn(runtime::Action::to<&LedgerProcess::commit>(*this));
  loop_.every(std::chrono::seconds{10}, runtime::Action::to<&LedgerProcess::seal>(*this));
  return std::nullopt;
}

void LedgerProcess::take(std::string_view actor, const ledger::Append& request, const ipc::Ticket& ticket) {
  if (defect_ == Defect::ledger_answers_early) answer(ticket, ledger::Append::Appended{store_.head().records + 1});
  if (service_.append(actor, request, ticket, stamp())) return;
  commit();
  service_.append(actor, request, ticket, stamp());
}

void LedgerProcess::commit() {
  if (defect_ == Defect::ledger_answers_early &&
      os::now().time_since_epoch() % std::chrono::seconds{2} < std::chrono::seconds{1})
    return;
  service_.commit([this](const ipc::Ticket& ticket, const ledger::Service::Answer& result) { answer(ticket, result); });
}

void LedgerProcess::seal() {
  commit();
  static_cast<void>(service_.seal());
}

void LedgerProcess::answer(const ipc::Ticket& ticket, const ledger::Service::Answer& answer) {
  static_cast<void>(session_.answer(ticket, answer) || vault_.answer(ticket, answer) || ocpp_.answer(ticket, answer) ||
                    hmi_.answer(ticket, answer));
}

// ---- session

SessionProcess::SessionProcess(const Launch& launch, const session::Config& config, Disk& disk, Defect defect)
    : Process(grants::session::kService, launch.entry, launch.control, launch.ends),
      config_(config),
      mount_(disk),
      defect_(defect),
      journal_(mount_, config.journal_kib * 1024),
      service_(config_, *this, journal_) {}

void SessionProcess::die() {
  mount_.detach();
  Process::die();
}

std::optional<int> SessionProcess::set_up() {
  namespace grant = grants::session;
  power_.emplace(loop_.use<grant::power>(*this));
  meter_.emplace(loop_.use<grant::meter>(*this));
  ledger_.emplace(loop_.use<grant::ledger>(*this));
  if (!service_.open(loop_.restarts() == 0)) return kExitSetUp;
  using session::Service;
  using Peer = runtime::Delegate<bool>;
  ocpp_.emplace(loop_.serve<grant::ocpp>(door_));
  hmi_.emplace(loop_.serve<grant::hmi>(service_));
  cards_.emplace(loop_.serve<grant::cards>(service_));
  v2g_.emplace(loop_.serve<grant::v2g>(service_));
  loop_.on_peer<grant::power>(Peer::to<&Service::power_peer>(service_));
  loop_.on_peer<grant::meter>(Peer::to<&Service::meter_peer>(service_));
  loop_.on_peer<grant::ledger>(Peer::to<&Service::ledger_peer>(service_));
  loop_.on_peer<grant::ocpp>(Peer::to<&Service::backend_peer>(service_));
  loop_.at_end_of_turn(runtime::Action::to<&Service::end_of_turn>(service_));
  loop_.after(Duration::zero(), runtime::Action::to<&Service::start>(service_));
  return std::nullopt;
}

session::Called<power::RenewPermit, power::Error> SessionProcess::call(const power::RenewPermit& request) {
  auto asked = request;
  if (defect_ == Defect::gives_what_others_have && asked.energize) asked.limit_ma = config_.installation_max_ma;
  return power_->call(asked);
}

session::Called<power::RevokePermit, power::Error> SessionProcess::call(const power::RevokePermit& request) {
  if (defect_ != Defect::permits_without_authorization) return power_->call(request);
  // Instead of taking the permit back it goes on renewing one.
  const auto renewed = power_->call(power::RenewPermit{request.evse, request.connector, true, 16'000});
  if (!renewed) return std::unexpected(renewed.error());
  return std::unexpected(ipc::CallError<power::Error>{ipc::Failure::busy, {}});
}

std::expected<session::Reserve::Answer, session::Error> SessionProcess::FrontDoor::on(const session::Reserve& request) {
  if (owner.defect_ == Defect::promises_reservations)
    return session::Reserve::Answer{session::ReserveVerdict::accepted};
  return owner.service_.on(request);
}

std::expected<session::UpdateLocalList::Answer, session::Error> SessionProcess::FrontDoor::on(
    const session::UpdateLocalList& request) {
  if (owner.defect_ == Defect::lies_about_the_list && request.last)
    return session::UpdateLocalList::Answer{session::UpdateVerdict::accepted};
  return owner.service_.on(request);
}

void SessionProcess::tell_snapshot_changed(std::uint8_t evse) {
  const session::SnapshotChanged pulse{evse};
  ocpp_->pulse(pulse);
  hmi_->pulse(pulse);
}

}  // namespace bulwatt::simulation
