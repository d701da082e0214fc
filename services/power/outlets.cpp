#include "services/power/outlets.hpp"

namespace bulwatt::power {

Outlets::Outlets(const Config& config, std::span<Line* const> lines, Instant now) : config_(config) {
  for (std::size_t i = 0; i < config.outlets.size; ++i) controllers_[i].emplace(config_, *lines[i], now);
}

std::optional<std::size_t> Outlets::find(std::uint8_t evse, std::uint8_t connector) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if (config_.outlets[i].evse == evse && config_.outlets[i].connector == connector) return i;
  }
  return std::nullopt;
}

bool Outlets::sibling_in_use(std::size_t index, Instant now) const {
  for (std::size_t i = 0; i < size(); ++i) {
    const bool sibling = i != index && config_.outlets[i].evse == config_.outlets[index].evse;
    if (sibling && controllers_[i]->in_use(now)) return true;
  }
  return false;
}

template <class Request, class Act>
Outlets::Answer Outlets::answer(const Request& request, Instant now, Act act) {
  const auto index = find(request.evse, request.connector);
  if (!index) return std::unexpected(Error::unknown_evse);
  act(*controllers_[*index]);
  return controllers_[*index]->status(now);
}

Outlets::Answer Outlets::on(const RenewPermit& r, Instant now) {
  const auto index = find(r.evse, r.connector);
  if (index && r.energize && sibling_in_use(*index, now)) return std::unexpected(Error::evse_busy);
  return answer(r, now, [&](Controller& c) {
    c.renew(r.energize, r.limit_ma, now, r.digital, {r.supply, r.target_mv, r.target_ma});
  });
}
Outlets::Answer Outlets::on(const RevokePermit& r, Instant now) {
  return answer(r, now, [&](Controller& c) { c.revoke(now); });
}
Outlets::Answer Outlets::on(const ReadStatus& r, Instant now) {
  return answer(r, now, [](Controller&) {});
}
Outlets::Answer Outlets::on(const ResetFault& r, Instant now) {
  return answer(r, now, [](Controller& c) { c.reset_fault(); });
}
Outlets::Answer Outlets::on(const SetLock& r, Instant now) {
  return answer(r, now, [&](Controller& c) { c.set_lock(r.locked, now); });
}

void Outlets::follow(control::Phase phase, Instant now) {
  if (phase != control::Phase::safe) return;
  for (std::size_t i = 0; i < size(); ++i) controllers_[i]->revoke(now);
}

void Outlets::tick(Instant now) {
  for (std::size_t i = 0; i < size(); ++i) controllers_[i]->tick(now);
}

}  // namespace bulwatt::power
