#include "libs/fields/dump.hpp"

#include <charconv>
#include <chrono>
#include <cstring>

namespace bulwatt {
namespace {

class Line {
 public:
  explicit Line(std::span<char> out) : out_(out) {}
  void put(std::string_view text) {
    for (const char c : text) put(c);
  }
  void put(char c) {
    if (used_ < out_.size()) out_[used_++] = c;
    else overflowed_ = true;
  }
  void put_number(long long number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    put(std::string_view{digits.data(), end.ptr});
  }
  void put_hex(unsigned char byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    put(kDigits[byte >> 4]);
    put(kDigits[byte & 0xf]);
  }
  std::string_view done() {
    constexpr std::string_view kMore = "...";
    if (overflowed_ && out_.size() >= kMore.size()) {
      std::copy(kMore.begin(), kMore.end(), out_.end() - static_cast<std::ptrdiff_t>(kMore.size()));
    }
    return {out_.data(), used_};
  }

 private:
  std::span<char> out_;
  std::size_t used_ = 0;
  bool overflowed_ = false;
};

void put_text(Line& line, std::string_view text) {
  line.put('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line.put('\\');
      line.put(c);
    } else if (byte < 0x20 || byte == 0x7f) {
      line.put("\\x");
      line.put_hex(byte);
    } else {
      line.put(c);
    }
  }
  line.put('"');
}

void put_decimal(Line& line, Decimal value) {
  const bool negative = value.millionths < 0;
  const std::uint64_t magnitude =
      negative ? 0 - static_cast<std::uint64_t>(value.millionths) : static_cast<std::uint64_t>(value.millionths);
  if (negative) line.put('-');
  line.put_number(static_cast<long long>(magnitude / 1'000'000));
  auto rest = magnitude % 1'000'000;
  if (rest == 0) return;
  line.put('.');
  for (std::uint64_t place = 100'000; rest != 0; place /= 10) {
    line.put(static_cast<char>('0' + rest / place));
    rest %= place;
  }
}

// The shape's `at` takes mutable storage; dump only reads through it.
const void* inside(const Shape& shape, const void* value, std::size_t i) {
  return shape.at(const_cast<void*>(value), i);
}

void put_value(Line& line, const Shape& shape, const Facts& facts, const void* value);

void put_octets(Line& line, const Facts& facts, const void* bytes, std::size_t size) {
  line.put("0x");
  if (facts.secret) {
    line.put('*');
    return;
  }
  for (std::size_t i = 0; i < size; ++i) line.put_hex(static_cast<const unsigned char*>(bytes)[i]);
}

void put_record(Line& line, const Shape& shape, const void* value) {
  line.put('{');
  bool first = true;
  for (const Row& row : shape.rows) {
    const void* member = row.at(const_cast<void*>(value));
    if (row.shape->kind == Kind::optional && row.shape->length(member) == 0) continue;
    if (!first) line.put(", ");
    first = false;
    line.put(row.name);
    line.put('=');
    put_value(line, *row.shape, *row.facts, member);
  }
  line.put('}');
}

void put_secret(Line& line, std::size_t size) {
  line.put('<');
  line.put_number(static_cast<long long>(size));
  line.put(" secret bytes>");
}

void put_value(Line& line, const Shape& shape, const Facts& facts, const void* value) {
  if (facts.secret && (shape.kind == Kind::text || shape.kind == Kind::octets))
    return put_secret(line, shape.length(value));
  if (facts.secret && shape.kind == Kind::fixed_octets) return put_secret(line, shape.capacity);
  static constexpr Facts kNone{};
  switch (shape.kind) {
    case Kind::boolean: line.put(*static_cast<const bool*>(value) ? "yes" : "no"); break;
    case Kind::integer:
      line.put_number(load_integer(shape, value));
      line.put(facts.unit);
      break;
    case Kind::enumeration: {
      const auto index = *static_cast<const std::uint8_t*>(value);
      line.put(index < shape.texts.size() ? shape.texts[index] : "?");
      break;
    }
    case Kind::decimal: {
      put_decimal(line, *static_cast<const Decimal*>(value));
      line.put(facts.unit);
      break;
    }
    case Kind::timestamp: {
      std::array<char, 24> text{};
      line.put(format_timestamp(*static_cast<const Timestamp*>(value), text));
      break;
    }
    case Kind::text: {
      const auto size = shape.length(value);
      put_text(line, size == 0 ? std::string_view{}
                               : std::string_view{static_cast<const char*>(inside(shape, value, 0)), size});
      break;
    }
    case Kind::octets: put_octets(line, facts, inside(shape, value, 0), shape.length(value)); break;
    case Kind::fixed_octets: put_octets(line, facts, inside(shape, value, 0), shape.capacity); break;
    case Kind::list:
      line.put('[');
      for (std::size_t i = 0; i < shape.length(value); ++i) {
        if (i != 0) line.put(", ");
        put_value(line, *shape.element, kNone, inside(shape, value, i));
      }
      line.put(']');
      break;
    case Kind::optional:
      if (shape.length(value) == 0) line.put('-');
      else put_value(line, *shape.element, facts, inside(shape, value, 0));
      break;
    case Kind::choice: put_value(line, *shape.options[shape.length(value)], kNone, inside(shape, value, 0)); break;
    case Kind::record: put_record(line, shape, value); break;
  }
}

}  // namespace

std::string_view dump(const Shape& shape, const void* value, std::span<char> out) {
  Line line{out};
  put_value(line, shape, Facts{}, value);
  return line.done();
}

std::string_view format_timestamp(Timestamp time, std::span<char, 24> out) {
  constexpr std::int64_t kFirst = -62'167'219'200'000;  // 0000-01-01
  constexpr std::int64_t kLast = 253'402'300'799'999;   // 9999-12-31T23:59:59.999
  const std::chrono::sys_time<std::chrono::milliseconds> moment{
      std::chrono::milliseconds{std::clamp(time.unix_ms, kFirst, kLast)}};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{day};
  const auto ms = static_cast<unsigned>((moment - day).count());
  const auto put = [&](std::size_t at, std::size_t width, unsigned number) {
    for (std::size_t i = width; i-- > 0; number /= 10) out[at + i] = static_cast<char>('0' + number % 10);
  };
  constexpr std::string_view kFrame = "0000-00-00T00:00:00.000Z";
  std::copy(kFrame.begin(), kFrame.end(), out.begin());
  put(0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, ms / 3'600'000);
  put(14, 2, ms / 60'000 % 60);
  put(17, 2, ms / 1000 % 60);
  put(20, 3, ms % 1000);
  return {out.data(), out.size()};
}

}  // namespace bulwatt
