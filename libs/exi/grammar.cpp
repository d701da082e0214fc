#include "libs/exi/grammar.hpp"

#include <algorithm>

#include "libs/base/check.hpp"

namespace bulwatt::exi {
namespace {

constexpr Facts kNoFacts{};
/// Numbers that are read in one go with the events around them.
constexpr std::uint64_t kMostFixedValues = 4096;

std::uint32_t hash(std::string_view name, std::uint8_t space) {
  std::uint32_t h = 2166136261U ^ space;
  for (const char c : name) h = (h ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return h;
}

// Accessors only add an offset, so any address can stand for a record that does not exist.
alignas(std::max_align_t) std::byte origin[1];

std::uint32_t offset_of(const bulwatt::Row& row) {
  return static_cast<std::uint32_t>(static_cast<std::byte*>(row.at(origin)) - origin);
}
std::uint32_t offset_of(const Shape& shape, std::size_t element) {
  return static_cast<std::uint32_t>(static_cast<std::byte*>(shape.at(origin, element)) - origin);
}

}  // namespace

class Builder {
 public:
  explicit Builder(Grammar& grammar) : g_(grammar) {}

  const Type* record(const Shape& shape, std::size_t depth);
  const Type* alternatives(const Shape& shape, std::span<const std::string_view> order, std::size_t depth);

 private:
  std::span<Row> take_rows(std::size_t n) {
    BULWATT_ASSERT(g_.rows_.size() - g_.rows_used_ >= n);
    const auto taken = g_.rows_.subspan(g_.rows_used_, n);
    g_.rows_used_ += n;
    return taken;
  }
  Type& take_type() {
    BULWATT_ASSERT(g_.types_used_ < g_.types_.size());
    return g_.types_[g_.types_used_++];
  }
  void field(Row& to, const bulwatt::Row& from, std::size_t depth);
  void value(Row& to, const Shape& shape, const Facts& facts, std::string_view name, std::size_t depth);
  void number(Row& to, const Shape& shape, const Facts& facts);
  void repeated(Row& to, const Shape& shape, const Facts& facts);
  const Type* substitutes(const Shape& shape, std::string_view head, std::size_t depth);
  const Type* either(std::span<const bulwatt::Row> members, std::size_t depth);
  static void states(Type& type, std::span<Row> rows, std::span<const bool> attribute);

  Grammar& g_;
};

void Builder::number(Row& to, const Shape& shape, const Facts& facts) {
  const unsigned value_bits = shape.width * 8U - (shape.is_signed ? 1U : 0U);
  const bool all_bits = value_bits == 64;
  const std::int64_t least = shape.is_signed ? -static_cast<std::int64_t>((std::uint64_t{1} << value_bits) - 1) - 1 : 0;
  const std::uint64_t most = all_bits ? ~std::uint64_t{0} : (std::uint64_t{1} << value_bits) - 1;
  to.min = std::max<std::int64_t>(least, facts.min);
  const std::uint64_t max = facts.max < 0 || static_cast<std::uint64_t>(facts.max) > most || facts.max == LLONG_MAX
                                ? most
                                : static_cast<std::uint64_t>(facts.max);
  BULWATT_ASSERT(facts.max >= 0);
  to.span = max - static_cast<std::uint64_t>(to.min);
  to.size = shape.width;
  to.is_signed = shape.is_signed;
  to.has_sign = to.min < 0;
  to.op = Op::integer;
  if (to.span >= kMostFixedValues) return;
  to.op = shape.width == 1 ? Op::bits : Op::wide_bits;
  to.bits = index_width(to.span + 1);
}

void Builder::value(Row& to, const Shape& shape, const Facts& facts, std::string_view name, std::size_t depth) {
  to.codes = 1;
  to.name = name;
  to.partition = hash(name, facts.space);
  to.direct = facts.attribute || facts.content;
  switch (shape.kind) {
    case Kind::boolean: to.op = Op::bits, to.bits = 1, to.span = 1, to.size = 1; break;
    case Kind::enumeration:
      to.op = Op::bits, to.bits = index_width(shape.texts.size()), to.span = shape.texts.size() - 1, to.size = 1;
      break;
    case Kind::integer: number(to, shape, facts); break;
    case Kind::text:
    case Kind::octets:
      to.op = shape.kind == Kind::text ? Op::text : facts.integer ? Op::big_integer : Op::octets;
      to.at_least = facts.at_least;
      to.capacity = shape.capacity;
      to.at_most = facts.max == LLONG_MAX ? shape.capacity : static_cast<std::uint32_t>(facts.max);
      to.data = offset_of(shape, 0);
      break;
    case Kind::fixed_octets: to.op = Op::fixed_octets, to.capacity = shape.capacity; break;
    case Kind::record:
      if (shape.never != 0) {
        to.op = Op::never, to.presence = Presence::never, to.codes = shape.never;
      } else if (facts.substitution) {
        to.op = Op::choice, to.type = substitutes(shape, name, depth), to.codes = to.type->codes;
      } else {
        to.op = Op::record, to.type = record(shape, depth + 1);
      }
      break;
    case Kind::choice:
      to.op = Op::choice;
      to.type = facts.substitution ? substitutes(shape, name, depth) : alternatives(shape, {}, depth);
      to.codes = to.type->codes;
      break;
    default: broken_invariant("a field of this kind has no EXI form", __FILE_NAME__, __LINE__);
  }
  // Behind the event code: one event that begins the value, the value, one that ends the element; all zero but the value.
  if (to.op == Op::bits && !to.direct) to.frame = std::uint64_t{1} << 63 | std::uint64_t{1} << (62 - to.bits);
}

void Builder::repeated(Row& to, const Shape& shape, const Facts& facts) {
  to.presence = Presence::repeated;
  to.at_least = facts.at_least;
  to.capacity = shape.capacity;
  to.at_most = facts.max == LLONG_MAX ? shape.capacity : static_cast<std::uint32_t>(facts.max);
  to.data = offset_of(shape, 0);
  to.stride = shape.element->size;
}

void Builder::field(Row& to, const bulwatt::Row& from, std::size_t depth) {
  const Shape& shape = *from.shape;
  const Facts& facts = *from.facts;
  to.offset = offset_of(from);
  if (shape.kind == Kind::optional) {
    value(to, *shape.element, facts, from.name, depth);
    to.presence = Presence::optional;
    to.flag = to.offset + shape.presence;
  } else if (shape.kind == Kind::list) {
    // Elements carry no facts of their own, except what the name says; limits of texts and octets are their storage.
    Row& items = take_rows(1)[0];
    value(items, *shape.element, {.base64 = facts.base64, .space = facts.space}, from.name, depth);
    Type& list = take_type();
    list.rows = &items;
    list.count = 1;
    repeated(to, shape, facts);
    to.type = &list;
    to.codes = items.codes;
    to.name = from.name;
    to.op = items.op;
  } else {
    value(to, shape, facts, from.name, depth);
  }
}

// One row that stands for the whole group.
const Type* Builder::either(std::span<const bulwatt::Row> members, std::size_t depth) {
  const auto rows = take_rows(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    BULWATT_ASSERT(members[i].shape->kind == Kind::optional);
    field(rows[i], members[i], depth);
    rows[i].code = static_cast<std::uint16_t>(i);
    BULWATT_ASSERT(rows[i].codes == 1);
  }
  Type& type = take_type();
  type.rows = rows.data();
  type.count = type.codes = static_cast<std::uint16_t>(rows.size());
  return &type;
}

const Type* Builder::substitutes(const Shape& shape, std::string_view head, std::size_t depth) {
  std::array<std::string_view, 64> order{};
  std::size_t n = 0;
  const auto add = [&](std::string_view name) {
    if (std::find(order.begin(), order.begin() + n, name) == order.begin() + n) order[n++] = name;
  };
  if (shape.kind == Kind::choice) {
    BULWATT_ASSERT(shape.options.size() < order.size());
    for (const Shape* option : shape.options) add(option->tag);
  } else {
    add(shape.tag);
  }
  add(head);
  std::sort(order.begin(), order.begin() + n);
  return alternatives(shape, std::span{order}.first(n), depth);
}

// Codes by the place of the alternative's element in `order`; without an order, by the place in the variant.
const Type* Builder::alternatives(const Shape& shape, std::span<const std::string_view> order, std::size_t depth) {
  const bool variant = shape.kind == Kind::choice;
  const std::size_t n = variant ? shape.options.size() : 1;
  const auto rows = take_rows(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Shape& option = variant ? *shape.options[i] : shape;
    BULWATT_ASSERT(option.kind == Kind::record && !option.tag.empty());
    const auto place = std::find(order.begin(), order.end(), option.tag);
    BULWATT_ASSERT(order.empty() || place != order.end());
    value(rows[i], option, kNoFacts, option.tag, depth);
    rows[i].code = static_cast<std::uint16_t>(order.empty() ? i : static_cast<std::size_t>(place - order.begin()));
    rows[i].index = static_cast<std::uint8_t>(i);
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.code < b.code; });
  for (std::size_t i = 0; i < n; ++i) rows[rows[i].index].rank = static_cast<std::uint8_t>(i);
  Type& type = take_type();
  type.rows = rows.data();
  type.count = static_cast<std::uint16_t>(n);
  type.codes = static_cast<std::uint16_t>(order.empty() ? n : order.size());
  type.shape = variant ? &shape : nullptr;
  return &type;
}

// From the last row to the first: how many events are possible in the state before each.
void Builder::states(Type& type, std::span<Row> rows, std::span<const bool> attribute) {
  std::size_t next = type.mixed ? 2 : 1;
  type.end = static_cast<std::uint16_t>(next);
  type.end_width = event_width(next);
  for (std::size_t i = rows.size(); i-- > 0;) {
    Row& row = rows[i];
    row.after = static_cast<std::uint16_t>(next);
    row.after_width = event_width(next);
    const bool skippable = row.presence == Presence::optional || row.presence == Presence::never ||
                           (row.presence == Presence::repeated && row.at_least == 0);
    const std::size_t text_events = type.mixed && !attribute[i] ? 1 : 0;
    next = row.codes + (skippable ? next : text_events);
    row.width = event_width(next);
  }
  type.first_width = event_width(next);
}

const Type* Builder::record(const Shape& shape, std::size_t depth) {
  BULWATT_ASSERT(depth < kMaxDepth && shape.rows.size() <= 64);
  if (const Type* known = g_.find(shape)) return known;
  const auto members = shape.rows;
  std::array<std::uint8_t, 64> group{};  // members that each row of ours stands for
  std::array<bool, 64> attribute{};
  std::size_t n = 0;
  for (std::size_t i = 0; i < members.size(); i += group[n - 1]) {
    const std::uint8_t choice = members[i].facts->choice;
    std::size_t same = 1;
    while (choice != 0 && i + same < members.size() && members[i + same].facts->choice == choice) ++same;
    attribute[n] = members[i].facts->attribute;
    group[n++] = static_cast<std::uint8_t>(same);
  }
  const auto rows = take_rows(n);
  for (std::size_t i = 0, at = 0; i < n; at += group[i++]) {
    if (group[i] == 1) {
      field(rows[i], members[at], depth);
      continue;
    }
    rows[i].op = Op::either;
    rows[i].type = either(members.subspan(at, group[i]), depth);
    rows[i].codes = rows[i].type->codes;
    rows[i].name = members[at].name;
  }
  Type& type = take_type();
  type.mixed = shape.mixed;
  type.rows = rows.data();
  type.count = static_cast<std::uint16_t>(n);
  type.shape = &shape;
  states(type, rows, std::span{attribute}.first(n));
  return &type;
}

Grammar::Grammar(const SchemaSet& set, std::span<Type> types, std::span<Row> rows)
    : set_(set), types_(types), rows_(rows) {
  Builder builder{*this};
  if (set.document != nullptr) document_ = builder.alternatives(*set.document, set.globals, 0);
  for (const Shape* fragment : set.fragments) {
    BULWATT_ASSERT(std::find(set.elements.begin(), set.elements.end(), fragment->tag) != set.elements.end());
    builder.record(*fragment, 1);
  }
}

const Type* Grammar::find(const Shape& shape) const {
  for (const Type& type : types_.first(types_used_)) {
    if (type.shape == &shape && shape.kind == Kind::record) return &type;
  }
  return nullptr;
}

const Shape* Grammar::find(std::string_view element) const {
  for (const Type& type : types_.first(types_used_)) {
    if (type.shape != nullptr && type.shape->tag == element) return type.shape;
  }
  return nullptr;
}

}  // namespace bulwatt::exi
