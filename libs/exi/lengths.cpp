// Least lengths, apart from decoding: a message that is too short somewhere still gets an answer.
#include <cstring>

#include "libs/exi/exi.hpp"

namespace bulwatt::exi {
namespace {

class Lengths {
 public:
  bool record(const Type& type, const std::byte* object);
  Error error() const { return {ErrorKind::too_short, 0, element_}; }

 private:
  bool field(const Row& row, const std::byte* object);
  bool value(const Row& row, const std::byte* from);
  bool choice(const Type& type, const std::byte* from);
  static std::size_t size_of(const std::byte* from) {
    std::uint16_t size = 0;
    std::memcpy(&size, from, sizeof size);
    return size;
  }
  bool long_enough(const Row& row, const std::byte* from) {
    std::size_t n = size_of(from);
    if (n >= row.at_least && row.op == Op::text) {  // counted in characters
      const std::string_view text{reinterpret_cast<const char*>(from) + row.data, n};
      for (const char byte : text) n -= (static_cast<std::uint8_t>(byte) & 0xc0) == 0x80 ? 1 : 0;
    }
    if (n >= row.at_least) return true;
    element_ = row.name;
    return false;
  }
  std::string_view element_{};
};

bool Lengths::choice(const Type& type, const std::byte* from) {
  if (type.shape == nullptr) return record(*type.rows->type, from);
  auto* const variant = const_cast<std::byte*>(from);  // shapes know one kind of access
  const Row& row = type.rows[type.rows[type.shape->length(variant)].rank];
  return record(*row.type, static_cast<const std::byte*>(type.shape->at(variant, 0)));
}

bool Lengths::value(const Row& row, const std::byte* from) {
  switch (row.op) {
    case Op::record: return record(*row.type, from);
    case Op::choice: return choice(*row.type, from);
    case Op::text:
    case Op::octets: return long_enough(row, from);
    default: return true;
  }
}

bool Lengths::field(const Row& row, const std::byte* object) {
  const std::byte* const from = object + row.offset;
  if (row.presence == Presence::optional && object[row.flag] == std::byte{0}) return true;
  if (row.presence != Presence::repeated) return value(row, from);
  for (std::size_t i = 0; i < size_of(from); ++i) {
    if (!value(*row.type->rows, from + row.data + i * row.stride)) return false;
  }
  return true;
}

bool Lengths::record(const Type& type, const std::byte* object) {
  for (const Row& row : std::span{type.rows, type.count}) {
    if (row.op != Op::either) {
      if (!field(row, object)) return false;
      continue;
    }
    for (const Row& member : std::span{row.type->rows, row.type->count}) {
      if (!field(member, object)) return false;
    }
  }
  return true;
}

}  // namespace

std::expected<void, Error> check_lengths(const Grammar& grammar, const Shape& shape, const void* value) {
  const Type* const type = grammar.find(shape);
  if (type == nullptr) return std::unexpected(Error{ErrorKind::not_here, 0, shape.tag});
  Lengths lengths;
  if (!lengths.record(*type, static_cast<const std::byte*>(value))) return std::unexpected(lengths.error());
  return {};
}

}  // namespace bulwatt::exi
