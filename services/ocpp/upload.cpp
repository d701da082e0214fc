#include "services/ocpp/upload.hpp"

#include "libs/base/line.hpp"
#include "libs/http/encoding.hpp"

namespace bulwatt::ocpp {
namespace {

bool may_connect(const Config& config, std::uint16_t port) {
  const auto csms = parse_url(config.csms_url.view());
  return (csms && csms->port == port) || (config.file_port != 0 && config.file_port == port);
}

bool take_credentials(std::string_view info, FileAddress& out) {
  const auto colon = std::min(info.find(':'), info.size());
  std::array<char, 128> buffer{};
  const auto user = http::percent_decode(info.substr(0, colon), buffer);
  if (!user || user->empty() || !Text<64>::fits(*user)) return false;
  out.user = *user;
  const auto password = http::percent_decode(info.substr(std::min(colon + 1, info.size())), buffer);
  if (!password) return false;
  out.password = *password;
  return true;
}

}  // namespace

std::expected<FileAddress, UploadResult> parse_file_url(std::string_view url, std::string_view name,
                                                        const Config& config) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::unexpected(UploadResult::bad_message);
  const auto scheme = url.substr(0, colon);
  if (scheme != "http" && scheme != "https") return std::unexpected(UploadResult::not_supported);
  const auto rest = url.substr(colon + 3);
  const auto authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  auto authority = rest.substr(0, authority_end);
  const auto path = rest.substr(authority_end);
  FileAddress out{};
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (!take_credentials(authority.substr(0, at), out)) return std::unexpected(UploadResult::bad_message);
    authority = authority.substr(at + 1);
  }
  const auto server = parse_url(Line<kMaxFileUrl>{scheme == "https" ? "wss://" : "ws://", authority}.view());
  const bool visible = std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
  if (!server || !visible || !Text<kMaxUrl>::fits(authority)) return std::unexpected(UploadResult::bad_message);
  if (!may_connect(config, server->port)) return std::unexpected(UploadResult::not_supported);
  out.server = *server;
  const bool folder = path.empty() || (path.ends_with('/') && path.find('?') == std::string_view::npos);
  out.target = Line<700>{path.starts_with('/') ? "" : "/", path, folder ? name : std::string_view{}}.view();
  return out;
}

std::optional<FileAddress> parse_witness_url(const Config& config) {
  Line<kMaxUrl> url{config.witness_url.view()};
  auto found = parse_file_url(url.view(), {}, config);
  if (!found || !found->user.empty() || found->target.view().find('?') != std::string_view::npos) return std::nullopt;
  if (!found->server.secure && config.security_profile != 1) return std::nullopt;
  auto path = found->target.view();
  while (path.ends_with('/')) path.remove_suffix(1);
  found->target = Text<700>{path};
  return *found;
}

UploadResult result_of(int http_status) {
  if (http_status >= 200 && http_status < 300) return UploadResult::uploaded;
  switch (http_status) {
    case 400:
    case 411:
    case 415: return UploadResult::bad_message;
    case 401:
    case 403: return UploadResult::refused;
    case 405:
    case 501: return UploadResult::not_supported;
    default: return UploadResult::failed;
  }
}

}  // namespace bulwatt::ocpp
