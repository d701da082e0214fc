#include "protocols/secc/course.hpp"

#include <algorithm>

namespace bulwatt::secc {

void Course::enforce(const Station& station) {
  const bool supplied = demand.supply != Supply::off;
  if (supplied && !iec61851::wants_energy(station.pilot)) pilot_lost = true;
  //= DIN-70121 V2G-DC-668
  const bool may =
      iso15118::may_energize(stage) && station.authorization == Authorization::granted && !station.fault && !pilot_lost;
  if (may) return;
  demand.supply = Supply::off;
  demand.target_ma = 0;
}

bool Course::expire(const Station& station, Instant now) {
  if (stage == Stage::over) return true;
  //= DIN-70121 V2G-DC-962
  if (!iec61851::connected(station.pilot)) end(Cause::unplugged);
  else if (setup.passed(now)) end(Cause::setup_timeout);
  else if (sequence.passed(now)) end(Cause::sequence_timeout);
  return stage == Stage::over;
}

Instant Course::next() const {
  // The others are looked at when the car asks again, which it must before `sequence` passes.
  return std::min({setup.due(), sequence.due(), pilot.due(), contactor.due()});
}

}  // namespace bulwatt::secc
