// What is told to the ledger, and security events. Bounded; the ledger may be away for a while.
#pragma once
#include "services/ocpp/ports.hpp"
#include "services/ocpp/store.hpp"

namespace bulwatt::ocpp {

/// Whether OCPP wants the backend to hear of this security event; every one goes to the ledger.
bool is_critical(std::string_view security_event);

class Records {
 public:
  static constexpr std::size_t kCapacity = 64;
  static constexpr std::size_t kPerTurn = 8;
  static constexpr Duration kRetry = std::chrono::seconds{1};
  static constexpr Duration kRetryRefused = std::chrono::seconds{10};

  explicit Records(Store& store) : store_(store) {}
  /// When there is no room the oldest goes; how many went is told later.
  void note(ledger::Subject subject, ledger::Severity severity, std::string_view event, std::string_view detail);
  void security(std::string_view type, Timestamp time, std::string_view info);
  /// Hands over what it can.
  void drain(Ports& ports);
  /// What would have to be recorded is better not done now.
  bool crowded() const { return records_.size() >= kCapacity / 2; }
  void retry_now() { retry_at_ = {}; }
  Instant due() const { return records_.empty() ? kNever : retry_at_; }

 private:
  Store& store_;
  std::deque<ledger::Append> records_{};
  std::uint32_t lost_ = 0;
  Instant retry_at_{};
};

}  // namespace bulwatt::ocpp
