// The number that binds the messages of a session: given by the station, random, never zero, and demanded ever after.
#pragma once
#include <span>

#include "libs/fields/fields.hpp"
#include "libs/os/clock.hpp"

namespace bulwatt::iso15118 {

using SessionId = Octets<8>;
/// Fills with randomness; os::random_bytes outside of tests.
using Random = void (*)(std::span<std::byte>);

/// What a car sends that has no session; also "nothing", which some cars send instead.
bool is_zero(const SessionId& id);
/// Eight random bytes, not all zero and not `other`.
SessionId make_session_id(Random random, const SessionId& other = {});

/// A paused session that its car may come back to.
struct Paused {
  SessionId id{};
  Octets<8> evcc_id{};      ///< as the car named itself
  std::uint8_t choice = 0;  ///< the schedule it had chosen
  bool contract = false;    ///< how it pays
};

/// The id of the session that SessionSetupReq begins, and whether it is an old one.
struct Begun {
  SessionId id{};
  bool joined = false;
};
/// The old session only for the car that left it; for everybody else a new one.
Begun begin_session(const SessionId& asked, const Octets<8>& evcc_id, const std::optional<Paused>& paused,
                    Random random);

}  // namespace bulwatt::iso15118
