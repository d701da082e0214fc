// The encoder: the decoder's walk the other way. After an error it walks on, within the same bounds, and reports at the end.
#include "libs/exi/encoder.hpp"

#include <algorithm>
#include <limits>

namespace bulwatt::exi {

Cursor Encoder::fail(ErrorKind kind, std::string_view element, Cursor c) {
  if (!failed_) error_ = {kind, static_cast<std::uint32_t>(c.at), element};
  failed_ = true;
  return c;
}

Cursor Encoder::unsigned_value(std::uint64_t value, Cursor c) {
  for (; value >= 0x80; value >>= 7) c = out_.put(c, (value & 0x7f) | 0x80, 8);
  return out_.put(c, value, 8);
}

namespace {
std::int64_t load(const std::byte* from, std::uint8_t size, bool is_signed) {
  std::uint64_t bits = 0;
  switch (size) {
    case 1: bits = std::to_integer<std::uint64_t>(*from); break;
    case 2: {
      std::uint16_t v;
      std::memcpy(&v, from, sizeof v);
      bits = v;
      break;
    }
    case 4: {
      std::uint32_t v;
      std::memcpy(&v, from, sizeof v);
      bits = v;
      break;
    }
    default: std::memcpy(&bits, from, sizeof bits); return static_cast<std::int64_t>(bits);
  }
  if (!is_signed) return static_cast<std::int64_t>(bits);
  const unsigned shift = 64U - size * 8U;
  return static_cast<std::int64_t>(bits << shift) >> shift;
}
}  // namespace

// `before` are `n` bits of events that precede the value.
Cursor Encoder::integer(const Row& row, const std::byte* from, std::uint64_t before, unsigned n, Cursor c) {
  const std::int64_t value = load(from, row.size, row.is_signed);
  const auto bits = static_cast<std::uint64_t>(value);
  const bool too_small = row.is_signed ? value < row.min : bits < static_cast<std::uint64_t>(row.min);
  if (too_small || bits - static_cast<std::uint64_t>(row.min) > row.span)
    return fail(ErrorKind::out_of_range, row.name, c);
  const bool negative = row.is_signed && value < 0;
  if (row.has_sign) {
    before = before << 1 | (negative ? 1 : 0);
    ++n;
  }
  std::uint64_t rest = negative ? ~bits : bits;
  do {
    const std::uint64_t group = (rest & 0x7f) | (rest > 0x7f ? 0x80 : 0);
    before = before << 8 | group;
    n += 8;
    rest >>= 7;
    if (n > 40) {
      c = out_.put(c, before, n);
      before = n = 0;
    }
  } while (rest != 0);
  if (!row.direct) {
    before <<= 1;
    ++n;
  }
  return n == 0 ? c : out_.put(c, before, n);
}

Cursor Encoder::octets(const Row& row, const std::byte* from, Cursor c) {
  const bool fixed = row.op == Op::fixed_octets;
  const std::size_t n = fixed ? row.capacity : size_of(from);
  if (!fixed && (n > row.at_most || n > row.capacity)) return fail(ErrorKind::too_long, row.name, c);
  c = unsigned_value(n, c);
  return out_.put_bytes(c, from + row.data, n);
}

// Bytes, the highest first, with a sign bit, become groups of seven bits, the lowest first.
Cursor Encoder::big_integer(const Row& row, const std::byte* from, Cursor c) {
  const std::size_t n = size_of(from);
  if (n == 0 || n > row.capacity) return fail(n == 0 ? ErrorKind::too_short : ErrorKind::too_long, row.name, c);
  const std::byte* const bytes = from + row.data;
  const bool negative = (bytes[0] & std::byte{0x80}) != std::byte{0};
  const auto magnitude = [&](std::size_t i) {  // byte i from the lowest
    return std::to_integer<std::uint32_t>(negative ? ~bytes[n - 1 - i] : bytes[n - 1 - i]);
  };
  std::size_t used = n;
  while (used > 1 && magnitude(used - 1) == 0) --used;
  c = out_.put(c, negative ? 1 : 0, 1);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < used || bits > 0;) {
    while (bits < 7 && i < used) {
      pending |= magnitude(i++) << bits;
      bits += 8;
    }
    const std::uint32_t group = pending & 0x7f;
    pending >>= 7;
    bits -= std::min(bits, 7U);
    bool more = pending != 0;
    for (std::size_t k = i; k < used && !more; ++k) more = magnitude(k) != 0;
    c = out_.put(c, group | (more ? 0x80 : 0), 8);
    if (!more) break;
  }
  return c;
}

// Always as a text of its own: the length in characters and two, then the code points.
Cursor Encoder::text(const Row& row, const std::byte* from, Cursor c) {
  const std::size_t bytes = size_of(from);
  if (bytes > row.capacity) return fail(ErrorKind::too_long, row.name, c);
  const std::string_view text{reinterpret_cast<const char*>(from) + row.data, bytes};
  if (!valid_utf8(text)) return fail(ErrorKind::bad_text, row.name, c);
  const auto continues = [](char byte) { return (static_cast<std::uint8_t>(byte) & 0xc0) == 0x80; };
  const std::size_t chars = bytes - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
  if (chars > row.at_most) return fail(ErrorKind::too_long, row.name, c);
  c = unsigned_value(chars + 2, c);
  if (chars == bytes) return out_.put_bytes(c, from + row.data, bytes);
  for (std::size_t i = 0; i < bytes;) {
    const auto lead = static_cast<std::uint8_t>(text[i++]);
    std::uint32_t code = lead < 0x80 ? lead : lead < 0xe0 ? lead & 0x1fU : lead < 0xf0 ? lead & 0x0fU : lead & 0x07U;
    while (i < bytes && continues(text[i])) code = code << 6 | (static_cast<std::uint8_t>(text[i++]) & 0x3fU);
    c = unsigned_value(code, c);
  }
  return c;
}

Cursor Encoder::value(const Row& row, const std::byte* from, Cursor c) {
  switch (row.op) {
    case Op::bits:
    case Op::wide_bits: {
      const std::uint64_t index =
          static_cast<std::uint64_t>(load(from, row.size, row.is_signed)) - static_cast<std::uint64_t>(row.min);
      if (index > row.span) return fail(ErrorKind::out_of_range, row.name, c);
      return row.bits == 0 ? c : out_.put(c, index, row.bits);
    }
    case Op::big_integer: return big_integer(row, from, c);
    case Op::text: return text(row, from, c);
    default: return octets(row, from, c);
  }
}

Cursor Encoder::choose(const Type& type, const std::byte* from, Event event, Cursor c) {
  if (type.shape == nullptr) {
    c = out_.put(c, event.code + type.rows->code, event.width);
    return record(*type.rows->type, from, c);
  }
  auto* const variant = const_cast<std::byte*>(from);  // shapes know one kind of access
  const std::size_t held = type.shape->length(variant);
  if (held >= type.count) return fail(ErrorKind::bad_choice, {}, c);
  const Row& row = type.rows[type.rows[held].rank];
  c = out_.put(c, event.code + row.code, event.width);
  return record(*row.type, static_cast<const std::byte*>(type.shape->at(variant, 0)), c);
}

Cursor Encoder::either(const Row& row, const std::byte* object, Event event, Cursor c) {
  const std::span members{row.type->rows, row.type->count};
  const Row* present = nullptr;
  for (const Row& member : members) {
    if (object[member.flag] == std::byte{0}) continue;
    if (present != nullptr) return fail(ErrorKind::bad_choice, member.name, c);
    present = &member;
  }
  if (present == nullptr) return fail(ErrorKind::bad_choice, row.name, c);
  return item(*present, object + present->offset, {event.code + present->code, event.width}, c);
}

Cursor Encoder::item(const Row& row, const std::byte* from, Event event, Cursor c) {
  switch (row.op) {
    case Op::record: return record(*row.type, from, out_.put(c, event.code, event.width));
    case Op::choice: return choose(*row.type, from, event, c);
    case Op::either: return either(row, from, event, c);
    case Op::never: return c;
    default: break;
  }
  const unsigned begins = row.direct ? 0 : 1;  // the event that begins a value is a zero bit
  if (row.op == Op::integer) return integer(row, from, event.code << begins, event.width + begins, c);
  c = value(row, from, out_.put(c, event.code << begins, event.width + begins));
  return row.direct ? c : out_.put(c, 0, 1);
}

Cursor Encoder::list(const Row& row, const std::byte* from, Event& event, Cursor c) {
  const std::size_t count = size_of(from);
  if (count > row.capacity || count > row.at_most) return fail(ErrorKind::too_long, row.name, c);
  if (count < row.at_least) return fail(ErrorKind::too_few, row.name, c);
  const Row& element = *row.type->rows;
  for (std::size_t i = 0; i < count; ++i) {
    c = item(element, from + row.data + i * row.stride, event, c);
    const std::uint32_t next = row.codes + (i + 1 < row.at_least ? 0U : row.after);
    event = {0, i + 1 == row.at_most ? row.after_width : event_width(next)};
  }
  if (count < row.at_most) event.code += row.codes;
  return c;
}

Cursor Encoder::record(const Type& type, const std::byte* object, Cursor c) {
  Event event{0, type.first_width};
  const Row* const end = type.rows + type.count;
  for (const Row* row = type.rows; row != end; ++row) {
    if (row->presence == Presence::never ||
        (row->presence == Presence::optional && object[row->flag] == std::byte{0})) {
      event.code += row->codes;
      continue;
    }
    const std::byte* const from = object + row->offset;
    if (row->presence == Presence::repeated) {
      c = list(*row, from, event, c);
      continue;
    }
    if (row->op == Op::bits && !row->direct) {
      const auto index =
          static_cast<std::uint8_t>(std::to_integer<std::uint64_t>(*from) - static_cast<std::uint64_t>(row->min));
      if (index > row->span) return fail(ErrorKind::unknown_value, row->name, c);
      c = out_.put(c, (std::uint64_t{event.code} << (row->bits + 1) | index) << 1, event.width + row->bits + 2U);
    } else {
      c = item(*row, from, event, c);
    }
    event = {0, row->after_width};
  }
  return out_.put(c, event.code, event.width);
}

std::expected<std::size_t, Error> Encoder::finish(Cursor c) {
  const std::size_t bytes = out_.finish(c);
  if (!failed_ && out_.full()) fail(ErrorKind::output_full, {}, c);
  if (failed_) return std::unexpected(error_);
  return bytes;
}

std::expected<std::size_t, Error> Encoder::document(const Grammar& grammar, const std::byte* from) {
  const Cursor c = out_.put({}, 0x80, 8);
  return finish(choose(grammar.document(), from, {0, event_width(grammar.set().globals.size())}, c));
}

std::expected<std::size_t, Error> encode_document(const Grammar& grammar, const void* value, std::span<std::byte> out) {
  return Encoder{out}.document(grammar, static_cast<const std::byte*>(value));
}

}  // namespace bulwatt::exi
