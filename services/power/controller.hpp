// The host's side of the two-key rule for one outlet: turns session's permit into leases for its safety controller and the
// controller's frames into a status. Pure: bytes and moments in, bytes and facts out. Nothing here can close the contactor
// by itself; the safety controller does that, when its own view and a fresh lease agree.
#pragma once
#include "protocols/mculink/link.hpp"
#include "services/power/config.hpp"
#include "services/power/doubt.hpp"

namespace bulwatt::power {

inline constexpr Duration kLeasePeriod = std::chrono::milliseconds{mculink::kLeaseRenewMs};
/// Frames from the safety controller older than this mean it is silent: five status periods.
inline constexpr Duration kPlugMoves =
    std::chrono::milliseconds{300};  ///< a plug may take so long from its first to its last contact
inline constexpr Duration kSilence = std::chrono::milliseconds{5 * mculink::kStatusPeriodMs};
inline constexpr Duration kHelloPeriod = std::chrono::seconds{1};

/// Where frames for the serial line go.
struct Line {
  virtual void write(std::span<const std::byte> frame) = 0;

 protected:
  ~Line() = default;
};

/// What a DC supply shall do.
struct Target {
  Supply supply{};
  std::int32_t mv = 0;
  std::int32_t ma = 0;
  friend bool operator==(const Target&, const Target&) = default;
};

class Controller {
 public:
  Controller(const Config& config, Line& line, Instant now) : config_(config), line_(line), doubt_(now) {}

  /// Bytes from the line.
  void feed(std::span<const std::byte> bytes, Instant now);
  /// Every kLeasePeriod.
  void tick(Instant now);
  /// Session's word, good for Config::permit_ms; acted on at once when it changes anything.
  void renew(bool energize, std::uint32_t limit_ma, Instant now, bool digital = false, const Target& target = {});
  void revoke(Instant now);
  void set_lock(bool locked, Instant now);
  /// Forgets this side's findings while nothing is closed, and asks the safety controller to clear its own.
  void reset_fault();

  Status status(Instant now) const;
  bool alive(Instant now) const { return heard_ && now - heard_at_ < kSilence; }
  /// It holds a permit for energy, or is closed.
  bool in_use(Instant now) const;
  /// True once after each change of what status() says (but for the lease's remaining time and measured noise).
  bool take_changed(Instant now);
  const mculink::LinkCounters& counters() const { return receiver_.counters(); }

 private:
  void on(const mculink::HelloAck& ack, Instant now);
  void on(const mculink::Status& status, Instant now);
  void on(const mculink::Event& event, Instant now);
  void heard(Instant now);
  void send_lease(Instant now);
  void say_hello(Instant now);
  bool permit_fresh(Instant now) const { return permit_until_ > now; }
  std::uint32_t faults(Instant now) const;
  void watch_cable(Instant now);

  Config config_;
  Line& line_;
  Doubt doubt_;
  mculink::Sender<mculink::ToMcu> sender_{};
  mculink::Receiver<mculink::FromMcu> receiver_{};
  mculink::Status mcu_{};
  std::optional<mculink::HelloAck> ack_{};
  std::optional<Instant> uncoded_since_{};  ///< a vehicle is connected and the cable's coding means nothing
  bool heard_ = false;
  Instant heard_at_{};
  Instant hello_at_{};
  bool energize_ = false;
  bool digital_ = false;
  Target target_{};
  std::uint32_t limit_ma_ = 0;
  Instant permit_until_{};
  bool lease_wanted_ = false;  ///< session has spoken since start: leases are this process's business
  std::uint32_t lease_counter_ = 0;
  mculink::LockWish lock_ = mculink::LockWish::automatic;
  Leased leased_{};
  Status shown_{};
};

}  // namespace bulwatt::power
