// What a station may send before its BootNotification is accepted. Time is any monotonic clock's milliseconds.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "peers/csms/rpc.hpp"
#include "peers/csms/settings.hpp"
#include "peers/csms/transactions.hpp"

namespace bulwatt::csms {

class BootGate {
 public:
  /// A violation when the station must not send this now. Whether it is answered all the same: see `open`.
  std::optional<Violation> check(const std::string& action, std::int64_t now_ms) const;
  /// True when a message of this kind gets its ordinary answer.
  bool open(const std::string& action) const;
  /// The station was answered to its BootNotification.
  void answered(BootStatus status, std::int64_t interval_s, std::int64_t now_ms);
  /// The CSMS asked for something; while pending, the station may send what it was asked for.
  void invite(const std::string& action, const Json& payload);
  /// A status from before this program started.
  void restore(BootStatus status) { status_ = status; }
  std::optional<BootStatus> status() const { return status_; }

 private:
  std::optional<BootStatus> status_;
  std::int64_t next_boot_ms_ = 0;
  std::set<std::string> invited_;
};

}  // namespace bulwatt::csms
