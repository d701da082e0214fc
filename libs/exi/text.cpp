// Texts: a length and code points, or a reference to an earlier text of the same stream.
#include "libs/exi/decoder.hpp"

namespace bulwatt::exi {
namespace {

constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;

// Whether the seven bytes on top are all ASCII without NUL.
bool seven_plain(std::uint64_t window) {
  const std::uint64_t seven = window | 1;
  return ((seven | ((seven - kOnes) & ~seven)) & kHighBits) == 0;
}

}  // namespace

std::size_t Decoder::text(const Row& row, std::byte* to, std::size_t at) {
  const std::size_t begin = at;
  std::uint64_t n = 0;
  at = unsigned_value(at, n, row.name);
  if (at == kFailed) return at;
  if (n < 2) return hit(row, to, n == 1, at);
  if (n > 2) {  // the empty text is not remembered
    if (texts_ < kMaxTexts) seen_[texts_] = {row.partition, static_cast<std::uint32_t>(begin)};
    ++texts_;
  }
  return characters(row, to, n - 2, at);
}

// Number k of the texts of the same name, or of all: k takes as many bits as there are texts so far.
std::size_t Decoder::hit(const Row& row, std::byte* to, bool global, std::size_t at) {
  if (texts_ > kMaxTexts) return fail(ErrorKind::no_room, at, row.name);
  const std::span seen = std::span{seen_}.first(texts_);
  const auto same = [&](const Seen& text) { return global || text.partition == row.partition; };
  const auto candidates = static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), same));
  const std::uint8_t width = index_width(candidates);
  std::uint64_t wanted = in_.window(at) >> 1 >> (63 - width);
  at += width;
  for (const Seen& text : seen) {
    if (!same(text) || wanted-- != 0) continue;
    std::uint64_t n = 0;
    const std::size_t first = unsigned_value(text.at, n, row.name);
    return characters(row, to, n - 2, first) == kFailed ? kFailed : at;
  }
  return fail(ErrorKind::bad_string_hit, at, row.name);
}

std::size_t Decoder::characters(const Row& row, std::byte* to, std::uint64_t n, std::size_t at) {
  if (n > row.at_most) return fail(ErrorKind::too_long, at, row.name);
  if (n > row.capacity) return fail(ErrorKind::no_room, at, row.name);
  if (at > in_.bits() || n > (in_.bits() - at) / 8) return fail(ErrorKind::truncated, in_.bits() + 1, row.name);
  std::byte* const storage = to + row.data;
  std::size_t bytes = 0;
  while (n > 0) {
    const std::uint64_t window = in_.window(at);
    if (n >= 7 && row.capacity - bytes >= 8 && seven_plain(window)) {
      const std::uint64_t word = big_endian(window);
      std::memcpy(storage + bytes, &word, sizeof word);
      bytes += 7;
      n -= 7;
      at += 56;
      continue;
    }
    at = code_point(row, storage, bytes, at);
    if (at == kFailed) return at;
    --n;
  }
  set_size(to, bytes);
  return at;
}

// One code point in groups of seven bits, as UTF-8 behind the first `bytes`.
std::size_t Decoder::code_point(const Row& row, std::byte* to, std::size_t& bytes, std::size_t at) {
  std::uint32_t code = 0;
  std::uint64_t group = 0x80;
  for (unsigned shift = 0; (group & 0x80) != 0; shift += 7) {
    if (shift > 14) return fail(ErrorKind::bad_text, at, row.name);
    group = in_.window(at) >> 56;
    code |= static_cast<std::uint32_t>(group & 0x7f) << shift;
    at += 8;
  }
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return fail(ErrorKind::bad_text, at, row.name);
  const std::size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  if (row.capacity - bytes < size) return fail(ErrorKind::no_room, at, row.name);
  if (size == 1) {
    to[bytes++] = static_cast<std::byte>(code);
    return at;
  }
  constexpr std::array<std::uint32_t, 5> kLead{0, 0, 0xc0, 0xe0, 0xf0};
  to[bytes] = static_cast<std::byte>(kLead[size] | code >> (6 * (size - 1)));
  for (std::size_t i = 1; i < size; ++i)
    to[bytes + i] = static_cast<std::byte>(0x80 | (code >> (6 * (size - 1 - i)) & 0x3f));
  bytes += size;
  return at;
}

}  // namespace bulwatt::exi
