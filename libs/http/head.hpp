// HTTP/1.1 message heads: reading. Bounded, strict, incremental, no allocation, no I/O.
//
//   HeadReader reader;
//   auto fed = reader.feed(bytes);          // as they arrive; says how many belong to the head
//   if (fed && fed->complete) {
//     auto request = parse_request(reader.head());   // views into the reader's buffer
//   }
//
// Strict where leniency lets two parties read one message differently (request smuggling): lines end in CRLF and only
// there, no folded lines, no control characters, Content-Length is digits and stands once, never beside
// Transfer-Encoding.
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "libs/fields/bounded.hpp"
#include "libs/fields/fields.hpp"

namespace bulwatt::http {

inline constexpr std::size_t kHeadLimit = 8192;    ///< bytes of a head, the empty line included
inline constexpr std::size_t kLineLimit = 4096;    ///< bytes of one line, CRLF excluded
inline constexpr std::size_t kHeaderLimit = 64;    ///< header fields of one head
inline constexpr std::size_t kTargetLimit = 2048;  ///< bytes of a request target

enum class Error : std::uint8_t {
  head_too_long,
  line_too_long,
  too_many_headers,
  forbidden_byte,         ///< NUL, another control character, CR or LF alone
  bad_start_line,         ///< not "METHOD SP target SP HTTP/1.1" or "HTTP/1.x SP code SP reason"
  bad_target,             ///< not in origin form ("/path?query"), or with bytes that are not visible ASCII
  unsupported_version,    ///< a request that is not HTTP/1.1
  bad_header,             ///< no colon, empty or badly spelled name, folded line
  bad_host,               ///< a request without exactly one Host
  bad_content_length,     ///< not digits only, too large, or repeated
  bad_transfer_encoding,  ///< anything but one "chunked", or beside Content-Length
  output_full,            ///< writer: the head does not fit the buffer or the limits above
  bad_text,               ///< writer and encodings: a byte that must not stand there
};
constexpr auto enum_names(Error) {
  return names("head_too_long", "line_too_long", "too_many_headers", "forbidden_byte", "bad_start_line", "bad_target",
               "unsupported_version", "bad_header", "bad_host", "bad_content_length", "bad_transfer_encoding",
               "output_full", "bad_text");
}

/// Collects the bytes of one head and refuses at the first byte that no valid head can have.
class HeadReader {
 public:
  struct Progress {
    std::size_t consumed = 0;  ///< bytes of this feed that belong to the head; the rest is body or another protocol
    bool complete = false;
  };
  /// After an error the reader stays in that error until reset().
  std::expected<Progress, Error> feed(std::string_view bytes);
  bool complete() const { return complete_; }
  /// The head with its final empty line; empty until complete. Valid until reset().
  std::string_view head() const { return complete_ ? std::string_view{buffer_.data(), size_} : std::string_view{}; }
  void reset();

 private:
  std::optional<Error> take(char c);

  std::array<char, kHeadLimit> buffer_{};
  std::size_t size_ = 0;
  std::size_t line_size_ = 0;
  std::size_t lines_ = 0;
  bool after_cr_ = false;
  bool complete_ = false;
  std::optional<Error> failed_;
};

struct Header {
  std::string_view name;
  std::string_view value;  ///< without surrounding blanks
};

class Headers {
 public:
  [[nodiscard]] bool add(Header header) { return list_.push_back(header); }
  /// The value of the only field of that name (case-insensitive); nothing when absent or repeated.
  std::optional<std::string_view> only(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  /// True when a comma-separated list, over all fields of that name, has the token (case-insensitive).
  bool has_token(std::string_view name, std::string_view token) const;
  std::span<const Header> all() const { return list_.view(); }

 private:
  List<Header, kHeaderLimit> list_;
};

/// How the body that follows is delimited.
struct Body {
  enum class Kind : std::uint8_t { none, length, chunked };
  Kind kind = Kind::none;
  std::uint64_t length = 0;
};

struct Request {
  std::string_view method;
  std::string_view target;  ///< origin form, still percent-encoded
  Headers headers;
  Body body;

  std::string_view path() const { return target.substr(0, target.find('?')); }
  std::string_view query() const;
};

struct Response {
  int status = 0;         ///< 100 … 599
  int minor_version = 1;  ///< HTTP/1.0 or HTTP/1.1
  std::string_view reason;
  Headers headers;
  Body body;
};

std::expected<Request, Error> parse_request(std::string_view head);
std::expected<Response, Error> parse_response(std::string_view head);

/// ASCII case-insensitive comparison.
bool same_ignoring_case(std::string_view a, std::string_view b);
/// True for a non-empty RFC 9110 token.
bool is_token(std::string_view text);
/// Calls `visit(item)` for each non-empty element of a comma-separated list; stops when it returns true.
template <class Visit>
bool any_list_item(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto item = list.substr(0, comma);
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (!item.empty() && visit(item)) return true;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

}  // namespace bulwatt::http
