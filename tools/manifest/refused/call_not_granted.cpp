// The local page may ask session for a snapshot, not start a transaction in the backend's name.
#include "grants/hmi.hpp"
#include "libs/ipc/endpoint.hpp"

namespace bulwatt {

bool ask(ipc::Link& link) {
  ipc::Client<grants::hmi::session> session{link};
  return session.call(session::RemoteStart{}).has_value();
}

}  // namespace bulwatt
