#include "services/ocpp/address.hpp"

#include <arpa/inet.h>

#include "libs/base/line.hpp"
#include "libs/http/encoding.hpp"
#include "services/ocpp/upload.hpp"
#include "services/ocpp/variables.hpp"

namespace bulwatt::ocpp {
namespace {

bool is_literal(const char* host) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, host, bytes.data()) == 1 || ::inet_pton(AF_INET6, host, bytes.data()) == 1;
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

//= OCPP-2.0.1 A00.FR.204
bool good_identity(std::string_view identity) {
  constexpr std::string_view kOthers = "*-_=+|@.";
  return !identity.empty() && std::ranges::all_of(identity, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<Address> parse_url(std::string_view url) {
  Address out{};
  out.secure = url.starts_with("wss://");
  if ((!out.secure && !url.starts_with("ws://")) || !is_visible(url) ||
      url.find_first_of("?#@\"<>\\") != std::string_view::npos)
    return std::nullopt;
  url.remove_prefix(out.secure ? 6 : 5);
  const auto slash = std::min(url.find('/'), url.size());
  auto authority = url.substr(0, slash);
  auto path = url.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  out.path = path;
  out.port = out.secure ? 443 : 80;
  const bool bracket = authority.starts_with('[');
  const auto host_end = bracket ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) return std::nullopt;
  out.host = bracket ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
  authority.remove_prefix(std::min(host_end + (bracket ? 1 : 0), authority.size()));
  if (!authority.empty()) {
    const auto port = authority.starts_with(':') ? integer_of(authority.substr(1)) : std::nullopt;
    if (!port || *port < 1 || *port > 65'535) return std::nullopt;
    out.port = static_cast<std::uint16_t>(*port);
  }
  if (out.host.empty()) return std::nullopt;
  out.literal = is_literal(Line<kMaxUrl>{out.host.view()}.c_str());
  if (bracket && (!out.literal || out.host.view().find(':') == std::string_view::npos)) return std::nullopt;
  return out;
}

Text<kMaxUrl + 16> Address::host_header() const {
  const bool v6 = host.view().find(':') != std::string_view::npos;
  Line<kMaxUrl + 16> text{v6 ? "[" : "", host.view(), v6 ? "]" : ""};
  if (port != (secure ? 443 : 80)) text.add(':', port);
  return text.view();
}

Text<kMaxUrl + 3 * kMaxIdentity + 1> Address::target(std::string_view identity) const {
  std::array<char, 3 * kMaxIdentity> buffer{};
  const auto encoded = http::percent_encode(identity, buffer);
  return Line<kMaxUrl + 3 * kMaxIdentity + 1>{path.view(), '/', encoded.value_or(std::string_view{})}.view();
}

//= OCPP-2.0.1 A00.FR.205
std::string_view complaint(const Config& config) {
  const auto address = parse_url(config.csms_url.view());
  if (!address) return "[ocpp] csms_url is not ws://host[:port]/path or wss://host[:port]/path";
  if (!good_identity(config.identity.view()))
    return "[ocpp] identity is empty or has a character that OCPP does not allow";
  if (address->secure != (config.security_profile > 1)) {
    return "[ocpp] csms_url and security_profile do not agree: profile 1 is ws://, profiles 2 and 3 are wss://";
  }
  if (config.security_profile < 3 && config.basic_auth_password.view().size() < kLeastPassword) {
    return "[ocpp] basic_auth_password has fewer than 16 characters";
  }
  if (!config.witness_url.empty() && !parse_witness_url(config)) {
    return "[ocpp] witness_url is not https://host[:port][/path], or its port is neither that of csms_url nor "
           "file_port";
  }
  return {};
}

}  // namespace bulwatt::ocpp
