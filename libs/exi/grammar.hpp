// The grammars of one schema set as tables, computed once from the shapes of its messages (libs/fields). Internal to exi,
// except that a schema set owns the storage.
//
// A grammar state of EXI is "the next row that may occur" and needs one number: how many first-level events are possible
// there. Schema-informed grammars that are not strict have one code more, the way to the second level, so the event code
// takes bit_width(that number) bits. An optional that is absent only lowers the code; a repetition is a counter.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <span>

#include "libs/fields/shape.hpp"

namespace bulwatt::exi {

/// Records inside one another in any description; checked when tables are built, so recursion is bounded by the program.
inline constexpr std::size_t kMaxDepth = 12;
enum class Op : std::uint8_t {
  bits,         ///< a number of fixed width in one byte: boolean, enumeration, small integer
  wide_bits,    ///< a number of fixed width in more than one byte
  integer,      ///< groups of seven bits
  big_integer,  ///< the same of any size, in Octets
  text,
  octets,
  fixed_octets,
  record,
  choice,  ///< a variant
  either,  ///< neighbouring optionals of which exactly one is there
  never,   ///< counted, refused
};
enum class Presence : std::uint8_t { required, optional, repeated, never };

struct Type;

/// One field of a record, or one alternative of a choice. What is needed for every value lies in the first cache line.
struct alignas(64) Row {
  std::int64_t min = 0;        ///< of a number
  std::uint64_t span = 0;      ///< greatest value minus least; of an enumeration: its last index
  std::uint64_t frame = 0;     ///< of bits: where the events around the value stand in a window behind the event code
  const Type* type = nullptr;  ///< of record, choice, either
  std::uint32_t offset = 0;    ///< of the storage in its record
  std::uint32_t flag = 0;      ///< of an optional's bool in its record
  std::uint16_t codes = 0;     ///< first-level events that begin this field
  std::uint16_t after = 0;     ///< first-level events of the state behind it
  std::uint8_t width = 0;      ///< bits of an event code of the state before it
  std::uint8_t after_width = 0;
  Op op{};
  Presence presence{};
  std::uint8_t bits = 0;        ///< of a number of fixed width
  std::uint8_t size = 0;        ///< bytes of a number
  bool is_signed = false;       ///< the storage of a number
  bool has_sign = false;        ///< the encoding of an integer
  bool direct = false;          ///< attribute or content: the value follows its event at once
  std::uint8_t index = 0;       ///< of an alternative in its variant
  std::uint8_t rank = 0;        ///< of alternative number `this row's position`: its row (rows are sorted by code)
  std::uint16_t code = 0;       ///< of an alternative
  std::uint16_t at_least = 0;   ///< elements, bytes or characters
  std::uint32_t at_most = 0;    ///< by the standard
  std::uint32_t capacity = 0;   ///< bytes or elements of storage
  std::uint32_t data = 0;       ///< where bytes or elements begin in the storage
  std::uint32_t stride = 0;     ///< between elements
  std::uint32_t partition = 0;  ///< tells qualified names apart, for string hits
  std::string_view name{};
};

/// A record or a choice.
struct Type {
  const Row* rows = nullptr;
  std::uint16_t count = 0;
  std::uint16_t end = 0;  ///< first-level events of the last state; the first is the end of the element
  std::uint8_t end_width = 0;
  std::uint8_t first_width = 0;  ///< of the state before the first row
  bool mixed = false;
  std::uint16_t codes = 0;  ///< of a choice
  const Shape* shape = nullptr;
};

/// An element declared with several types (the eMAID of ISO 15118-2): as the root of a fragment it has the relaxed grammar
/// of EXI 8.5.3, in which every attribute and every element of the set may come next.
struct Relaxed {
  std::string_view element{};
  std::uint16_t attributes = 0;  ///< all attributes of the set
  std::uint16_t attribute = 0;   ///< the place of the one that this element has, in their order
};

/// What a schema set is: constants beside its messages.
struct SchemaSet {
  std::span<const std::string_view> globals{};   ///< global elements of all its schemas, sorted by name, then namespace
  std::span<const std::string_view> elements{};  ///< all declared elements, sorted likewise, each qualified name once
  const Shape* document = nullptr;               ///< record with kElement, or choice of such
  std::span<const Shape* const> fragments{};     ///< records with kElement that are signed
  Relaxed relaxed{};
};

/// The tables. Built once; afterwards constant. What does not fit the storage ends the process (a test builds every set).
class Grammar {
 public:
  Grammar(const SchemaSet& set, std::span<Type> types, std::span<Row> rows);

  const SchemaSet& set() const { return set_; }
  /// Choice of the global elements; `code` of its rows counts among them.
  const Type& document() const { return *document_; }
  /// Null when the set does not have this record.
  const Type* find(const Shape& shape) const;
  /// The record that is this element by itself; null when there is none.
  const Shape* find(std::string_view element) const;
  std::size_t types_used() const { return types_used_; }
  std::size_t rows_used() const { return rows_used_; }

 private:
  friend class Builder;
  const SchemaSet& set_;
  std::span<Type> types_;
  std::span<Row> rows_;
  std::size_t types_used_ = 0;
  std::size_t rows_used_ = 0;
  const Type* document_ = nullptr;
};

/// Storage for the tables of one set.
template <std::size_t Types, std::size_t Rows>
struct Tables {
  std::array<Type, Types> types{};
  std::array<Row, Rows> rows{};
};

constexpr std::uint8_t event_width(std::size_t first_level) {
  return static_cast<std::uint8_t>(std::bit_width(first_level));
}
constexpr std::uint8_t index_width(std::size_t values) {
  return values <= 1 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::bit_width(values - 1));
}

}  // namespace bulwatt::exi
