#include "peers/ev/car.hpp"

#include <algorithm>
#include <cmath>

namespace bulwatt::ev {

namespace {

constexpr std::int64_t kStepMs = 50;
constexpr std::int32_t kMainsMv = 230'000;
constexpr std::int32_t kMainsMilliohm = 50;  // supply and cable: 32 A cost 1.6 V
constexpr std::int32_t kLeastMa = 6'000;
constexpr double kChargingEfficiency = 0.9;
constexpr double kTaperFromPercent = 90;
constexpr double kTaperLeast = 0.1;
constexpr double kMsPerHour = 3'600'000;

int pp_ohm_of(int cable_a) {
  switch (cable_a) {
    case 13: return 1500;
    case 20: return 680;
    case 32: return 220;
    default: return 100;
  }
}

}  // namespace

std::optional<Fault> fault_of(const std::string& name) {
  const auto* found = std::ranges::find(kFaultNames, name);
  if (found == kFaultNames.end()) return std::nullopt;
  return static_cast<Fault>(found - kFaultNames.begin());
}

Offer read_duty(int duty_permille) {
  using enum Offer::Kind;
  if (duty_permille <= 0 || duty_permille >= 1000) return {none, 0};
  if (duty_permille < 30) return {invalid, 0};
  if (duty_permille <= 70) return {digital, 0};
  if (duty_permille < 80) return {invalid, 0};
  if (duty_permille <= 100) return {current, 6'000};
  if (duty_permille <= 850) return {current, duty_permille * 60};
  if (duty_permille <= 960) return {current, (duty_permille - 640) * 250};
  if (duty_permille <= 970) return {current, 80'000};
  return {invalid, 0};
}

Car::Car(const CarConfig& config, std::int64_t now_ms)
    : config_(config), at_ms_(now_ms), soc_percent_(config.soc_percent) {}

void Car::advance(std::int64_t now_ms) {
  while (at_ms_ < now_ms) {
    const std::int64_t step_ms = std::min(kStepMs, now_ms - at_ms_);
    at_ms_ += step_ms;
    step(step_ms);
  }
}

void Car::plug(bool in, std::int64_t now_ms) {
  advance(now_ms);
  plugged_ = in;
  if (in) return;
  ready_ = false;
  current_ma_ = applied_ma_ = seen_ma_ = 0;
  since_wanted_ms_ = since_closed_ms_ = since_idle_ms_ = 0;
}

void Car::see_station(int duty_permille, bool contactor_closed, std::int64_t now_ms) {
  advance(now_ms);
  duty_permille_ = duty_permille;
  contactor_closed_ = contactor_closed;
  if (!contactor_closed_) {
    current_ma_ = 0;
    since_closed_ms_ = 0;
  }
}

void Car::see_supply(std::optional<DcFlow> flow, std::int64_t now_ms) {
  advance(now_ms);
  supply_ = flow;
  if (supply_) current_ma_ = plugged_ && contactor_closed_ ? supply_->current_ma : 0;
}

void Car::set_soc(double percent, std::int64_t now_ms) {
  advance(now_ms);
  soc_percent_ = percent;
}

void Car::set_demand(bool on, std::int64_t now_ms) {
  advance(now_ms);
  demand_ = on;
}

void Car::set_agreed(std::optional<Agreed> agreed, std::int64_t now_ms) {
  advance(now_ms);
  agreed_ = agreed;
  if (plugged_ && speaks()) ready_ = agreed_->ready || current_ma_ > 0;
}

void Car::set_max_current(std::int32_t current_ma, std::int64_t now_ms) {
  advance(now_ms);
  config_.max_current_ma = current_ma;
}

void Car::set_fault(Fault fault, bool on, std::int64_t now_ms) {
  advance(now_ms);
  faults_[static_cast<std::size_t>(fault)] = on;
}

/// What the car reads from its end of the pilot wire.
Offer Car::offer() const {
  auto offer = plugged_ && !has_fault(Fault::short_pilot) ? read_duty(duty_permille_) : Offer{};
  if (offer.kind == Offer::Kind::digital && agreed_) offer.current_ma = agreed_->limit_ma;
  return offer;
}

bool Car::wants_energy() const {
  const bool may = offer().kind == Offer::Kind::current || (speaks() && agreed_->ready && agreed_->limit_ma > 0);
  return demand_ && soc_percent_ < 100 && may;
}

void Car::step(std::int64_t step_ms) {
  if (!plugged_) return;
  const std::int32_t before_ma = current_ma_;
  follow_offer(step_ms);
  follow_switch(step_ms);
  follow_current(step_ms);
  // Current during the step is the mean of its ends.
  const std::int32_t after_ma = std::exchange(current_ma_, (before_ma + current_ma_) / 2);
  charge(step_ms);
  current_ma_ = after_ma;
}

/// The charger obeys a changed signal after its reaction time.
void Car::follow_offer(std::int64_t step_ms) {
  const std::int32_t now_ma = offer().current_ma;
  since_offer_ms_ = now_ma == seen_ma_ ? since_offer_ms_ + step_ms : 0;
  seen_ma_ = now_ma;
  if (since_offer_ms_ >= kReactionMs) applied_ma_ = now_ma;
}

/// The car's switch: state C once energy is wanted and offered, state B again when it no longer draws or wants.
void Car::follow_switch(std::int64_t step_ms) {
  if (speaks()) {
    // What was agreed is followed at once; a switch does not open under load.
    ready_ = agreed_->ready || current_ma_ > 0;
    since_wanted_ms_ = since_idle_ms_ = 0;
    return;
  }
  const bool wants = wants_energy();
  since_wanted_ms_ = wants ? since_wanted_ms_ + step_ms : 0;
  since_idle_ms_ = ready_ && !wants && current_ma_ == 0 ? since_idle_ms_ + step_ms : 0;
  if (since_wanted_ms_ >= kReadyDelayMs) ready_ = true;
  if (since_idle_ms_ >= kReleaseDelayMs) ready_ = false;
}

void Car::follow_current(std::int64_t step_ms) {
  if (supply_) {
    current_ma_ = contactor_closed_ ? supply_->current_ma : 0;
    return;
  }
  if (!contactor_closed_ || !ready_) {
    since_closed_ms_ = 0;
    current_ma_ = 0;
    return;
  }
  since_closed_ms_ += step_ms;
  if (defies()) return;
  const std::int32_t target = target_ma();
  const auto rise = static_cast<std::int32_t>(kRiseMaPerS * step_ms / 1000);
  const auto fall = static_cast<std::int32_t>(kFallMaPerS * step_ms / 1000);
  current_ma_ = std::clamp(target, current_ma_ - fall, current_ma_ + rise);
}

std::int32_t Car::target_ma() const {
  if (since_closed_ms_ < kStartDelayMs || !demand_ || soc_percent_ >= 100 || applied_ma_ < kLeastMa) return 0;
  return std::min({applied_ma_, config_.max_current_ma, config_.cable_a * 1000, taper_ma()});
}

/// A nearly full battery takes less and less.
std::int32_t Car::taper_ma() const {
  const double left = (100 - soc_percent_) / (100 - kTaperFromPercent);
  return static_cast<std::int32_t>(config_.max_current_ma * std::clamp(left, kTaperLeast, 1.0));
}

void Car::charge(std::int64_t step_ms) {
  const Draw now = draw();
  double power_mw = 0;
  for (std::size_t line = 0; line < now.current_ma.size(); ++line) {
    power_mw += static_cast<double>(now.current_ma[line]) * now.voltage_mv[line] / 1000;
  }
  const double mwh = power_mw * static_cast<double>(step_ms) * config_.speed / kMsPerHour;
  drawn_mwh_ += mwh;
  const double percent = mwh * kChargingEfficiency / (config_.battery_kwh * 1e6) * 100;
  soc_percent_ = std::min(100.0, soc_percent_ + percent);
}

Face Car::face() const {
  Face face{.plugged = plugged_, .resistance_ohm = {}, .diode = !has_fault(Fault::no_diode), .pp_ohm = {}};
  if (!plugged_) return face;
  face.pp_ohm = pp_ohm_of(config_.cable_a);
  const int ready_ohm = config_.ventilation ? kResistanceD : kResistanceC;
  face.resistance_ohm = has_fault(Fault::short_pilot) ? 0 : ready_ ? ready_ohm : kResistanceB;
  return face;
}

Draw Car::draw() const {
  Draw draw;
  if (!plugged_ || !contactor_closed_) return draw;
  if (supply_) {
    draw.current_ma[0] = current_ma_;
    draw.voltage_mv[0] = supply_->voltage_mv;
    return draw;
  }
  for (std::size_t line = 0; line < draw.current_ma.size(); ++line) {
    draw.current_ma[line] = static_cast<int>(line) < config_.phases ? current_ma_ : 0;
    draw.voltage_mv[line] = kMainsMv - draw.current_ma[line] * kMainsMilliohm / 1000;
  }
  return draw;
}

std::optional<std::int64_t> Car::next_change_in_ms() const {
  if (!plugged_) return std::nullopt;
  const bool waits = (speaks() ? agreed_->ready : wants_energy()) != ready_ || offer().current_ma != applied_ma_;
  const bool flows = ready_ && contactor_closed_;
  if (!waits && !flows) return std::nullopt;
  return kTickMs;
}

std::string Car::doing() const {
  if (!plugged_) return "not plugged in";
  if (current_ma_ > 0) return wants_energy() ? "charging" : "drawing, about to stop";
  if (soc_percent_ >= 100) return "full";
  if (!demand_) return "wants no energy";
  switch (offer().kind) {
    case Offer::Kind::none: return "waiting for the station to offer energy";
    case Offer::Kind::digital:
      if (!agreed_) return "5 % duty cycle: the station asks for digital communication, this car has none";
      return agreed_->ready ? "has agreed with the station" : "speaks with the station";
    case Offer::Kind::invalid: return "the duty cycle is not allowed";
    case Offer::Kind::current: break;
  }
  if (!ready_) return "about to get ready";
  return contactor_closed_ ? "starting to charge" : "waiting for the contactor";
}

}  // namespace bulwatt::ev
