// One description per message. A type that lists its fields once is understood by every codec:
// `wire` (between processes), `json` (OCPP), `toml` (configuration), `exi` (ISO 15118) and `dump` (people).
//
//   struct Sample {
//     std::int64_t energy_mwh{};
//     std::optional<Phase> phase{};
//     static constexpr auto fields() {
//       return list(field<&Sample::energy_mwh>("energy", {.min = 0, .unit = "mWh"}), field<&Sample::phase>("phase"));
//     }
//   };
//
// The C++ type says optional (std::optional), repeated (List), choice (std::variant) and storage bound (Text, Octets);
// `Facts` says the rest. A member that the list forgets does not compile (`Described` checks the count).
// An enumeration is described by the texts of its values, in order, found by argument-dependent look-up:
//   constexpr auto enum_names(Phase) { return names("L1", "L2", "L3"); }
// For exi a type may also say `static constexpr std::string_view kElement` (the element it is by itself), and
// `static constexpr bool kMixed = true` (text may stand between its elements; it is counted and refused).
#pragma once
#include <array>
#include <climits>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "libs/fields/bounded.hpp"

namespace bulwatt {

/// For Facts::max of a text, octets or a list that the standard does not bound; the storage does.
inline constexpr long long kUnbounded = 0x7fff'ffff;

/// What a field's C++ type does not say. Limits are checked by every codec, both ways.
struct Facts {
  long long min = LLONG_MIN;       ///< least value of an integer, in its own unit; of a Decimal, in whole units
  long long max = LLONG_MAX;       ///< greatest value
  std::uint16_t at_least = 0;      ///< fewest elements, bytes or characters
  std::string_view unit{};         ///< for people: "mWh", "ms"
  std::string_view doc{};          ///< one line for people; every configuration key has one
  bool base64 = false;             ///< Octets travel as base64 in text codecs (otherwise hexadecimal)
  bool secret = false;             ///< dump prints the length only
  bool attribute = false;          ///< XML attribute (exi)
  bool content = false;            ///< XML simple content (exi)
  std::uint8_t choice = 0;         ///< exi: neighbours of the same number are optionals of which exactly one is there
  bool substitution = false;       ///< exi: the field's name is a head; the types held stand for it by their kElement
  bool integer = false;            ///< Octets are an integer of any size, two's complement, most significant byte first
  std::uint8_t space = 0;          ///< exi: tells apart equal local names of several XML namespaces
  std::uint8_t since = 0;          ///< first protocol version that knows the field (0: all)
  std::uint8_t until = 0xff;       ///< last protocol version that knows it
  std::uint16_t chars_before = 0;  ///< text limit in versions before `wider_since`
  std::uint8_t wider_since = 0;
};

/// One entry of a field list.
template <auto Member>
struct Field {
  std::string_view name;
  Facts facts{};
  static constexpr auto kMember = Member;
};

template <auto Member>
constexpr Field<Member> field(std::string_view name, Facts facts = {}) {
  return {name, facts};
}
template <auto... Members>
constexpr std::tuple<Field<Members>...> list(Field<Members>... entries) {
  return {entries...};
}
template <class... Text>
constexpr std::array<std::string_view, sizeof...(Text)> names(Text... texts) {
  return {std::string_view{texts}...};
}

namespace detail {
struct Anything {
  template <class T>
  operator T() const {  // NOLINT: implicit on purpose, never called
    __builtin_trap();
  }
};
template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), Anything{})...}; };
}
template <class T, std::size_t N = 0>
consteval std::size_t arity() {
  if constexpr (std::is_empty_v<T>) {
    return 0;
  } else if constexpr (takes<T>(std::make_index_sequence<N + 1>{})) {
    return arity<T, N + 1>();
  } else {
    return N;
  }
}
template <class T>
inline constexpr bool is_text = false;
template <std::size_t N>
inline constexpr bool is_text<Text<N>> = true;
template <class T>
inline constexpr bool is_octets = false;
template <std::size_t N>
inline constexpr bool is_octets<Octets<N>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T, std::size_t N>
inline constexpr bool is_list<List<T, N>> = true;
template <class T>
inline constexpr bool is_array = false;
template <std::size_t N>
inline constexpr bool is_array<std::array<std::byte, N>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;
}  // namespace detail

/// An aggregate with a field list that names every member.
template <class T>
concept Described = std::is_class_v<T> && requires { T::fields(); };

/// An enumeration whose values are exactly 0 … number of names - 1.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires { enum_names(T{}); };

template <NamedEnum T>
constexpr std::string_view enum_text(T value) {
  constexpr auto texts = enum_names(T{});
  const auto index = static_cast<std::size_t>(std::to_underlying(value));
  return index < texts.size() ? texts[index] : std::string_view{"?"};
}
template <NamedEnum T>
constexpr std::optional<T> enum_from_text(std::string_view text) {
  constexpr auto texts = enum_names(T{});
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i] == text) return static_cast<T>(i);
  }
  return std::nullopt;
}

/// Stops compilation when a member is missing from the list. Bases add their own fields to the derived list.
template <Described T>
consteval void check_complete() {
  static_assert(!std::is_aggregate_v<T> || detail::arity<T>() == std::tuple_size_v<decltype(T::fields())>,
                "a member of this message is missing from its fields() list");
}

/// The field list as a constant, so that facts fold into the code that asks for them.
template <Described T>
inline constexpr auto kFields = T::fields();

/// Calls f.template operator()<I>() for every field's index in order; f returns bool, false stops. Returns whether all said
/// true. Inside, `std::get<I>(kFields<T>)` is a constant.
template <Described T, class F>
constexpr bool all_fields(F&& f) {
  check_complete<T>();
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return (f.template operator()<I>() && ...);
  }(std::make_index_sequence<std::tuple_size_v<decltype(T::fields())>>{});
}

namespace detail {
/// Bytes at the start that are ASCII without NUL, found eight at a time; a multiple of eight.
constexpr std::size_t plain_prefix(std::string_view text) {
  std::size_t i = 0;
  if consteval {
    return 0;
  } else {
    constexpr std::uint64_t kHigh = 0x8080808080808080;
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    for (std::uint64_t word = 0; i + sizeof word <= text.size(); i += sizeof word) {
      __builtin_memcpy(&word, text.data() + i, sizeof word);
      if (((word | ((word - kOnes) & ~word)) & kHigh) != 0) break;
    }
  }
  return i;
}
}  // namespace detail

/// Whether `text` is well-formed UTF-8 without NUL.
constexpr bool valid_utf8(std::string_view text) {
  std::size_t i = detail::plain_prefix(text);
  while (i < text.size()) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    if (lead < 0x80) {
      if (lead == 0) return false;
      ++i;
      continue;
    }
    const std::size_t extra = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i <= extra) return false;
    std::uint32_t code = lead & (0x3fU >> extra);
    for (std::size_t k = 1; k <= extra; ++k) {
      const auto next = static_cast<std::uint8_t>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      code = (code << 6) | (next & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 4> kShortest{0, 0x80, 0x800, 0x10000};
    if (code < kShortest[extra] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
    i += extra + 1;
  }
  return true;
}

}  // namespace bulwatt
