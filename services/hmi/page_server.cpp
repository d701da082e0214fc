#include "services/hmi/page_server.hpp"

#include <charconv>

#include "libs/http/writer.hpp"

namespace bulwatt::hmi {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

http::HeadWriter& common(http::HeadWriter& head, int status, std::string_view type) {
  return head.status(status)
      .header("Content-Type", type)
      .header("Cache-Control", "no-store")
      .header("Content-Security-Policy", kPolicy)
      .header("X-Content-Type-Options", "nosniff")
      .header("Referrer-Policy", "no-referrer")
      .header("Connection", "close");
}

}  // namespace

bool host_allowed(std::string_view host, std::uint16_t port) {
  for (const std::string_view name : {"localhost", "127.0.0.1", "[::1]"}) {
    if (!host.starts_with(name)) continue;
    const auto rest = host.substr(name.size());
    std::array<char, 8> text{':'};
    const auto end = std::to_chars(text.data() + 1, text.data() + text.size(), port);
    if (rest == std::string_view{text.data(), end.ptr} || (port == 80 && rest.empty())) return true;
  }
  return false;
}

std::optional<std::uint8_t> evse_of(std::string_view query) {
  constexpr std::string_view kName = "evse=";
  if (query.empty()) return 1;
  if (!query.starts_with(kName)) return std::nullopt;
  query.remove_prefix(kName.size());
  std::uint8_t evse = 0;
  const auto end = std::from_chars(query.data(), query.data() + query.size(), evse);
  return end.ec == std::errc{} && end.ptr == query.data() + query.size() && evse != 0 ? std::optional{evse}
                                                                                      : std::nullopt;
}

bool Connection::feed(std::string_view bytes, Resources& resources) {
  if (closing_ || streaming_) return !closing_;  // nothing more is expected of this browser
  const auto fed = head_.feed(bytes);
  if (!fed) {
    respond(400, "text/plain", "not an HTTP request\n");
  } else if (fed->complete) {
    const auto request = http::parse_request(head_.head());
    if (request) answer(*request, resources);
    else respond(400, "text/plain", "not an HTTP request\n");
  }
  return !closing_;
}

void Connection::answer(const http::Request& request, Resources& resources) {
  if (!host_allowed(request.headers.only("Host").value_or(""), resources.port())) {
    return respond(421, "text/plain", "this page is served to the loopback addresses only\n");
  }
  const bool head_only = request.method == "HEAD";
  if (request.method != "GET" && !head_only) return respond(405, "text/plain", "only GET is answered\n");
  for (const auto& asset : resources.assets()) {
    if (asset.path == request.path()) return respond(200, asset.type, asset.body, head_only);
  }
  answer_data(request, resources, head_only);
}

void Connection::answer_data(const http::Request& request, Resources& resources, bool head_only) {
  const auto path = request.path();
  if (path == "/station") return respond(200, kJson, resources.station(), head_only);
  if (path == "/events" && !head_only) return start_stream(resources.station());
  if (path == "/meter-key") {
    const auto key = resources.meter_key();
    return key ? respond(200, kJson, *key, head_only) : respond(404, "text/plain", "nothing is signed here\n");
  }
  if (path != "/state" && path != "/history" && path != "/receipt")
    return respond(404, "text/plain", "there is no such page\n");
  const auto evse = evse_of(request.query());
  const auto text = !evse                ? std::nullopt
                    : path == "/state"   ? resources.state(*evse)
                    : path == "/receipt" ? resources.receipt(*evse)
                                         : resources.history(*evse);
  if (!text)
    return respond(404, "text/plain", path == "/receipt" ? "there is no receipt\n" : "there is no such EVSE\n");
  respond(200, kJson, *text, head_only);
}

void Connection::respond(int status, std::string_view type, std::string_view body, bool head_only) {
  std::array<char, 1024> buffer{};
  http::HeadWriter head{buffer};
  const auto text = common(head, status, type).header("Content-Length", body.size()).finish();
  if (text) out_ += *text;
  if (text && !head_only) out_ += body;
  closing_ = true;
}

void Connection::start_stream(std::string_view state) {
  std::array<char, 1024> buffer{};
  http::HeadWriter head{buffer};
  const auto text = common(head, 200, "text/event-stream").finish();
  if (!text) {
    closing_ = true;
    return;
  }
  out_ += *text;
  streaming_ = true;
  event(state);
}

void Connection::event(std::string_view state) {
  if (!streaming_ || closing_) return;
  if (output().size() + state.size() > kMostOutput) {
    closing_ = true;
    out_.clear();
    sent_ = 0;
    return;
  }
  out_ += "event: state\ndata: ";
  out_ += state;
  out_ += "\n\n";
}

void Connection::consume(std::size_t count) {
  sent_ += count;
  if (sent_ < out_.size()) return;
  out_.clear();
  sent_ = 0;
}

}  // namespace bulwatt::hmi
