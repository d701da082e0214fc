#include "libs/fields/fields.hpp"

#include <doctest/doctest.h>

#include "libs/fields/shape.hpp"

using namespace bulwatt;

namespace {
enum class Colour : std::uint8_t { red, green };
constexpr auto enum_names(Colour) { return names("Red", "Green"); }
struct Inner {
  std::int16_t number{};
  std::optional<Colour> colour{};
  static constexpr auto fields() {
    return list(field<&Inner::number>("number", {.min = -5, .max = 5}), field<&Inner::colour>("colour"));
  }
};
struct Outer {
  Text<8> name{};
  List<Inner, 3> inners{};
  std::variant<Inner, Text<4>> either{};
  static constexpr auto fields() {
    return list(field<&Outer::name>("name"), field<&Outer::inners>("inners"), field<&Outer::either>("either"));
  }
};
static_assert(detail::arity<Inner>() == 2);
static_assert(detail::arity<Outer>() == 3);
}  // namespace

TEST_CASE("enumeration texts go both ways and unknown texts are refused") {
  CHECK(enum_text(Colour::green) == "Green");
  CHECK(enum_from_text<Colour>("Red") == Colour::red);
  CHECK_FALSE(enum_from_text<Colour>("red").has_value());
}

TEST_CASE("a shape says the same as the type") {
  const Shape& outer = shape_of<Outer>();
  REQUIRE(outer.kind == Kind::record);
  REQUIRE(outer.rows.size() == 3);
  CHECK(outer.rows[0].name == "name");
  CHECK(outer.rows[0].shape->capacity == 8);
  CHECK(outer.rows[1].shape->kind == Kind::list);
  CHECK(outer.rows[1].shape->element->rows[1].shape->kind == Kind::optional);
  CHECK(outer.rows[2].shape->options.size() == 2);
}

TEST_CASE("a shape reaches into lists, options and choices") {
  Outer o{};
  const Shape& shape = shape_of<Outer>();
  const Row& inners = shape.rows[1];
  inners.shape->set_length(inners.at(&o), 2);
  void* second = inners.shape->at(inners.at(&o), 1);
  const Row& number = inners.shape->element->rows[0];
  store_integer(*number.shape, number.at(second), -3);
  CHECK(o.inners[1].number == -3);
  CHECK(load_integer(*number.shape, number.at(second)) == -3);
  const Row& either = shape.rows[2];
  either.shape->set_length(either.at(&o), 1);
  CHECK(std::holds_alternative<Text<4>>(o.either));
}

TEST_CASE("integers are held against their storage and their facts") {
  const Row& number = shape_of<Inner>().rows[0];
  CHECK(integer_fits(*number.shape, *number.facts, 5));
  CHECK_FALSE(integer_fits(*number.shape, *number.facts, 6));
  CHECK_FALSE(integer_fits(*number.shape, Facts{}, 40'000));
  CHECK(integer_fits(shape_of<std::uint16_t>(), Facts{}, 40'000));
  CHECK_FALSE(integer_fits(shape_of<std::uint64_t>(), Facts{}, -1));
}

TEST_CASE("UTF-8 is accepted only when well formed") {
  struct Case {
    std::string_view text;
    bool valid;
  };
  for (const auto& [text, valid] :
       {Case{"plain", true}, Case{"gr\xc3\xbc\xc3\x9f", true}, Case{"\xe2\x82\xac", true},
        Case{"\xf0\x9f\x94\x8c", true}, Case{"\xc3", false}, Case{"\xc0\x80", false}, Case{"\xed\xa0\x80", false},
        Case{"\xf4\x90\x80\x80", false}, Case{"\x80", false}, Case{std::string_view{"a\0b", 3}, false}}) {
    CHECK(valid_utf8(text) == valid);
  }
}

namespace {
// Its tail padding would have room for the bool of an optional; it is not used.
struct Padded {
  std::int64_t first{};
  std::int8_t second{};
  Never<> never{};
  static constexpr auto fields() {
    using M = Padded;
    return list(field<&M::first>("first"), field<&M::second>("second"), field<&M::never>("never"));
  }
};
template <class T>
bool presence_is_where_the_shape_says() {
  std::optional<T> value;
  const Shape& shape = shape_of<std::optional<T>>();
  const auto* const bytes = reinterpret_cast<const std::byte*>(&value);
  const bool absent = bytes[shape.presence] == std::byte{0};
  value.emplace();
  return absent && bytes[shape.presence] == std::byte{1} && static_cast<const void*>(&*value) == &value;
}
}  // namespace

TEST_CASE("an optional keeps its value first and its bool where the shape says") {
  CHECK(presence_is_where_the_shape_says<bool>());
  CHECK(presence_is_where_the_shape_says<std::uint64_t>());
  CHECK(presence_is_where_the_shape_says<Text<5>>());
  CHECK(presence_is_where_the_shape_says<Padded>());
  CHECK(presence_is_where_the_shape_says<List<Padded, 3>>());
  CHECK(presence_is_where_the_shape_says<std::variant<Padded, Inner>>());
}
