// interface_hash<I>(): one number for the exact content of an interface. The manifest compiler writes it into the
// supervisor's table, every service reports the one it was compiled with, and a difference is fatal: all processes of a
// station come from one build. It covers the names, ids and kinds of all messages, and of their fields the names, kinds,
// widths, capacities, limits and enumeration texts, so that nothing two ends could disagree about is left out.
// FNV-1a-64: it finds mistakes, it is no protection against people.
#pragma once
#include "libs/fields/shape.hpp"
#include "libs/ipc/interface.hpp"

namespace bulwatt::ipc {

/// FNV-1a over numbers (8 bytes, little-endian) and texts (length first).
class Fnv {
 public:
  constexpr void add(std::uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001b3; }
  constexpr void add_number(std::uint64_t number) {
    for (int i = 0; i < 8; ++i) add(static_cast<std::uint8_t>(number >> (8 * i)));
  }
  constexpr void add_text(std::string_view text) {
    add_number(text.size());
    for (const char c : text) add(static_cast<std::uint8_t>(c));
  }
  constexpr std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

namespace detail {

constexpr void add_shape(Fnv& hash, const Shape& shape);

constexpr void add_row(Fnv& hash, const Row& row) {
  hash.add_text(row.name);
  hash.add_number(static_cast<std::uint64_t>(row.facts->min));
  hash.add_number(static_cast<std::uint64_t>(row.facts->max));
  hash.add_number(row.facts->at_least);
  add_shape(hash, *row.shape);
}

constexpr void add_shape(Fnv& hash, const Shape& shape) {
  hash.add(static_cast<std::uint8_t>(shape.kind));
  hash.add(shape.width);
  hash.add(shape.is_signed ? 1 : 0);
  hash.add_number(shape.capacity);
  hash.add_number(shape.texts.size());
  for (const auto text : shape.texts) hash.add_text(text);
  hash.add_number(shape.rows.size());
  for (const auto& row : shape.rows) add_row(hash, row);
  hash.add_number(shape.options.size());
  for (const auto* option : shape.options) add_shape(hash, *option);
  if (shape.element != nullptr) add_shape(hash, *shape.element);
}

template <class T>
constexpr void add_type(Fnv& hash) {
  add_shape(hash, bulwatt::detail::ShapeOf<T>::kShape);
}

template <class M>
constexpr void add_message(Fnv& hash) {
  hash.add(M::kId);
  hash.add_text(M::kName);
  hash.add(M::kIsCall ? 1 : 0);
  add_type<typename M::Request>(hash);
  if constexpr (M::kIsCall) add_type<typename M::Reply>(hash);
}

}  // namespace detail

template <class I>
constexpr std::uint64_t interface_hash() {
  Fnv hash;
  hash.add_text(I::kName);
  detail::add_type<typename I::Error>(hash);
  I::for_each([&hash](auto message) { detail::add_message<decltype(message)>(hash); });
  return hash.value();
}

}  // namespace bulwatt::ipc
