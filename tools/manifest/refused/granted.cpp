// What is granted compiles. The files beside this one differ by one line and must not.
#include "grants/hmi.hpp"
#include "libs/ipc/endpoint.hpp"

namespace bulwatt {

bool ask(ipc::Link& link) {
  ipc::Client<grants::hmi::session> session{link};
  return session.call(session::GetSnapshot{}).has_value();
}

}  // namespace bulwatt
