// The state of one encoding. Internal to exi; encode.cpp has the walk, fragment.cpp signed elements.
#pragma once
#include <cstring>

#include "libs/exi/bits.hpp"
#include "libs/exi/exi.hpp"

namespace bulwatt::exi {

class Encoder {
 public:
  explicit Encoder(std::span<std::byte> out) : out_(out) {}

  std::expected<std::size_t, Error> document(const Grammar& grammar, const std::byte* from);
  std::expected<std::size_t, Error> fragment(const Grammar& grammar, const Shape& shape, const std::byte* from);

 private:
  /// An event code that is not written yet: absent fields have raised it.
  struct Event {
    std::uint32_t code = 0;
    std::uint32_t width = 0;
  };

  Cursor record(const Type& type, const std::byte* object, Cursor c);
  Cursor item(const Row& row, const std::byte* from, Event event, Cursor c);
  Cursor list(const Row& row, const std::byte* from, Event& event, Cursor c);
  Cursor choose(const Type& type, const std::byte* from, Event event, Cursor c);
  Cursor either(const Row& row, const std::byte* object, Event event, Cursor c);
  Cursor value(const Row& row, const std::byte* from, Cursor c);
  Cursor integer(const Row& row, const std::byte* from, std::uint64_t before, unsigned n, Cursor c);
  Cursor big_integer(const Row& row, const std::byte* from, Cursor c);
  Cursor octets(const Row& row, const std::byte* from, Cursor c);
  Cursor text(const Row& row, const std::byte* from, Cursor c);
  Cursor unsigned_value(std::uint64_t value, Cursor c);
  Cursor relaxed(const Grammar& grammar, const Type& type, const std::byte* object, Cursor c);

  Cursor fail(ErrorKind kind, std::string_view element, Cursor c);
  std::expected<std::size_t, Error> finish(Cursor c);
  static std::size_t size_of(const std::byte* from) {
    std::uint16_t size;
    std::memcpy(&size, from, sizeof size);
    return size;
  }

  BitOutput out_;
  bool failed_ = false;
  Error error_{};
};

}  // namespace bulwatt::exi
