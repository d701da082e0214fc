#include "libs/http/writer.hpp"

#include <algorithm>
#include <charconv>

namespace bulwatt::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};
constexpr std::array kPhrases{
    Phrase{101, "Switching Protocols"},
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{304, "Not Modified"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{409, "Conflict"},
    Phrase{411, "Length Required"},
    Phrase{413, "Content Too Large"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{421, "Misdirected Request"},
    Phrase{426, "Upgrade Required"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{503, "Service Unavailable"},
    Phrase{505, "HTTP Version Not Supported"},
};

bool is_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); });
}

struct Digits {
  std::array<char, 20> data{};
  std::string_view text;
  explicit Digits(std::uint64_t value) {
    const auto end = std::to_chars(data.data(), data.data() + data.size(), value).ptr;
    text = {data.data(), static_cast<std::size_t>(end - data.data())};
  }
};

}  // namespace

std::string_view reason_phrase(int status) {
  const auto found = std::ranges::find(kPhrases, status, &Phrase::status);
  return found == kPhrases.end() ? std::string_view{"Unknown"} : found->text;
}

void HeadWriter::fail(Error error) {
  if (!failed_) failed_ = error;
}

void HeadWriter::put(std::string_view text) {
  if (failed_) return;
  if (text.size() > buffer_.size() - size_) return fail(Error::output_full);
  std::ranges::copy(text, buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += text.size();
}

HeadWriter& HeadWriter::request(std::string_view method, std::string_view target) {
  const bool visible = std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!is_token(method) || !target.starts_with('/') || !visible || target.size() > kTargetLimit) fail(Error::bad_text);
  put(method), put(" "), put(target), put(" HTTP/1.1\r\n");
  return *this;
}

HeadWriter& HeadWriter::status(int code) {
  if (code < 100 || code > 599) {
    fail(Error::bad_text);
    return *this;
  }
  put("HTTP/1.1 "), put(Digits{static_cast<std::uint64_t>(code)}.text), put(" "), put(reason_phrase(code)), put("\r\n");
  return *this;
}

HeadWriter& HeadWriter::header(std::string_view name, std::string_view value) {
  if (!is_token(name) || !is_value(value)) fail(Error::bad_text);
  if (++headers_ > kHeaderLimit || name.size() + 2 + value.size() > kLineLimit) fail(Error::output_full);
  put(name), put(": "), put(value), put("\r\n");
  return *this;
}

HeadWriter& HeadWriter::header(std::string_view name, std::uint64_t value) { return header(name, Digits{value}.text); }

std::expected<std::string_view, Error> HeadWriter::finish() {
  put("\r\n");
  if (failed_) return std::unexpected(*failed_);
  return std::string_view{buffer_.data(), size_};
}

}  // namespace bulwatt::http
