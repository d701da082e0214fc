#include "services/session/vehicle.hpp"

#include "services/session/authorization.hpp"
#include "services/session/limits.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;
constexpr Duration kSilence = std::chrono::milliseconds{kVehicleSilenceMs};
/// Without any signal between 5 % and a duty cycle; the safety controller makes three seconds of it.
constexpr Duration kLeave = std::chrono::milliseconds{500};
constexpr std::uint16_t kFivePercent = 50;
constexpr std::int32_t kMilli = 1'000;
constexpr std::int32_t kMainsV = 230;

bool serves_active(const At& c) { return c.evse.vehicle.alive && c.evse.vehicle.last.connector == c.evse.active; }

bool granted(const At& c) { return c.grant() && !(c.transaction() && c.transaction()->ending); }

bool session_runs(const At& c) { return serves_active(c) && c.evse.vehicle.last.connected; }

void note_talk(const At& c, std::string_view event, std::string_view why) {
  note(c, Subject::permit, Severity::info, event, "protocol=", enum_text(c.evse.vehicle.last.car.protocol),
       " why=", why);
}

void begin_digital(const At& c) {
  c.evse.vehicle.talk = Talk::digital;
  c.evse.vehicle.until = c.now() + seconds(c.place.digital_patience_s);
}

/// A process before this one may have begun: the signal on the line tells. What it permitted stays until v2g had time to report.
bool goes_on(const At& c) {
  const auto& connector = c.connector();
  return connector.power_known && connector.power.duty_permille == kFivePercent && c.evse.vehicle.last.evse == 0;
}

void choose(const At& c) {
  auto& v = c.evse.vehicle;
  const auto duty = c.connector().power.duty_permille;
  const bool current = c.connector().power_known && duty != 0 && duty != 1000 && duty != kFivePercent;
  if (current) {
    v.talk = Talk::basic;
    return;
  }
  if (goes_on(c)) {
    begin_digital(c);
    v.alive = true;
    v.heard = c.now();
    v.last = {.evse = c.number,
              .connector = c.evse.active,
              .connected = true,
              .supply = c.connector().power.contactor_closed ? VehicleSupply::close : VehicleSupply::off};
    return;
  }
  // A closed contactor below 5 % belongs to a session that v2g has reported before this process knew of the outlet.
  const bool runs_already = c.connector().power_known && duty == kFivePercent && session_runs(c);
  if (runs_already || (serves_active(c) && !c.connector().power.contactor_closed)) begin_digital(c);
}

/// What the car gets of so much current of the mains.
std::int64_t dc_power_mw(const At& c, std::uint32_t limit_ma) {
  if (limit_ma < kLeastOfferMa) return 0;
  return std::int64_t{kMainsV} * limit_ma * c.place.phases * c.place.dc_efficiency / 100;
}

VehicleDcOutlet dc_outlet(const At& c, const power::Status& power, std::uint32_t limit_ma) {
  const auto& place = c.place;
  const std::int64_t most_mw = std::int64_t{place.dc_max_v} * place.dc_max_a * kMilli;
  return {.max_mv = place.dc_max_v * kMilli,
          .min_mv = place.dc_min_v * kMilli,
          .max_ma = place.dc_max_a * kMilli,
          .max_mw = std::min(most_mw, dc_power_mw(c, limit_ma)),
          .present_mv = power.outlet_mv,
          .present_ma = power.outlet_ma,
          .isolation = power.isolation};
}

}  // namespace

void vehicle_lost(const At& c) {
  auto& v = c.evse.vehicle;
  if (!v.alive) return;
  if (v.last.connected) note_talk(c, "VehicleSessionLost", "v2g_silent");
  v.alive = v.authorized = v.asked = false;
  v.last.connected = false;
  v.last.supply = VehicleSupply::off;
  if (v.talk == Talk::digital) v.until = c.now() + seconds(c.place.digital_patience_s);
}

void vehicle_reported(const At& c, const ReportVehicle& report) {
  auto& v = c.evse.vehicle;
  const bool ran = v.alive && v.last.connected;
  v.alive = true;
  v.heard = c.now();
  const auto before = std::exchange(v.last, report);
  if (!report.connected || !report.contract) v.asked = false;
  if (!report.connected) {
    v.authorized = false;
    if (ran && v.talk == Talk::digital) v.until = c.now() + seconds(c.place.digital_patience_s);
  }
  if (ran && !report.connected) note_talk(c, "VehicleSessionEnded", report.paused ? "paused" : "ended");
  if (report.connected && (!ran || before.car.protocol != report.car.protocol) &&
      report.car.protocol != VehicleProtocol::none)
    note_talk(c, "VehicleSession", "agreed");
  // Once for each session: a contract that was refused is not asked about again.
  if (serves_active(c) && report.connected && report.authorization && report.contract && !v.asked)
    v.asked = present_contract(c, *report.contract);
}

void follow_vehicle(const At& c) {
  auto& v = c.evse.vehicle;
  if (v.alive && c.now() >= v.heard + kSilence) vehicle_lost(c);
  if (v.alive) c.wake(v.heard + kSilence);
  if (!c.plugged()) {
    v.talk = Talk::open;
    v.authorized = false;
    return;
  }
  if (v.talk == Talk::open) choose(c);
  v.authorized = v.authorized || (session_runs(c) && granted(c));
  if (v.talk == Talk::open || v.talk == Talk::basic || session_runs(c)) return;
  if (c.place.direct()) return;  // there is no other way to tell a car its current
  if (c.now() < v.until) return c.wake(v.until);
  if (v.talk == Talk::leaving) {
    v.talk = Talk::basic;
    return;
  }
  note_talk(c, "BasicSignalling", v.alive ? "no_car_spoke" : "v2g_silent");
  v.talk = Talk::leaving;
  v.until = c.now() + kLeave;
  c.wake(v.until);
}

bool takes_energy(const At& c) {
  const auto& v = c.evse.vehicle;
  if (v.talk == Talk::leaving) return false;
  if (v.talk != Talk::digital) return !c.place.direct();  // a duty cycle says nothing about direct current
  if (!session_runs(c)) return false;
  return c.place.direct() ? v.last.supply != VehicleSupply::off : v.last.supply == VehicleSupply::close;
}

DcWish dc_wish(const At& c, std::uint32_t limit_ma) {
  if (!c.place.direct() || !session_runs(c)) return {};
  const auto& last = c.evse.vehicle.last;
  if (last.supply == VehicleSupply::isolate) return {.supply = power::Supply::isolate};
  if (last.supply == VehicleSupply::off) return {};
  const auto target_mv = std::clamp(last.target_mv, 0, c.place.dc_max_v * kMilli);
  const auto by_power = dc_power_mw(c, limit_ma) * kMilli / std::max(target_mv, kMilli);
  const auto target_ma = std::min<std::int64_t>({std::max(last.target_ma, 0), c.place.dc_max_a * kMilli, by_power});
  return {power::Supply::give, target_mv, static_cast<std::int32_t>(target_ma)};
}

VehicleOutlet outlet_of(const At& c, std::uint8_t connector) {
  VehicleOutlet out{};
  const auto& v = c.evse.vehicle;
  const auto& here = c.evse.connectors[connector - 1U];
  out.pilot = here.power.pilot;
  out.fault = !fault_name(c, here).empty() || c.state.safe_state;
  out.phases = c.place.phases;
  if (c.place.direct()) out.dc = dc_outlet(c, here.power, 0);
  if (c.evse.active != connector) return out;
  out.contactor_closed = here.power.contactor_closed;
  out.digital = v.talk == Talk::digital;
  const bool hopeless = !operative(c) || c.state.resetting || (v.asked && !c.evse.pending);
  out.authorization = granted(c) ? VehicleAuthorization::granted
                      : hopeless ? VehicleAuthorization::refused
                                 : VehicleAuthorization::open;
  out.waits_for_person = !c.evse.pending && !v.last.contract;
  out.free_of_charge = !c.state.settings.authorization;
  out.stop = v.authorized && !granted(c);
  out.limit_ma = ruling(limit_stack(c)).limit_ma;
  if (out.dc) out.dc = dc_outlet(c, here.power, out.limit_ma);
  if (!c.evse.meter_known) return out;
  out.register_mwh = c.evse.meter.import_mwh;
  for (const auto byte : c.evse.meter.serial) {
    const auto letter = std::to_integer<char>(byte);
    if (letter == 0) break;
    out.meter_id.data[out.meter_id.size++] = letter > ' ' && letter <= '~' ? letter : '?';
  }
  return out;
}

}  // namespace bulwatt::session
