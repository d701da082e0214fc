#include "tests/simulation/life.hpp"

#include <cstdio>

#include "tests/simulation/chance.hpp"

namespace bulwatt::simulation {
namespace {
using namespace std::chrono_literals;
using Cut = journal::MemoryStorage::Cut;

constexpr int kStepsBetweenInspections = 40;
constexpr std::size_t kMostDeaths = 8;         ///< in a minute; the supervisor's ladder is not what is tried here
constexpr Duration kSettles = 5s;              ///< after the last fault
constexpr Duration kLongestBackoff = 7s;       ///< of ocpp and hmi, when they were killed often
constexpr std::int64_t kUnbilledMwh = 20'000;  ///< of one transaction: 22 kW for the 3 s in which readings may be old

session::Config random_config() {
  session::Config config{};
  static_cast<void>(config.local_tokens.push_back(Text<36>{kLocalToken}));
  config.settings.sample_interval_s = static_cast<std::uint32_t>(5 + pick(30));
  config.settings.ev_connection_timeout_s = static_cast<std::uint32_t>(5 + pick(30));
  config.authorization_timeout_s = 10;
  config.register_interval_s = 10;
  config.fault_patience_s = static_cast<std::uint32_t>(2 + pick(30));
  config.meter_grace_s = static_cast<std::uint32_t>(2 + pick(10));
  config.restart_patience_s = 3;
  config.journal_kib = session::kLeastJournalKib;
  if (one_in(2)) config.resume_after_power_loss_s = 600;
  return config;
}

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

  using Happening = void (Life::*)();
  struct Choice {
    int weight;
    const char* name;
    Happening happen;
  };
  static const std::vector<Choice>& choices();

  void nothing() {}
  void plug() { station_.outside.plug(!station_.outside.plugged()); }
  void restore() {
    repair();
    for (auto fault : {ev::Fault::short_pilot, ev::Fault::no_diode}) station_.outside.set_car_fault(fault, false);
    station_.outside.meter_answers = true;
    if (one_in(2)) command(session::ChangeAvailability{static_cast<std::uint8_t>(pick(2)), 0, true});
  }
  void card() {
    const std::array tokens{kLocalToken, kLocalToken, kBackendToken, kBackendToken, kBadToken};
    station_.desk.cards.push_back({tokens[pick(tokens.size())], session::TokenType::iso14443});
  }
  template <class Req>
  void command(const Req& request) {
    station_.backend.commands.emplace_back([request](auto& session) { static_cast<void>(session.call(request)); });
  }
  void remote_start() {
    const auto token = one_in(4) ? kBadToken : kBackendToken;
    command(session::RemoteStart{
        0, {token, session::TokenType::iso14443}, static_cast<std::int32_t>(1000 + steps_), token == kBadToken});
  }
  void remote_stop() {
    if (station_.backend.transaction_open()) command(session::RemoteStop{station_.backend.events.back().transaction});
  }
  void availability() { command(session::ChangeAvailability{static_cast<std::uint8_t>(pick(2)), 0, one_in(2)}); }
  void limit() {
    const std::array<std::uint32_t, 4> limits{0, 6'000, 10'000, 32'000};
    command(session::SetBackendLimit{1, one_in(3) ? std::nullopt : std::optional{limits[pick(4)]}});
  }
  void trigger() { command(session::TriggerEvent{1}); }
  void reset() { command(session::Reset{0, one_in(2)}); }
  void link() { station_.backend.online = !station_.backend.online; }
  void car() { station_.outside.car.set_demand(!one_in(4), station_.outside.now_ms()); }
  void car_fault() {
    station_.outside.set_car_fault(one_in(2) ? ev::Fault::short_pilot : ev::Fault::no_diode, one_in(3));
  }
  void fault() { station_.outside.set(static_cast<board::Break>(pick(board::kBreakCount)), true); }
  void repair() {
    for (std::size_t i = 0; i < board::kBreakCount; ++i) station_.outside.set(static_cast<board::Break>(i), false);
  }
  void meter() { station_.outside.meter_answers = !station_.outside.meter_answers; }
  void mood() { station_.mood = station_.mood == Mood::calm ? Mood::rough : Mood::calm; }
  void kill();
  void stall();
  void cut() { power_cut(static_cast<Cut>(pick(4))); }
  void cut_while_writing() {
    auto& medium = (one_in(2) ? station_.session_disk : station_.ledger_disk).medium;
    medium.lose_power_at(medium.operations() + pick(4));
    cut_at_ = steps_ + 1 + static_cast<int>(pick(4));
  }
  void bad_sync() {
    (one_in(2) ? station_.session_disk : station_.ledger_disk).medium.fail_syncs(static_cast<int>(1 + pick(3)));
  }
  void clock() { world_.jump_civil_time(between(-6h, 6h)); }
  void forge() { station_.desk.break_in = may_die(); }

  bool may_die();
  void power_cut(Cut how);
  Station::Index any_service();
  void calm_down();
  bool wait_for(Duration most, const std::function<bool()>& condition);
  void prove_life();
  void check_energy();

  Plan plan_;
  os::World world_;
  Station station_;
  Instant next_ = os::now() + 200ms;
  int steps_ = 0;
  int cut_at_ = -1;
  int power_cuts_ = 0;
  std::deque<Instant> deaths_{};
};

const std::vector<Life::Choice>& Life::choices() {
  static const std::vector<Choice> all{
      {500, "nothing", &Life::nothing},
      {40, "plug or unplug", &Life::plug},
      {60, "card", &Life::card},
      {30, "remote start", &Life::remote_start},
      {12, "remote stop", &Life::remote_stop},
      {4, "availability", &Life::availability},
      {20, "limit", &Life::limit},
      {15, "trigger", &Life::trigger},
      {2, "reset", &Life::reset},
      {10, "link", &Life::link},
      {20, "car", &Life::car},
      {4, "car fault", &Life::car_fault},
      {6, "fault", &Life::fault},
      {40, "repair", &Life::restore},
      {6, "meter", &Life::meter},
      {8, "mood", &Life::mood},
      {24, "kill", &Life::kill},
      {8, "stall", &Life::stall},
      {2, "power cut", &Life::cut},
      {3, "power cut while writing", &Life::cut_while_writing},
      {4, "failing sync", &Life::bad_sync},
      {3, "clock", &Life::clock},
      {3, "forged call", &Life::forge},
  };
  return all;
}

void Life::turn() {
  next_ = os::now() + (one_in(100) ? between(3s, 15s) : one_in(10) ? between(0ms, 1500ms) : between(0ms, 60ms));
  ++steps_;
  if (steps_ == cut_at_) return power_cut(static_cast<Cut>(pick(4)));
  int total = 0;
  for (const auto& choice : choices()) total += choice.weight;
  auto at = static_cast<int>(pick(static_cast<std::uint64_t>(total)));
  for (const auto& choice : choices()) {
    at -= choice.weight;
    if (at >= 0) continue;
    if (plan_.verbose)
      std::printf("%10.3f s  step %d: %s\n", static_cast<double>(os::now().time_since_epoch().count()) / 1e6, steps_,
                  choice.name);
    (this->*choice.happen)();
    return;
  }
}

bool Life::may_die() {
  while (!deaths_.empty() && os::now() - deaths_.front() > 1min) deaths_.pop_front();
  if (deaths_.size() >= kMostDeaths) return false;
  deaths_.push_back(os::now());
  return true;
}

Station::Index Life::any_service() {
  constexpr std::array names{"power", "meter", "ledger", "session", "session", "ocpp", "hmi"};
  return Station::index_of(names[pick(names.size())]);
}

void Life::kill() {
  const auto service = any_service();
  if (!may_die()) return;
  ++station_.kills;
  station_.kill(service);
}

void Life::stall() {
  const auto service = any_service();
  if (may_die()) station_.stall(service, between(1ms, 3s));
}

void Life::power_cut(Cut how) {
  ++power_cuts_;
  cut_at_ = -1;
  deaths_.clear();
  station_.cut_power(how);
}

bool Life::wait_for(Duration most, const std::function<bool()>& condition) {
  const auto until = os::now() + most;
  while (!condition() && os::now() < until && !station_.broken()) world_.run(100ms);
  return condition() || station_.broken().has_value();
}

void Life::calm_down() {
  next_ = kNever;
  if (cut_at_ >= 0) power_cut(Cut::all_kept);
  station_.mood = Mood::calm;
  station_.outside.meter_answers = true;
  station_.backend.online = true;
  station_.backend.changes_its_mind = false;
  station_.backend.commands.clear();
  station_.desk = {};
  repair();
  for (auto fault : {ev::Fault::short_pilot, ev::Fault::no_diode}) station_.outside.set_car_fault(fault, false);
  station_.outside.car.set_demand(true, station_.outside.now_ms());
  station_.outside.car.set_soc(20, station_.outside.now_ms());
  station_.outside.plug(false);
  station_.session_disk.medium.fail_syncs(0);
  station_.ledger_disk.medium.fail_syncs(0);
}

/// Faults are over: everybody is there again soon, nothing is left undone, and a car can charge.
void Life::prove_life() {
  const auto expect = [&](bool holds, const char* what) {
    if (!holds) station_.report(std::string{"afterwards: "} + what);
  };
  const auto* state = station_.session_state();
  const auto settled = [&] {
    state = station_.session_state();
    return state != nullptr && !evse_of(*state).kept.transaction && !state->station().resetting &&
           state->archive().outbox.empty() && state->station().online &&
           state->station().kept.next_number == station_.backend.fetched() + 1;
  };
  expect(wait_for(kSettles, [&] { return station_.core_ready(); }),
         "power, meter, ledger and session are not READY within 5 s");
  expect(wait_for(kLongestBackoff, [&] { return station_.all_ready(); }), "not every service is READY");
  expect(wait_for(20s, settled), "the backend has not got the whole story");
  // In state F an unplugged car cannot be seen, so session does not dare to ask for a reset: somebody switches off and on.
  wait_for(12s, [&] { return station_.outside.view().faults == 0; });
  if (station_.outside.view().pilot == mcu::Pilot::f) power_cut(Cut::nothing_kept);
  expect(wait_for(30s, [&] { return station_.outside.view().faults == 0; }),
         "latched faults are not cleared although nothing is wrong");
  // Refused while the phase is still boot, so more than once.
  const auto open = [&] {
    return settled() && state->station().kept.availability.operative && evse_of(*state).kept.availability.operative &&
           !evse_of(*state).kept.backend_limit_ma;
  };
  for (int tries = 0; tries < 10 && !open(); ++tries) {
    command(session::ChangeAvailability{0, 0, true});
    command(session::ChangeAvailability{1, 0, true});
    command(session::SetBackendLimit{1, std::nullopt});
    wait_for(3s, open);
  }
  expect(open(), "the backend cannot open the station");
  station_.outside.plug(true);
  const auto charging = [&] {
    state = station_.session_state();
    return station_.outside.energized() && station_.outside.power_mw() > 0 && state != nullptr &&
           evse_of(*state).kept.transaction;
  };
  for (int tries = 0; tries < 3 && !charging(); ++tries) {
    state = station_.session_state();
    if (state != nullptr && !evse_of(*state).kept.transaction && !evse_of(*state).kept.grant)
      station_.desk.cards.push_back({kLocalToken, session::TokenType::iso14443});
    wait_for(12s, charging);
  }
  expect(charging(), "a car that is plugged in with a good card does not charge");
  world_.run(5s);
  station_.outside.plug(false);
  expect(wait_for(kSettles, settled), "an unplugged car leaves a transaction open");
  expect(!station_.outside.energized(), "the contactor is closed without a car");
  expect(!station_.backend.transaction_open(), "the backend has a transaction without an end");
}

/// What was billed is what flowed, but for what no transaction could see.
void Life::check_energy() {
  const auto flowed = station_.outside.register_mwh() - 5'000'000;
  const auto billed = static_cast<std::int64_t>(station_.backend.billed_mwh);
  const auto blind = station_.unexplained_mwh() + kUnbilledMwh * static_cast<std::int64_t>(station_.backend.ended);
  if (billed > flowed) station_.report("more energy was billed than flowed");
  if (billed + blind < flowed) station_.report("energy flowed in transactions that did not bill it");
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
  calm_down();
  if (!station_.broken()) prove_life();
  if (station_.broken() && plan_.verbose) std::printf("%s\n", station_.describe().c_str());
  if (!station_.broken()) station_.inspect();
  if (!station_.broken()) check_energy();
  Outcome outcome{.transactions = station_.backend.ended,
                  .events = station_.backend.events.size(),
                  .energy_mwh = static_cast<std::int64_t>(station_.backend.billed_mwh),
                  .kills = station_.kills,
                  .power_cuts = power_cuts_,
                  .time = os::now() - begin};
  if (station_.broken()) {
    outcome.broken = "seed " + std::to_string(plan_.seed) + ", step " + std::to_string(steps_) + ": " +
                     *station_.broken() + "; again: test_simulation --seed " + std::to_string(plan_.seed) +
                     " --steps " + std::to_string(plan_.steps);
    if (plan_.defect != Defect::none)
      *outcome.broken += " --defect " + std::to_string(std::to_underlying(plan_.defect));
  }
  return outcome;
}

}  // namespace

Outcome live(const Plan& plan) { return std::make_unique<Life>(plan)->run(); }

}  // namespace bulwatt::simulation
