// A small world around the service for tests: a car, power, meter, ledger and backend of their own, and virtual time.
// The journal lies in memory; session can be killed and the power can be cut at any moment.
#pragma once
#include <doctest/doctest.h>

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

class World final : public Ports {
 public:
  static constexpr Duration kPermitTime = 2s;

  explicit World(Config config = {}) : config_(config) { boot(true); }

  // ---- what happens to session

  /// kill -9: what was written stays, the process begins anew.
  void kill() { boot(false); }
  /// The whole station loses power; unsynced writes may be lost.
  void cut_power(journal::MemoryStorage::Cut cut = journal::MemoryStorage::Cut::nothing_kept) {
    phase_now = control::Phase::boot;
    permit = {};
    service_.reset();
    storage.restart(cut, random_);
    boot(true);
  }
  Service& service() { return *service_; }
  const Station& station() const { return service_->station(); }

  // ---- what happens outside

  void plug() { car = true, changed(); }
  void unplug() { car = false, wants = true, changed(); }
  void car_wants(bool energy) { wants = energy, changed(); }
  void set_faults(std::uint32_t bits) { faults = bits, changed(); }
  /// Time passes; timers fire, the meter reads once a second.
  /// The contactor opens this long after the permit is gone, as a car may go on drawing for a moment.
  Duration ramp_down{};
  void pass(Duration time) {
    const auto until = now + time;
    while (true) {
      const auto ramp = draws_until > now ? draws_until : kNever;
      const auto next = std::min({wake, next_reading, until, ramp});
      if (next > now) move_to(next);
      if (now == draws_until && ramp_down > Duration::zero()) changed();
      if (now >= next_reading) {
        next_reading = now + 1s;
        if (meter_alive) service_->on(meter::ReadingChanged{1});
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
  Snapshot look() { return ask(GetSnapshot{1}); }
  TokenVerdict present(const IdToken& token) { return ask(PresentToken{1, token}).verdict; }
  void answer(std::optional<Authorization> verdict) {
    const auto pending = ask(NextAuthorization{});
    REQUIRE(pending.request != 0);
    ask(AnswerAuthorization{pending.request, verdict});
  }
  /// Online, card, backend says yes.
  void authorize(const IdToken& token = kOwner) {
    ask(SetLink{true});
    REQUIRE(present(token) == TokenVerdict::asked_backend);
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
    if (request.energize) check_energize();
    permit = {true, request.energize, request.limit_ma};
    permit_until = now + kPermitTime;
    return status();
  }
  Called<power::RevokePermit, power::Error> call(const power::RevokePermit&) override {
    if (auto down = power_down()) return std::unexpected(*down);
    if (permitted()) draws_until = now + ramp_down;
    permit = {};
    return status();
  }
  Called<power::ReadStatus, power::Error> call(const power::ReadStatus&) override {
    if (auto down = power_down()) return std::unexpected(*down);
    return status();
  }
  Called<power::ResetFault, power::Error> call(const power::ResetFault&) override {
    ++fault_resets;
    if (auto down = power_down()) return std::unexpected(*down);
    if (!fault_cause) faults = 0;
    return status();
  }
  Called<meter::Read, meter::Error> call(const meter::Read&) override {
    if (!meter_alive) return std::unexpected(ipc::CallError<meter::Error>{ipc::Failure::peer_gone, {}});
    meter::Reading reading{};
    reading.time = moment().time;
    reading.health = meter_health;
    reading.import_mwh = import_mwh;
    reading.power_mw = flows() ? kPowerMw : 0;
    for (int i = 0; i < 3; ++i) REQUIRE(reading.lines.push_back({230'000, flows() ? 16'000 : 0, reading.power_mw / 3}));
    return reading;
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
  void tell_snapshot_changed() override { ++snapshot_pulses; }
  void tell_work_available() override { ++work_pulses; }
  void wake_at(Instant when) override { wake = when; }
  void log(std::string_view line) override { lines.emplace_back(line); }

  bool recorded(std::string_view event) const {
    return std::ranges::any_of(ledger, [&](const auto& record) { return record.event.view() == event; });
  }
  /// Whether the wall box really gives energy.
  bool flows() const { return permitted() || (car && wants && faults == 0 && now < draws_until); }
  bool permitted() const { return permit.active && permit.energize && power_alive && faults == 0 && car && wants; }
  power::Status status() const {
    using power::Pilot;
    power::Status s{};
    s.controller_alive = true;
    if (now < power_learns_until) return s;  // a fresh process before the controller's first word
    const bool offered = permit.active && permit.energize && faults == 0;
    s.pilot = !car ? Pilot::a : offered ? (wants ? Pilot::c2 : Pilot::b2) : Pilot::b1;
    s.contactor_closed = flows();
    s.faults = faults;
    s.cable_limit_ma = car ? 20'000 : 0;
    s.temperature_dc = temperature_dc;
    s.lease_left_ms = 400;
    return s;
  }

  static constexpr std::int64_t kPowerMw = 11'040'000;
  Instant now{10s};
  std::int64_t civil_offset_ms = 1'767'225'600'000;
  Instant wake = kNever;
  Instant next_reading{11s};
  bool car = false, wants = true, fault_cause = false;
  std::uint32_t faults = 0;
  std::int16_t temperature_dc = 250;
  bool power_alive = true, power_hangs = false, meter_alive = true, ledger_full = false;
  meter::Health meter_health = meter::Health::good;
  ipc::Failure ledger_failure = ipc::Failure::none;
  std::int64_t import_mwh = 5'000'000;
  Permit permit{};
  Instant permit_until{};
  Instant draws_until{};
  Instant power_learns_until{};
  control::Phase phase_now = control::Phase::boot;
  std::vector<ledger::Append> ledger;
  std::vector<std::string> lines;
  std::vector<TransactionEvent> events;  ///< as the backend has them
  int restarts = 0, fault_resets = 0, snapshot_pulses = 0, work_pulses = 0;
  std::uint64_t renewals = 0;
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
    service_->start();
    service_->end_of_turn();
  }
  void changed() {
    if (!power_alive) return;
    service_->on(power::StatusChanged{1});
    service_->end_of_turn();
  }
  void move_to(Instant to) {
    if (flows()) import_mwh += kPowerMw * (to - now).count() / 3'600'000'000;
    now = to;
    if (now >= permit_until) permit = {};
  }
  std::optional<ipc::CallError<power::Error>> power_down() const {
    if (power_alive) return std::nullopt;
    return ipc::CallError<power::Error>{power_hangs ? ipc::Failure::timed_out : ipc::Failure::peer_gone, {}};
  }
  void check_energize() {
    const auto& s = station();
    REQUIRE(s.ongoing.transaction);
    REQUIRE(s.plugged);
    REQUIRE(s.power.faults == 0);
    if (!check_durable || permit.energize) return;
    auto copy = std::make_unique<journal::MemoryStorage>(storage);
    std::mt19937 any{1};
    copy->restart(journal::MemoryStorage::Cut::nothing_kept, any);
    journal::Journal on_disk{*copy, config_.journal_kib * 1024};
    auto seen = std::make_unique<Station>();
    REQUIRE(on_disk.open([&](const journal::Entry& entry) { return apply(*seen, config_, entry); }));
    REQUIRE(seen->ongoing.transaction);
    REQUIRE(seen->ongoing.transaction->id == s.ongoing.transaction->id);
  }

  Config config_;
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

/// Of all events: numbers without a gap, one Started first and one Ended last per transaction, seqNo without a gap,
/// registers that never run backwards, transaction ids never used twice.
inline void check_story(const std::vector<TransactionEvent>& events) {
  std::map<std::string, bool> ended;
  const TransactionEvent* last = nullptr;
  std::int64_t import = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& event = events[i];
    const std::string id{event.transaction.view()};
    REQUIRE(event.number == i + 1);
    if (event.type == EventType::started) {
      REQUIRE((last == nullptr || last->type == EventType::ended));
      REQUIRE(ended.emplace(id, false).second);
      REQUIRE(event.seq_no == 0);
      REQUIRE(event.token);
    } else {
      REQUIRE(last != nullptr);
      REQUIRE(last->type != EventType::ended);
      REQUIRE(event.transaction == last->transaction);
      REQUIRE(event.seq_no == last->seq_no + 1);
    }
    REQUIRE(event.stopped.has_value() == (event.type == EventType::ended));
    for (const auto& sample : event.samples) {
      REQUIRE(sample.import_mwh >= import);
      import = sample.import_mwh;
    }
    last = &event;
  }
}

}  // namespace bulwatt::session::testing
