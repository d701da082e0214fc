// Every reachable state of the safety logic under every input, breadth first, with shortened times and counts: the
// two-key rule and its companions are checked on every single transition against an independent view of the inputs.
#include <doctest/doctest.h>

#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "mcu/logic/control.hpp"

using namespace bulwatt;
using namespace bulwatt::mcu;
using namespace bulwatt::iec61851;

namespace {

// In cycles.
constexpr std::uint8_t kLease = 3, kStop = 4, kGrace = 2, kRelease = 3;
constexpr std::int32_t kSourceMv = 400'000;

Config short_config() {
  Config c;
  c.debounce = {.fault = 3, .release = kRelease, .engage = 3};
  c.fault_samples = 1;
  c.stuck_samples = 2;
  c.settle_us = 1 * kCycleUs;
  c.lease_us = kLease * kCycleUs;
  c.stop_us = kStop * kCycleUs;
  c.lease_grace_us = kGrace * kCycleUs;
  c.pause_us = 2 * kCycleUs;
  c.raise_us = 0;
  c.follow_us = 3 * kCycleUs;
  c.rcd_response_us = 2 * kCycleUs;
  c.rcd_release_us = 2 * kCycleUs;
  c.lock_us = 3 * kCycleUs;
  c.unlock_us = 2 * kCycleUs;
  c.precharge_us = 2 * kCycleUs;
  c.discharge_us = 3 * kCycleUs;
  return c;
}
Config short_dc_config() {
  Config c = short_config();
  c.dc = true;
  c.socket = false;
  return c;
}

/// What one exploration may break; together with all levels, leases and resets.
enum class Trouble {
  none,
  earth,
  estop,
  heat,
  leak,
  rcd_dead,
  feedback,
  line,
  lock,
  isolation,
  resistor,
  voltage,
  contacts
};
constexpr std::array kTroublesOfAc{Trouble::none,     Trouble::earth,    Trouble::estop, Trouble::heat, Trouble::leak,
                                   Trouble::rcd_dead, Trouble::feedback, Trouble::line,  Trouble::lock};
constexpr std::array kTroublesOfDc{Trouble::none,      Trouble::estop,    Trouble::feedback, Trouble::line,
                                   Trouble::isolation, Trouble::resistor, Trouble::voltage,  Trouble::contacts};
enum class LeaseInput { none, permit, stop, digital, unlock };

struct Step {
  std::int32_t level_mv;
  LeaseInput lease;
  bool reset;
  int trouble;  ///< 0: all is well
};

/// What a bystander knows: nothing of the logic's own counters.
struct Witness {
  bool permit = false;
  std::uint8_t lease_left = 0;    ///< cycles
  std::uint8_t unpermitted = 99;  ///< cycles since a fresh permit; saturates
  std::uint8_t silent = 99;       ///< cycles since a fresh lease
  std::uint8_t good_run = 0;      ///< latest samples in C or D, up to three
  std::uint8_t not_good = 99;     ///< cycles since three of them in a row
  bool alarmed = false;           ///< a sensor said stop, and nobody has reset that since
};

struct Node {
  State state{};
  Witness witness{};
};

/// Everything the logic will act on, or the witness knows. Times are in cycles, so that a byte holds them.
struct Key {
  std::array<std::uint8_t, 64> bytes{};
  std::size_t size = 0;
  void put(auto... values) { ((bytes[size++] = static_cast<std::uint8_t>(values)), ...); }
  void put_time(auto... us) { put(us / kCycleUs...); }
  friend bool operator==(const Key&, const Key&) = default;
};
struct KeyHash {
  std::size_t operator()(const Key& key) const {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(key.bytes.data()), key.size});
  }
};

Key key_of(const State& s) {
  Key key;
  key.put(s.filter.held, s.filter.run, s.filter.run_length, s.filter.away, s.pilot, s.phase, s.rcd.phase);
  key.put(s.key.lease.permit, s.key.lease.digital, s.watch.pe_bad, s.watch.hot, s.watch.diode_bad, s.watch.pilot_bad);
  key.put(s.drive.duty_permille, s.drive.duty_permille >> 8, s.drive.contactor, s.faults, s.faults >> 8);
  key.put(s.key.lease.lock, s.lock.engaged, s.lock.lost, s.watch.isolation_bad, s.gear.at);
  key.put(s.drive.contacts.main, s.drive.contacts.negative, s.drive.contacts.precharge);
  key.put_time(s.lock.late_us, s.lock.live_us, s.gear.age_us, s.watch.charged_us, s.watch.disagree_us[1],
               s.watch.disagree_us[2]);
  key.put_time(s.key.remaining_us, s.rcd.age_us, s.watch.disagree_us[0], s.drive.duty_age_us, s.stop_left_us,
               s.pause_left_us);
  return key;
}
Key key_of(const Node& n) {
  Key key = key_of(n.state);
  const auto& w = n.witness;
  key.put(w.permit, w.lease_left, w.unpermitted, w.silent, w.good_run, w.not_good, w.alarmed);
  return key;
}

Sensors sense(const State& s, const Step& in, Trouble kind) {
  const bool shorted = in.level_mv == kLevelE;
  Sensors out{.pp_ohm = 220, .pe_ok = true, .temperature_dc = 250};
  out.cp_high_mv = s.drive.duty_permille == kSteadyLow && !shorted ? kLevelF : in.level_mv;
  out.cp_low_mv = s.drive.pwm() && !shorted ? kLevelF : out.cp_high_mv;
  out.feedback_closed = s.drive.contacts.main;
  out.negative_closed = s.drive.contacts.negative;
  out.precharge_closed = s.drive.contacts.precharge;
  out.locked = s.lock.engaged;
  out.isolation_ok = true;
  out.source_mv = kSourceMv;
  const bool through = s.drive.contacts.negative && (s.drive.contacts.main || s.drive.contacts.precharge);
  out.outlet_mv = through ? kSourceMv : 0;
  out.rcd_tripped = s.rcd.drives();
  if (in.trouble == 0) return out;
  switch (kind) {
    case Trouble::none: break;
    case Trouble::earth: out.pe_ok = false; break;
    case Trouble::estop: out.estop = true; break;
    case Trouble::heat: out.temperature_dc = 2'000; break;
    case Trouble::leak: out.rcd_tripped = true; break;
    case Trouble::rcd_dead: out.rcd_tripped = false; break;
    case Trouble::feedback: out.feedback_closed = !out.feedback_closed; break;
    case Trouble::lock: out.locked = !out.locked; break;
    case Trouble::isolation: out.isolation_ok = false; break;
    case Trouble::resistor: out.outlet_mv = s.drive.contacts.main ? kSourceMv : 0; break;
    case Trouble::voltage: out.outlet_mv = in.trouble == 1 ? kSourceMv : 0; break;
    case Trouble::contacts:
      if (in.trouble == 1) out.negative_closed = !out.negative_closed;
      else out.precharge_closed = !out.precharge_closed;
      break;
    case Trouble::line:
      out.cp_high_mv = in.level_mv;
      out.cp_low_mv = in.trouble == 1 ? in.level_mv : in.trouble == 2 ? -in.level_mv : kLevelF;
      break;
  }
  return out;
}

Inputs inputs_of(const State& s, const Step& in, Trouble kind) {
  Inputs out{sense(s, in, kind), {}};
  out.requests.hello = true;  // The counter of leases has its own test; here it would only make states differ.
  if (in.lease != LeaseInput::none) {
    out.requests.lease = mculink::Lease{
        .permit = in.lease == LeaseInput::permit || in.lease == LeaseInput::unlock,
        .digital = in.lease == LeaseInput::digital,
        .max_current_ma = 16'000,
        .lease_ms = kLease,
        .lock = in.lease == LeaseInput::unlock ? mculink::LockWish::unlock : mculink::LockWish::automatic};
  }
  out.requests.reset = in.reset ? mculink::kAllFaults : 0;
  return out;
}

bool charging_level(std::int32_t mv, bool ventilation) {
  return std::abs(mv - kLevelC) <= kTolerance || (ventilation && std::abs(mv - kLevelD) <= kTolerance);
}

bool alarm(const Sensors& s) {
  return !s.pe_ok || s.estop || s.temperature_dc > Config{}.overtemp_dc || !s.isolation_ok;
}

/// Rules of the connector lock and of the DC contactors, or nothing.
const char* broken_outlet_rule(const State& before, const Sensors& in, const Outputs& out, const State& after,
                               const Config& config) {
  const bool closes = after.drive.contactor && !before.drive.contactor;
  const bool live = before.drive.contactor || in.feedback().any();
  if (config.has_lock() && after.drive.contactor && !in.locked) return "closed only with a plug that is held";
  if (config.has_lock() && after.drive.contactor && !out.lock) return "hold a live plug";
  if (live && before.lock.engaged && !out.lock) return "never unlock what may be live";
  if (!config.dc) return out.negative || out.precharge ? "an AC outlet has one contactor" : nullptr;
  if (closes && (!in.isolation_ok || in.outlet_mv >= config.safe_mv))
    return "close only an isolated, discharged outlet";
  if (closes && (out.contactor || out.precharge)) return "the negative main first";
  const bool joins = out.contactor && !before.drive.contacts.main;
  const bool charges = out.precharge && !before.drive.contacts.precharge;
  if ((joins || charges) && !in.negative_closed) return "the negative main first, proved";
  if (joins && (!in.precharge_closed || std::abs(in.source_mv - in.outlet_mv) > config.precharge_mv))
    return "the positive main only after precharge";
  if (!after.drive.contactor && (out.contactor || out.negative || out.precharge)) return "open all at once";
  return nullptr;
}

void observe(Witness& w, const Step& in, const Sensors& sensors, bool ventilation) {
  w.alarmed = alarm(sensors) || (w.alarmed && !in.reset);
  const auto count = [](std::uint8_t& cycles, bool restart) {
    cycles = restart ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(cycles + 1, 99));
  };
  if (in.lease != LeaseInput::none) {
    w.permit = in.lease == LeaseInput::permit || in.lease == LeaseInput::unlock;
    w.lease_left = kLease;
  } else if (w.lease_left > 0) {
    --w.lease_left;
  }
  // Saturate where nothing more is distinguished, so that there are few states.
  count(w.silent, w.lease_left > 0);
  count(w.unpermitted, w.lease_left > 0 && w.permit);
  w.silent = std::min<std::uint8_t>(w.silent, kGrace + 1);
  w.unpermitted = std::min<std::uint8_t>(w.unpermitted, kStop + 1);
  const bool good = charging_level(sensors.cp_high_mv, ventilation);
  w.good_run = good ? static_cast<std::uint8_t>(std::min(w.good_run + 1, 3)) : std::uint8_t{0};
  count(w.not_good, w.good_run == 3);
  w.not_good = std::min<std::uint8_t>(w.not_good, kRelease + kSteadySamples);
}

/// The first rule that the transition breaks, or nothing.
const char* broken_rule(const State& before, const Sensors& in, const Step& step_in, const Outputs& out,
                        const State& after, const Witness& w, const Config& config) {
  const bool pwm = out.duty_permille != kSteadyHigh && out.duty_permille != kSteadyLow;
  const bool state_d = out.pilot == Pilot::d1 || out.pilot == Pilot::d2;
  if (after.drive.contactor || out.contactor) {
    if (!wants_energy(out.pilot) || (state_d && !config.ventilation)) return "closed only in C (or D)";
    if (after.faults != 0) return "closed only without fault";
    if (w.alarmed) return "closed only without an alarm since the last reset";
    if (in.rcd_tripped && !out.rcd_test) return "closed only without residual current";
    if (out.rcd_test) return "no test current into a closed contactor";
    if (w.not_good >= kRelease + kSteadySamples) return "open in time after the vehicle left C";
    // 5 % offers nothing; the vehicle hears of the stop by a message.
    if (pwm && w.unpermitted != 0 && out.duty_permille != kDigital) return "signal and energy only with a fresh permit";
    if (w.unpermitted > kStop) return "open in time after the permit ended";
    if (w.silent > kGrace) return "open in time after the host fell silent";
  }
  if (after.drive.contactor && !before.drive.contactor) {
    if (!pwm || !diode_present(in.cp_low_mv)) return "close only with signal and diode";
    if (!charging_level(in.cp_high_mv, config.ventilation)) return "close only on a vehicle that asks now";
    if (in.feedback().any()) return "close only a contactor that was open";
    if (!after.rcd.passed()) return "close only after the self-test";
    if (w.unpermitted != 0) return "close only on a fresh permit";
  }
  if (const char* broken = broken_outlet_rule(before, in, out, after, config)) return broken;
  if (pwm && (!connected(out.pilot) || after.faults != 0 || w.silent != 0))
    return "signal only to a sound, leased vehicle";
  if (pwm && out.duty_permille != kDigital && out.duty_permille > 266) return "never offer more than the lease";
  if ((after.faults & kStationFaults) != 0 && out.duty_permille != kSteadyLow) return "state F with a station fault";
  if ((after.faults & kStationFaults) == 0 && out.duty_permille == kSteadyLow)
    return "state F only with a station fault";
  const bool may_clear = step_in.reset && (after.filter.held == Band::a || before.drive.duty_permille == kSteadyLow);
  if ((before.faults & ~after.faults) != 0 && !may_clear) return "faults are latched";
  return nullptr;
}

struct Result {
  std::size_t states = 0, transitions = 0;
  bool closed = false, stopped = false, faulted = false;
  const char* broken = nullptr;
};
/// Changes what the logic just decided, as a defect in it would.
using Sabotage = std::function<void(State&, Outputs&)>;

/// Every combination of inputs of one exploration. With trouble in play the vehicle and the host have fewer ways, so
/// that all explorations together take seconds.
std::vector<Step> inputs_for(Trouble kind) {
  std::vector<std::int32_t> levels{kLevelA, kLevelB, kLevelC};
  std::vector<LeaseInput> leases{LeaseInput::none, LeaseInput::permit};
  if (kind == Trouble::none) {
    levels.insert(levels.end(), {kLevelD, kLevelE, 7'500});
    leases.insert(leases.end(), {LeaseInput::stop, LeaseInput::digital});
  }
  if (kind == Trouble::lock) leases.push_back(LeaseInput::unlock);
  const int troubles = kind == Trouble::none ? 1 : kind == Trouble::line ? 4 : kind == Trouble::contacts ? 3 : 2;
  std::vector<Step> all;
  for (const auto level : levels) {
    for (const auto lease : leases) {
      for (int trouble = 0; trouble < troubles; ++trouble) {
        for (const bool reset : {false, true}) {
          if (!reset || kind != Trouble::none) all.push_back({level, lease, reset, trouble});
        }
      }
    }
  }
  return all;
}

class Explorer {
 public:
  Explorer(Trouble kind, const Config& config, Sabotage sabotage = {})
      : kind_(kind), config_(config), sabotage_(std::move(sabotage)), inputs_(inputs_for(kind)) {}

  /// All states; `visit` is called once for each state of the logic itself.
  template <class Visit>
  Result run(Visit&& visit) {
    std::deque<Node> open{Node{}};
    while (!open.empty() && result_.broken == nullptr) {
      if (seen_by_logic_.insert(key_of(open.front().state)).second) visit(open.front().state);
      for (const auto& in : inputs_) {
        if (auto next = follow(open.front(), in)) open.push_back(*next);
      }
      open.pop_front();
    }
    result_.states = seen_by_logic_.size();
    return result_;
  }

 private:
  /// One transition, judged; its target if it is new.
  std::optional<Node> follow(const Node& node, const Step& in) {
    Node next = node;
    const auto inputs = inputs_of(node.state, in, kind_);
    auto out = step(next.state, inputs, node.state.last_us + kCycleUs, config_);
    if (sabotage_) sabotage_(next.state, out);
    observe(next.witness, in, inputs.sensors, config_.ventilation);
    ++result_.transitions;
    const char* broken = broken_rule(node.state, inputs.sensors, in, out, next.state, next.witness, config_);
    if (result_.broken == nullptr) result_.broken = broken;
    result_.closed |= next.state.phase == Phase::closed;
    result_.stopped |= next.state.phase == Phase::stopping;
    result_.faulted |= next.state.faults != 0;
    if (!seen_.insert(key_of(next)).second) return std::nullopt;
    return next;
  }

  Trouble kind_;
  Config config_;
  Sabotage sabotage_;
  std::vector<Step> inputs_;
  std::unordered_set<Key, KeyHash> seen_;           ///< with the witness
  std::unordered_set<Key, KeyHash> seen_by_logic_;  ///< without
  Result result_{};
};

Result explore(Trouble kind, const Config& config, const Sabotage& sabotage = {}) {
  return Explorer(kind, config, sabotage).run([](const State&) {});
}

/// Mended hardware, no vehicle and a reset, then a vehicle and a permit: whether it charges.
bool recovers(State state, const Config& config) {
  std::uint64_t now_us = state.last_us;
  for (int cycle = 0; cycle < 40; ++cycle) {
    const std::int32_t level = cycle < 20 ? kLevelA : cycle < 25 ? kLevelB : kLevelC;
    const Step in{level, cycle < 20 ? LeaseInput::stop : LeaseInput::permit, cycle == 10, 0};
    step(state, inputs_of(state, in, Trouble::none), now_us += kCycleUs, config);
  }
  return state.phase == Phase::closed && state.gear.at == Switchgear::Step::closed;
}

struct Total {
  std::size_t states = 0, transitions = 0;
};
Total explore_all(std::span<const Trouble> troubles, const Config& config) {
  Total total;
  for (const auto kind : troubles) {
    CAPTURE(static_cast<int>(kind));
    std::size_t lost = 0;
    const auto result =
        Explorer(kind, config).run([&](const State& state) { lost += recovers(state, config) ? 0U : 1U; });
    INFO(std::string(result.broken != nullptr ? result.broken : ""));
    CHECK(result.broken == nullptr);
    CHECK(lost == 0);
    CHECK(result.closed);
    CHECK(result.stopped);
    CHECK(result.faulted == (kind != Trouble::none));
    total.states += result.states;
    total.transitions += result.transitions;
  }
  return total;
}

}  // namespace

TEST_CASE("every reachable state keeps the two-key rule under every input, and charging is possible again from it") {
  const auto total = explore_all(kTroublesOfAc, short_config());
  MESSAGE(total.states, " states, ", total.transitions, " transitions");
}

TEST_CASE("so does every reachable state of a DC outlet") {
  const auto total = explore_all(kTroublesOfDc, short_dc_config());
  MESSAGE(total.states, " states, ", total.transitions, " transitions");
}

TEST_CASE("a station with ventilation keeps the rule, too") {
  Config config = short_config();
  config.ventilation = true;
  const auto result = Explorer(Trouble::none, config).run([](const State&) {});
  CHECK(result.broken == nullptr);
  CHECK(result.closed);
}

TEST_CASE("the exploration finds each protection that is taken away") {
  struct Case {
    const char* what;
    Trouble kind;
    Sabotage sabotage;
    bool dc = false;
  };
  const auto keep_closed = [](State& s, Outputs& out) {
    if (s.phase == Phase::stopping) s.stop_left_us = 2 * kCycleUs;
    out.contactor = s.drive.contactor;
  };
  for (const auto& c : {
           Case{"a lease that never ends", Trouble::none,
                [](State& s, Outputs&) { s.key.remaining_us += s.key.fresh() ? kCycleUs : 0; }},
           Case{"a stop without end", Trouble::none, keep_closed},
           Case{"a pilot that is believed for ever", Trouble::none,
                [](State& s, Outputs&) {
                  if (s.filter.held == Band::c) s.filter.away = 0;
                }},
           Case{"faults that are forgotten", Trouble::estop, [](State& s, Outputs&) { s.faults = 0; }},
           Case{"a self-test that is taken for granted", Trouble::rcd_dead,
                [](State& s, Outputs& out) {
                  if (out.contactor) s.rcd = {};
                }},
           Case{"an earth fault that is not seen", Trouble::earth,
                [](State& s, Outputs&) {
                  s.watch.pe_bad = 0;
                  s.faults &= ~bit(Fault::pe_loss);
                }},
           Case{"a signal that runs on while stopping", Trouble::none,
                [](State& s, Outputs& out) {
                  if (s.phase == Phase::stopping) out.duty_permille = 266;
                }},
           Case{"a signal above the lease", Trouble::none,
                [](State& s, Outputs& out) {
                  if (s.drive.pwm()) out.duty_permille = 300;
                }},
           Case{"no state F", Trouble::line,
                [](State&, Outputs& out) { out.duty_permille = std::max<std::uint16_t>(out.duty_permille, 1); }},
           Case{"a lock that opens on the host's word", Trouble::lock,
                [](State& s, Outputs& out) {
                  if (s.key.lease.lock == mculink::LockWish::unlock) out.lock = s.lock.engaged = false;
                }},
           Case{"a monitor that is not asked", Trouble::isolation,
                [](State& s, Outputs&) {
                  s.watch.isolation_bad = 0;
                  s.faults &= ~bit(Fault::isolation);
                },
                true},
           Case{"no wait for the precharge", Trouble::resistor,
                [](State& s, Outputs& out) {
                  if (s.gear.at != Switchgear::Step::precharging) return;
                  s.gear.at = Switchgear::Step::joining;
                  out.contactor = s.drive.contacts.main = true;
                },
                true},
           Case{"a negative main that is left behind", Trouble::none,
                [](State& s, Outputs& out) {
                  if (s.phase == Phase::open && s.faults == 0 && s.rcd.phase == RcdTest::Phase::untested)
                    out.negative = true;
                },
                true},
       }) {
    CAPTURE(std::string(c.what));
    CHECK(explore(c.kind, c.dc ? short_dc_config() : short_config(), c.sabotage).broken != nullptr);
  }
}
