// A service that is granted a call must answer it.
#include "grants/ledger.hpp"
#include "libs/ipc/endpoint.hpp"

namespace bulwatt {

struct Deaf {};

ipc::Outcome serve(ipc::Link& link, Deaf& deaf) {
  return ipc::Server<grants::ledger::session>::serve_one(link, deaf, control::Phase::idle);
}

}  // namespace bulwatt
