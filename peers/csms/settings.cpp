#include "peers/csms/settings.hpp"

#include <algorithm>
#include <array>

#include "libs/http/head.hpp"

namespace bulwatt::csms {
namespace {

constexpr std::array<std::string_view, 3> kBoot{"Accepted", "Pending", "Rejected"};
constexpr std::array<std::string_view, 10> kToken{
    "Accepted", "Blocked", "ConcurrentTx",  "Expired",           "Invalid",
    "NoCredit", "Unknown", "NotAtThisTime", "NotAtThisLocation", "NotAllowedTypeEVSE"};

}  // namespace

std::string to_text(BootStatus status) { return std::string{kBoot[static_cast<std::size_t>(status)]}; }

std::optional<BootStatus> boot_status_from(std::string_view text) {
  const auto same = [&](std::string_view name) { return http::same_ignoring_case(name, text); };
  const auto found = std::ranges::find_if(kBoot, same);
  if (found == kBoot.end()) return std::nullopt;
  return static_cast<BootStatus>(found - kBoot.begin());
}

std::optional<std::string> token_status_from(std::string_view text) {
  if (std::ranges::find(kToken, text) == kToken.end()) return std::nullopt;
  return std::string{text};
}

std::string Settings::status_of(const std::string& token) const {
  const auto found = tokens.find(token);
  if (found != tokens.end()) return found->second;
  return accept_all ? "Accepted" : "Unknown";
}

}  // namespace bulwatt::csms
