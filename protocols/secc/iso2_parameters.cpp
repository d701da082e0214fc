// ISO 15118-2: limits of both, and the schedule.
#include "protocols/secc/dc.hpp"
#include "protocols/secc/iso2.hpp"
#include "protocols/secc/iso2_blank.hpp"

namespace bulwatt::secc {
namespace {
using iso2::UnitSymbol;
constexpr std::uint32_t kDay = 86'400;

bool is_dc(iso2::EnergyTransferMode mode) { return mode >= iso2::EnergyTransferMode::dc_core; }

bool offered(iso2::EnergyTransferMode mode, const Station& station) {
  using enum iso2::EnergyTransferMode;
  switch (mode) {
    case ac_single_phase_core: return station.ac.has_value();
    case ac_three_phase_core: return station.ac && station.ac->phases == 3;
    case dc_extended: return station.dc.has_value();
    default: return false;
  }
}

iso2::SaScheduleList one_schedule(std::int64_t max_mw) {
  iso2::SaScheduleList list;
  list.sa_schedule_tuple.size = 1;
  auto& tuple = list.sa_schedule_tuple[0];
  tuple.sa_schedule_tuple_id = kSchedule;
  tuple.p_max_schedule.p_max_schedule_entry.size = 1;
  tuple.p_max_schedule.p_max_schedule_entry[0] = {.time_interval = {.start = 0, .duration = kDay},
                                                  .p_max = physical_of<iso2::PhysicalValue>(max_mw, UnitSymbol::watt)};
  return list;
}

iso2::AcEvseChargeParameter ac_limits(const Station& station) {
  return {.ac_evse_status = ac_status(station),
          .evse_nominal_voltage = physical_of<iso2::PhysicalValue>(station.ac->nominal_mv, UnitSymbol::volt),
          .evse_max_current = physical_of<iso2::PhysicalValue>(station.ac->max_ma, UnitSymbol::ampere)};
}

std::int64_t ac_power_mw(const AcOffer& offer, bool three_phases) {
  return std::int64_t{offer.nominal_mv} * offer.max_ma / 1000 * (three_phases ? 3 : 1);
}
}  // namespace

bool Iso2::take_ac(const iso2::AcEvChargeParameter& ev) {
  auto& car = course_.demand.car;
  car.max_mv = milli_of(ev.ev_max_voltage, UnitSymbol::volt);
  car.max_ma = milli_of(ev.ev_max_current, UnitSymbol::ampere);
  car.min_ma = milli_of(ev.ev_min_current, UnitSymbol::ampere);
  car.wanted_mwh = milli_of(ev.e_amount, UnitSymbol::watt_hour);
  car.departure_s = ev.departure_time;
  if (!car.max_mv || !car.max_ma || !car.min_ma || !car.wanted_mwh) return false;
  return *car.max_mv >= 0 && *car.min_ma >= 0 && *car.max_ma >= *car.min_ma && *car.wanted_mwh >= 0;
}

Iso2::Code Iso2::on(const iso2::ChargeParameterDiscoveryReq& req, const Now& now,
                    iso2::ChargeParameterDiscoveryRes& res) {
  const auto mode = req.requested_energy_transfer_mode;
  const bool renegotiates = course_.stage == Stage::renegotiating;
  if (!offered(mode, now.station)) return Code::failed_wrong_energy_transfer_mode;
  // The kind of energy cannot change while the outlet is live.
  if (renegotiates && is_dc(mode) != course_.dc) return Code::failed_wrong_energy_transfer_mode;
  course_.dc = is_dc(mode);
  const auto* dc_ev = std::get_if<iso2::DcEvChargeParameter>(&req.ev_charge_parameter);
  const auto* ac_ev = std::get_if<iso2::AcEvChargeParameter>(&req.ev_charge_parameter);
  if (course_.dc) {
    res.evse_charge_parameter = dc::limits_of<iso2::DcEvseChargeParameter>(now.station);
    if (dc_ev == nullptr || !dc::take_limits(course_, *dc_ev, now.station)) return Code::failed_wrong_charge_parameter;
    course_.demand.car.departure_s = dc_ev->departure_time;
    offered_mw_ = now.station.dc->max_mw;
  } else {
    res.evse_charge_parameter = ac_limits(now.station);
    if (ac_ev == nullptr || !take_ac(*ac_ev)) return Code::failed_wrong_charge_parameter;
    offered_mw_ = ac_power_mw(*now.station.ac, mode == iso2::EnergyTransferMode::ac_three_phase_core);
  }
  res.sa_schedules = one_schedule(offered_mw_);
  res.evse_processing = iso2::EvseProcessing::finished;
  course_.renegotiated = renegotiates;
  course_.stage = !course_.dc ? Stage::parameters_ac : renegotiates ? Stage::renegotiated_dc : Stage::parameters_dc;
  return Code::ok;
}

}  // namespace bulwatt::secc
