// Where the backend is, and what is wrong with a configuration. Pure.
#pragma once
#include "services/ocpp/config.hpp"

namespace bulwatt::ocpp {

struct Address {
  bool secure = false;
  bool literal = false;  ///< the host is an IP address
  Text<kMaxUrl> host{};  ///< an IPv6 address without brackets
  std::uint16_t port = 0;
  Text<kMaxUrl> path{};  ///< with leading slash, without a trailing one; empty: none

  /// Value of the header Host.
  Text<kMaxUrl + 16> host_header() const;
  /// Path and percent-encoded identity.
  Text<kMaxUrl + 3 * kMaxIdentity + 1> target(std::string_view identity) const;
};

/// Nothing when `url` is not ws://host[:port][/path] or wss://….
std::optional<Address> parse_url(std::string_view url);

/// One sentence about what is wrong; empty when nothing is.
std::string_view complaint(const Config& config);

}  // namespace bulwatt::ocpp
