// Five services under the core's pure decisions, with virtual time; for its tests.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "services/supervisor/core.hpp"

namespace bulwatt::supervisor {

using namespace std::chrono_literals;

// power (safety) <- session (core) <- ocpp (backend); ledger (trust) <- session, ocpp; log (trust) stands alone.
enum : Index { power, ledger, note, session, ocpp };
inline constexpr std::array<std::uint16_t, 3> kBackoff{0, 10, 50};
inline constexpr std::array<sandbox::EndEntry, 1> kPower{{{0, false, 0}}};
inline constexpr std::array<sandbox::EndEntry, 2> kLedger{{{1, false, 0}, {2, false, 0}}};
inline constexpr std::array<sandbox::EndEntry, 3> kSession{{{0, true, 0}, {1, true, 0}, {3, false, 0}}};
inline constexpr std::array<sandbox::EndEntry, 2> kOcpp{{{2, true, 0}, {3, true, 0}}};
inline constexpr std::array<sandbox::ConduitEntry, 4> kConduits{
    {{session, power, "p"}, {session, ledger, "l"}, {ocpp, ledger, "l"}, {ocpp, session, "s"}}};

inline sandbox::ServiceEntry entry(std::string_view name, std::string_view zone, std::uint8_t sl,
                                   sandbox::Escalate escalate, std::span<const sandbox::EndEntry> ends) {
  sandbox::ServiceEntry e{};
  e.name = name;
  e.zone = zone;
  e.sl_target = sl;
  e.watchdog_interval_ms = 100;
  e.watchdog_missed = 3;
  e.intensity = 3;
  e.window_s = 60;
  e.backoff_ms = kBackoff;
  e.escalate = escalate;
  e.ends = ends;
  return e;
}

struct Rig final : Hands {
  std::vector<sandbox::ServiceEntry> services{
      entry("power", "safety", 4, sandbox::Escalate::safe_state, kPower),
      entry("ledger", "trust", 3, sandbox::Escalate::safe_state, kLedger),
      entry("note", "trust", 3, sandbox::Escalate::none, {}),
      entry("session", "core", 3, sandbox::Escalate::safe_state, kSession),
      entry("ocpp", "backend", 2, sandbox::Escalate::zone, kOcpp),
  };
  sandbox::SystemTable table{services, kConduits, 7};
  std::vector<std::string> done;
  std::vector<std::string> said;
  std::vector<Index> killed;
  std::vector<std::string> acts;
  SlotAnswer slot = SlotAnswer::no_other_slot;
  int confirmed = 0;
  bool can_launch = true;
  Instant now{1000s};
  std::uint64_t turns = 10;
  std::optional<Core> core;

  explicit Rig(Mask run = ~Mask{0}) {
    services[session].may_set_phase = true;
    services[session].may_restart_station = true;
    core.emplace(table, *this, run);
  }
  void note_down(std::string_view what, Index i) {
    done.push_back(std::string{what} + " " + std::string{services[i].name});
  }
  bool launch(Index i) override {
    note_down("launch", i);
    return can_launch;
  }
  void kill(Index i) override {
    note_down("kill", i);
    killed.push_back(i);
  }
  void send_start(Index i, control::Phase, std::uint32_t, bool with_capsule) override {
    note_down(with_capsule ? "start with capsule" : "start", i);
  }
  void record(control::ActKind kind, Index i, std::string_view word, std::int64_t) override {
    acts.push_back(std::string{enum_text(kind)} + " " + (i == kNobody ? "station" : std::string{services[i].name}) +
                   (word.empty() ? "" : " " + std::string{word}));
  }
  SlotAnswer ask_other_slot() override { return slot; }
  void confirm_slot() override { ++confirmed; }
  void send_stop(Index i) override { note_down("stop", i); }
  void send_phase(Index i, control::Phase) override { note_down("phase", i); }
  std::uint32_t chance() override { return 0x8000'0000; }
  void say(std::string_view line) override { said.emplace_back(line); }

  State state(Index i) { return core->shown(i).state; }
  std::vector<std::string> take() { return std::exchange(done, {}); }
  bool did(std::string_view what) const { return std::ranges::find(done, what) != done.end(); }
  void ready(Index i) { core->ready(i, Cause::none, 0, now); }
  void dies(Index i) { core->exited(i, Cause::signal, 9, now); }
  void all_killed_die() {
    while (!killed.empty()) {
      const auto i = killed.back();
      killed.pop_back();
      core->exited(i, Cause::signal, 9, now);
    }
  }
  void beat_all() {
    for (Index i = 0; i < services.size(); ++i) {
      if (state(i) == State::ready) core->beat(i, ++turns, now);
    }
  }
  /// Dies, and comes back far enough to die again, until it has left this step of the ladder.
  void loops(Index i, Step until) {
    for (int k = 0; k < 100 && core->shown(i).step != until; ++k) {
      for (int w = 0; w < 600 && state(i) == State::backoff; ++w) pass(100ms);
      REQUIRE((core->started(i) || state(i) == State::waiting));
      dies(i);
      all_killed_die();
    }
    REQUIRE(core->shown(i).step == until);
  }
  void recover_all() {
    for (int round = 0; round < 3; ++round) {
      for (Index i = 0; i < services.size(); ++i) {
        if (state(i) == State::backoff) pass(kZoneRetryMost);
        if (state(i) == State::starting) ready(i);
      }
    }
  }
  /// Time goes by; services that are READY beat.
  void pass(Duration d) {
    const auto end = now + d;
    while (core->next() <= end) {
      now = std::max(now, core->next());
      beat_all();
      core->tick(now);
    }
    now = end;
    beat_all();
    core->tick(now);
  }
  void up() {
    core->begin(now);
    for (const Index i : {power, ledger, note, session, ocpp}) {
      if (state(i) == State::starting) ready(i);
    }
    REQUIRE(core->status().health == Health::up);
    take();
  }
};

}  // namespace bulwatt::supervisor
