// The codec between processes: bounded, canonical, little-endian, no allocation, sizes known at compile time.
// Every value has exactly one encoding and every accepted input is one: decode(encode(m)) == m and encode(decode(b)) == b.
//
// Layout: integers and Decimal/Timestamp little-endian; bool and enumeration one byte; Text and Octets a 16-bit length
// and the bytes; List a 16-bit count and the elements; std::optional a bool and the value; std::variant one byte and
// the alternative; a described type its fields in order.
#pragma once
#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>
#include <expected>
#include <span>

#include "libs/fields/fields.hpp"

namespace bulwatt::wire {

enum class Error : std::uint8_t {
  truncated,
  trailing_bytes,
  length_out_of_range,
  value_out_of_range,
  bad_bool,
  bad_enum,
  bad_variant,
  bad_utf8,
};
constexpr auto enum_names(Error) {
  return names("truncated", "trailing_bytes", "length_out_of_range", "value_out_of_range", "bad_bool", "bad_enum",
               "bad_variant", "bad_utf8");
}

/// Greatest encoded size of T in bytes.
template <class T>
consteval std::size_t max_size() {
  using namespace bulwatt::detail;
  if constexpr (std::same_as<T, bool> || std::is_enum_v<T>) {
    return 1;
  } else if constexpr (std::integral<T>) {
    return sizeof(T);
  } else if constexpr (std::same_as<T, Decimal> || std::same_as<T, Timestamp>) {
    return 8;
  } else if constexpr (is_text<T> || is_octets<T>) {
    return 2 + T::kCapacity;
  } else if constexpr (is_array<T>) {
    return std::tuple_size_v<T>;
  } else if constexpr (is_list<T>) {
    return 2 + T::kCapacity * max_size<typename T::Element>();
  } else if constexpr (is_optional<T>) {
    return 1 + max_size<typename T::value_type>();
  } else if constexpr (is_variant<T>) {
    return []<class... A>(std::type_identity<std::variant<A...>>) {
      return 1 + std::max({std::size_t{0}, max_size<A>()...});
    }(std::type_identity<T>{});
  } else {
    static_assert(Described<T>, "a message member needs a field list or a bounded type");
    check_complete<T>();
    return std::apply(
        [](const auto&... entry) {
          return (std::size_t{0} + ... + max_size<std::remove_cvref_t<decltype(std::declval<T&>().*entry.kMember)>>());
        },
        T::fields());
  }
}

namespace detail {
template <std::unsigned_integral U>
constexpr U byteswapped(U v) {
  U r = 0;
  for (std::size_t i = 0; i < sizeof(U); ++i) r = static_cast<U>((r << 8) | ((v >> (8 * i)) & 0xff));
  return r;
}
}  // namespace detail

class Writer {
 public:
  /// `out` must hold the greatest size of everything that is put; encode() guarantees it.
  explicit constexpr Writer(std::span<std::byte> out) : out_(out) {}

  template <class T>
  constexpr void put(const T& v) {
    using namespace bulwatt::detail;
    if constexpr (std::same_as<T, bool>) {
      put_int(static_cast<std::uint8_t>(v ? 1 : 0));
    } else if constexpr (std::is_enum_v<T>) {
      put_int(static_cast<std::uint8_t>(std::to_underlying(v)));
    } else if constexpr (std::integral<T>) {
      put_int(static_cast<std::make_unsigned_t<T>>(v));
    } else if constexpr (std::same_as<T, Decimal>) {
      put_int(static_cast<std::uint64_t>(v.millionths));
    } else if constexpr (std::same_as<T, Timestamp>) {
      put_int(static_cast<std::uint64_t>(v.unix_ms));
    } else if constexpr (is_text<T> || is_octets<T>) {
      put_int(v.size);
      put_bytes(v.data.data(), v.size);
    } else if constexpr (is_array<T>) {
      put_bytes(v.data(), v.size());
    } else if constexpr (is_list<T>) {
      put_int(v.size);
      for (std::size_t i = 0; i < v.size; ++i) put(v.data[i]);
    } else if constexpr (is_optional<T>) {
      put(v.has_value());
      if (v) put(*v);
    } else if constexpr (is_variant<T>) {
      put_int(static_cast<std::uint8_t>(v.index()));
      std::visit([&](const auto& alternative) { put(alternative); }, v);
    } else {
      all_fields<T>([&]<std::size_t I>() {
        put(v.*std::get<I>(kFields<T>).kMember);
        return true;
      });
    }
  }
  constexpr std::size_t size() const { return pos_; }

 private:
  template <std::unsigned_integral U>
  constexpr void put_int(U v) {
    if consteval {
      for (std::size_t i = 0; i < sizeof(U); ++i) out_[pos_ + i] = static_cast<std::byte>(v >> (8 * i));
    } else {
      if constexpr (std::endian::native == std::endian::big) v = detail::byteswapped(v);
      std::memcpy(out_.data() + pos_, &v, sizeof v);
    }
    pos_ += sizeof(U);
  }
  template <class Byte>
  constexpr void put_bytes(const Byte* from, std::size_t n) {
    if consteval {
      for (std::size_t i = 0; i < n; ++i) out_[pos_ + i] = static_cast<std::byte>(from[i]);
    } else {
      if (n != 0) std::memcpy(out_.data() + pos_, from, n);
    }
    pos_ += n;
  }
  std::span<std::byte> out_;
  std::size_t pos_ = 0;
};

class Reader {
 public:
  explicit constexpr Reader(std::span<const std::byte> in) : in_(in) {}

  /// Reads one value; false with error() set when the input is not an encoding of a T within `facts`.
  template <class T>
  constexpr bool get(T& v, const Facts& facts = {}) {
    using namespace bulwatt::detail;
    if constexpr (std::same_as<T, bool>) {
      std::uint8_t b{};
      if (!get_int(b)) return false;
      v = b != 0;
      return b <= 1 || fail(Error::bad_bool);
    } else if constexpr (std::is_enum_v<T>) {
      static_assert(NamedEnum<T>, "an enumeration in a message needs enum_names()");
      std::uint8_t b{};
      if (!get_int(b)) return false;
      if (b >= enum_names(T{}).size()) return fail(Error::bad_enum);
      v = static_cast<T>(b);
      return true;
    } else if constexpr (std::integral<T>) {
      std::make_unsigned_t<T> u{};
      if (!get_int(u)) return false;
      v = static_cast<T>(u);
      return in_range(v, facts) || fail(Error::value_out_of_range);
    } else if constexpr (std::same_as<T, Decimal> || std::same_as<T, Timestamp>) {
      std::uint64_t u{};
      if (!get_int(u)) return false;
      if constexpr (std::same_as<T, Decimal>) v.millionths = static_cast<std::int64_t>(u);
      else v.unix_ms = static_cast<std::int64_t>(u);
      return true;
    } else if constexpr (is_text<T> || is_octets<T>) {
      return get_run(v, facts);
    } else if constexpr (is_array<T>) {
      if (in_.size() - pos_ < v.size()) return fail(Error::truncated);
      get_bytes(v.data(), v.size());
      return true;
    } else if constexpr (is_list<T>) {
      std::uint16_t n{};
      if (!get_int(n)) return false;
      if (n > T::kCapacity || n < facts.at_least) return fail(Error::length_out_of_range);
      v.size = n;
      for (std::size_t i = 0; i < n; ++i) {
        if (!get(v.data[i])) return false;
      }
      return true;
    } else if constexpr (is_optional<T>) {
      bool present{};
      if (!get(present)) return false;
      if (present) return get(v.emplace(), facts);
      v.reset();
      return true;
    } else if constexpr (is_variant<T>) {
      std::uint8_t which{};
      return get_int(which) && get_alternative(v, which, std::make_index_sequence<std::variant_size_v<T>>{});
    } else {
      return all_fields<T>([&]<std::size_t I>() {
        constexpr const auto& entry = std::get<I>(kFields<T>);
        return get(v.*entry.kMember, entry.facts);
      });
    }
  }
  /// True when nothing is left; otherwise the error is trailing_bytes.
  constexpr bool done() { return pos_ == in_.size() || fail(Error::trailing_bytes); }
  constexpr Error error() const { return error_; }

 private:
  constexpr bool fail(Error e) {
    error_ = e;
    return false;
  }
  template <class T>
  static constexpr bool in_range(T v, const Facts& facts) {
    return (facts.min == LLONG_MIN || std::cmp_greater_equal(v, facts.min)) &&
           (facts.max == LLONG_MAX || std::cmp_less_equal(v, facts.max));
  }
  template <class T>
  constexpr bool get_run(T& v, const Facts& facts) {
    std::uint16_t n{};
    if (!get_int(n)) return false;
    if (n > T::kCapacity || n < facts.at_least) return fail(Error::length_out_of_range);
    if (in_.size() - pos_ < n) return fail(Error::truncated);
    v.size = n;
    get_bytes(v.data.data(), n);
    if constexpr (bulwatt::detail::is_text<T>) {
      if (!valid_utf8(v.view())) return fail(Error::bad_utf8);
    }
    return true;
  }
  template <class Byte>
  constexpr void get_bytes(Byte* to, std::size_t n) {
    if consteval {
      for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<Byte>(in_[pos_ + i]);
    } else {
      if (n != 0) std::memcpy(to, in_.data() + pos_, n);
    }
    pos_ += n;
  }
  template <std::unsigned_integral U>
  constexpr bool get_int(U& v) {
    if (in_.size() - pos_ < sizeof(U)) return fail(Error::truncated);
    if consteval {
      v = 0;
      for (std::size_t i = 0; i < sizeof(U); ++i) {
        v = static_cast<U>(v | (static_cast<U>(std::to_integer<U>(in_[pos_ + i])) << (8 * i)));
      }
    } else {
      std::memcpy(&v, in_.data() + pos_, sizeof v);
      if constexpr (std::endian::native == std::endian::big) v = detail::byteswapped(v);
    }
    pos_ += sizeof(U);
    return true;
  }
  template <class V, std::size_t... I>
  constexpr bool get_alternative(V& v, std::size_t which, std::index_sequence<I...>) {
    bool ok = false;
    const bool known = ((which == I ? (ok = get(v.template emplace<I>()), true) : false) || ...);
    return known ? ok : fail(Error::bad_variant);
  }
  std::span<const std::byte> in_;
  std::size_t pos_ = 0;
  Error error_ = Error::truncated;
};

template <Described T>
using Buffer = std::array<std::byte, std::max<std::size_t>(max_size<T>(), 1)>;

/// Encodes into a buffer of the greatest size; returns the bytes used. Cannot fail.
template <Described T>
constexpr std::size_t encode(const T& message, std::span<std::byte> out) {
  Writer writer{out};
  writer.put(message);
  return writer.size();
}

/// Decodes a whole buffer.
template <Described T>
constexpr std::expected<T, Error> decode(std::span<const std::byte> in) {
  std::expected<T, Error> message{std::in_place};
  Reader reader{in};
  if (!reader.get(*message) || !reader.done()) return std::unexpected(reader.error());
  return message;
}

}  // namespace bulwatt::wire
