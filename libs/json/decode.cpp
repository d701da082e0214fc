// The decoder: one walk over the shape and the text together.
#include <algorithm>

#include "libs/json/scalars.hpp"
#include "libs/json/scanner.hpp"
#include "libs/json/walk.hpp"

namespace bulwatt::json {
namespace {

using detail::kNoFacts;

/// Longest text of an enumeration, timestamp or member name that is looked at.
constexpr std::size_t kMaxWord = 96;

class Decoder {
 public:
  Decoder(std::string_view text, const Options& options) : in_(text), options_(options) {}

  bool value(const Shape& shape, const Facts& facts, void* to);
  bool done() { return in_.done() || fail(in_.error()); }
  bool fail(ErrorKind kind) {
    error_ = {kind, path_.text(), static_cast<std::uint32_t>(in_.offset())};
    return false;
  }
  const Error& error() const { return error_; }

 private:
  bool mismatch();
  bool expect(char first) { return in_.peek() == first || mismatch(); }
  bool string(String& out);
  bool text(const Shape& shape, const Facts& facts, void* to);
  bool octets(const Shape& shape, const Facts& facts, void* to);
  bool number(int places, Scaled& out);
  bool integer(const Shape& shape, const Facts& facts, void* to);
  bool decimal(const Facts& facts, void* to);
  bool boolean(void* to);
  bool timestamp(void* to);
  bool enumeration(const Shape& shape, void* to);
  bool list(const Shape& shape, const Facts& facts, void* to);
  bool record(const Shape& shape, void* to);
  bool members(const Shape& shape, void* to, std::uint64_t& seen);
  bool foreign_member(const String& name, std::size_t first);
  bool rest_of_record(const Shape& shape, void* to, std::uint64_t seen);
  bool raw(const Shape& shape, void* to);
  bool enter() {
    if (path_.full()) return fail(ErrorKind::too_deep);
    path_.enter();
    return true;
  }

  Scanner in_;
  const Options& options_;
  detail::Path path_;
  std::array<String, kMaxIgnoredMembers> ignored_{};  // names ignored in the open objects, the innermost last
  std::size_t ignored_count_ = 0;
  Error error_{};
};

// The next value is not of the expected type: tells apart what is no JSON at all, what is null and what is another type.
bool Decoder::mismatch() {
  std::string_view whole;
  if (!in_.skip(whole, kMaxDepth - path_.depth())) return fail(in_.error());
  return fail(whole == "null" ? ErrorKind::null_value : ErrorKind::wrong_type);
}

bool Decoder::string(String& out) {
  if (!expect('"')) return false;
  return in_.string(out) || fail(in_.error());
}

bool Decoder::text(const Shape& shape, const Facts& facts, void* to) {
  String found;
  if (!string(found)) return false;
  if (found.has_nul) return fail(ErrorKind::bad_character);
  if (const auto wrong = detail::wrong_size(shape, facts, options_.version, found.chars, found.bytes)) {
    return fail(*wrong);
  }
  unescape(found, {static_cast<char*>(shape.at(to, 0)), shape.capacity});
  shape.set_length(to, found.bytes);
  return true;
}

bool Decoder::octets(const Shape& shape, const Facts& facts, void* to) {
  String found;
  if (!string(found)) return false;
  const std::size_t fewest = facts.base64 ? found.bytes / 4 * 3 : found.bytes / 2;
  const std::size_t padding = facts.base64 ? 2 : 0;
  if (fewest > shape.capacity + padding) return fail(ErrorKind::too_long);
  const std::span<std::byte> storage{static_cast<std::byte*>(shape.at(to, 0)), shape.capacity};
  const auto used = facts.base64 ? from_base64(found, storage) : from_hex(found, storage);
  if (!used) return fail(ErrorKind::bad_octets);
  const std::size_t at_least = shape.kind == Kind::fixed_octets ? shape.capacity : facts.at_least;
  if (*used < at_least) return fail(ErrorKind::too_short);
  if (shape.kind == Kind::octets) shape.set_length(to, *used);
  return true;
}

bool Decoder::number(int places, Scaled& out) {
  std::string_view numeral;
  const char first = in_.peek();
  if (first != '-' && (first < '0' || first > '9')) return mismatch();
  if (!in_.number(numeral)) return fail(in_.error());
  const auto found = scaled(numeral, places);
  if (!found) return fail(ErrorKind::out_of_range);
  out = *found;
  return true;
}

bool Decoder::integer(const Shape& shape, const Facts& facts, void* to) {
  Scaled found;
  if (!number(0, found)) return false;
  if (!found.exact) return fail(ErrorKind::wrong_type);
  if (!integer_fits(shape, facts, found.value)) return fail(ErrorKind::out_of_range);
  store_integer(shape, to, found.value);
  return true;
}

bool Decoder::decimal(const Facts& facts, void* to) {
  Scaled found;
  if (!number(6, found)) return false;
  const Decimal result{found.value};
  if (!detail::decimal_fits(facts, result)) return fail(ErrorKind::out_of_range);
  *static_cast<Decimal*>(to) = result;
  return true;
}

bool Decoder::boolean(void* to) {
  const bool yes = in_.peek() == 't';
  if (!yes && !expect('f')) return false;
  *static_cast<bool*>(to) = yes;
  return in_.literal(yes ? "true" : "false") || fail(in_.error());
}

bool Decoder::timestamp(void* to) {
  String found;
  if (!string(found)) return false;
  std::array<char, kMaxWord> plain{};
  if (found.bytes > plain.size()) return fail(ErrorKind::bad_timestamp);
  const auto time = parse_timestamp({plain.data(), unescape(found, plain)});
  if (!time) return fail(ErrorKind::bad_timestamp);
  *static_cast<Timestamp*>(to) = *time;
  return true;
}

bool Decoder::enumeration(const Shape& shape, void* to) {
  String found;
  if (!string(found)) return false;
  for (std::size_t i = 0; i < shape.texts.size(); ++i) {
    if (!same_text(found, shape.texts[i])) continue;
    *static_cast<std::uint8_t*>(to) = static_cast<std::uint8_t>(i);
    return true;
  }
  return fail(ErrorKind::unknown_value);
}

bool Decoder::list(const Shape& shape, const Facts& facts, void* to) {
  if (!expect('[') || !enter()) return false;
  in_.take('[');
  const std::size_t room = std::min<std::size_t>(shape.capacity, detail::most(shape, facts, options_.version));
  std::size_t count = 0;
  if (!in_.take(']')) {
    do {
      path_.element(count + 1);
      if (count == room) return fail(ErrorKind::too_many);
      if (!value(*shape.element, kNoFacts, shape.at(to, count))) return false;
      ++count;
    } while (in_.take(','));
    if (!in_.take(']')) return fail(in_.error());
  }
  path_.leave();
  if (count < facts.at_least) return fail(ErrorKind::too_few);
  shape.set_length(to, count);
  return true;
}

// The row called `name`, tried first where the last one was followed; rows.size() when there is none.
std::size_t find_row(std::span<const Row> rows, const String& name, std::size_t first) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t at = first + i < rows.size() ? first + i : first + i - rows.size();
    if (same_text(name, rows[at].name)) return at;
  }
  return rows.size();
}

bool Decoder::record(const Shape& shape, void* to) {
  if (detail::is_raw(shape)) return raw(shape, to);
  if (shape.rows.size() > kMaxMembers) return fail(ErrorKind::unsupported);
  if (!expect('{') || !enter()) return false;
  std::uint64_t seen = 0;
  if (!members(shape, to, seen) || !rest_of_record(shape, to, seen)) return false;
  path_.leave();
  return true;
}

bool Decoder::members(const Shape& shape, void* to, std::uint64_t& seen) {
  in_.take('{');
  if (in_.take('}')) return true;
  const std::size_t first_ignored = ignored_count_;
  std::size_t next = 0;
  do {
    String name;
    path_.member({});
    if (!in_.string(name) || !in_.take(':')) return fail(in_.error());
    const std::size_t at = find_row(shape.rows, name, next);
    if (at == shape.rows.size() || !detail::exists(*shape.rows[at].facts, options_.version)) {
      if (!foreign_member(name, first_ignored)) return false;
      continue;
    }
    const Row& row = shape.rows[at];
    path_.member(row.name);
    if ((seen >> at & 1) != 0) return fail(ErrorKind::duplicate_member);
    seen |= std::uint64_t{1} << at;
    if (!value(*row.shape, *row.facts, row.at(to))) return false;
    next = at + 1;
  } while (in_.take(','));
  ignored_count_ = first_ignored;
  path_.member({});
  return in_.take('}') || fail(in_.error());
}

bool Decoder::foreign_member(const String& name, std::size_t first) {
  const bool dropped = !options_.skipped.empty() && same_text(name, options_.skipped);
  if (!dropped && options_.unknown == UnknownMembers::refuse) return fail(ErrorKind::unknown_member);
  const auto here = std::span{ignored_}.subspan(first, ignored_count_ - first);
  if (std::ranges::any_of(here, [&](const String& other) { return same_text(name, other); })) {
    return fail(ErrorKind::duplicate_member);
  }
  if (ignored_count_ == ignored_.size()) return fail(ErrorKind::too_many);
  ignored_[ignored_count_++] = name;
  std::string_view whole;
  return in_.skip(whole, kMaxDepth - path_.depth()) || fail(in_.error());
}

// What the text did not mention: optional members become absent, members of other versions take their default.
bool Decoder::rest_of_record(const Shape& shape, void* to, std::uint64_t seen) {
  for (std::size_t i = 0; i < shape.rows.size(); ++i) {
    if ((seen >> i & 1) != 0) continue;
    const Row& row = shape.rows[i];
    if (row.shape->kind == Kind::optional) {
      row.shape->set_length(row.at(to), 0);
    } else if (!detail::exists(*row.facts, options_.version)) {
      row.shape->reset(row.at(to));
    } else {
      path_.member(row.name);
      return fail(ErrorKind::missing_member);
    }
  }
  return true;
}

bool Decoder::raw(const Shape& shape, void* to) {
  std::string_view whole;
  if (!in_.skip(whole, kMaxDepth - path_.depth())) return fail(in_.error());
  const Row& row = shape.rows[0];
  void* storage = row.at(to);
  if (whole == "null") return fail(ErrorKind::null_value);
  if (whole.size() > row.shape->capacity) return fail(ErrorKind::no_room);
  std::copy_n(whole.begin(), whole.size(), static_cast<char*>(row.shape->at(storage, 0)));
  row.shape->set_length(storage, whole.size());
  return true;
}

bool Decoder::value(const Shape& shape, const Facts& facts, void* to) {
  switch (shape.kind) {
    case Kind::boolean: return boolean(to);
    case Kind::integer: return integer(shape, facts, to);
    case Kind::enumeration: return enumeration(shape, to);
    case Kind::decimal: return decimal(facts, to);
    case Kind::timestamp: return timestamp(to);
    case Kind::text: return text(shape, facts, to);
    case Kind::octets:
    case Kind::fixed_octets: return octets(shape, facts, to);
    case Kind::list: return list(shape, facts, to);
    case Kind::record: return record(shape, to);
    case Kind::optional: shape.set_length(to, 1); return value(*shape.element, facts, shape.at(to, 0));
    case Kind::choice: break;
  }
  return fail(ErrorKind::unsupported);
}

}  // namespace

std::expected<void, Error> decode(const Shape& shape, void* value, std::string_view text, const Options& options) {
  if (text.size() > options.max_bytes) return std::unexpected(Error{ErrorKind::too_large, {}, 0});
  Decoder decoder{text, options};
  if (!decoder.value(shape, kNoFacts, value) || !decoder.done()) return std::unexpected(decoder.error());
  return {};
}

}  // namespace bulwatt::json
