#include "tests/simulation/life.hpp"

#include <cstdio>

#include "tests/simulation/chance.hpp"
#include "tests/simulation/happenings.hpp"

namespace bulwatt::simulation {
namespace {
using namespace std::chrono_literals;

constexpr int kStepsBetweenInspections = 40;
constexpr Duration kSettles = 5s;              ///< after the last fault
constexpr Duration kLongestBackoff = 7s;       ///< of ocpp and hmi, when they were killed often
constexpr Duration kLongestWait = 35s;         ///< of an authorization for its cable
constexpr std::int64_t kUnbilledMwh = 20'000;  ///< of one transaction: 22 kW for the 3 s in which readings may be old

class Life final : os::Actor {
 public:
  explicit Life(const Plan& plan) : plan_(plan), world_(plan.seed), station_(world_, random_config(), plan.defect) {
    world_.add(*this);
  }
  ~Life() { world_.remove(*this); }
  Outcome run();

 private:
  // Above everything: what happens, happens whoever waits for whom.
  int priority() const override { return 1000; }
  Instant due() const override { return next_; }
  void turn() override;

  bool wait_for(Duration most, const std::function<bool()>& condition);
  void expect(bool holds, const char* what);
  bool settled() const;
  bool open() const;
  bool faultless() const;
  bool charging(const Outlet& outlet) const;
  void prove_life();
  void clear_faults();
  void open_everything();
  void charge_everywhere();
  void check_reservations();
  void check_energy(std::uint8_t evse);
  Outcome outcome(Duration time);

  Plan plan_;
  os::World world_;
  Station station_;
  Happenings happenings_{world_, station_};
  Instant next_ = os::now() + 200ms;
  int steps_ = 0;
};

void Life::turn() {
  next_ = os::now() + (one_in(100) ? between(3s, 15s) : one_in(10) ? between(0ms, 1500ms) : between(0ms, 60ms));
  const char* what = happenings_.next(++steps_);
  if (plan_.verbose)
    std::printf("%10.3f s  step %d: %s\n", static_cast<double>(os::now().time_since_epoch().count()) / 1e6, steps_,
                what);
}

bool Life::wait_for(Duration most, const std::function<bool()>& condition) {
  const auto until = os::now() + most;
  while (!condition() && os::now() < until && !station_.broken()) world_.run(100ms);
  return condition() || station_.broken().has_value();
}

void Life::expect(bool holds, const char* what) {
  if (!holds) station_.report(std::string{"afterwards: "} + what);
}

/// Nothing runs and the backend has all there is to know.
bool Life::settled() const {
  const auto* state = station_.session_state();
  return state != nullptr &&
         std::ranges::none_of(state->station().evses, [](const auto& e) { return e.kept.transaction.has_value(); }) &&
         !state->station().resetting && state->archive().outbox.empty() && state->station().online &&
         state->station().kept.next_number == station_.backend.fetched() + 1 &&
         state->station().reservations.updates.empty();
}

bool Life::open() const {
  if (!settled()) return false;
  const auto& s = station_.session_state()->station();
  return s.kept.availability.operative && !s.kept.backend_limit_ma &&
         std::ranges::all_of(s.evses,
                             [](const auto& e) {
                               return e.kept.availability.operative && !e.kept.backend_limit_ma && !e.kept.holder &&
                                      std::ranges::all_of(e.kept.connectors, &session::Availability::operative);
                             }) &&
         s.reservations.held.empty();
}

bool Life::faultless() const {
  return std::ranges::all_of(station_.outside.outlets, [](const Outlet& outlet) { return outlet.view().faults == 0; });
}

bool Life::charging(const Outlet& outlet) const {
  const auto* state = station_.session_state();
  return outlet.energized() && outlet.power_mw() > 0 && state != nullptr &&
         state->station().evses[outlet.evse - 1U].kept.transaction;
}

/// In state F an unplugged car cannot be seen, so session does not dare to ask for a reset: somebody switches off and on.
void Life::clear_faults() {
  wait_for(12s, [&] { return faultless(); });
  const auto dark = [](const Outlet& outlet) { return outlet.view().pilot == mcu::Pilot::f; };
  if (std::ranges::any_of(station_.outside.outlets, dark))
    happenings_.power_cut(journal::MemoryStorage::Cut::nothing_kept);
  expect(wait_for(30s, [&] { return faultless(); }), "latched faults are not cleared although nothing is wrong");
}

/// Refused while the phase is still boot, so more than once.
void Life::open_everything() {
  for (int tries = 0; tries < 10 && !open(); ++tries) {
    happenings_.command(session::ChangeAvailability{0, 0, true});
    happenings_.command(session::SetBackendLimit{0, std::nullopt});
    for (std::uint8_t evse = 1; evse <= station_.outside.evses(); ++evse) {
      happenings_.command(session::ChangeAvailability{evse, 0, true});
      happenings_.command(session::SetBackendLimit{evse, std::nullopt});
    }
    for (const auto& outlet : station_.outside.outlets) {
      happenings_.command(session::ChangeAvailability{outlet.evse, outlet.connector, true});
      happenings_.command(session::Unlock{outlet.evse, outlet.connector});  // of a cable that nobody will come back for
    }
    if (const auto* state = station_.session_state()) {
      for (const auto& reservation : state->station().reservations.held)
        station_.backend.cancel_reservation(reservation.id);
    }
    wait_for(6s, [&] { return open(); });
  }
  expect(open(), "the backend cannot open the station");
}

/// One car at each EVSE, the first still charging when the next one comes.
void Life::charge_everywhere() {
  std::vector<Outlet*> used{};
  for (auto& outlet : station_.outside.outlets) {
    if (used.empty() || used.back()->evse != outlet.evse) used.push_back(&outlet);
    else if (one_in(2)) used.back() = &outlet;
  }
  for (auto* outlet : used) {
    outlet->plug(true);
    for (int tries = 0; tries < 3 && !charging(*outlet); ++tries) {
      const auto* state = station_.session_state();
      if (state != nullptr && !state->station().evses[outlet->evse - 1U].kept.grant)
        station_.desk.cards.push_back({outlet->evse, {kLocalToken, session::TokenType::iso14443}});
      wait_for(20s, [&] { return charging(*outlet); });
    }
    expect(charging(*outlet), "a car that is plugged in with a good card does not charge");
  }
  world_.run(5s);
  for (auto* outlet : used) expect(charging(*outlet), "a car stopped charging when another one came");
  for (auto* outlet : used) outlet->plug(false);
}

/// Faults are over: everybody is there again soon, nothing is left undone, and cars can charge.
void Life::prove_life() {
  expect(wait_for(kSettles, [&] { return station_.core_ready(); }),
         "power, meter, ledger and session are not READY within 5 s");
  expect(wait_for(kLongestBackoff, [&] { return station_.all_ready(); }), "not every service is READY");
  expect(wait_for(20s + kLongestWait, [&] { return settled(); }), "the backend has not got the whole story");
  clear_faults();
  if (!station_.broken()) check_reservations();
  if (!station_.broken()) open_everything();
  if (!station_.broken()) charge_everywhere();
  if (station_.broken()) return;
  expect(wait_for(kSettles + kLongestWait, [&] { return settled(); }), "an unplugged car leaves a transaction open");
  for (const auto& outlet : station_.outside.outlets)
    expect(!outlet.energized(), "the contactor is closed without a car");
  for (std::uint8_t evse = 1; evse <= station_.outside.evses(); ++evse)
    expect(!station_.backend.running(evse), "the backend has a transaction without an end");
}

/// What was promised is kept, or the backend knows why it is not.
void Life::check_reservations() {
  expect(wait_for(20s, [&] { return settled(); }), "the backend has not heard of all reservations");
  const auto* state = station_.session_state();
  if (state == nullptr) return;
  for (const auto& [id, reservation] : station_.backend.held()) {
    const bool held = std::ranges::find(state->station().reservations.held, id, &session::Reserve::id) !=
                      state->station().reservations.held.end();
    const bool used = std::ranges::any_of(
        state->station().evses, [&](const auto& e) { return e.kept.grant && e.kept.grant->reservation_id == id; });
    expect(held || used, "a reservation was accepted, and nobody knows of it any more");
  }
}

/// What was billed is what flowed, but for what no transaction could see.
void Life::check_energy(std::uint8_t evse) {
  const auto flowed = station_.outside.register_mwh(evse) - kRegisterAtFirst;
  const auto billed = static_cast<std::int64_t>(station_.backend.billed_mwh(evse));
  const auto blind =
      station_.unexplained_mwh(evse) + kUnbilledMwh * static_cast<std::int64_t>(station_.backend.ended(evse));
  if (billed > flowed) station_.report("more energy was billed than flowed");
  if (billed + blind < flowed) station_.report("energy flowed in transactions that did not bill it");
}

Outcome Life::outcome(Duration time) {
  Outcome outcome{.events = station_.backend.fetched(),
                  .kills = station_.kills,
                  .power_cuts = happenings_.power_cuts(),
                  .time = time};
  for (std::uint8_t evse = 1; evse <= station_.outside.evses(); ++evse) {
    outcome.transactions += station_.backend.ended(evse);
    outcome.energy_mwh += static_cast<std::int64_t>(station_.backend.billed_mwh(evse));
  }
  if (!station_.broken()) return outcome;
  outcome.broken = "seed " + std::to_string(plan_.seed) + ", step " + std::to_string(steps_) + ": " +
                   *station_.broken() + "; again: test_simulation --seed " + std::to_string(plan_.seed) + " --steps " +
                   std::to_string(plan_.steps);
  if (plan_.defect != Defect::none) *outcome.broken += " --defect " + std::to_string(std::to_underlying(plan_.defect));
  return outcome;
}

Outcome Life::run() {
  const auto begin = os::now();
  int inspected = 0;
  while (steps_ < plan_.steps && !station_.broken()) {
    world_.run(20ms);
    if (steps_ < inspected + kStepsBetweenInspections) continue;
    inspected = steps_;
    station_.inspect();
  }
  next_ = kNever;
  happenings_.calm_down();
  if (!station_.broken()) prove_life();
  if (station_.broken() && plan_.verbose) std::printf("%s\n", station_.describe().c_str());
  if (!station_.broken()) station_.inspect();
  for (std::uint8_t evse = 1; evse <= station_.outside.evses() && !station_.broken(); ++evse) check_energy(evse);
  return outcome(os::now() - begin);
}

}  // namespace

Outcome live(const Plan& plan) { return std::make_unique<Life>(plan)->run(); }

}  // namespace bulwatt::simulation
