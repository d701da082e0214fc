#include "peers/csms/gate.hpp"

#include <map>

namespace bulwatt::csms {
namespace {

constexpr const char* kBoot = "BootNotification";
/// A station's timer may be a little fast.
constexpr std::int64_t kSlackMs = 100;

}  // namespace

//= OCPP-2.0.1 B01.FR.08
//= OCPP-2.0.1 B02.FR.02
//= OCPP-2.0.1 B03.FR.02
std::optional<Violation> BootGate::check(const std::string& action, std::int64_t now_ms) const {
  if (action != kBoot) {
    if (open(action)) return std::nullopt;
    return Violation{"before_boot_accepted", action + " came before the station was accepted"};
  }
  const bool waiting = status_ && *status_ != BootStatus::accepted;
  if (waiting && !invited_.contains(kBoot) && now_ms + kSlackMs < next_boot_ms_)
    return Violation{"boot_too_early", "BootNotification came " + std::to_string(next_boot_ms_ - now_ms) +
                                           " ms before the interval was over"};
  return std::nullopt;
}

bool BootGate::open(const std::string& action) const {
  if (action == kBoot || status_ == BootStatus::accepted) return true;
  return status_ == BootStatus::pending && invited_.contains(action);
}

void BootGate::answered(BootStatus status, std::int64_t interval_s, std::int64_t now_ms) {
  status_ = status;
  next_boot_ms_ = now_ms + interval_s * 1000;
  invited_.erase(kBoot);
  if (status != BootStatus::pending) invited_.clear();
}

void BootGate::invite(const std::string& action, const Json& payload) {
  if (action == "GetBaseReport" || action == "GetReport") invited_.insert("NotifyReport");
  if (action != "TriggerMessage") return;
  const std::string wanted = payload.value("requestedMessage", "");
  invited_.insert(wanted.starts_with("Sign") ? "SignCertificate" : wanted);
}

}  // namespace bulwatt::csms
