// Whether the safety controller can be believed. It has the last word on the contactor; what it says is checked all the
// same against what this side leased and against itself, because a controller that lies, is replayed or runs wild would
// otherwise be shown as a healthy one. A finding is latched: power then leases nothing and says so. Pure.
#pragma once
#include "libs/os/clock.hpp"
#include "protocols/mculink/messages.hpp"

namespace bulwatt::power {

/// Nothing that a lease allowed can last longer: the longest lease, and what the line and two cycles add.
inline constexpr Duration kLeaseSettled = std::chrono::milliseconds{mculink::kLongestLeaseMs + 250};
/// After that a vehicle may be given 6 s to stop; then 1 s until a contactor that does not open must be called a weld.
inline constexpr Duration kLongestStop = kLeaseSettled + std::chrono::milliseconds{7'500};
/// A smaller limit is signalled at once; the status that still shows the greater one may be this late.
inline constexpr Duration kLimitSettled = std::chrono::seconds{1};
/// Restarts of the controller in kRestartWindow that may be chance; an old frame played again looks like one.
inline constexpr std::uint8_t kMostRestarts = 5;
inline constexpr Duration kRestartWindow = std::chrono::seconds{60};

/// What this side has leased.
struct Leased {
  Instant last_lease{};   ///< the latest lease with any time in it
  Instant last_permit{};  ///< the latest lease that permitted energy
  std::uint32_t limit_ma = 0;
  Instant limit_since{};
};

class Doubt {
 public:
  /// `started`: from here on this process knows what was leased.
  explicit Doubt(Instant started) : started_(started) {}

  enum class Fresh : std::uint8_t { repeated, advanced, restarted };
  /// Follows the controller's own clock: a status that does not advance it proves nothing, one behind it a restart.
  Fresh follow(const mculink::Status& status, Instant now);
  /// Judges a status that follow() took.
  void judge(const mculink::Status& status, const Leased& leased, Instant now);
  /// A frame that arrived intact and means nothing: another version, or no controller of ours.
  void impossible_frame() { internal_ = true; }

  bool internal() const { return internal_; }              ///< it contradicts itself
  bool lease_protocol() const { return lease_protocol_; }  ///< it contradicts what was leased
  void forget() { internal_ = lease_protocol_ = false; }
  std::uint64_t uptime_ms() const { return uptime_ms_; }

 private:
  Instant since(Instant leased) const { return std::max(leased, started_); }

  Instant started_;
  bool known_ = false;
  std::uint64_t uptime_ms_ = 0;
  bool was_commanded_ = false;
  Instant window_{};
  std::uint8_t restarts_ = 0;
  bool internal_ = false;
  bool lease_protocol_ = false;
};

}  // namespace bulwatt::power
