// The local page has no conduit to power.
#include "grants/hmi.hpp"
#include "libs/ipc/endpoint.hpp"

namespace bulwatt {

bool ask(ipc::Link& link) {
  ipc::Client<grants::hmi::power> power{link};
  return power.alive();
}

}  // namespace bulwatt
