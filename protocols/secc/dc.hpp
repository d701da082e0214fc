// The steps of DC charging, which DIN SPEC 70121 and ISO 15118-2 write with different types and mean alike.
#pragma once
#include <algorithm>

#include "protocols/secc/course.hpp"
#include "protocols/secc/physical.hpp"

namespace bulwatt::secc::dc {

/// Most current of a precharge.
inline constexpr std::int32_t kPrechargeMa = 2'000;
/// The outlet has the voltage of the battery within this.
inline constexpr std::int32_t kPrechargeMv = 20'000;

template <class Status>
using Code = decltype(Status::evse_status_code);
template <class Res>
using Response = decltype(Res::response_code);

template <class Status>
Status status_of(const Station& station, Code<Status> code) {
  Status status{};
  status.notification_max_delay = station.ask_within_s;
  if (station.ask == Ask::stop) status.evse_notification = decltype(status.evse_notification)::stop_charging;
  if (station.ask == Ask::renegotiate) status.evse_notification = decltype(status.evse_notification)::re_negotiation;
  status.evse_status_code = code;
  if (station.ask == Ask::stop && code == Code<Status>::evse_ready)
    status.evse_status_code = Code<Status>::evse_shutdown;
  if (station.fault) status.evse_status_code = Code<Status>::evse_emergency_shutdown;
  using Level = typename decltype(status.evse_isolation_status)::value_type;
  status.evse_isolation_status = station.isolation == Isolation::valid     ? Level::valid
                                 : station.isolation == Isolation::warning ? Level::warning
                                 : station.isolation == Isolation::fault   ? Level::fault
                                                                           : Level::invalid;
  return status;
}

inline void hear(Course& course, const auto& ev_status) {
  course.demand.car.soc_percent = static_cast<std::uint8_t>(ev_status.ev_ress_soc);
}

template <class Req, class Res>
Response<Res> cable_check(Course& course, const Req& req, const Station& station, const iso15118::Timers& timers,
                          Instant now, Res& res) {
  using Status = decltype(res.dc_evse_status);
  hear(course, req.dc_ev_status);
  res.evse_processing = decltype(res.evse_processing)::ongoing;
  res.dc_evse_status = status_of<Status>(station, Code<Status>::evse_isolation_monitoring_active);
  if (course.pilot_lost || station.fault) return Response<Res>::failed;
  course.isolation.start_once(now, timers.cable_check_ms);
  if (course.isolation.passed(now)) return Response<Res>::failed;
  course.stage = Stage::cable_checking;
  if (!iec61851::wants_energy(station.pilot)) {
    // A test puts voltage on the outlet: only of a car that says C or D, which may follow its message a little later.
    course.pilot.start_once(now, timers.pilot_ms);
    return course.pilot.passed(now) ? Response<Res>::failed : Response<Res>::ok;
  }
  course.pilot.stop();
  // A live outlet is watched, not tested anew.
  if (!course.renegotiated && course.demand.supply != Supply::isolate) {
    course.demand.supply = Supply::isolate;
    return Response<Res>::ok;
  }
  if (station.isolation == Isolation::fault) return Response<Res>::failed;
  const bool good = station.isolation == Isolation::valid || station.isolation == Isolation::warning;
  if (!good) return Response<Res>::ok;
  course.isolation.stop();
  course.stage = Stage::cable_checked;
  res.evse_processing = decltype(res.evse_processing)::finished;
  res.dc_evse_status.evse_status_code = Code<Status>::evse_ready;
  return Response<Res>::ok;
}

template <class Req, class Res>
Response<Res> pre_charge(Course& course, const Req& req, const Station& station, const iso15118::Timers& timers,
                         Instant now, Res& res) {
  using Status = decltype(res.dc_evse_status);
  using Physical = decltype(res.evse_present_voltage);
  using Unit = UnitOf<Physical>;
  hear(course, req.dc_ev_status);
  res.dc_evse_status = status_of<Status>(station, Code<Status>::evse_ready);
  res.evse_present_voltage = physical_of<Physical>(station.present_mv, Unit::volt);
  const auto target = milli_of(req.ev_target_voltage, Unit::volt);
  const auto current = milli_of(req.ev_target_current, Unit::ampere);
  if (course.pilot_lost || station.fault) return Response<Res>::failed;
  if (!station.dc || !target || !current || *target < 0 || *current < 0) return Response<Res>::failed;
  if (*target > station.dc->max_mv) return Response<Res>::failed;
  course.stage = Stage::precharging;
  course.demand.target_mv = static_cast<std::int32_t>(*target);
  if (!course.renegotiated) {
    course.demand.supply = Supply::precharge;
    course.demand.target_ma =
        static_cast<std::int32_t>(std::min<std::int64_t>({*current, kPrechargeMa, station.dc->max_ma}));
  }
  const auto off = station.present_mv - *target;
  if (off >= -kPrechargeMv && off <= kPrechargeMv) {
    course.precharge.stop();
    return Response<Res>::ok;
  }
  course.precharge.start_once(now, timers.precharge_ms);
  return course.precharge.passed(now) ? Response<Res>::failed : Response<Res>::ok;
}

template <class Req, class Res>
Response<Res> current_demand(Course& course, const Req& req, const Station& station, Res& res) {
  using Status = decltype(res.dc_evse_status);
  using Physical = decltype(res.evse_present_voltage);
  using Unit = UnitOf<Physical>;
  hear(course, req.dc_ev_status);
  const auto offer = station.dc.value_or(DcOffer{});
  res.dc_evse_status = status_of<Status>(station, Code<Status>::evse_ready);
  res.evse_present_voltage = physical_of<Physical>(station.present_mv, Unit::volt);
  res.evse_present_current = physical_of<Physical>(station.present_ma, Unit::ampere);
  res.evse_maximum_voltage_limit = physical_of<Physical>(offer.max_mv, Unit::volt);
  res.evse_maximum_current_limit = physical_of<Physical>(offer.max_ma, Unit::ampere);
  res.evse_maximum_power_limit = physical_of<Physical>(offer.max_mw, Unit::watt);
  const auto volts = milli_of(req.ev_target_voltage, Unit::volt);
  const auto amperes = milli_of(req.ev_target_current, Unit::ampere);
  if (course.pilot_lost || station.fault) return Response<Res>::failed;
  if (!station.dc || !volts || !amperes || *volts < 0 || *amperes < 0) return Response<Res>::failed;
  // More than the station gives is no fault of the car: it gets what there is, and is told which limit holds.
  res.evse_voltage_limit_achieved = *volts >= offer.max_mv;
  res.evse_current_limit_achieved = *amperes >= offer.max_ma;
  const auto target_mv = std::min<std::int64_t>(*volts, offer.max_mv);
  auto target_ma = std::min<std::int64_t>(*amperes, offer.max_ma);
  // Below the voltage of any battery a power says nothing about a current.
  const auto by_power = std::max<std::int64_t>(offer.max_mw, 0) * 1000 / std::max<std::int64_t>(target_mv, 1000);
  res.evse_power_limit_achieved = target_ma >= by_power;
  target_ma = std::min(target_ma, by_power);
  course.demand.supply = Supply::close;
  course.demand.target_mv = static_cast<std::int32_t>(target_mv);
  course.demand.target_ma = static_cast<std::int32_t>(target_ma);
  return Response<Res>::ok;
}

template <class Req, class Res>
Response<Res> welding_detection(Course& course, const Req& req, const Station& station, Res& res) {
  using Status = decltype(res.dc_evse_status);
  using Physical = decltype(res.evse_present_voltage);
  using Unit = UnitOf<Physical>;
  hear(course, req.dc_ev_status);
  res.dc_evse_status = status_of<Status>(station, Code<Status>::evse_not_ready);
  res.evse_present_voltage = physical_of<Physical>(station.present_mv, Unit::volt);
  return Response<Res>::ok;
}

/// The car's limits; false when they fit nothing that this station can do.
template <class Parameter>
bool take_limits(Course& course, const Parameter& ev, const Station& station) {
  using Physical = decltype(ev.ev_maximum_voltage_limit);
  using Unit = UnitOf<Physical>;
  auto& car = course.demand.car;
  hear(course, ev.dc_ev_status);
  const auto amperes = milli_of(ev.ev_maximum_current_limit, Unit::ampere);
  const auto volts = milli_of(ev.ev_maximum_voltage_limit, Unit::volt);
  if (!amperes || !volts || *amperes < 0 || *volts < station.dc->min_mv) return false;
  car.max_ma = amperes;
  car.max_mv = volts;
  if (ev.ev_maximum_power_limit) {
    car.max_mw = milli_of(*ev.ev_maximum_power_limit, Unit::watt);
    if (!car.max_mw || *car.max_mw < 0) return false;
  }
  if (ev.ev_energy_request) car.wanted_mwh = milli_of(*ev.ev_energy_request, Unit::watt_hour);
  if (ev.ev_energy_capacity) car.capacity_mwh = milli_of(*ev.ev_energy_capacity, Unit::watt_hour);
  if (ev.full_soc) car.full_soc_percent = static_cast<std::uint8_t>(*ev.full_soc);
  return true;
}

template <class Parameter>
Parameter limits_of(const Station& station) {
  using Status = decltype(Parameter::dc_evse_status);
  using Physical = decltype(Parameter::evse_maximum_voltage_limit);
  using Unit = UnitOf<Physical>;
  const auto& offer = *station.dc;
  Parameter out{};
  out.dc_evse_status = status_of<Status>(station, Code<Status>::evse_ready);
  out.evse_maximum_current_limit = physical_of<Physical>(offer.max_ma, Unit::ampere);
  out.evse_maximum_power_limit = physical_of<Physical>(offer.max_mw, Unit::watt);
  out.evse_maximum_voltage_limit = physical_of<Physical>(offer.max_mv, Unit::volt);
  out.evse_minimum_current_limit = physical_of<Physical>(offer.min_ma, Unit::ampere);
  out.evse_minimum_voltage_limit = physical_of<Physical>(offer.min_mv, Unit::volt);
  out.evse_peak_current_ripple = physical_of<Physical>(offer.ripple_ma, Unit::ampere);
  return out;
}

}  // namespace bulwatt::secc::dc
