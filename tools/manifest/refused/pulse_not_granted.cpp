// The meter tells session of a new reading; ocpp did not ask to be told.
#include "grants/meter.hpp"
#include "libs/ipc/endpoint.hpp"

namespace bulwatt {

bool tell(ipc::Link& link) {
  ipc::Server<grants::meter::ocpp> ocpp{link};
  return ocpp.pulse(meter::ReadingChanged{});
}

}  // namespace bulwatt
