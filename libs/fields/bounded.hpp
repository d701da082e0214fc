// Bounded inline values: Text, Octets, List, Decimal, Timestamp. None of them allocates.
#pragma once
#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

namespace bulwatt {

/// UTF-8 text of at most N bytes.
template <std::size_t N>
struct Text {
  static_assert(N > 0 && N <= 0xffff);
  static constexpr std::size_t kCapacity = N;
  std::uint16_t size = 0;
  std::array<char, N> data{};

  constexpr Text() = default;
  /// Keeps the first N bytes of a longer text; use `fits` first where that would lose something.
  constexpr Text(std::string_view s)
      : size(static_cast<std::uint16_t>(std::min(s.size(), N))) {  // NOLINT: implicit on purpose
    std::copy_n(s.begin(), size, data.begin());
  }
  constexpr Text(const char* s) : Text(std::string_view{s}) {}  // NOLINT: implicit on purpose

  static constexpr bool fits(std::string_view s) { return s.size() <= N; }
  constexpr std::string_view view() const { return {data.data(), size}; }
  constexpr bool empty() const { return size == 0; }
  friend constexpr bool operator==(const Text& a, const Text& b) { return a.view() == b.view(); }
  friend constexpr auto operator<=>(const Text& a, const Text& b) { return a.view() <=> b.view(); }
};

/// At most N raw bytes.
template <std::size_t N>
struct Octets {
  static_assert(N > 0 && N <= 0xffff);
  static constexpr std::size_t kCapacity = N;
  std::uint16_t size = 0;
  std::array<std::byte, N> data{};

  constexpr Octets() = default;
  constexpr explicit Octets(std::span<const std::byte> s) : size(static_cast<std::uint16_t>(std::min(s.size(), N))) {
    std::copy_n(s.begin(), size, data.begin());
  }
  constexpr std::span<const std::byte> view() const { return {data.data(), size}; }
  constexpr bool empty() const { return size == 0; }
  friend constexpr bool operator==(const Octets& a, const Octets& b) { return std::ranges::equal(a.view(), b.view()); }
};

/// At most N values of T, in order.
template <class T, std::size_t N>
struct List {
  static_assert(N > 0 && N <= 0xffff);
  static constexpr std::size_t kCapacity = N;
  using Element = T;
  std::uint16_t size = 0;
  std::array<T, N> data{};

  constexpr std::span<const T> view() const { return {data.data(), size}; }
  constexpr std::span<T> view() { return {data.data(), size}; }
  constexpr bool empty() const { return size == 0; }
  constexpr bool full() const { return size == N; }
  constexpr void clear() { size = 0; }
  /// False, and nothing changed, when the list is full.
  [[nodiscard]] constexpr bool push_back(const T& value) {
    if (full()) return false;
    data[size++] = value;
    return true;
  }
  constexpr void erase(std::size_t index) {
    std::move(data.begin() + static_cast<std::ptrdiff_t>(index) + 1, data.begin() + size,
              data.begin() + static_cast<std::ptrdiff_t>(index));
    --size;
  }
  constexpr const T& operator[](std::size_t i) const { return data[i]; }
  constexpr T& operator[](std::size_t i) { return data[i]; }
  constexpr auto begin() const { return data.begin(); }
  constexpr auto end() const { return data.begin() + size; }
  constexpr auto begin() { return data.begin(); }
  constexpr auto end() { return data.begin() + size; }
  friend constexpr bool operator==(const List& a, const List& b) { return std::ranges::equal(a.view(), b.view()); }
};

/// Something that a schema allows and no message of ours may contain: it is counted where positions are counted (exi), never
/// stored, never written. `Productions` is the number of ways in which it may begin.
template <std::uint8_t Productions = 1>
struct Never {
  static constexpr std::uint8_t kNever = Productions;
  static constexpr auto fields() { return std::tuple<>{}; }
  friend constexpr bool operator==(const Never&, const Never&) { return true; }
};

/// A decimal number in millionths. Range about +-9.2e12; a JSON number with more digits is rounded half to even.
struct Decimal {
  static constexpr std::int64_t kScale = 1'000'000;
  std::int64_t millionths = 0;

  static constexpr Decimal from_milli(std::int64_t milli) { return {milli * 1000}; }
  static constexpr Decimal from_whole(std::int64_t whole) { return {whole * kScale}; }
  constexpr std::int64_t milli() const { return millionths / 1000; }
  friend constexpr auto operator<=>(const Decimal&, const Decimal&) = default;
};

/// A moment of civil time: milliseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  std::int64_t unix_ms = 0;
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

}  // namespace bulwatt
