#include "libs/ipc/endpoint.hpp"

namespace bulwatt::ipc::detail {

std::size_t take_frame(Link& link, std::span<std::byte> into, Outcome& outcome) {
  if (const auto held = link.take_held(into); held != 0) return held;
  const auto got = os::receive(link.handle(), into);
  switch (got.arrival) {
    case os::Arrival::frame: return got.size;
    case os::Arrival::nothing: outcome = {Outcome::What::nothing}; break;
    case os::Arrival::gone: outcome = {Outcome::What::gone}; break;
    case os::Arrival::oversized: outcome = violation(control::Reason::truncated, into); break;
    case os::Arrival::ancillary: outcome = violation(control::Reason::ancillary, into); break;
  }
  return 0;
}

}  // namespace bulwatt::ipc::detail
