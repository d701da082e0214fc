#include "libs/json/json.hpp"

#include <doctest/doctest.h>

#include <string>

#include "libs/json/raw.hpp"

namespace bulwatt::json {
// Not an unnamed namespace: clang wants linkage for a type whose members are counted.
namespace samples {

enum class Colour : std::uint8_t { red, dark_green };
constexpr auto enum_names(Colour) { return names("Red", "Dark.Green"); }

struct Inner {
  std::int32_t number{};
  std::optional<Text<4>> note{};
  static constexpr auto fields() { return list(field<&Inner::number>("number"), field<&Inner::note>("note")); }
  friend bool operator==(const Inner&, const Inner&) = default;
};

struct Everything {
  bool flag{};
  std::uint8_t small{};
  std::int64_t large{};
  std::uint64_t count{};
  Decimal decimal{};
  Timestamp time{};
  Text<8> text{};
  Colour colour{};
  Octets<4> hex{};
  Octets<4> base64{};
  std::array<std::byte, 2> fixed{};
  List<Inner, 3> inners{};
  std::optional<std::int32_t> maybe{};
  std::optional<List<Colour, 2>> colours{};
  static constexpr auto fields() {
    using M = Everything;
    return list(field<&M::flag>("flag"), field<&M::small>("small", {.min = 1, .max = 200}), field<&M::large>("large"),
                field<&M::count>("count"), field<&M::decimal>("decimal", {.min = -10, .max = 10}),
                field<&M::time>("time"), field<&M::text>("text", {.max = 6, .at_least = 1}),
                field<&M::colour>("colour"), field<&M::hex>("hex"), field<&M::base64>("base64", {.base64 = true}),
                field<&M::fixed>("fixed"), field<&M::inners>("inners", {.at_least = 1}), field<&M::maybe>("maybe"),
                field<&M::colours>("colours", {.at_least = 1}));
  }
  friend bool operator==(const Everything&, const Everything&) = default;
};

}  // namespace samples

namespace {

using namespace samples;

constexpr std::string_view kFull =
    R"({"flag":true,"small":200,"large":-9223372036854775808,"count":9223372036854775807,"decimal":-0.25,)"
    R"("time":"2024-02-29T12:00:00.125Z","text":"a\"b","colour":"Dark.Green","hex":"00ff","base64":"AAECAw==",)"
    R"("fixed":"beef","inners":[{"number":1,"note":"x"},{"number":-2}],"maybe":7,"colours":["Red","Dark.Green"]})";

std::string with(std::string_view name, std::string_view value) {
  std::string text{kFull};
  const std::string key = '"' + std::string{name} + "\":";
  const auto begin = text.find(key) + key.size();
  std::size_t end = begin;
  for (int depth = 0; depth > 0 || (text[end] != ',' && text[end] != '}'); ++end) {
    depth += text[end] == '[' || text[end] == '{' ? 1 : text[end] == ']' || text[end] == '}' ? -1 : 0;
  }
  return text.replace(begin, end - begin, value);
}

Error error_of(std::string_view text, const Options& options = {}) {
  const auto decoded = decode<Everything>(text, options);
  REQUIRE_FALSE(decoded.has_value());
  return decoded.error();
}

}  // namespace

TEST_CASE("every kind of value goes both ways") {
  const auto value = decode<Everything>(kFull);
  REQUIRE(value.has_value());
  CHECK(value->flag);
  CHECK(value->large == INT64_MIN);
  CHECK(value->decimal.millionths == -250'000);
  CHECK(value->text.view() == "a\"b");
  CHECK(value->colour == Colour::dark_green);
  CHECK(value->base64.size == 4);
  CHECK(value->fixed[0] == std::byte{0xbe});
  CHECK(value->inners.size == 2);
  CHECK(value->inners[0].note == Text<4>{"x"});
  CHECK(value->maybe == 7);
  std::array<char, 1024> buffer{};
  const auto text = encode(*value, buffer);
  REQUIRE(text.has_value());
  CHECK(*text == kFull);
}

TEST_CASE("order and white space do not matter, and what is absent becomes absent again") {
  Everything value = *decode<Everything>(kFull);
  const auto done =
      decode_into(value, R"( { "inners" : [ { "note" : "y" , "number" : 5 } ] , "fixed" : "0000", "hex":"",
    "base64":"", "colour":"Red", "text":"t", "time":"1970-01-01T00:00:00Z", "decimal":1e-2, "count":0, "large":1.0,
    "small":1e1, "flag" : false } )");
  REQUIRE(done.has_value());
  CHECK_FALSE(value.maybe.has_value());
  CHECK_FALSE(value.colours.has_value());
  CHECK(value.inners.size == 1);
  CHECK(value.small == 10);
  CHECK(value.large == 1);
  CHECK(value.decimal.millionths == 10'000);
}

TEST_CASE("an element of a list does not inherit members from what was there before") {
  Everything value = *decode<Everything>(kFull);
  REQUIRE(decode_into(value, with("inners", R"([{"number":3},{"number":4}])")).has_value());
  CHECK_FALSE(value.inners[0].note.has_value());
}

TEST_CASE("a wrong value has its kind and its place") {
  struct Case {
    const char* name;
    const char* value;
    ErrorKind kind;
    const char* where;
  };
  using enum ErrorKind;
  constexpr Case kCases[] = {
      {"flag", "1", wrong_type, "flag"},
      {"flag", "null", null_value, "flag"},
      {"flag", "tru", syntax, "flag"},
      {"small", "0", out_of_range, "small"},
      {"small", "201", out_of_range, "small"},
      {"small", "256", out_of_range, "small"},
      {"small", "1.5", wrong_type, "small"},
      {"small", "\"1\"", wrong_type, "small"},
      {"maybe", "01", syntax, ""},
      {"large", "9223372036854775808", out_of_range, "large"},
      {"large", "1e400", out_of_range, "large"},
      {"large", "nan", syntax, "large"},
      {"count", "-1", out_of_range, "count"},
      {"decimal", "10.000001", out_of_range, "decimal"},
      {"decimal", "-10.000001", out_of_range, "decimal"},
      {"decimal", "1e400", out_of_range, "decimal"},
      {"decimal", "[1]", wrong_type, "decimal"},
      {"decimal", "-", syntax, "decimal"},
      {"time", "\"2023-02-29T00:00:00Z\"", bad_timestamp, "time"},
      {"time", "0", wrong_type, "time"},
      {"text", "\"\"", too_short, "text"},
      {"text", "\"1234567\"", too_long, "text"},
      {"text", "\"\u20ac\u20ac\u20ac\"", no_room, "text"},
      {"text", "\"a\\u0000\"", bad_character, "text"},
      {"text", "\"\\x\"", bad_escape, "text"},
      {"text", "\"\xff\"", bad_utf8, "text"},
      {"text", "{\"a\":1}", wrong_type, "text"},
      {"colour", "\"red\"", unknown_value, "colour"},
      {"colour", "\"Redd\"", unknown_value, "colour"},
      {"colour", "0", wrong_type, "colour"},
      {"hex", "\"0\"", bad_octets, "hex"},
      {"hex", "\"0011223344\"", too_long, "hex"},
      {"base64", "\"AAECAw=\"", bad_octets, "base64"},
      {"base64", "\"AAECAwQ=\"", bad_octets, "base64"},
      {"base64", "\"AAECAwQFAAAA\"", too_long, "base64"},
      {"fixed", "\"00\"", too_short, "fixed"},
      {"fixed", "\"000000\"", too_long, "fixed"},
      {"inners", "[]", too_few, "inners"},
      {"inners", "{}", wrong_type, "inners"},
      {"inners", R"([{"number":1},{"number":2},{"number":3},{"number":4}])", too_many, "inners[3]"},
      {"inners", R"([{"number":1},{"number":null}])", null_value, "inners[1].number"},
      {"inners", R"([{"number":1},{}])", missing_member, "inners[1].number"},
      {"inners", R"([{"number":1},{"number":1,"note":"12345"}])", too_long, "inners[1].note"},
      {"inners", R"([{"number":1},7])", wrong_type, "inners[1]"},
      {"inners", R"([{"number":1},])", syntax, "inners[1]"},
      {"inners", R"([{"number":1} {"number":1}])", syntax, "inners[0]"},
      {"maybe", "null", null_value, "maybe"},
      {"colours", R"(["Red","Blue"])", unknown_value, "colours[1]"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    CAPTURE(c.value);
    const Error error = error_of(with(c.name, c.value));
    CHECK(enum_text(error.kind) == enum_text(c.kind));
    CHECK(error.where.view() == c.where);
  }
}

TEST_CASE("the whole text is looked at") {
  std::string text{kFull};
  CHECK(error_of("").kind == ErrorKind::syntax);
  CHECK(error_of("[]").kind == ErrorKind::wrong_type);
  CHECK(error_of("null").kind == ErrorKind::null_value);
  CHECK(error_of(text + "x").kind == ErrorKind::trailing_text);
  CHECK(error_of(text, {.max_bytes = text.size() - 1}).kind == ErrorKind::too_large);
  for (std::size_t n = 0; n < text.size(); ++n) CHECK_FALSE(decode<Everything>(text.substr(0, n)).has_value());
}

TEST_CASE("a member twice is refused in any spelling, known or ignored") {
  const std::string head{kFull.substr(0, kFull.size() - 1)};
  CHECK(error_of(head + R"(,"flag":true})").kind == ErrorKind::duplicate_member);
  CHECK(error_of(head + R"(,"\u0066lag":true})").kind == ErrorKind::duplicate_member);
  const Options lenient{.unknown = UnknownMembers::ignore};
  CHECK(error_of(head + R"(,"a":1,"\u0061":2})", lenient).kind == ErrorKind::duplicate_member);
  CHECK(decode<Everything>(head + R"(,"a":1,"b":{"c":[null]}})", lenient).has_value());
}

TEST_CASE("unknown members are refused, ignored or skipped as the options say") {
  const std::string head{kFull.substr(0, kFull.size() - 1)};
  CHECK(error_of(head + R"(,"customData":{}})").kind == ErrorKind::unknown_member);
  const Options ocpp{.skipped = "customData"};
  CHECK(decode<Everything>(head + R"(,"customData":{"vendorId":"v","x":[1,{"y":2}]}})", ocpp).has_value());
  CHECK(error_of(head + R"(,"customData":1,"customData":2})", ocpp).kind == ErrorKind::duplicate_member);
  CHECK(error_of(head + R"(,"customDatum":1})", ocpp).kind == ErrorKind::unknown_member);
  CHECK(error_of(head + R"(,"customData":nope})", ocpp).kind == ErrorKind::syntax);
  std::string many = head;
  for (std::size_t i = 0; i <= kMaxIgnoredMembers; ++i) many += ",\"x" + std::to_string(i) + "\":0";
  CHECK(error_of(many + "}", {.unknown = UnknownMembers::ignore}).kind == ErrorKind::too_many);
}

TEST_CASE("nesting is bounded, also in what is ignored") {
  const std::string head{kFull.substr(0, kFull.size() - 1)};
  const Options lenient{.unknown = UnknownMembers::ignore};
  const auto nested = [&](std::size_t n) { return head + ",\"a\":" + std::string(n, '[') + std::string(n, ']') + "}"; };
  CHECK(decode<Everything>(nested(kMaxDepth - 1), lenient).has_value());
  CHECK(error_of(nested(kMaxDepth), lenient).kind == ErrorKind::too_deep);
}

TEST_CASE("encoding keeps the same limits") {
  std::array<char, 1024> buffer{};
  const auto kind = [&](auto change) {
    Everything value = *decode<Everything>(kFull);
    change(value);
    const auto text = encode(value, buffer);
    REQUIRE_FALSE(text.has_value());
    return std::string{enum_text(text.error().kind)} + " " + std::string{text.error().where.view()};
  };
  using E = Everything;
  CHECK(kind([](E& e) { e.small = 201; }) == "out_of_range small");
  CHECK(kind([](E& e) { e.count = UINT64_MAX; }) == "out_of_range count");
  CHECK(kind([](E& e) { e.decimal.millionths = 10'000'001; }) == "out_of_range decimal");
  CHECK(kind([](E& e) { e.time.unix_ms = INT64_MAX; }) == "out_of_range time");
  CHECK(kind([](E& e) { e.text = ""; }) == "too_short text");
  CHECK(kind([](E& e) { e.text = "1234567"; }) == "too_long text");
  CHECK(kind([](E& e) { e.text = "\xff"; }) == "bad_utf8 text");
  CHECK(kind([](E& e) { e.text = std::string_view{"a\0", 2}; }) == "bad_character text");
  CHECK(kind([](E& e) { e.colour = static_cast<Colour>(2); }) == "unknown_value colour");
  CHECK(kind([](E& e) { e.inners.clear(); }) == "too_few inners");
  CHECK(kind([](E& e) { e.colours->clear(); }) == "too_few colours");
  CHECK(kind([](E& e) { e.inners[1].note = "\xc3\x28"; }) == "bad_utf8 inners[1].note");
}

TEST_CASE("a value that does not fit the buffer is not encoded, whatever is missing") {
  const Everything value = *decode<Everything>(kFull);
  std::array<char, 1024> buffer{};
  for (std::size_t room = 0; room < kFull.size(); ++room) {
    const auto text = encode(value, std::span{buffer}.first(room));
    REQUIRE_FALSE(text.has_value());
    CHECK(text.error().kind == ErrorKind::output_full);
  }
  CHECK(encode(value, std::span{buffer}.first(kFull.size())).has_value());
}

namespace samples {

struct Versioned {
  Text<8> token{};
  std::optional<std::int32_t> newer{};
  std::int32_t older{};
  static constexpr auto fields() {
    using M = Versioned;
    return list(field<&M::token>("token", {.chars_before = 4, .wider_since = 3}),
                field<&M::newer>("newer", {.since = 3}), field<&M::older>("older", {.until = 2}));
  }
};

}  // namespace samples

TEST_CASE("a field exists only in its versions, and a text is as long as its version allows") {
  const Options v2{.version = 2};
  const Options v3{.version = 3};
  CHECK(decode<Versioned>(R"({"token":"1234","older":1})", v2).has_value());
  CHECK(decode<Versioned>(R"({"token":"12345","older":1})", v2).error().kind == ErrorKind::too_long);
  CHECK(decode<Versioned>(R"({"token":"1234"})", v2).error().kind == ErrorKind::missing_member);
  CHECK(decode<Versioned>(R"({"token":"1234","older":1,"newer":2})", v2).error().kind == ErrorKind::unknown_member);
  CHECK(decode<Versioned>(R"({"token":"12345678","newer":2})", v3).has_value());
  CHECK(decode<Versioned>(R"({"token":"12345678","older":2})", v3).error().kind == ErrorKind::unknown_member);
  CHECK(decode<Versioned>(R"({"token":"12345678","newer":2,"older":3})").has_value());
  const Versioned value{.token = "12345", .newer = 1, .older = 2};
  std::array<char, 100> buffer{};
  CHECK(encode(value, buffer, v2).error().kind == ErrorKind::too_long);
  CHECK(*encode(value, buffer, v3) == R"({"token":"12345","newer":1})");
}

TEST_CASE("a member of another version takes its default when a used object is decoded into") {
  Versioned value{.token = "a", .newer = 1, .older = 2};
  REQUIRE(decode_into(value, R"({"token":"b","newer":5})", {.version = 3}).has_value());
  CHECK(value.older == 0);
}

namespace samples {

struct Carrier {
  std::optional<Raw<16>> data{};
  static constexpr auto fields() { return list(field<&Carrier::data>("data")); }
};

}  // namespace samples

TEST_CASE("a raw value travels as it is written") {
  std::array<char, 100> buffer{};
  for (const char* text : {R"({"data":{"a":[1, 2]}})", R"({"data":"x"})", R"({"data":-1.50})", R"({})"}) {
    const auto value = decode<Carrier>(text);
    REQUIRE(value.has_value());
    CHECK(*encode(*value, buffer) == text);
  }
  CHECK(decode<Carrier>(R"({"data":null})").error().kind == ErrorKind::null_value);
  CHECK(decode<Carrier>(R"({"data":"0123456789abcdef"})").error().kind == ErrorKind::no_room);
  CHECK(decode<Carrier>(R"({"data":[1,]})").error().kind == ErrorKind::syntax);
  CHECK_FALSE(encode(Carrier{.data = Raw<16>{}}, buffer).has_value());
  CHECK(encode(Carrier{.data = Raw<16>{"[1"}}, buffer).error().kind == ErrorKind::syntax);
  CHECK(encode(Carrier{.data = Raw<16>{"1,\"b\":2"}}, buffer).error().kind == ErrorKind::trailing_text);
}

namespace samples {

template <std::size_t N>
struct Nest {
  std::optional<Nest<N - 1>> inner{};
  static constexpr auto fields() { return list(field<&Nest::inner>("i")); }
};
template <>
struct Nest<0> {
  std::int32_t end{};
  static constexpr auto fields() { return list(field<&Nest::end>("i")); }
};

struct Chosen {
  std::variant<Inner, Carrier> which{};
  static constexpr auto fields() { return list(field<&Chosen::which>("which")); }
};
static_assert(!Message<Chosen>);
static_assert(Message<Everything>);

}  // namespace samples

TEST_CASE("a type nested deeper than the bound is refused both ways") {
  std::string text = "1";
  for (int i = 0; i < 17; ++i) text.insert(0, "{\"i\":").push_back('}');
  CHECK(decode<Nest<16>>(text).error().kind == ErrorKind::too_deep);
  CHECK(decode<Nest<15>>(text.substr(5, text.size() - 6)).has_value());
}

TEST_CASE("a choice has no JSON form") {
  Chosen value{};
  std::array<char, 100> buffer{};
  CHECK(decode(shape_of<Chosen>(), &value, R"({"which":1})", {}).error().kind == ErrorKind::unsupported);
  CHECK(encode(shape_of<Chosen>(), &value, buffer, {}).error().kind == ErrorKind::unsupported);
}

TEST_CASE("an error is told in one sentence that fits") {
  std::array<char, 200> line{};
  CHECK(describe(error_of(with("inners", R"([{"number":"1"}])")), line) ==
        "inners[0].number: the value has the wrong type");
  CHECK(describe(error_of("x"), line) == "not JSON");
  std::array<char, 5> small{};
  CHECK(describe(error_of("x"), small) == "not J");
}

}  // namespace bulwatt::json
