// ISO 15118-2: power on, the loops, power off, and the end.
#include "protocols/secc/dc.hpp"
#include "protocols/secc/iso2.hpp"
#include "protocols/secc/iso2_blank.hpp"
#include "protocols/secc/start.hpp"

namespace bulwatt::secc {
namespace {
using iso2::UnitSymbol;

// Whether the profile stays below the schedule: entries in order from the beginning, none above the offered power.
//= ISO15118-2 V2G2-224
bool fits(const iso2::ChargingProfile& profile, std::int64_t offered_mw) {
  // What was offered, as the message could say it.
  const auto said =
      milli_of(physical_of<iso2::PhysicalValue>(offered_mw, UnitSymbol::watt), UnitSymbol::watt).value_or(0);
  std::uint32_t last = 0;
  bool first = true;
  for (const auto& entry : profile.profile_entry) {
    if (first ? entry.charging_profile_entry_start != 0 : entry.charging_profile_entry_start <= last) return false;
    const auto power = milli_of(entry.charging_profile_entry_max_power, UnitSymbol::watt);
    if (!power || *power < 0 || *power > said) return false;
    last = entry.charging_profile_entry_start;
    first = false;
  }
  return true;
}

std::optional<iso2::MeterInfo> meter_of(const Station& station) {
  if (!station.meter_wh) return std::nullopt;
  return iso2::MeterInfo{
      .meter_id = station.meter_id, .meter_reading = station.meter_wh, .t_meter = station.time.unix_ms / 1000};
}
}  // namespace

Iso2::Code Iso2::on(const iso2::CableCheckReq& req, const Now& now, iso2::CableCheckRes& res) {
  return dc::cable_check(course_, req, now.station, config_.timers, now.time, res);
}

Iso2::Code Iso2::on(const iso2::PreChargeReq& req, const Now& now, iso2::PreChargeRes& res) {
  return dc::pre_charge(course_, req, now.station, config_.timers, now.time, res);
}

Iso2::Code Iso2::on(const iso2::PowerDeliveryReq& req, const Now& now, iso2::PowerDeliveryRes& res) {
  using enum iso2::ChargeProgress;
  //= ISO15118-2 V2G2-479
  if (req.sa_schedule_tuple_id != kSchedule) return Code::failed_tariff_selection_invalid;
  if (req.charge_progress == start) return this->start(req, now);
  const bool charging = course_.stage == Stage::charging_ac || course_.stage == Stage::charging_dc;
  if (req.charge_progress == renegotiate) {
    // Nothing to negotiate again before there was anything.
    if (!charging) return Code::failed_power_delivery_not_applied;
    course_.demand.target_ma = 0;
    course_.stage = Stage::renegotiating;
  } else {
    course_.demand.supply = Supply::off;
    course_.demand.target_ma = 0;
    course_.stage = course_.dc ? Stage::stopped_dc : Stage::stopped_ac;
  }
  if (course_.dc) res.evse_status = dc_status(now.station, iso2::DcEvseStatusCode::evse_not_ready);
  return Code::ok;
}

Iso2::Code Iso2::start(const iso2::PowerDeliveryReq& req, const Now& now) {
  using enum Stage;
  for (const auto live : {charging_ac, charging_dc, receipt_due_ac, receipt_due_dc}) {
    if (course_.stage == live) return Code::failed_sequence_error;
  }
  if (req.charging_profile && !fits(*req.charging_profile, offered_mw_)) return Code::failed_charging_profile_invalid;
  if (!may_start(course_, now.station)) return Code::failed_power_delivery_not_applied;
  course_.pilot.start(now.time, config_.timers.pilot_ms);
  starting_ = true;
  return Code::ok;
}

std::optional<Iso2::Code> Iso2::started(const Now& now) {
  switch (go_on(course_, now.station, config_.timers, now.time)) {
    case Start::waiting: return std::nullopt;
    case Start::done: return Code::ok;
    case Start::contactor_failed: return Code::failed_contactor_error;
    case Start::refused: break;
  }
  return Code::failed_power_delivery_not_applied;
}

bool Iso2::wants_receipt(const iso2::MeterInfo& meter) const {
  if (!course_.proved || config_.receipt_every_wh == 0 || !meter.meter_reading) return false;
  return !course_.receipt_wh || *meter.meter_reading >= *course_.receipt_wh + config_.receipt_every_wh;
}

//= ISO15118-2 V2G2-903
template <class Res>
void Iso2::ask_for_receipt(Res& res, Stage due) {
  if (!res.meter_info || !wants_receipt(*res.meter_info)) return;
  res.receipt_required = true;
  to_sign_ = res.meter_info;
  course_.receipt_wh = res.meter_info->meter_reading;
  course_.stage = due;
}

Iso2::Code Iso2::on(const iso2::ChargingStatusReq&, const Now& now, iso2::ChargingStatusRes& res) {
  if (now.station.ac)
    res.evse_max_current = physical_of<iso2::PhysicalValue>(now.station.ac->max_ma, UnitSymbol::ampere);
  res.meter_info = meter_of(now.station);
  res.receipt_required = false;
  ask_for_receipt(res, Stage::receipt_due_ac);
  // The car may have opened its switch before it says so: then PowerDeliveryReq(Stop) comes, and no further question.
  return course_.pilot_lost || now.station.fault ? Code::failed : Code::ok;
}

Iso2::Code Iso2::on(const iso2::CurrentDemandReq& req, const Now& now, iso2::CurrentDemandRes& res) {
  res.meter_info = meter_of(now.station);
  res.receipt_required = false;
  ask_for_receipt(res, Stage::receipt_due_dc);
  return dc::current_demand(course_, req, now.station, res);
}

Iso2::Code Iso2::on(const iso2::WeldingDetectionReq& req, const Now& now, iso2::WeldingDetectionRes& res) {
  return dc::welding_detection(course_, req, now.station, res);
}

Iso2::Code Iso2::on(const iso2::SessionStopReq& req, const Now&, iso2::SessionStopRes&) {
  const bool stopped = course_.stage == Stage::stopped_ac || course_.stage == Stage::stopped_dc;
  if (req.charging_session == iso2::ChargingSession::pause) {
    if (!stopped) return Code::failed;
    left_paused_ = iso15118::Paused{.id = course_.id, .evcc_id = course_.demand.car.evcc_id, .choice = kSchedule};
    course_.demand.paused = true;
  }
  course_.end(Cause::none);
  return Code::ok;
}

}  // namespace bulwatt::secc
