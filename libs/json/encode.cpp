// The encoder: one walk over the shape, straight into the caller's buffer.
#include <algorithm>
#include <charconv>

#include "libs/fields/dump.hpp"
#include "libs/json/output.hpp"
#include "libs/json/scalars.hpp"
#include "libs/json/scanner.hpp"
#include "libs/json/walk.hpp"

namespace bulwatt::json {
namespace {

using detail::kNoFacts;

// The shape's `at` takes mutable storage; encoding only reads through it.
const void* inside(const Shape& shape, const void* value, std::size_t i) {
  return shape.at(const_cast<void*>(value), i);
}

class Encoder {
 public:
  Encoder(std::span<char> out, const Options& options) : out_(out), options_(options) {}

  bool value(const Shape& shape, const Facts& facts, const void* from);
  std::string_view written() const { return out_.written(); }
  const Error& error() const { return error_; }

 private:
  bool fail(ErrorKind kind) {
    error_ = {kind, path_.text(), static_cast<std::uint32_t>(out_.size())};
    return false;
  }
  bool put(char c) { return out_.put(c) || fail(ErrorKind::output_full); }
  bool put(std::string_view text) { return out_.put(text) || fail(ErrorKind::output_full); }
  bool quoted(std::string_view text) { return put('"') && put(text) && put('"'); }
  bool enter() {
    if (path_.full()) return fail(ErrorKind::too_deep);
    path_.enter();
    return true;
  }
  bool text(const Shape& shape, const Facts& facts, const void* from);
  bool octets(const Shape& shape, const Facts& facts, const void* from);
  bool hex(std::span<const std::byte> bytes);
  bool base64(std::span<const std::byte> bytes);
  bool integer(const Shape& shape, const Facts& facts, const void* from);
  bool decimal(const Facts& facts, const void* from);
  bool timestamp(const void* from);
  bool enumeration(const Shape& shape, const void* from);
  bool list(const Shape& shape, const Facts& facts, const void* from);
  bool record(const Shape& shape, const void* from);
  bool raw(const Shape& shape, const void* from);

  Output out_;
  const Options& options_;
  detail::Path path_;
  Error error_{};
};

bool Encoder::text(const Shape& shape, const Facts& facts, const void* from) {
  const std::size_t size = shape.length(from);
  const std::string_view held{static_cast<const char*>(inside(shape, from, 0)), size};
  if (!valid_utf8(held)) return fail(held.find('\0') == held.npos ? ErrorKind::bad_utf8 : ErrorKind::bad_character);
  const auto inner_bytes = std::ranges::count_if(held, [](char c) { return (c & 0xc0) == 0x80; });
  const std::size_t chars = size - static_cast<std::size_t>(inner_bytes);
  if (const auto wrong = detail::wrong_size(shape, facts, options_.version, chars, size)) return fail(*wrong);
  return out_.string(held) || fail(ErrorKind::output_full);
}

bool Encoder::hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return std::ranges::all_of(bytes, [&](std::byte b) {
    return put(kDigits[std::to_integer<std::size_t>(b >> 4)]) &&
           put(kDigits[std::to_integer<std::size_t>(b & std::byte{0xf})]);
  });
}

bool Encoder::base64(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < n ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) {
      if (!put(k <= n ? kDigits[bits >> (18 - 6 * k) & 63] : '=')) return false;
    }
  }
  return true;
}

bool Encoder::octets(const Shape& shape, const Facts& facts, const void* from) {
  const std::size_t size = shape.kind == Kind::octets ? shape.length(from) : shape.capacity;
  if (size < facts.at_least) return fail(ErrorKind::too_short);
  const std::span bytes{static_cast<const std::byte*>(inside(shape, from, 0)), size};
  return put('"') && (facts.base64 ? base64(bytes) : hex(bytes)) && put('"');
}

bool Encoder::integer(const Shape& shape, const Facts& facts, const void* from) {
  const long long number = load_integer(shape, from);
  if (!integer_fits(shape, facts, number)) return fail(ErrorKind::out_of_range);
  std::array<char, 24> digits{};
  return put({digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr});
}

bool Encoder::decimal(const Facts& facts, const void* from) {
  const Decimal number = *static_cast<const Decimal*>(from);
  if (!detail::decimal_fits(facts, number)) return fail(ErrorKind::out_of_range);
  std::array<char, 24> digits{};
  return put(format_decimal(number, digits));
}

bool Encoder::timestamp(const void* from) {
  const Timestamp time = *static_cast<const Timestamp*>(from);
  if (!printable(time)) return fail(ErrorKind::out_of_range);
  std::array<char, 24> digits{};
  return quoted(format_timestamp(time, digits));
}

bool Encoder::enumeration(const Shape& shape, const void* from) {
  const auto index = *static_cast<const std::uint8_t*>(from);
  return index < shape.texts.size() ? quoted(shape.texts[index]) : fail(ErrorKind::unknown_value);
}

bool Encoder::list(const Shape& shape, const Facts& facts, const void* from) {
  const std::size_t count = shape.length(from);
  if (count > detail::most(shape, facts, options_.version)) return fail(ErrorKind::too_many);
  if (count < facts.at_least) return fail(ErrorKind::too_few);
  if (!enter() || !put('[')) return false;
  for (std::size_t i = 0; i < count; ++i) {
    path_.element(i + 1);
    if (i != 0 && !put(',')) return false;
    if (!value(*shape.element, kNoFacts, inside(shape, from, i))) return false;
  }
  path_.leave();
  return put(']');
}

bool Encoder::record(const Shape& shape, const void* from) {
  if (detail::is_raw(shape)) return raw(shape, from);
  if (shape.rows.size() > kMaxMembers) return fail(ErrorKind::unsupported);
  if (!enter() || !put('{')) return false;
  bool first = true;
  for (const Row& row : shape.rows) {
    const void* member = row.at(const_cast<void*>(from));
    if (!detail::exists(*row.facts, options_.version)) continue;
    if (row.shape->kind == Kind::optional && row.shape->length(member) == 0) continue;
    path_.member(row.name);
    if (!first && !put(',')) return false;
    first = false;
    if (!quoted(row.name) || !put(':') || !value(*row.shape, *row.facts, member)) return false;
  }
  path_.leave();
  return put('}');
}

bool Encoder::raw(const Shape& shape, const void* from) {
  const Row& row = shape.rows[0];
  const void* storage = row.at(const_cast<void*>(from));
  const std::string_view held{static_cast<const char*>(inside(*row.shape, storage, 0)), row.shape->length(storage)};
  Scanner check{held};
  std::string_view whole;
  if (!check.skip(whole, kMaxDepth - path_.depth()) || !check.done()) return fail(check.error());
  return whole == "null" ? fail(ErrorKind::null_value) : put(whole);
}

bool Encoder::value(const Shape& shape, const Facts& facts, const void* from) {
  switch (shape.kind) {
    case Kind::boolean: return put(*static_cast<const bool*>(from) ? "true" : "false");
    case Kind::integer: return integer(shape, facts, from);
    case Kind::enumeration: return enumeration(shape, from);
    case Kind::decimal: return decimal(facts, from);
    case Kind::timestamp: return timestamp(from);
    case Kind::text: return text(shape, facts, from);
    case Kind::octets:
    case Kind::fixed_octets: return octets(shape, facts, from);
    case Kind::list: return list(shape, facts, from);
    case Kind::record: return record(shape, from);
    case Kind::optional:
      if (shape.length(from) == 0) break;  // absent, where nothing can be left out
      return value(*shape.element, facts, inside(shape, from, 0));
    case Kind::choice: break;
  }
  return fail(ErrorKind::unsupported);
}

}  // namespace

std::expected<std::string_view, Error> encode(const Shape& shape, const void* value, std::span<char> out,
                                              const Options& options) {
  Encoder encoder{out, options};
  if (!encoder.value(shape, kNoFacts, value)) return std::unexpected(encoder.error());
  return encoder.written();
}

}  // namespace bulwatt::json
