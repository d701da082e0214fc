#include "services/vault/uses.hpp"

namespace bulwatt::vault {

bool Rate::take(Instant now) {
  const auto passed = last_ == Instant{} ? std::int64_t{0} : std::max<std::int64_t>((now - last_).count(), 0);
  last_ = now;
  const auto enough = capacity_ / per_minute_ + 1;  // a longer rest fills no more
  level_ = std::min(capacity_, level_ + std::min(passed, enough) * per_minute_);
  if (level_ < kToken) return false;
  level_ -= kToken;
  return true;
}

void UseLog::tell(Window& window) {
  if (window.count != 0) recorder_.key_used(window.use, window.count);
  window.count = 0;
}

void UseLog::note(const Use& use, Instant now) {
  settle(now);
  for (auto& window : windows_) {
    if (!(window.use == use)) continue;
    if (++window.count >= kUncounted) tell(window);
    return;
  }
  recorder_.key_used(use, 1);
  (void)windows_.push_back({use, now, 0});  // no place: the next of its kind is recorded at once, too
}

void UseLog::settle(Instant now) {
  for (std::size_t i = windows_.size; i-- > 0;) {
    if (now - windows_[i].since < kWindow) continue;
    tell(windows_[i]);
    windows_.erase(i);
  }
}

void UseLog::close() {
  for (auto& window : windows_) tell(window);
  windows_.clear();
}

}  // namespace bulwatt::vault
