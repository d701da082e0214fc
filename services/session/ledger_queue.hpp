// Records on their way to the ledger. Bounded; appending never takes time that the permit needs.
#pragma once
#include "services/session/ports.hpp"

namespace bulwatt::session {

class LedgerQueue {
 public:
  static constexpr std::size_t kCapacity = 128;
  static constexpr std::size_t kPerTurn = 8;
  static constexpr Duration kRetry = std::chrono::seconds{1};
  static constexpr Duration kRetryRefused = std::chrono::seconds{5};

  /// When there is no room the oldest one that is no more than `notice` goes; how many went is told later.
  void push(const ledger::Append& record);
  /// Hands over what it can until `until`. Returns whether the ledger is to be relied on for new sessions.
  bool drain(Ports& ports, Instant until);
  void retry_now() { retry_at_ = {}; }
  /// When drain() has something to do; kNever when it has not.
  Instant due() const { return records_.empty() && lost_ == 0 ? kNever : retry_at_; }
  std::size_t size() const { return records_.size; }

 private:
  bool hand_over(Ports& ports, const ledger::Append& record);
  List<ledger::Append, kCapacity> records_{};
  std::uint32_t lost_ = 0;
  Instant retry_at_{};
  bool reliable_ = true;
};

}  // namespace bulwatt::session
