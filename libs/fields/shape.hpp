// The same field lists as data: one Shape per type, walked by the small engines of json, toml, exi and dump, so that a
// codec is one function and not one template instance per message. Access goes through three thunks per type.
#pragma once
#include <array>
#include <memory>
#include <span>

#include "libs/fields/fields.hpp"

namespace bulwatt {

enum class Kind : std::uint8_t {
  boolean,
  integer,
  enumeration,
  decimal,
  timestamp,
  text,
  octets,
  fixed_octets,
  list,
  optional,
  choice,
  record
};

struct Shape;

/// One field of a record: where its value lies and what is known of it.
struct Row {
  std::string_view name;
  const Facts* facts;
  const Shape* shape;
  void* (*at)(void* record);  ///< the field's storage inside its record
};

/// One C++ type as data.
struct Shape {
  Kind kind{};
  std::uint8_t width = 0;  ///< bytes of an integer
  bool is_signed = false;
  bool mixed = false;                         ///< of record: kMixed
  std::uint8_t never = 0;                     ///< of a record that may not occur: Never's number
  std::uint32_t size = 0;                     ///< sizeof
  std::uint32_t capacity = 0;                 ///< most bytes or elements
  std::uint32_t presence = 0;                 ///< of optional: where its bool lies, behind the value
  std::string_view tag{};                     ///< of record: kElement
  const Shape* element = nullptr;             ///< of list, optional
  std::span<const Row> rows{};                ///< of record
  std::span<const Shape* const> options{};    ///< of choice
  std::span<const std::string_view> texts{};  ///< of enumeration
  /// text, octets, list: size; optional: 0 or 1; choice: index of the alternative held.
  std::size_t (*length)(const void*) = nullptr;
  /// Sets the same; the caller has checked the bound. New list elements keep what the storage held.
  void (*set_length)(void*, std::size_t) = nullptr;
  /// list: element i; optional: the value; choice: the alternative held; text, octets: byte i.
  void* (*at)(void*, std::size_t) = nullptr;
  /// Resets to the type's default value.
  void (*reset)(void*) = nullptr;
};

template <class T>
const Shape& shape_of();

namespace detail {

template <class R, class F>
struct RowsOf;

template <class T>
struct ShapeOf;

template <class R, auto... Members>
struct RowsOf<R, std::tuple<Field<Members>...>> {
  static constexpr auto kFields = R::fields();
  template <auto Member>
  static void* at(void* record) {
    return const_cast<void*>(static_cast<const void*>(&(static_cast<R*>(record)->*Member)));
  }
  template <std::size_t... I>
  static constexpr auto make(std::index_sequence<I...>) {
    return std::array<Row, sizeof...(Members)>{
        Row{std::get<I>(kFields).name, &std::get<I>(kFields).facts,
            &ShapeOf<std::remove_cvref_t<decltype(std::declval<R&>().*Members)>>::kShape, &at<Members>}...};
  }
  static constexpr auto kRows = make(std::make_index_sequence<sizeof...(Members)>{});
};

// Both standard libraries lay an optional out as its value and then one bool; the size is checked here, the place by the test.
template <class T>
consteval std::uint32_t presence_offset() {
  static_assert(sizeof(std::optional<T>) == (sizeof(T) / alignof(T) + 1) * alignof(T));
  return sizeof(T);
}

template <class V>
struct OptionsOf;
template <class... A>
struct OptionsOf<std::variant<A...>> {
  static constexpr std::array<const Shape*, sizeof...(A)> kOptions{&ShapeOf<A>::kShape...};
  template <std::size_t I>
  static void emplace(void* p) {
    static_cast<std::variant<A...>*>(p)->template emplace<I>();
  }
  template <std::size_t... I>
  static void set(void* p, std::size_t which, std::index_sequence<I...>) {
    static constexpr std::array<void (*)(void*), sizeof...(A)> kEmplace{&emplace<I>...};
    kEmplace[which](p);
  }
};

template <class T>
struct ShapeOf {
  static constexpr Shape make() {
    Shape s{};
    s.size = sizeof(T);
    s.reset = [](void* p) {
      if constexpr (std::is_trivially_destructible_v<T>) std::construct_at(static_cast<T*>(p));
      else *static_cast<T*>(p) = T{};
    };
    if constexpr (std::is_same_v<T, bool>) {
      s.kind = Kind::boolean;
    } else if constexpr (std::is_enum_v<T>) {
      static_assert(NamedEnum<T>, "an enumeration in a message needs enum_names()");
      static_assert(sizeof(T) == 1, "enumerations in messages are one byte");
      s.kind = Kind::enumeration;
      s.texts = kTexts;
    } else if constexpr (std::is_integral_v<T>) {
      s.kind = Kind::integer;
      s.width = sizeof(T);
      s.is_signed = std::is_signed_v<T>;
    } else if constexpr (std::is_same_v<T, Decimal>) {
      s.kind = Kind::decimal;
    } else if constexpr (std::is_same_v<T, Timestamp>) {
      s.kind = Kind::timestamp;
    } else if constexpr (is_text<T> || is_octets<T>) {
      s.kind = is_text<T> ? Kind::text : Kind::octets;
      s.capacity = T::kCapacity;
      s.length = [](const void* p) { return static_cast<std::size_t>(static_cast<const T*>(p)->size); };
      s.set_length = [](void* p, std::size_t n) { static_cast<T*>(p)->size = static_cast<std::uint16_t>(n); };
      s.at = [](void* p, std::size_t i) -> void* { return static_cast<T*>(p)->data.data() + i; };
    } else if constexpr (is_array<T>) {
      s.kind = Kind::fixed_octets;
      s.capacity = std::tuple_size_v<T>;
      s.at = [](void* p, std::size_t i) -> void* { return static_cast<T*>(p)->data() + i; };
    } else if constexpr (is_list<T>) {
      s.kind = Kind::list;
      s.capacity = T::kCapacity;
      s.element = &ShapeOf<typename T::Element>::kShape;
      s.length = [](const void* p) { return static_cast<std::size_t>(static_cast<const T*>(p)->size); };
      s.set_length = [](void* p, std::size_t n) { static_cast<T*>(p)->size = static_cast<std::uint16_t>(n); };
      s.at = [](void* p, std::size_t i) -> void* { return static_cast<T*>(p)->data.data() + i; };
    } else if constexpr (is_optional<T>) {
      s.kind = Kind::optional;
      s.capacity = 1;
      s.element = &ShapeOf<typename T::value_type>::kShape;
      s.presence = presence_offset<typename T::value_type>();
      s.length = [](const void* p) -> std::size_t { return static_cast<const T*>(p)->has_value() ? 1 : 0; };
      s.set_length = [](void* p, std::size_t n) {
        auto& o = *static_cast<T*>(p);
        if (n == 0) o.reset();
        else if (!o) o.emplace();
      };
      s.at = [](void* p, std::size_t) -> void* { return &**static_cast<T*>(p); };
    } else if constexpr (is_variant<T>) {
      s.kind = Kind::choice;
      s.options = OptionsOf<T>::kOptions;
      s.length = [](const void* p) { return static_cast<const T*>(p)->index(); };
      s.set_length = [](void* p, std::size_t which) {
        if (static_cast<T*>(p)->index() != which) {
          OptionsOf<T>::set(p, which, std::make_index_sequence<std::variant_size_v<T>>{});
        }
      };
      s.at = [](void* p, std::size_t) -> void* {
        return std::visit([](auto& held) -> void* { return &held; }, *static_cast<T*>(p));
      };
    } else {
      check_complete<T>();
      s.kind = Kind::record;
      s.rows = RowsOf<T, decltype(T::fields())>::kRows;
      if constexpr (requires { T::kElement; }) s.tag = T::kElement;
      if constexpr (requires { T::kMixed; }) s.mixed = T::kMixed;
      if constexpr (requires { T::kNever; }) s.never = T::kNever;
    }
    return s;
  }
  static constexpr auto texts() {
    if constexpr (NamedEnum<T>) return enum_names(T{});
    else return std::array<std::string_view, 0>{};
  }
  static constexpr auto kTexts = texts();
  static constexpr Shape kShape = make();
};

}  // namespace detail

/// The shape of T; lives for the whole program.
template <class T>
const Shape& shape_of() {
  return detail::ShapeOf<T>::kShape;
}

/// Reads or writes an integer of any width behind its shape.
long long load_integer(const Shape& shape, const void* value);
void store_integer(const Shape& shape, void* value, long long number);
/// Whether `number` fits both the storage and the facts.
bool integer_fits(const Shape& shape, const Facts& facts, long long number);

}  // namespace bulwatt
