#include "mcu/logic/watch.hpp"

#include "mcu/logic/switchgear.hpp"

namespace bulwatt::mcu {
namespace {
using namespace iec61851;

/// Least distance of the two levels of a running 1 kHz signal, and greatest of a steady one.
constexpr std::int32_t kSwingMv = 2'000;

/// Counts bad samples in a row; true from `enough` on.
bool persists(std::uint8_t& count, bool bad, std::uint8_t enough) {
  count = bad ? static_cast<std::uint8_t>(std::min<int>(count + 1, enough)) : std::uint8_t{0};
  return count >= enough;
}

bool shorted(const Sensors& s) {
  return std::max(s.cp_high_mv, -s.cp_high_mv) <= kTolerance && std::max(s.cp_low_mv, -s.cp_low_mv) <= kTolerance;
}

/// Whether the line shows what the generator makes. A short to earth hides it and is state E, not this.
bool follows_generator(const Sensors& s, const Drive& drive) {
  if (shorted(s)) return true;
  if (drive.duty_permille == kSteadyLow) return s.cp_high_mv <= -kSwingMv;  // A vehicle without diode loads it.
  const bool swings = s.cp_high_mv - s.cp_low_mv >= kSwingMv;
  return drive.pwm() ? swings : !swings && s.cp_high_mv > kLevelE - kTolerance;
}

bool diode_wrong(const Sensors& s, const Drive& drive, Band held) {
  const bool vehicle = held == Band::b || held == Band::c || held == Band::d;
  return drive.pwm() && vehicle && follows_generator(s, drive) && !shorted(s) && !diode_present(s.cp_low_mv);
}

}  // namespace

FaultBits Watch::step(const Sensors& s, const Drive& drive, Band held, bool self_test, std::uint32_t elapsed_us,
                      const Config& config) {
  FaultBits present = 0;
  const auto note = [&](Fault fault, bool is_present) { present |= is_present ? bit(fault) : 0; };
  const bool settled = drive.duty_age_us >= config.settle_us;

  note(Fault::estop, s.estop);
  note(Fault::rcd_trip, s.rcd_tripped && !self_test);
  note(Fault::pe_loss, persists(pe_bad, !s.pe_ok, config.fault_samples));
  note(Fault::overtemp, persists(hot, s.temperature_dc > config.overtemp_dc, config.fault_samples));
  note(Fault::diode, persists(diode_bad, settled && diode_wrong(s, drive, held), config.fault_samples));
  note(Fault::pilot_stuck, persists(pilot_bad, settled && !follows_generator(s, drive), config.stuck_samples));

  note(Fault::isolation, persists(isolation_bad, config.dc && !s.isolation_ok, config.fault_samples));

  const bool excess = s.outlet_mv > config.most_mv + config.excess_mv;
  const bool supply_wrong = (s.supply_silent && drive.contactor) || excess;
  note(Fault::supply, persists(supply_bad, config.dc && supply_wrong, config.fault_samples));

  const auto follow = [&](std::uint32_t& since_us, bool fed_back, bool commanded) {
    since_us = fed_back == commanded ? 0 : std::min(since_us + elapsed_us, config.follow_us);
    const bool too_long = since_us >= config.follow_us;
    note(Fault::weld, too_long && fed_back);
    note(Fault::feedback_stuck, too_long && !fed_back);
  };
  follow(disagree_us[0], s.feedback_closed, drive.contacts.main);
  follow(disagree_us[1], s.negative_closed, drive.contacts.negative);
  follow(disagree_us[2], s.precharge_closed, drive.contacts.precharge);
  const bool charged = !drive.contactor && !discharged(s, config);
  charged_us = charged ? std::min(charged_us + elapsed_us, config.discharge_us) : 0;
  note(Fault::discharge, charged_us >= config.discharge_us);
  return present;
}

}  // namespace bulwatt::mcu
