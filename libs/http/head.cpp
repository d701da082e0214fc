#include "libs/http/head.hpp"

#include <algorithm>

#include "libs/base/try.hpp"

namespace bulwatt::http {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_visible(char c) { return c > 0x20 && c < 0x7f; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

constexpr bool is_token_char(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

/// Takes the next line off `rest`; the reader has made sure that lines end in CRLF.
std::optional<std::string_view> next_line(std::string_view& rest) {
  const auto end = rest.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

std::expected<Header, Error> parse_header(std::string_view line) {
  const auto colon = line.find(':');
  // A blank before the colon or at the start of the line (folding) is no token and ends here as well.
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::unexpected(Error::bad_header);
  auto value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  return Header{line.substr(0, colon), value};
}

std::expected<Headers, Error> parse_headers(std::string_view rest) {
  Headers headers;
  for (;;) {
    const auto line = next_line(rest);
    if (!line) return std::unexpected(Error::bad_header);
    if (line->empty()) break;
    TRY(header, parse_header(*line));
    if (!headers.add(header)) return std::unexpected(Error::too_many_headers);
  }
  if (!rest.empty()) return std::unexpected(Error::bad_header);
  return headers;
}

std::expected<std::uint64_t, Error> parse_length(std::string_view text) {
  constexpr std::size_t kMostDigits = 18;  // stays below 2^63
  if (text.empty() || text.size() > kMostDigits || !std::ranges::all_of(text, is_digit))
    return std::unexpected(Error::bad_content_length);
  std::uint64_t value = 0;
  for (const char c : text) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

std::expected<Body, Error> body_of(const Headers& headers) {
  const auto lengths = headers.count("content-length");
  if (const auto codings = headers.count("transfer-encoding"); codings > 0) {
    const auto coding = headers.only("transfer-encoding");
    if (!coding || lengths > 0 || !same_ignoring_case(*coding, "chunked"))
      return std::unexpected(Error::bad_transfer_encoding);
    return Body{Body::Kind::chunked, 0};
  }
  if (lengths == 0) return Body{};
  if (lengths > 1) return std::unexpected(Error::bad_content_length);
  TRY(length, parse_length(*headers.only("content-length")));
  return Body{Body::Kind::length, length};
}

bool is_origin_form(std::string_view target) {
  return !target.empty() && target.size() <= kTargetLimit && target.front() == '/' &&
         std::ranges::all_of(target, is_visible) && target.find('#') == std::string_view::npos;
}

}  // namespace

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }

std::optional<Error> HeadReader::take(char c) {
  if (size_ == buffer_.size()) return Error::head_too_long;
  if (after_cr_ != (c == '\n')) return Error::forbidden_byte;  // CR without LF, or LF without CR
  const auto code = static_cast<unsigned char>(c);
  if ((code < 0x20 && c != '\t' && c != '\r' && c != '\n') || code == 0x7f) return Error::forbidden_byte;
  buffer_[size_++] = c;
  after_cr_ = c == '\r';
  if (c == '\r') return std::nullopt;
  if (c != '\n') {
    if (++line_size_ > kLineLimit) return Error::line_too_long;
    return std::nullopt;
  }
  if (line_size_ == 0) {
    if (lines_ == 0) return Error::bad_start_line;
    complete_ = true;
    return std::nullopt;
  }
  line_size_ = 0;
  if (++lines_ > kHeaderLimit + 1) return Error::too_many_headers;
  return std::nullopt;
}

std::expected<HeadReader::Progress, Error> HeadReader::feed(std::string_view bytes) {
  if (failed_) return std::unexpected(*failed_);
  Progress progress{0, complete_};
  while (!complete_ && progress.consumed < bytes.size()) {
    failed_ = take(bytes[progress.consumed++]);
    if (failed_) return std::unexpected(*failed_);
  }
  progress.complete = complete_;
  return progress;
}

void HeadReader::reset() {
  size_ = line_size_ = lines_ = 0;
  after_cr_ = complete_ = false;
  failed_.reset();
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(list_, [&](const Header& h) { return same_ignoring_case(h.name, name); }));
}

std::optional<std::string_view> Headers::only(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& header : list_) {
    if (!same_ignoring_case(header.name, name)) continue;
    if (found) return std::nullopt;
    found = header.value;
  }
  return found;
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
  return std::ranges::any_of(list_, [&](const Header& h) {
    return same_ignoring_case(h.name, name) &&
           any_list_item(h.value, [&](std::string_view item) { return same_ignoring_case(item, token); });
  });
}

std::string_view Request::query() const {
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

std::expected<Request, Error> parse_request(std::string_view head) {
  const auto line = next_line(head);
  if (!line) return std::unexpected(Error::bad_start_line);
  const auto first = line->find(' ');
  const auto last = line->rfind(' ');
  if (first == std::string_view::npos || first == last) return std::unexpected(Error::bad_start_line);
  Request request;
  request.method = line->substr(0, first);
  request.target = line->substr(first + 1, last - first - 1);
  const auto version = line->substr(last + 1);
  if (!is_token(request.method) || !version.starts_with("HTTP/")) return std::unexpected(Error::bad_start_line);
  if (version != "HTTP/1.1") return std::unexpected(Error::unsupported_version);
  if (!is_origin_form(request.target)) return std::unexpected(Error::bad_target);
  TRY(headers, parse_headers(head));
  request.headers = headers;
  const auto host = request.headers.only("host");
  if (!host || host->empty()) return std::unexpected(Error::bad_host);
  TRY(body, body_of(request.headers));
  request.body = body;
  return request;
}

std::expected<Response, Error> parse_response(std::string_view head) {
  const auto line = next_line(head);
  // "HTTP/1.1 101 Switching Protocols"; the reason may be empty, the blank before it too.
  constexpr std::size_t kShortest = std::string_view{"HTTP/1.1 101"}.size();
  if (!line || line->size() < kShortest || !line->starts_with("HTTP/1.") || (*line)[8] != ' ' ||
      ((*line)[7] != '0' && (*line)[7] != '1') || (line->size() > kShortest && (*line)[kShortest] != ' ') ||
      !std::ranges::all_of(line->substr(9, 3), is_digit))
    return std::unexpected(Error::bad_start_line);
  Response response;
  response.minor_version = (*line)[7] - '0';
  for (const char c : line->substr(9, 3)) response.status = response.status * 10 + (c - '0');
  if (response.status < 100 || response.status > 599) return std::unexpected(Error::bad_start_line);
  if (line->size() > kShortest) response.reason = line->substr(kShortest + 1);
  TRY(headers, parse_headers(head));
  response.headers = headers;
  TRY(body, body_of(response.headers));
  response.body = body;
  return response;
}

}  // namespace bulwatt::http
