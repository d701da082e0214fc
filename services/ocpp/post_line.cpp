#include "services/ocpp/post_line.hpp"

#include "libs/base/line.hpp"
#include "libs/http/writer.hpp"

namespace bulwatt::ocpp {

bool PostLine::start(const PostTarget& target) {
  to_ = target;
  return stream_.start(to_.stream);
}

bool PostLine::post(std::string_view last_part, std::span<const std::byte> body) {
  if (asked_ || over()) return false;
  std::array<char, http::kHeadLimit> buffer{};
  http::HeadWriter head{buffer};
  head.request("POST", Line<800>{to_.prefix.view(), '/', last_part}.view())
      .header("Host", to_.host_header.view())
      .header("Content-Type", "application/octet-stream")
      .header("Content-Length", std::uint64_t{body.size()});
  const auto written = head.finish();
  if (!written) return false;
  asked_ = true;
  std::string whole{*written};
  whole.append(reinterpret_cast<const char*>(body.data()), body.size());
  stream_.send(whole);
  return true;
}

void PostLine::stream_bytes(std::string_view bytes) {
  while (!bytes.empty() && !over()) {
    if (!asked_) return end("the server says something that nobody asked");
    bytes.remove_prefix(take(bytes));
  }
}

/// How many bytes belonged to the answer.
std::size_t PostLine::take(std::string_view bytes) {
  if (in_body_) {
    const auto part = bytes.substr(0, missing_);
    body_.append(part);
    missing_ -= part.size();
    if (missing_ == 0) answered();
    return part.size();
  }
  const auto fed = head_.feed(bytes);
  if (!fed) {
    end("the answer is not HTTP");
    return bytes.size();
  }
  if (fed->complete) take_head();
  return fed->consumed;
}

void PostLine::take_head() {
  const auto response = http::parse_response(head_.head());
  if (!response) return end("the answer is not HTTP");
  const bool sized = response->body.kind == http::Body::Kind::length;
  if (!sized || response->body.length > kMostAnswer) return end("the answer has no length, or too great a one");
  status_ = response->status;
  closes_ = response->headers.has_token("Connection", "close") || response->minor_version == 0;
  type_ = response->headers.only("Content-Type").value_or(std::string_view{});
  head_.reset();
  body_.clear();
  missing_ = static_cast<std::size_t>(response->body.length);
  in_body_ = true;
  if (missing_ == 0) answered();
}

void PostLine::answered() {
  in_body_ = false;
  asked_ = false;
  if (closes_) stream_.close();
  const auto body = std::exchange(body_, {});
  user_.post_answered(status_, type_, body);
}

void PostLine::end(std::string_view why) {
  if (over()) return;
  stream_.close();
  user_.post_ended(why);
}

}  // namespace bulwatt::ocpp
