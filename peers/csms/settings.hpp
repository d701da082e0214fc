// What the CSMS answers with; the simulation bus and the command line change it while it runs.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace bulwatt::csms {

enum class BootStatus : std::uint8_t { accepted, pending, rejected };
/// "Accepted", as OCPP writes it.
std::string to_text(BootStatus status);
/// Case-insensitive.
std::optional<BootStatus> boot_status_from(std::string_view text);

/// The authorization statuses of OCPP 2.0.1, spelled exactly; nothing for anything else.
std::optional<std::string> token_status_from(std::string_view text);

struct Settings {
  BootStatus boot = BootStatus::accepted;
  std::int64_t boot_interval_s = 300;         ///< heartbeat interval when accepted, retry interval otherwise
  std::map<std::string, std::string> tokens;  ///< id token to authorization status
  bool accept_all = false;                    ///< tokens that are not in the table are Accepted, not Unknown
  std::int64_t answer_delay_ms = 0;           ///< how long a station waits for each answer
  std::int64_t call_timeout_ms = 10'000;      ///< how long the CSMS waits for a station's answer
  std::int64_t calls_per_second = 50;         ///< a station may send this many messages, on average
  std::int64_t calls_burst = 200;             ///< and this many at once

  std::string status_of(const std::string& token) const;
};

}  // namespace bulwatt::csms
