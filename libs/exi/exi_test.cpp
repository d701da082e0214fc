#include "libs/exi/exi.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "libs/exi/test_messages.hpp"

using namespace bulwatt;
using namespace exi_test_messages;

namespace exi_test_messages {

const exi::Grammar& grammar() {
  static constexpr exi::SchemaSet kSet{.globals = kGlobals,
                                       .elements = kElements,
                                       .document = &detail::ShapeOf<Message>::kShape,
                                       .relaxed = {.element = "Signed", .attributes = 2, .attribute = 1}};
  static exi::Tables<24, 64> tables{};
  static const exi::Grammar once{kSet, tables.types, tables.rows};
  return once;
}

}  // namespace exi_test_messages

namespace {

using Bytes = std::vector<std::byte>;

Bytes encode(const Message& message) {
  Bytes out(512);
  const auto n = exi::encode_document(grammar(), &message, out);
  REQUIRE(n.has_value());
  out.resize(*n);
  return out;
}

Message decode(const Bytes& bytes) {
  Message message;
  const auto done = exi::decode_document(grammar(), bytes, &message);
  REQUIRE(done.has_value());
  CHECK(done->steps <= exi::kMaxStepsPerBit * (done->bits + 1));
  return message;
}

template <class T>
T round_trip(const T& value) {
  const Bytes bytes = encode(value);
  const Message decoded = decode(bytes);
  REQUIRE(std::holds_alternative<T>(decoded));
  CHECK(encode(decoded) == bytes);
  return std::get<T>(decoded);
}

Numbers numbers() {
  Numbers n;
  n.points = 12;
  n.serial = Octets<20>{std::array{std::byte{1}}};
  return n;
}

template <std::size_t N>
Octets<20> serial(std::array<int, N> bytes) {
  Octets<20> made;
  for (const int byte : bytes) made.data[made.size++] = static_cast<std::byte>(byte);
  return made;
}

}  // namespace

TEST_CASE("a small message has exactly these bits") {
  // Header; Either is 0 of nine, in 4 bits; Number is 1 of three, in 2 bits; begin of the value 0; sign 0; 5 as a group of
  // seven bits and none behind it; end of the value 0; end of Either 0.
  const Either e{.number = 5};
  CHECK(encode(e) == Bytes{std::byte{0x80}, std::byte{0b0000'01'0'0}, std::byte{5}, std::byte{0}});
  CHECK(round_trip(e).number == 5);
}

TEST_CASE("integers keep their value at every limit") {
  for (const std::int64_t large : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-129}, std::int64_t{-128},
                                   std::int64_t{-1}, std::int64_t{0}, std::int64_t{127}, std::int64_t{128},
                                   std::int64_t{1} << 35, std::numeric_limits<std::int64_t>::max()}) {
    Numbers n = numbers();
    n.large = large;
    n.huge = static_cast<std::uint64_t>(large);
    n.small = static_cast<std::int16_t>(large);
    n.middle = static_cast<std::int32_t>(large);
    const Numbers back = round_trip(n);
    CHECK(back.large == n.large);
    CHECK(back.huge == n.huge);
    CHECK(back.small == n.small);
    CHECK(back.middle == n.middle);
  }
  for (std::int8_t percent = -3; percent <= 3; ++percent) {
    Numbers n = numbers();
    n.percent = percent;
    n.points = static_cast<std::uint16_t>(1021 + percent);
    n.flag = percent > 0;
    n.mode = static_cast<Mode>(percent & 1);
    const Numbers back = round_trip(n);
    CHECK(back.percent == percent);
    CHECK(back.points == n.points);
    CHECK(back.flag == n.flag);
    CHECK(back.mode == n.mode);
  }
}

TEST_CASE("integers of any size are two's complement, shortest form") {
  const std::array cases{serial(std::array{0}),
                         serial(std::array{0x7f}),
                         serial(std::array{0x00, 0x80}),
                         serial(std::array{0xff}),
                         serial(std::array{0x80}),
                         serial(std::array{0xff, 0x7f}),
                         serial(std::array{0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01}),
                         serial(std::array{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})};
  for (const auto& value : cases) {
    Numbers n = numbers();
    n.serial = value;
    CHECK(round_trip(n).serial == value);
  }
  Numbers padded = numbers();
  padded.serial = serial(std::array{0, 0, 5});
  CHECK(round_trip(padded).serial == serial(std::array{5}));
  padded.serial = serial(std::array{0xff, 0xff, 0xfe});
  CHECK(round_trip(padded).serial == serial(std::array{0xfe}));
}

TEST_CASE("texts are code points on the wire and UTF-8 in memory") {
  const Texts t{
      .id = "x", .name = "äß€", .other = "", .data = Octets<8>{}, .fixed = std::array<std::byte, 4>{std::byte{9}}};
  const Texts back = round_trip(t);
  CHECK(back.id == t.id);
  CHECK(back.name == t.name);
  CHECK(back.other == t.other);
  REQUIRE(back.data.has_value());
  CHECK(back.data->empty());
  CHECK(back.fixed == t.fixed);
  CHECK(round_trip(Texts{.name = "12345678"}).name == Text<8>{"12345678"});
  CHECK_FALSE(round_trip(Texts{.name = "ab"}).id.has_value());
}

TEST_CASE("repeated fields, choices among them, end where the code says so or where no more may come") {
  for (const std::size_t extra : {0U, 1U}) {
    for (std::uint16_t modes = 0; modes <= 4; ++modes) {
      Lists l;
      REQUIRE(l.either.push_back({.yes = true}));
      REQUIRE(l.either.push_back({.text = Signed{"a", "b"}}));
      if (extra != 0) REQUIRE(l.either.push_back({.number = -7}));
      for (std::uint16_t i = 0; i < modes; ++i) REQUIRE(l.modes.push_back(Mode::fast));
      for (std::uint16_t i = 0; i < modes / 2; ++i) REQUIRE(l.rest.push_back(i));
      const Lists back = round_trip(l);
      CHECK(back.either.size == 2 + extra);
      CHECK(back.either[1].text->content == Text<8>{"b"});
      CHECK_FALSE(back.either[1].yes.has_value());
      CHECK(back.modes == l.modes);
      CHECK(back.rest == l.rest);
    }
  }
}

TEST_CASE("a member of a substitution group is coded by its name among all names of the group") {
  CHECK(std::holds_alternative<Empty>(round_trip(Substituted{.body = Empty{}}).body));
  CHECK(std::get<Numbers>(round_trip(Substituted{.body = numbers()}).body).points == 12);
  // After the header: Substituted is 7 of 9; Empty is 0 and Numbers 2 of Empty, Head, Numbers.
  CHECK(encode(Substituted{.body = Empty{}})[1] == std::byte{0b0111'00'00});
  CHECK(encode(Substituted{.body = numbers()})[1] == std::byte{0b0111'10'00});
}

TEST_CASE("decoding into a used message leaves nothing of the old one") {
  Message message = Texts{.id = "old", .name = "old", .other = "old"};
  REQUIRE(exi::decode_document(grammar(), encode(Texts{.name = "new"}), &message).has_value());
  const auto& texts = std::get<Texts>(message);
  CHECK(texts.name == Text<8>{"new"});
  CHECK_FALSE(texts.id.has_value());
  CHECK_FALSE(texts.other.has_value());
}

TEST_CASE("a text that refers to an earlier one is read and written out") {
  const Bytes bytes = encode(Texts{.name = "ab", .other = "ab"});
  // Texts without Id; Name begins, length 4, "ab", ends; Other begins, 1 for "a text seen before", of which there is one, so
  // that no bit is needed to say which; ends; code 3 of four: the end of Texts.
  const Bytes hit{std::byte{0x80},        std::byte{0b1000'01'0'0}, std::byte{0b0000100'0}, std::byte{0b1100001'0},
                  std::byte{0b1100010'0}, std::byte{0b000'0'0000},  std::byte{0b0001'0'011}};
  Message message;
  const auto done = exi::decode_document(grammar(), hit, &message);
  REQUIRE(done.has_value());
  CHECK(std::get<Texts>(message).name == Text<8>{"ab"});
  CHECK(std::get<Texts>(message).other == Text<16>{"ab"});
  CHECK(encode(message) == bytes);
}

TEST_CASE("a fragment begins with its element among all elements and is not a document") {
  std::array<std::byte, 64> out{};
  const Either e{.yes = true};
  const auto n = exi::encode_fragment(grammar(), e, out);
  REQUIRE(n.has_value());
  // Either is 0 of three elements, any other element and the end: 3 bits; the end is 4.
  CHECK(out[1] == std::byte{0b000'00'0'1'0});
  CHECK(out[2] == std::byte{0b0'100'0000});
  Either back;
  REQUIRE(exi::decode_fragment(grammar(), shape_of<Either>(), std::span{out}.first(*n), &back).has_value());
  CHECK(back.yes == true);
  CHECK(exi::decode_fragment(grammar(), shape_of<Numbers>(), std::span{out}.first(*n), &back).error().kind ==
        exi::ErrorKind::not_here);
}

TEST_CASE("an element of two types has the relaxed grammar when it is a fragment") {
  std::array<std::byte, 64> out{};
  const Signed s{"i", "text"};
  const auto n = exi::encode_fragment(grammar(), s, out);
  REQUIRE(n.has_value());
  Signed back;
  REQUIRE(exi::decode_fragment(grammar(), shape_of<Signed>(), std::span{out}.first(*n), &back).has_value());
  CHECK(back.id == s.id);
  CHECK(back.content == s.content);
  std::array<std::byte, 64> other{};
  Message document = s;
  CHECK(exi::encode_document(grammar(), &document, other) != n);
}

TEST_CASE("least lengths are checked apart, in characters") {
  CHECK(exi::check_lengths(grammar(), Texts{.name = "ab"}).has_value());
  CHECK(exi::check_lengths(grammar(), Texts{.name = "ä"}).error() == exi::Error{exi::ErrorKind::too_short, 0, "Name"});
  CHECK(exi::check_lengths(grammar(), Signed{}).has_value());
  Lists l;
  REQUIRE(l.either.push_back({.text = Signed{"", "b"}}));
  CHECK(exi::check_lengths(grammar(), l).has_value());
  CHECK(exi::check_lengths(grammar(), Empty{}).has_value());
}
