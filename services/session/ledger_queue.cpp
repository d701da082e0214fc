#include "services/session/ledger_queue.hpp"

namespace bulwatt::session {

void LedgerQueue::push(const ledger::Append& record) {
  if (records_.full()) {
    std::size_t victim = 0;
    while (victim < records_.size && records_[victim].severity > ledger::Severity::notice) ++victim;
    records_.erase(victim < records_.size ? victim : 0);
    ++lost_;
  }
  static_cast<void>(records_.push_back(record));
}

bool LedgerQueue::hand_over(Ports& ports, const ledger::Append& record) {
  const auto done = ports.call(record);
  if (done) {
    reliable_ = !done->low;
    return true;
  }
  // full, storage: the ledger itself says that it cannot. Everything else passes when the ledger is back.
  const bool refused = done.error().failure == ipc::Failure::none;
  if (refused) reliable_ = false;
  retry_at_ = ports.moment().now + (refused ? kRetryRefused : kRetry);
  return false;
}

bool LedgerQueue::drain(Ports& ports, Instant until) {
  if (ports.moment().now >= retry_at_) {
    for (std::size_t i = 0; i < kPerTurn && !records_.empty() && ports.moment().now < until; ++i) {
      if (!hand_over(ports, records_[0])) return reliable_ && !records_.full();
      records_.erase(0);
    }
    if (records_.empty() && lost_ != 0 && ports.moment().now < until) {
      const ledger::Append lost{ledger::Subject::station, ledger::Severity::warning, "RecordsLost",
                                text_of<ledger::kMaxDetail>("count=", lost_)};
      if (hand_over(ports, lost)) lost_ = 0;
    }
  }
  return reliable_ && !records_.full();
}

}  // namespace bulwatt::session
