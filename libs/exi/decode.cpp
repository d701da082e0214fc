// The decoder. Positions travel as arguments and results, so that they stay in registers; kFailed stands for an error.
#include "libs/exi/decoder.hpp"

#include <limits>

namespace bulwatt::exi {

std::size_t Decoder::fail(ErrorKind kind, std::size_t at, std::string_view element) {
  const bool behind_end = at > in_.bits();
  error_ = {behind_end ? ErrorKind::truncated : kind, static_cast<std::uint32_t>(std::min(at, in_.bits())), element};
  return kFailed;
}

// A code behind all first-level events of a state: the first is the way to the second level.
std::size_t Decoder::leftover(std::uint32_t over, std::size_t at, std::string_view element) {
  return fail(over == 0 ? ErrorKind::deviation : ErrorKind::unknown_event, at, element);
}

std::size_t Decoder::unsigned_value(std::size_t at, std::uint64_t& value, std::string_view element) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t group = in_.window(at) >> 56;
    at += 8;
    if (shift == 63 && (group & 0x7e) != 0) break;
    value |= (group & 0x7f) << shift;
    if ((group & 0x80) == 0) return at;
  }
  return fail(ErrorKind::out_of_range, at, element);
}

namespace {
inline void store(std::byte* to, std::int64_t value, std::uint8_t size) {
  const auto bits = static_cast<std::uint64_t>(value);
  switch (size) {
    case 1: *to = static_cast<std::byte>(bits); break;
    case 2: {
      const auto v = static_cast<std::uint16_t>(bits);
      std::memcpy(to, &v, sizeof v);
      break;
    }
    case 4: {
      const auto v = static_cast<std::uint32_t>(bits);
      std::memcpy(to, &v, sizeof v);
      break;
    }
    default: std::memcpy(to, &bits, sizeof bits);
  }
}
}  // namespace

// Sign and magnitude are known: checks and stores. A negative n is written as its distance from -1.
bool Decoder::keep_integer(const Row& row, std::byte* to, bool negative, std::uint64_t magnitude) {
  if (negative && magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return false;
  if (!negative && row.has_sign && magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return false;
  const std::uint64_t value = negative ? ~magnitude : magnitude;
  if (!negative && !row.has_sign && magnitude < static_cast<std::uint64_t>(row.min)) return false;
  if (negative && static_cast<std::int64_t>(value) < row.min) return false;
  if (value - static_cast<std::uint64_t>(row.min) > row.span) return false;
  store(to, static_cast<std::int64_t>(value), row.size);
  return true;
}

// An integer element up to 35 bits of magnitude, out of the window behind its event code; 0 when it is none of these, or
// not in its range: then the long way finds out what is wrong.
[[gnu::always_inline]] inline std::size_t Decoder::short_integer(const Row& row, std::byte* to, std::uint64_t window,
                                                                 std::size_t at) {
  if ((window >> 63) != 0) return 0;
  window <<= 1;
  bool negative = false;
  unsigned used = 2;
  if (row.has_sign) {
    negative = (window >> 63) != 0;
    window <<= 1;
    ++used;
  }
  std::uint64_t magnitude = 0;
  unsigned shift = 0;
  std::uint64_t group;
  do {
    group = window >> 56;
    window <<= 8;
    magnitude |= (group & 0x7f) << shift;
    shift += 7;
    used += 8;
  } while ((group & 0x80) != 0 && shift < 35);
  if ((group & 0x80) != 0 || (window >> 63) != 0) return 0;
  const std::uint64_t value = negative ? ~magnitude : magnitude;  // far from overflowing
  if (value - static_cast<std::uint64_t>(row.min) > row.span) return 0;
  store(to, static_cast<std::int64_t>(value), row.size);
  return at + used;
}

std::size_t Decoder::integer(const Row& row, std::byte* to, std::size_t at) {
  const bool negative = row.has_sign && (in_.window(at) >> 63) != 0;
  std::uint64_t magnitude = 0;
  at = unsigned_value(at + (row.has_sign ? 1 : 0), magnitude, row.name);
  if (at == kFailed) return at;
  return keep_integer(row, to, negative, magnitude) ? at : fail(ErrorKind::out_of_range, at, row.name);
}

std::size_t Decoder::fixed_bits(const Row& row, std::byte* to, std::size_t at) {
  const std::uint64_t value = in_.window(at) >> 1 >> (63 - row.bits);
  at += row.bits;
  if (value > row.span) {
    return fail(row.min == 0 && row.size == 1 && !row.is_signed ? ErrorKind::unknown_value : ErrorKind::out_of_range,
                at, row.name);
  }
  store(to, static_cast<std::int64_t>(value) + row.min, row.size);
  return at;
}

std::size_t Decoder::octets(const Row& row, std::byte* to, std::size_t at) {
  std::uint64_t n = 0;
  at = unsigned_value(at, n, row.name);
  if (at == kFailed) return at;
  const bool fixed = row.op == Op::fixed_octets;
  const std::size_t at_most = fixed ? row.capacity : row.at_most;
  if (n > at_most) return fail(ErrorKind::too_long, at, row.name);
  if (fixed && n < row.capacity) return fail(ErrorKind::too_short, at, row.name);
  if (n > row.capacity) return fail(ErrorKind::no_room, at, row.name);
  if (at > in_.bits() || in_.bits() - at < n * 8) return fail(ErrorKind::truncated, at, row.name);
  in_.copy(at, to + row.data, n);
  if (!fixed) set_size(to, n);
  return at + n * 8;
}

// Groups of seven bits, the lowest first, become bytes, the highest first, with a sign bit.
std::size_t Decoder::big_integer(const Row& row, std::byte* to, std::size_t at) {
  const bool negative = (in_.window(at) >> 63) != 0;
  ++at;
  std::array<std::byte, 256> reversed;
  std::size_t n = 0;
  std::uint32_t pending = 0;
  unsigned bits = 0;
  std::uint64_t group;
  do {
    group = in_.window(at) >> 56;
    at += 8;
    pending |= static_cast<std::uint32_t>(group & 0x7f) << bits;
    bits += 7;
    if (bits >= 8) {
      if (n == reversed.size()) return fail(ErrorKind::no_room, at, row.name);
      reversed[n++] = static_cast<std::byte>(pending);
      pending >>= 8;
      bits -= 8;
    }
  } while ((group & 0x80) != 0);
  if (n < reversed.size()) reversed[n++] = static_cast<std::byte>(pending);
  while (n > 1 && reversed[n - 1] == std::byte{0} && (reversed[n - 2] & std::byte{0x80}) == std::byte{0}) --n;
  if ((reversed[n - 1] & std::byte{0x80}) != std::byte{0}) {
    if (n == reversed.size()) return fail(ErrorKind::no_room, at, row.name);
    reversed[n++] = std::byte{0};
  }
  if (n > row.capacity) return fail(ErrorKind::no_room, at, row.name);
  for (std::size_t i = 0; i < n; ++i) {
    to[row.data + i] = negative ? ~reversed[n - 1 - i] : reversed[n - 1 - i];
  }
  set_size(to, n);
  return at;
}

std::size_t Decoder::value(const Row& row, std::byte* to, std::size_t at) {
  switch (row.op) {
    case Op::bits:
    case Op::wide_bits: return fixed_bits(row, to, at);
    case Op::integer: return integer(row, to, at);
    case Op::big_integer: return big_integer(row, to, at);
    case Op::text: return text(row, to, at);
    default: return octets(row, to, at);
  }
}

// A simple element behind its event code: one event that begins the value, the value, one that ends the element.
std::size_t Decoder::simple(const Row& row, std::byte* to, std::size_t at) {
  if (row.direct) return value(row, to, at);
  if ((in_.window(at) >> 63) != 0) {
    // Second level. Some encoders leave an empty value out: then the end of the element comes at once, its code is 0.
    const bool ends = (in_.window(at + 1) >> 61) == 0;
    const bool may_be_empty = row.op == Op::text || row.op == Op::octets;
    if (!ends || !may_be_empty) return fail(ErrorKind::deviation, at, row.name);
    set_size(to, 0);
    return at + 4;
  }
  at = value(row, to, at + 1);
  if (at == kFailed) return at;
  return (in_.window(at) >> 63) == 0 ? at + 1 : fail(ErrorKind::deviation, at, row.name);
}

std::size_t Decoder::choose(const Type& type, std::byte* to, std::uint32_t code, std::size_t at) {
  std::size_t i = std::min<std::size_t>(code, type.count - 1U);
  while (i > 0 && type.rows[i].code > code) --i;
  const Row& row = type.rows[i];
  if (row.code != code) return fail(ErrorKind::unsupported, at, {});
  if (type.shape == nullptr) return record(*row.type, to, at);
  if (type.shape->length(to) != row.index) type.shape->set_length(to, row.index);
  return record(*row.type, static_cast<std::byte*>(type.shape->at(to, 0)), at);
}

// `object` holds all members of the group.
std::size_t Decoder::either(const Row& row, std::byte* object, std::uint32_t code, std::size_t at) {
  const std::span members{row.type->rows, row.type->count};
  for (const Row& member : members) object[member.flag] = std::byte{0};
  const Row& member = members[code];
  object[member.flag] = std::byte{1};
  return item(member, object + member.offset, 0, at);
}

std::size_t Decoder::item(const Row& row, std::byte* to, std::uint32_t code, std::size_t at) {
  switch (row.op) {
    case Op::record: return record(*row.type, to, at);
    case Op::choice: return choose(*row.type, to, code, at);
    case Op::never: return fail(ErrorKind::unsupported, at, row.name);
    case Op::either: return either(row, to, code, at);
    default: return simple(row, to, at);
  }
}

// Elements as long as their code comes; then the code of what follows, if it is read already.
Decoder::Next Decoder::list(const Row& row, std::byte* to, std::uint32_t code, std::size_t at) {
  const Row& element = *row.type->rows;
  std::uint32_t count = 0;
  while (code < row.codes) {
    if (count == row.capacity) return {fail(ErrorKind::no_room, at, row.name), 0};
    at = item(element, to + row.data + std::size_t{count} * row.stride, code, at);
    if (at == kFailed) return {at, 0};
    ++count;
    ++steps_;
    if (count == row.at_most) {
      set_size(to, count);
      return {at, kNoCode};
    }
    if (at > in_.bits()) return {fail(ErrorKind::truncated, at, row.name), 0};
    const std::uint8_t width = event_width(row.codes + (count < row.at_least ? 0U : row.after));
    code = static_cast<std::uint32_t>(in_.window(at) >> (64 - width));
    at += width;
  }
  if (count < row.at_least) return {leftover(code - row.codes, at, row.name), 0};
  set_size(to, count);
  return {at, code - row.codes};
}

void Decoder::absent(const Row& row, std::byte* object) {
  if (row.presence == Presence::optional) object[row.flag] = std::byte{0};
  if (row.presence == Presence::repeated) set_size(object + row.offset, 0);
}

std::size_t Decoder::record(const Type& type, std::byte* object, std::size_t at) {
  steps_ += type.count + 1U;
  std::uint32_t code = kNoCode;
  const Row* const end = type.rows + type.count;
  for (const Row* row = type.rows; row != end; ++row) {
    std::uint64_t window = in_.window(at);
    if (code == kNoCode) {
      code = static_cast<std::uint32_t>(window >> (64 - row->width));
      window <<= row->width;
      at += row->width;
    }
    if (code >= row->codes) {
      const bool required =
          row->presence == Presence::required || (row->presence == Presence::repeated && row->at_least > 0);
      if (required) return leftover(code - row->codes, at, row->name);
      absent(*row, object);
      code -= row->codes;
      continue;
    }
    std::byte* const to = object + row->offset;
    if (row->presence == Presence::optional) object[row->flag] = std::byte{1};
    if (row->presence == Presence::repeated) {
      const Next next = list(*row, to, code, at);
      if (next.at == kFailed) return kFailed;
      at = next.at;
      code = static_cast<std::uint32_t>(next.code);
      continue;
    }
    if (row->op == Op::bits && (window & row->frame) == 0 && !row->direct) {
      const std::uint64_t value = window >> (63 - row->bits);
      if (value > row->span) return fixed_bits(*row, to, at + 1);
      *to = static_cast<std::byte>(value + static_cast<std::uint64_t>(row->min));
      at += row->bits + 2U;
    } else if (row->op == Op::record) {
      at = record(*row->type, to, at);
    } else {
      const std::size_t quick = row->op == Op::integer && !row->direct ? short_integer(*row, to, window, at) : 0;
      at = quick != 0 ? quick : item(*row, to, code, at);
    }
    if (at == kFailed) return kFailed;
    code = kNoCode;
  }
  if (code == kNoCode) {
    code = static_cast<std::uint32_t>(in_.window(at) >> (64 - type.end_width));
    at += type.end_width;
  }
  if (at > in_.bits()) return fail(ErrorKind::truncated, at, {});
  if (code == 0) return at;
  if (type.mixed && code == 1) return fail(ErrorKind::unsupported, at, {});
  return leftover(code - (type.mixed ? 2 : 1), at, {});
}

std::expected<Work, Error> Decoder::finish(std::size_t at) {
  if (at != kFailed && at > in_.bits()) at = fail(ErrorKind::truncated, at, {});
  if (at == kFailed) return std::unexpected(error_);
  for (std::size_t rest = at; rest < in_.bits(); rest += BitInput::kValid) {
    if ((in_.window(rest) >> (64 - BitInput::kValid)) != 0) {
      fail(ErrorKind::trailing_bytes, at, {});
      return std::unexpected(error_);
    }
  }
  return Work{static_cast<std::uint32_t>(at), steps_};
}

std::expected<Work, Error> Decoder::document(const Grammar& grammar, std::byte* to) {
  if (!header()) return std::unexpected(error_);
  const std::size_t globals = grammar.set().globals.size();
  const std::uint8_t width = event_width(globals);
  const auto code = static_cast<std::uint32_t>(in_.window(8) >> (64 - width));
  if (code >= globals) {
    leftover(code - static_cast<std::uint32_t>(globals), 8U + width, {});
    return std::unexpected(error_);
  }
  return finish(choose(grammar.document(), to, code, 8U + width));
}

bool Decoder::header() {
  if (in_.bits() > kMaxBytes * 8) return fail(ErrorKind::too_large, 0, {}) != kFailed;
  if (in_.bits() == 0) return fail(ErrorKind::truncated, 0, {}) != kFailed;
  return (in_.window(0) >> 56) == 0x80 || fail(ErrorKind::bad_header, 0, {}) != kFailed;
}

std::expected<Work, Error> decode_document(const Grammar& grammar, std::span<const std::byte> in, void* value) {
  BULWATT_UNINITIALIZED Decoder decoder{in};
  return decoder.document(grammar, static_cast<std::byte*>(value));
}

}  // namespace bulwatt::exi
