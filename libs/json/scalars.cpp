#include "libs/json/scalars.hpp"

#include <chrono>
#include <climits>

namespace bulwatt::json {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// A numeral taken apart: 0.d1 d2 d3 ... times 10^point, the first digit not zero.
struct Numeral {
  bool negative = false;
  std::string_view significand{};  // digits with at most one point, from the first digit that is not zero
  long point = 0;
};

// Exponents are cut at a bound far outside every range that can be stored.
long exponent_of(std::string_view text) {
  constexpr long kFar = 10'000'000;
  const bool negative = text.starts_with('-');
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  long value = 0;
  for (const char c : text) value = std::min(kFar, value * 10 + (c - '0'));
  return negative ? -value : value;
}

Numeral take_apart(std::string_view text) {
  Numeral n;
  n.negative = text.starts_with('-');
  if (n.negative) text.remove_prefix(1);
  const auto e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  const auto dot = mantissa.find('.');
  const auto whole = static_cast<long>(dot == std::string_view::npos ? mantissa.size() : dot);
  const auto first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return n;
  n.significand = mantissa.substr(first);
  const auto at = static_cast<long>(first);
  n.point = at < whole ? whole - at : whole + 1 - at;
  if (e != std::string_view::npos) n.point += exponent_of(text.substr(e + 1));
  return n;
}

}  // namespace

std::optional<Scaled> scaled(std::string_view numeral, int places) {
  constexpr long kMostDigits = 19;  // any 19 digits fit into 64 bits without a sign
  const Numeral n = take_apart(numeral);
  if (n.significand.empty()) return Scaled{};
  const long keep = n.point + places;
  if (keep > kMostDigits) return std::nullopt;
  std::uint64_t magnitude = 0;
  long index = 0;
  int rounding = 0;     // the first digit that is cut off
  bool beyond = false;  // whether anything but zeros follows it
  for (const char c : n.significand) {
    if (c == '.') continue;
    if (index < keep) magnitude = magnitude * 10 + static_cast<std::uint64_t>(c - '0');
    else if (index == keep) rounding = c - '0';
    else beyond = beyond || c != '0';
    ++index;
  }
  if (keep < 0) {
    rounding = 0;
    beyond = true;
  }
  for (; index < keep; ++index) magnitude *= 10;
  const bool up = rounding > 5 || (rounding == 5 && (beyond || magnitude % 2 == 1));
  magnitude += up ? 1 : 0;
  constexpr auto kLargest = static_cast<std::uint64_t>(INT64_MAX);
  if (magnitude > kLargest + (n.negative ? 1 : 0)) return std::nullopt;
  return Scaled{.value = static_cast<std::int64_t>(n.negative ? 0 - magnitude : magnitude),
                .exact = rounding == 0 && !beyond};
}

std::string_view format_decimal(Decimal value, std::span<char, 24> out) {
  const bool negative = value.millionths < 0;
  const auto bits = static_cast<std::uint64_t>(value.millionths);
  const std::uint64_t magnitude = negative ? 0 - bits : bits;
  std::size_t at = out.size();
  std::uint64_t rest = magnitude % Decimal::kScale;
  if (rest != 0) {
    bool zeros = true;
    for (int i = 0; i < 6; ++i, rest /= 10) {
      zeros = zeros && rest % 10 == 0;
      if (!zeros) out[--at] = static_cast<char>('0' + rest % 10);
    }
    out[--at] = '.';
  }
  std::uint64_t whole = magnitude / Decimal::kScale;
  do out[--at] = static_cast<char>('0' + whole % 10);
  while ((whole /= 10) != 0);
  if (negative) out[--at] = '-';
  return {out.data() + at, out.size() - at};
}

namespace {

// Reads fixed-width parts of a timestamp from the front.
class Parts {
 public:
  explicit Parts(std::string_view text) : rest_(text) {}
  int number(std::size_t width) {
    int value = 0;
    if (rest_.size() < width) return broken();
    for (const char c : rest_.substr(0, width)) {
      if (!digit(c)) return broken();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }
  bool any_of(std::string_view choice) {
    if (rest_.empty() || choice.find(rest_[0]) == std::string_view::npos) return false;
    taken_ = rest_[0];
    rest_.remove_prefix(1);
    return true;
  }
  void need(std::string_view choice) {
    if (!any_of(choice)) broken();
  }
  /// Digits after the point, cut to thousandths.
  int thousandths() {
    std::size_t n = 0;
    int value = 0;
    while (n < rest_.size() && digit(rest_[n])) {
      if (n < 3) value = value * 10 + (rest_[n] - '0');
      ++n;
    }
    if (n == 0 || n > kMaxFraction) return broken();
    for (std::size_t i = n; i < 3; ++i) value *= 10;
    rest_.remove_prefix(n);
    return value;
  }
  char taken() const { return taken_; }
  bool whole() const { return ok_ && rest_.empty(); }

 private:
  int broken() {
    ok_ = false;
    return 0;
  }
  std::string_view rest_;
  char taken_ = '\0';
  bool ok_ = true;
};

constexpr std::int64_t kFirstMs = -62'167'219'200'000;  // 0000-01-01T00:00:00.000Z
constexpr std::int64_t kLastMs = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

}  // namespace

bool printable(Timestamp time) { return time.unix_ms >= kFirstMs && time.unix_ms <= kLastMs; }

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  Parts parts{text};
  const int y = parts.number(4);
  parts.need("-");
  const auto m = static_cast<unsigned>(parts.number(2));
  parts.need("-");
  const auto d = static_cast<unsigned>(parts.number(2));
  parts.need("Tt");
  const int hour = parts.number(2);
  parts.need(":");
  const int minute = parts.number(2);
  parts.need(":");
  const int second = parts.number(2);
  const int ms = parts.any_of(".") ? parts.thousandths() : 0;
  int offset = 0;
  parts.need("Zz+-");
  if (parts.taken() == '+' || parts.taken() == '-') {
    const int sign = parts.taken() == '-' ? -1 : 1;
    const int offset_hour = parts.number(2);
    parts.need(":");
    const int offset_minute = parts.number(2);
    if (offset_hour > 23 || offset_minute > 59) return std::nullopt;
    offset = sign * (offset_hour * 60 + offset_minute);
  }
  const year_month_day date{year{y}, month{m}, day{d}};
  if (!parts.whole() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t minutes =
      sys_days{date}.time_since_epoch().count() * std::int64_t{1440} + hour * 60 + minute - offset;
  constexpr std::int64_t kDay = 1440;
  if (second == 60 && ((minutes % kDay) + kDay) % kDay != kDay - 1) return std::nullopt;
  const Timestamp time{(minutes * 60 + second) * 1000 + ms};
  if (!printable(time)) return std::nullopt;
  return time;
}

namespace {

int hex_value(char c) {
  if (digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (digit(c)) return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// One ASCII character of a text; anything else becomes NUL, which no alphabet has.
char next_ascii(Characters& characters) {
  const auto next = characters.next();
  return next.size() == 1 ? next[0] : '\0';
}

}  // namespace

std::optional<std::size_t> from_hex(const String& text, std::span<std::byte> out) {
  if (text.bytes % 2 != 0 || text.bytes / 2 > out.size()) return std::nullopt;
  std::size_t used = 0;
  for (Characters characters{text}; characters.more();) {
    const int high = hex_value(next_ascii(characters));
    if (high < 0 || !characters.more()) return std::nullopt;
    const int low = hex_value(next_ascii(characters));
    if (low < 0) return std::nullopt;
    out[used++] = static_cast<std::byte>(high << 4 | low);
  }
  return used;
}

std::optional<std::size_t> from_base64(const String& text, std::span<std::byte> out) {
  if (text.bytes % 4 != 0) return std::nullopt;
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t used = 0;
  std::size_t padding = 0;
  for (Characters characters{text}; characters.more();) {
    const char c = next_ascii(characters);
    if (c == '=') {
      if (++padding > 2) return std::nullopt;
      continue;
    }
    const int value = base64_value(c);
    if (value < 0 || padding != 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    if (used == out.size()) return std::nullopt;
    out[used++] = static_cast<std::byte>(bits >> held & 0xff);
    bits &= (1U << held) - 1;
  }
  if (bits != 0 || held != padding * 2) return std::nullopt;
  return used;
}

}  // namespace bulwatt::json
