// What one action of OCPP is: its name, who may send it, and how its two payloads look.
#pragma once
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

#include "libs/fields/shape.hpp"

namespace bulwatt::ocpp {

enum class Direction : std::uint8_t { to_csms, to_station, both };
constexpr auto enum_names(Direction) { return names("to_csms", "to_station", "both"); }

/// Functional blocks of the standard, by their letters.
enum class Block : std::uint8_t { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p };
constexpr auto enum_names(Block) {
  return names("A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P");
}

/// A payload type as data: enough to make one in storage of `size` bytes and hand it to the JSON engine. Payloads are
/// trivially destructible.
struct Payload {
  const Shape* shape = nullptr;
  std::size_t size = 0;
  std::size_t alignment = 0;
  void* (*make)(void* storage) = nullptr;
};

template <class T>
constexpr Payload payload_of() {
  static_assert(std::is_trivially_destructible_v<T>);
  return {&bulwatt::detail::ShapeOf<T>::kShape, sizeof(T), alignof(T),
          [](void* storage) -> void* { return new (storage) T{}; }};
}

struct Action {
  std::string_view name;
  Direction direction{};
  Block block{};
  Payload request{};
  Payload response{};
};

/// Binary search in a table sorted by name; null when there is no such action.
const Action* find_action(std::span<const Action> table, std::string_view name);

}  // namespace bulwatt::ocpp
