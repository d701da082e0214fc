// A small world around the service for tests: a car, power, meter, ledger and backend of their own, and virtual time.
// The journal lies in memory; session can be killed and the power can be cut at any moment.
#pragma once
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "libs/journal/memory_storage.hpp"
#include "services/session/limits.hpp"
#include "services/session/service.hpp"

namespace bulwatt::session::testing {

using namespace std::chrono_literals;

inline const IdToken kOwner{"04A1B2C3", TokenType::iso14443};
inline const IdToken kOther{"04FFFFFF", TokenType::iso14443};
inline const IdToken kGroup{"FAMILY", TokenType::central};
constexpr std::uint32_t bit(power::Fault fault) { return std::uint32_t{1} << std::to_underlying(fault); }

/// One EVSE of the world: its outlets, its meter, and what power holds for it.
struct Bay {
  struct Socket {
    bool car = false, wants = true, fault_cause = false;
    std::uint32_t faults = 0;
    std::uint32_t cable_ma = 20'000;
    bool has_lock = false, locked = false, lock_jams = false, tampered = false;
  };
  std::array<Socket, power::kMaxConnectors> sockets{};
  std::int16_t temperature_dc = 250;
  std::int64_t import_mwh = 5'000'000;
  bool meter_alive = true;
  meter::Health meter_health = meter::Health::good;
  std::string_view meter_serial{};
  std::int64_t register_offset_mwh = 0;  ///< what the meter itself shows, less than what was counted
  std::uint16_t rolled_over = 0, replaced = 0;
  int phases = 3;                                    ///< that carry current
  std::optional<meter::FetchRecord::Made> record{};  ///< the latest, by whoever signs
  Permit permit{};
  Instant permit_until{};
  Instant draws_until{};
};

/// Two EVSEs, the second with two connectors.
inline Config two_evses() {
  Config config{};
  REQUIRE(config.evses.push_back({3, 32'000, {2, {ConnectorType{"cType2"}, ConnectorType{"sType2"}}}}));
  return config;
}

class World final : public Ports {
  Config config_;

 public:
  std::vector<Bay> bays;
  // The first outlet, which most stories are about.
  bool &car = bays[0].sockets[0].car, &wants = bays[0].sockets[0].wants, &fault_cause = bays[0].sockets[0].fault_cause;
  std::uint32_t& faults = bays[0].sockets[0].faults;
  std::int16_t& temperature_dc = bays[0].temperature_dc;
  bool& meter_alive = bays[0].meter_alive;
  meter::Health& meter_health = bays[0].meter_health;
  std::int64_t& import_mwh = bays[0].import_mwh;
  Permit& permit = bays[0].permit;

  static constexpr Duration kPermitTime = 2s;

  explicit World(Config config = {}) : config_(config), bays(config.evses.size) { boot(true); }

  // ---- what happens to session

  /// kill -9: what was written stays, the process begins anew.
  void kill() { boot(false); }
  /// The whole station loses power; unsynced writes may be lost.
  void cut_power(journal::MemoryStorage::Cut cut = journal::MemoryStorage::Cut::nothing_kept) {
    phase_now = control::Phase::boot;
    for (auto& bay : bays) bay.permit = {};
    service_.reset();
    storage.restart(cut, random_);
    boot(true);
  }
  Service& service() { return *service_; }
  const Station& station() const { return service_->station(); }
  const Evse& evse(std::size_t number = 1) const { return service_->station().evses[number - 1]; }
  const Archive& archive() const { return service_->archive(); }

  // ---- what happens outside

  Bay& bay(std::size_t evse) { return bays[evse - 1]; }
  Bay::Socket& socket(std::size_t evse, std::size_t connector = 1) { return bays[evse - 1].sockets[connector - 1]; }
  void plug(std::uint8_t evse = 1, std::uint8_t connector = 1) {
    socket(evse, connector).car = true;
    changed(evse, connector);
  }
  void unplug(std::uint8_t evse = 1, std::uint8_t connector = 1) {
    socket(evse, connector).car = false;
    socket(evse, connector).wants = true;
    changed(evse, connector);
  }
  void car_wants(bool energy, std::uint8_t evse = 1) { socket(evse).wants = energy, changed(evse, 1); }
  void set_faults(std::uint32_t bits, std::uint8_t evse = 1, std::uint8_t connector = 1) {
    socket(evse, connector).faults = bits, changed(evse, connector);
  }
  /// Time passes; timers fire, the meter reads once a second.
  /// The contactor opens this long after the permit is gone, as a car may go on drawing for a moment.
  Duration ramp_down{};
  void pass(Duration time) {
    const auto until = now + time;
    turns_ = 0;
    while (true) {
      auto next = std::min({wake, next_reading, until});
      for (const auto& bay : bays) {
        if (bay.draws_until > now) next = std::min(next, bay.draws_until);
      }
      if (next > now) move_to(next);
      for (std::uint8_t evse = 1; evse <= bays.size(); ++evse) {
        if (now == bay(evse).draws_until && ramp_down > Duration::zero()) changed(evse, 1);
      }
      if (now >= next_reading) {
        next_reading = now + 1s;
        for (std::uint8_t evse = 1; evse <= bays.size(); ++evse) {
          if (bay(evse).meter_alive) service_->on(meter::ReadingChanged{evse});
        }
        service_->end_of_turn();
      }
      if (now >= wake) {
        wake = kNever;
        service_->timer();
        service_->end_of_turn();
        REQUIRE(++turns_ < 200'000);  // a timer that is always due
      }
      if (now >= until && wake > now) break;
    }
  }
  /// A call as ocpp or hmi makes it; the answer must be there.
  template <class Req>
  typename Req::Reply ask(const Req& request) {
    auto reply = service_->on(request);
    service_->end_of_turn();
    REQUIRE(reply);
    return *reply;
  }
  /// The error of a call that is refused.
  template <class Req>
  Error refused(const Req& request) {
    const auto reply = service_->on(request);
    service_->end_of_turn();
    REQUIRE_FALSE(reply);
    return reply.error();
  }
  Snapshot look(std::uint8_t evse = 1) { return ask(GetSnapshot{evse}); }
  TokenVerdict present(const IdToken& token, std::uint8_t evse = 1) { return ask(PresentToken{evse, token}).verdict; }
  void answer(std::optional<Authorization> verdict) {
    const auto pending = ask(NextAuthorization{});
    REQUIRE(pending.request != 0);
    ask(AnswerAuthorization{pending.request, verdict});
  }
  /// Online, card, backend says yes.
  void authorize(const IdToken& token = kOwner, std::uint8_t evse = 1) {
    ask(SetLink{true});
    REQUIRE(present(token, evse) == TokenVerdict::asked_backend);
    answer(Authorization{AuthorizationStatus::accepted, kGroup});
  }
  /// Fetches what is new, checks it against everything fetched before, and acknowledges.
  const std::vector<TransactionEvent>& fetch(bool acknowledge = true);
  TransactionEvent last_event() {
    fetch();
    REQUIRE_FALSE(events.empty());
    return events.back();
  }

  // ---- Ports

  Moment moment() override { return {now, {civil_offset_ms + now.time_since_epoch().count() / 1000}}; }
  void random(std::span<std::byte> out) override {
    for (auto& byte : out) byte = static_cast<std::byte>(random_());
  }
  Called<power::RenewPermit, power::Error> call(const power::RenewPermit& request) override {
    ++renewals;
    if (auto down = power_down()) return std::unexpected(*down);
    if (phase_now == control::Phase::boot || phase_now == control::Phase::safe)
      return std::unexpected(ipc::CallError<power::Error>{ipc::Failure::refused_phase, {}});
    auto& b = bay(request.evse);
    // One connector of an EVSE is energized at a time.
    if (b.permit.active && b.permit.connector != request.connector)
      return std::unexpected(ipc::CallError<power::Error>{ipc::Failure::none, power::Error::evse_busy});
    if (request.energize) check_energize(request);
    if (permitted(request.evse) && !request.energize) ++withdrawals, b.draws_until = now + ramp_down;
    b.permit = {true,           request.energize,  request.limit_ma, request.connector, request.digital,
                request.supply, request.target_mv, request.target_ma};
    b.permit_until = now + kPermitTime;
    check_shared();
    return status(request.evse, request.connector);
  }
  Called<power::RevokePermit, power::Error> call(const power::RevokePermit& request) override {
    if (auto down = power_down()) return std::unexpected(*down);
    auto& b = bay(request.evse);
    if (b.permit.connector == request.connector || !b.permit.active) {
      if (permitted(request.evse)) ++withdrawals, b.draws_until = now + ramp_down;
      b.permit = {};
    }
    return status(request.evse, request.connector);
  }
  Called<power::ReadStatus, power::Error> call(const power::ReadStatus& request) override {
    if (auto down = power_down()) return std::unexpected(*down);
    return status(request.evse, request.connector);
  }
  Called<power::ResetFault, power::Error> call(const power::ResetFault& request) override {
    ++fault_resets;
    if (auto down = power_down()) return std::unexpected(*down);
    auto& at = socket(request.evse, request.connector);
    if (!at.fault_cause) at.faults = 0;
    return status(request.evse, request.connector);
  }
  Called<power::SetLock, power::Error> call(const power::SetLock& request) override {
    if (auto down = power_down()) return std::unexpected(*down);
    const auto before = status(request.evse, request.connector);  // the motor takes time
    auto& at = socket(request.evse, request.connector);
    if (at.has_lock && !at.lock_jams) at.locked = request.locked;
    ++lock_calls;
    return before;
  }
  Called<meter::Read, meter::Error> call(const meter::Read& request) override {
    const auto& b = bay(request.evse);
    if (!b.meter_alive) return std::unexpected(ipc::CallError<meter::Error>{ipc::Failure::peer_gone, {}});
    meter::Reading reading{};
    reading.time = moment().time;
    reading.health = b.meter_health;
    reading.import_mwh = b.import_mwh;
    reading.register_mwh = b.import_mwh - b.register_offset_mwh;
    std::ranges::copy(std::as_bytes(std::span{b.meter_serial}), reading.serial.begin());
    reading.rolled_over = b.rolled_over, reading.replaced = b.replaced;
    const bool flow = flows(request.evse);
    reading.power_mw = flow ? kPowerMw : 0;
    for (int i = 0; i < 3; ++i)
      REQUIRE(reading.lines.push_back({230'000, flow && i < b.phases ? 16'000 : 0, reading.power_mw / 3}));
    return reading;
  }
  Called<meter::AskRecord, meter::Error> call(const meter::AskRecord& request) override {
    record_asks.push_back(request);
    auto& made = bay(request.evse).record;
    if (made && made->asked == request.asked) return ipc::Done{};
    made.emplace();
    made->asked = request.asked;
    made->page = ++pages;
    made->register_mwh = bay(request.evse).import_mwh;
    made->ledger_record = 1000 + pages;
    made->payload = Octets<meter::kMaxPayload>{std::as_bytes(std::span{request.transaction.view()})};
    return ipc::Done{};
  }
  Called<meter::FetchRecord, meter::Error> call(const meter::FetchRecord& request) override {
    if (!bay(request.evse).record) return std::unexpected(ipc::CallError<meter::Error>{});
    return *bay(request.evse).record;
  }
  Called<meter::FetchTwin, meter::Error> call(const meter::FetchTwin&) override {
    return meter::FetchTwin::Twin{Octets<meter::kMaxTwin>{std::as_bytes(std::span{"twin"})}};
  }
  Called<ledger::Append, ledger::Error> call(const ledger::Append& request) override {
    if (ledger_failure != ipc::Failure::none) return std::unexpected(ipc::CallError<ledger::Error>{ledger_failure, {}});
    if (ledger_full) return std::unexpected(ipc::CallError<ledger::Error>{ipc::Failure::none, ledger::Error::full});
    ledger.push_back(request);
    return ledger::Append::Appended{ledger.size()};
  }
  control::Phase phase() override { return phase_now; }
  void request_phase(control::Phase phase) override { phase_now = phase; }
  void restart_station() override { ++restarts; }
  void tell_snapshot_changed(std::uint8_t) override { ++snapshot_pulses; }
  void tell_work_available() override { ++work_pulses; }
  void wake_at(Instant when) override { wake = when; }
  void log(std::string_view line) override { lines.emplace_back(line); }

  bool recorded(std::string_view event) const {
    return std::ranges::any_of(ledger, [&](const auto& record) { return record.event.view() == event; });
  }
  /// Whether the EVSE really gives energy.
  bool flows(std::size_t evse = 1) {
    const auto& b = bay(evse);
    const auto& at = b.sockets[b.permit.connector < 2 ? 0 : 1];
    return permitted(evse) || (at.car && at.wants && at.faults == 0 && now < b.draws_until);
  }
  bool permitted(std::size_t evse = 1) {
    const auto& b = bay(evse);
    if (!b.permit.active || !b.permit.energize || !power_alive) return false;
    const auto& at = b.sockets[b.permit.connector - 1U];
    return at.faults == 0 && at.car && at.wants;
  }
  power::Status status(std::uint8_t evse, std::uint8_t connector) {
    using power::Pilot;
    power::Status s{};
    s.controller_alive = true;
    if (now < power_learns_until) return s;  // a fresh process before the controller's first word
    const auto& b = bay(evse);
    const auto& at = b.sockets[connector - 1U];
    const bool here = b.permit.connector == connector || (b.permit.connector == 0 && connector == 1);
    const bool offered = here && b.permit.active && b.permit.energize && at.faults == 0;
    const bool digital = here && b.permit.active && b.permit.digital && at.faults == 0;
    s.duty_permille = !at.car ? 1000 : digital ? 50 : offered ? 533 : 1000;
    s.pilot = !at.car ? Pilot::a : offered ? (at.wants ? Pilot::c2 : Pilot::b2) : digital ? Pilot::b2 : Pilot::b1;
    s.contactor_closed = here && flows(evse);
    s.faults = at.faults;
    s.cable_limit_ma = at.car || at.locked ? at.cable_ma : 0;  // a plug that is locked stays in
    s.temperature_dc = b.temperature_dc;
    s.lease_left_ms = 400;
    s.has_lock = at.has_lock;
    s.locked = at.locked;
    s.lock_fault = at.lock_jams;
    s.tamper = at.tampered;
    return s;
  }

  static constexpr std::int64_t kPowerMw = 11'040'000;
  Instant now{10s};
  std::int64_t civil_offset_ms = 1'767'225'600'000;
  Instant wake = kNever;
  Instant next_reading{11s};
  bool power_alive = true, power_hangs = false, ledger_full = false;
  ipc::Failure ledger_failure = ipc::Failure::none;
  Instant power_learns_until{};
  control::Phase phase_now = control::Phase::boot;
  std::vector<ledger::Append> ledger;
  std::vector<std::string> lines;
  std::vector<TransactionEvent> events;  ///< as the backend has them
  int restarts = 0, fault_resets = 0, snapshot_pulses = 0, work_pulses = 0, lock_calls = 0;
  std::uint64_t renewals = 0;
  int withdrawals = 0;                 ///< of a permit that let energy flow
  std::function<void()> before_start;  ///< what reaches a process that has not yet looked around
  std::vector<meter::AskRecord> record_asks;
  std::uint64_t pages = 0;
  journal::MemoryStorage record_storage;
  Shelf shelf{record_storage, 64};
  /// Whoever signs has signed the latest record of this EVSE.
  void sign(std::uint8_t evse = 1) {
    service_->on(meter::RecordMade{evse});
    service_->end_of_turn();
  }
  journal::MemoryStorage storage;
  bool check_durable = false;  ///< read the journal back before energy may flow: slow, thorough

 private:
  void boot(bool first) {
    service_.reset();
    journal_ = std::make_unique<journal::Journal>(storage, config_.journal_kib * 1024);
    service_ = std::make_unique<Service>(config_, *this, *journal_);
    const bool opened = service_->open(first).has_value();
    opened_ = opened;
    if (!opened) return;
    if (config_.meter_records) {
      REQUIRE(shelf.open());
      service_->keep_records_in(shelf);
    }
    if (before_start) before_start();
    service_->start();
    service_->end_of_turn();
  }
  void changed(std::uint8_t evse, std::uint8_t connector) {
    if (!power_alive) return;
    service_->on(power::StatusChanged{evse, connector});
    service_->end_of_turn();
  }
  void move_to(Instant to) {
    for (std::size_t evse = 1; evse <= bays.size(); ++evse) {
      if (flows(evse)) bay(evse).import_mwh += kPowerMw * (to - now).count() / 3'600'000'000;
    }
    now = to;
    for (auto& b : bays) {
      if (now >= b.permit_until) b.permit = {};
    }
  }
  std::optional<ipc::CallError<power::Error>> power_down() const {
    if (power_alive) return std::nullopt;
    return ipc::CallError<power::Error>{power_hangs ? ipc::Failure::timed_out : ipc::Failure::peer_gone, {}};
  }
  /// What all EVSEs may draw together never exceeds what the building supplies.
  void check_shared() {
    std::uint32_t sum = 0;
    for (std::size_t evse = 1; evse <= bays.size(); ++evse) sum += permitted(evse) ? bay(evse).permit.limit_ma : 0U;
    REQUIRE(sum <= config_.installation_max_ma);
  }
  void check_energize(const power::RenewPermit& request) {
    const auto& e = evse(request.evse);
    const bool by_energy = contains(station().settings.tx_start, TxPoint::energy_transfer);
    REQUIRE((e.kept.transaction || by_energy));
    REQUIRE(e.kept.grant);
    REQUIRE(e.active == request.connector);
    REQUIRE(e.connectors[request.connector - 1U].plugged);
    REQUIRE(e.connectors[request.connector - 1U].power.faults == 0);
    if (!check_durable || bay(request.evse).permit.energize) return;
    auto copy = std::make_unique<journal::MemoryStorage>(storage);
    std::mt19937 any{1};
    copy->restart(journal::MemoryStorage::Cut::nothing_kept, any);
    journal::Journal on_disk{*copy, config_.journal_kib * 1024};
    auto seen = std::make_unique<Station>();
    auto archive = std::make_unique<Archive>();
    lay_out(config_, *seen);
    REQUIRE(on_disk.open([&](const journal::Entry& entry) { return apply(*seen, *archive, entry); }));
    const auto& kept = seen->evses[request.evse - 1U].kept;
    REQUIRE(kept.epoch == e.kept.epoch);
    REQUIRE(kept.grant);
    if (by_energy) return;
    REQUIRE(kept.transaction);
    REQUIRE(kept.transaction->id == e.kept.transaction->id);
  }

  std::mt19937 random_{7};
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<Service> service_;
  int turns_ = 0;
  bool opened_ = false;
};

inline const std::vector<TransactionEvent>& World::fetch(bool acknowledge) {
  const auto encoded = [](const TransactionEvent& event) {
    std::vector<std::byte> bytes(wire::max_size<TransactionEvent>());
    bytes.resize(wire::encode(event, bytes));
    return bytes;
  };
  // What is still there of the past must be what was seen before.
  for (auto after = std::uint64_t{0};;) {
    const auto fetched = ask(FetchEvent{after});
    if (!fetched.event) break;
    after = fetched.event->number;
    if (after <= events.size()) {
      REQUIRE(encoded(events[after - 1]) == encoded(*fetched.event));
      continue;
    }
    REQUIRE(after == events.size() + 1);
    events.push_back(*fetched.event);
  }
  if (acknowledge) ask(AcknowledgeEvents{events.size()});
  return events;
}

/// Of all events: numbers without a gap; per EVSE one Started first and one Ended last of each transaction, seqNo without
/// a gap, registers that never run backwards; transaction ids never used twice.
inline void check_story(const std::vector<TransactionEvent>& events) {
  std::map<std::string, bool> ended;
  std::map<int, const TransactionEvent*> lasts;
  std::map<int, std::int64_t> imports;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& event = events[i];
    const std::string id{event.transaction.view()};
    const auto* last = lasts[event.evse];
    auto& import = imports[event.evse];
    REQUIRE(event.number == i + 1);
    if (event.type == EventType::started) {
      REQUIRE((last == nullptr || last->type == EventType::ended));
      REQUIRE(ended.emplace(id, false).second);
      REQUIRE(event.seq_no == 0);
    } else {
      REQUIRE(last != nullptr);
      REQUIRE(last->type != EventType::ended);
      REQUIRE(event.transaction == last->transaction);
      REQUIRE(event.seq_no == last->seq_no + 1);
    }
    REQUIRE(event.stopped.has_value() == (event.type == EventType::ended));
    if (event.type == EventType::ended) {
      // The last event repeats the first sample and those in between.
      for (std::size_t k = 1; k < event.samples.size; ++k)
        REQUIRE(event.samples[k].import_mwh >= event.samples[k - 1].import_mwh);
    }
    for (const auto& sample : event.samples) {
      if (event.type == EventType::ended && sample.context != SampleContext::transaction_end) continue;
      REQUIRE(sample.import_mwh >= import);
      import = sample.import_mwh;
    }
    lasts[event.evse] = &event;
  }
}

/// Whether every transaction that began has ended.
inline bool all_ended(const std::vector<TransactionEvent>& events) {
  return std::ranges::count(events, EventType::started, &TransactionEvent::type) ==
         std::ranges::count(events, EventType::ended, &TransactionEvent::type);
}

/// A car is plugged in, its driver accepted, energy flows.
inline void charge(World& world, std::uint8_t evse = 1, const IdToken& token = kOwner) {
  world.plug(evse);
  world.authorize(token, evse);
  world.pass(3s);
  REQUIRE(world.flows(evse));
}

}  // namespace bulwatt::session::testing
