// Bits of a stream, most significant first. Both sides work on positions that callers keep in registers. Internal to exi.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace bulwatt::exi {

constexpr std::uint64_t big_endian(std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::little) return __builtin_bswap64(word);
  return word;
}

/// Reads anywhere; behind the end there are zeros, so a reader looks at its position only from time to time.
class BitInput {
 public:
  static constexpr unsigned kValid = 57;  ///< bits of a window that are sure to be there

  explicit BitInput(std::span<const std::byte> bytes)
      : data_(bytes.data()), bytes_(bytes.size()), whole_words_(bytes.size() < 8 ? 0 : bytes.size() - 7) {}

  std::size_t bits() const { return bytes_ * 8; }
  /// The bits from `at` on, the first one on top.
  std::uint64_t window(std::size_t at) const {
    const std::size_t byte = at >> 3;
    if (byte >= whole_words_) [[unlikely]]
      return end_window(at);
    std::uint64_t word;
    std::memcpy(&word, data_ + byte, sizeof word);
    return big_endian(word) << (at & 7);
  }
  /// `n` bytes from bit `at` on; they are all there.
  void copy(std::size_t at, std::byte* to, std::size_t n) const {
    for (; n >= 8; n -= 7, to += 7, at += 56) {  // eight are stored, seven count
      const std::uint64_t word = big_endian(window(at));
      std::memcpy(to, &word, sizeof word);
    }
    for (; n > 0; --n, ++to, at += 8) *to = static_cast<std::byte>(window(at) >> 56);
  }

 private:
  std::uint64_t end_window(std::size_t at) const {
    std::uint64_t word = 0;
    for (std::size_t i = at >> 3, k = 0; k < 8; ++k, ++i) {
      word = word << 8 | (i < bytes_ ? std::to_integer<std::uint64_t>(data_[i]) : 0);
    }
    return word << (at & 7);
  }

  const std::byte* data_;
  std::size_t bytes_;
  std::size_t whole_words_;  ///< byte positions at which eight bytes can be loaded
};

/// Where a writer is: the bits of the unfinished word, and how many bits there are in all.
struct Cursor {
  std::uint64_t word = 0;
  std::uint64_t at = 0;
};

class BitOutput {
 public:
  explicit BitOutput(std::span<std::byte> out) : out_(out.data()), bytes_(out.size()) {}

  /// The lowest `n` bits of `value`, the others are zero; 1 to 57 of them.
  Cursor put(Cursor c, std::uint64_t value, unsigned n) {
    const unsigned filled = c.at & 63;
    const unsigned sum = filled + n;
    if (sum < 64) {
      return {c.word | value << (64 - sum), c.at + n};
    }
    const unsigned over = sum - 64;
    store(c.at >> 6, c.word | value >> over);
    return {over == 0 ? 0 : value << (64 - over), c.at + n};
  }
  Cursor put_bytes(Cursor c, const std::byte* from, std::size_t n) {
    for (; n >= 8; n -= 7, from += 7) {
      std::uint64_t word;
      std::memcpy(&word, from, sizeof word);
      c = put(c, big_endian(word) >> 8, 56);
    }
    for (; n > 0; --n, ++from) c = put(c, std::to_integer<std::uint64_t>(*from), 8);
    return c;
  }
  /// Writes what is left and zeros up to a whole byte; the number of bytes.
  std::size_t finish(Cursor c) {
    const std::size_t size = (c.at + 7) >> 3;
    if (size > bytes_) {
      full_ = true;
      return 0;
    }
    for (std::size_t i = c.at >> 6 << 3, shift = 56; i < size; ++i, shift -= 8) {
      out_[i] = static_cast<std::byte>(c.word >> shift);
    }
    return size;
  }
  bool full() const { return full_; }

 private:
  void store(std::size_t index, std::uint64_t word) {
    if (bytes_ < 8 || index * 8 > bytes_ - 8) [[unlikely]] {
      full_ = true;
      return;
    }
    word = big_endian(word);
    std::memcpy(out_ + index * 8, &word, sizeof word);
  }

  std::byte* out_;
  std::size_t bytes_;
  bool full_ = false;
};

}  // namespace bulwatt::exi
