#include "protocols/iso15118_session/session_id.hpp"

#include <algorithm>

namespace bulwatt::iso15118 {

bool is_zero(const SessionId& id) {
  return std::ranges::all_of(id.view(), [](std::byte b) { return b == std::byte{0}; });
}

//= ISO15118-2 V2G2-750
SessionId make_session_id(Random random, const SessionId& other) {
  SessionId id;
  id.size = SessionId::kCapacity;
  // A generator that gives the same again and again is broken; the last resort still ends.
  for (int attempt = 0; attempt < 4; ++attempt) {
    random(id.data);
    if (!is_zero(id) && id != other) return id;
  }
  id.data.back() ^= std::byte{1};
  if (is_zero(id)) id.data.front() = std::byte{1};
  return id;
}

Begun begin_session(const SessionId& asked, const Octets<8>& evcc_id, const std::optional<Paused>& paused,
                    Random random) {
  if (paused && !is_zero(asked) && asked == paused->id && evcc_id == paused->evcc_id) return {paused->id, true};
  return {make_session_id(random, paused ? paused->id : SessionId{}), false};
}

}  // namespace bulwatt::iso15118
