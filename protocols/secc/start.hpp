// Power on: the answer to PowerDeliveryReq waits for the control pilot and then for the contactor. Both protocols alike.
#pragma once
#include "protocols/secc/course.hpp"

namespace bulwatt::secc {

enum class Start : std::uint8_t { waiting, done, refused, contactor_failed };

/// Whether a start may begin or go on at all.
inline bool may_start(const Course& course, const Station& station) {
  return !station.fault && !course.pilot_lost && station.authorization == Authorization::granted;
}

//= ISO15118-2 V2G2-847
//= ISO15118-2 V2G2-862
inline Start go_on(Course& course, const Station& station, const iso15118::Timers& timers, Instant now) {
  if (!may_start(course, station)) return Start::refused;
  if (course.pilot.running()) {
    if (!iec61851::wants_energy(station.pilot)) return course.pilot.passed(now) ? Start::refused : Start::waiting;
    course.pilot.stop();
    course.demand.supply = Supply::close;
    course.contactor.start(now, timers.contactor_ms);
  }
  if (!station.contactor_closed) return course.contactor.passed(now) ? Start::contactor_failed : Start::waiting;
  course.contactor.stop();
  course.renegotiated = false;
  course.stage = course.dc ? Stage::charging_dc : Stage::charging_ac;
  return Start::done;
}

}  // namespace bulwatt::secc
