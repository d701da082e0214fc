#include "protocols/meters/codec.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <limits>

using namespace bulwatt;
using namespace bulwatt::meters;

namespace {

using Words = std::vector<std::uint16_t>;

Words words_of_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return {static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint16_t>(bits)};
}

constexpr Row kVolts{Quantity::voltage_l1, 0, Encoding::float32, {1'000, 1}};
constexpr Row kEnergy{Quantity::energy_import, 0, Encoding::float32, {1'000'000, 1}};

}  // namespace

TEST_CASE("known register words decode to the values the meter's manual shows") {
  // 230.2 V is 43 66 33 34 in the byte order of the wire.
  CHECK(decode(kVolts, WordOrder::high_first, Words{0x4366, 0x3334}) == 230'200);
  CHECK(decode(kVolts, WordOrder::low_first, Words{0x3334, 0x4366}) == 230'200);
  CHECK(decode(kEnergy, WordOrder::high_first, words_of_float(1.0F)) == 1'000'000);
  CHECK(decode(kEnergy, WordOrder::high_first, words_of_float(12345.5F)) == 12'345'500'000);
}

TEST_CASE("integers of every width decode with sign, scale and word order") {
  struct Case {
    Quantity quantity;
    Encoding encoding;
    Scale scale;
    WordOrder order;
    Words words;
    std::int64_t value;
  };
  const Case cases[] = {
      {Quantity::voltage_l1, Encoding::uint16, {100, 1}, WordOrder::high_first, {2302}, 230'200},
      {Quantity::current_l1, Encoding::int16, {10, 1}, WordOrder::high_first, {0xFFFF}, -10},
      {Quantity::power_total, Encoding::int32, {100, 1}, WordOrder::low_first, {0xFFFE, 0xFFFF}, -200},
      {Quantity::power_total, Encoding::int32, {1'000, 1}, WordOrder::high_first, {0x0001, 0x0000}, 65'536'000},
      {Quantity::energy_import,
       Encoding::uint32,
       {10'000, 1},
       WordOrder::high_first,
       {0xFFFF, 0xFFFF},
       42'949'672'950'000},
      {Quantity::energy_import, Encoding::int64, {1, 1}, WordOrder::high_first, {0, 0, 1, 2}, 65'538},
      {Quantity::energy_import, Encoding::uint64, {1, 10}, WordOrder::low_first, {25, 0, 0, 0}, 3},
      {Quantity::current_l2, Encoding::int32, {1, 10}, WordOrder::high_first, {0xFFFF, 0xFFE7}, -3},
  };
  for (const Case& c : cases) {
    CAPTURE(enum_text(c.encoding));
    const Row row{c.quantity, 0, c.encoding, c.scale};
    CHECK(decode(row, c.order, c.words) == c.value);
  }
}

TEST_CASE("what is no plausible value is a typed error") {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto error = [](const Row& row, const Words& words) {
    return decode(row, WordOrder::high_first, words).error();
  };
  CHECK(error(kVolts, words_of_float(nan)) == CodecError::not_a_number);
  CHECK(error(kVolts, words_of_float(inf)) == CodecError::not_a_number);
  CHECK(error(kVolts, words_of_float(-inf)) == CodecError::not_a_number);
  CHECK(error(kVolts, words_of_float(500.1F)) == CodecError::out_of_range);
  CHECK(error(kVolts, words_of_float(-0.1F)) == CodecError::out_of_range);
  CHECK(error(kVolts, words_of_float(std::numeric_limits<float>::max())) == CodecError::out_of_range);
  CHECK(error(kEnergy, words_of_float(-1.0F)) == CodecError::out_of_range);
  CHECK(error(kVolts, {1}) == CodecError::bad_length);
  CHECK(error(kVolts, {1, 2, 3}) == CodecError::bad_length);
  constexpr Row kHuge{Quantity::energy_total, 0, Encoding::uint64, {1'000'000, 1}};
  CHECK(error(kHuge, {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}) == CodecError::out_of_range);
}

TEST_CASE("every quantity accepts the ends of its range and nothing beyond") {
  for (std::size_t i = 0; i < kQuantityCount; ++i) {
    const auto quantity = static_cast<Quantity>(i);
    CAPTURE(enum_text(quantity));
    const Row row{quantity, 0, Encoding::int64, {1, 1}};
    const Range range = plausible_range(quantity);
    for (const auto& [value, fits] : {std::pair{range.least, true},
                                      {range.greatest, true},
                                      {range.least - 1, false},
                                      {range.greatest + 1, false}}) {
      std::array<std::uint16_t, 4> words{};
      REQUIRE(encode(row, WordOrder::high_first, value, words));
      const auto decoded = decode(row, WordOrder::high_first, words);
      CHECK(decoded.has_value() == fits);
      if (decoded) CHECK(*decoded == value);
    }
  }
}

TEST_CASE("encoding is the inverse of decoding for every encoding and order") {
  for (std::size_t i = 0; i < enum_names(Encoding{}).size(); ++i) {
    for (const WordOrder order : {WordOrder::high_first, WordOrder::low_first}) {
      const Row row{Quantity::current_l3, 0, static_cast<Encoding>(i), {10, 1}};
      CAPTURE(enum_text(row.encoding));
      Words words(row.words());
      for (const std::int64_t value : {0, 10, 16'000, 32'760}) {
        REQUIRE(encode(row, order, value, words));
        CHECK(decode(row, order, words) == value);
      }
    }
  }
}

TEST_CASE("a value that does not fit the register is refused") {
  std::array<std::uint16_t, 1> word{};
  constexpr Row kUnsigned{Quantity::voltage_l1, 0, Encoding::uint16, {1, 1}};
  constexpr Row kSigned{Quantity::current_l1, 0, Encoding::int16, {1, 1}};
  CHECK(encode(kUnsigned, WordOrder::high_first, 65'536, word).error() == CodecError::out_of_range);
  CHECK(encode(kUnsigned, WordOrder::high_first, -1, word).error() == CodecError::out_of_range);
  CHECK(encode(kSigned, WordOrder::high_first, 32'768, word).error() == CodecError::out_of_range);
  CHECK(encode(kVolts, WordOrder::high_first, 0, word).error() == CodecError::bad_length);
}

TEST_CASE("a serial number is an unsigned integer") {
  CHECK(decode_number(Encoding::uint32, WordOrder::high_first, Words{0x0012, 0xD687}) == 1'234'567);
  CHECK(decode_number(Encoding::uint32, WordOrder::high_first, Words{1}).error() == CodecError::bad_length);
  CHECK(decode_number(Encoding::float32, WordOrder::high_first, Words{0, 0}).error() == CodecError::out_of_range);
}

TEST_CASE("powers of ten beside a value move its point, at most ten places") {
  const Row power{Quantity::power_total, 0, Encoding::int16, {1'000, 1}, 1};
  const auto at = [&](std::uint16_t word, int exponent) {
    return decode(power, WordOrder::high_first, Words{word}, Absence::sunspec, exponent);
  };
  CHECK(at(1104, 1) == 11'040'000);
  CHECK(at(0xFFF6, 0) == -10'000);
  CHECK(at(1104, -2) == 11'040);
  CHECK(at(15, -4) == 2);  // 1.5 mW rounds up
  CHECK(at(0x8000, 0).error() == CodecError::not_available);
  CHECK(at(1104, 10).error() == CodecError::out_of_range);
  CHECK(at(1, 11).error() == CodecError::out_of_range);
  const Row wide{Quantity::energy_import, 0, Encoding::uint64, {1, 1}};
  CHECK(decode(wide, WordOrder::high_first, Words{0, 0, 0, 1}, Absence::none, 1).error() == CodecError::out_of_range);
}

TEST_CASE("registers say in several ways that they have no value") {
  struct Case {
    Encoding encoding;
    Absence absence;
    Words words;
  };
  const Case cases[] = {
      {Encoding::int16, Absence::sunspec, {0x8000}},    {Encoding::uint16, Absence::sunspec, {0xFFFF}},
      {Encoding::int32, Absence::sunspec, {0x8000, 0}}, {Encoding::float32, Absence::sunspec, {0x7FC0, 0}},
      {Encoding::int16, Absence::top, {0x7FFF}},        {Encoding::int32, Absence::top, {0x7FFF, 0}}};
  for (const Case& c : cases) {
    CAPTURE(enum_text(c.encoding));
    const Row row{Quantity::current_l1, 0, c.encoding, {1, 1}};
    CHECK(decode(row, WordOrder::high_first, c.words, c.absence).error() == CodecError::not_available);
    Words made(row.words());
    REQUIRE(encode_absent(row, WordOrder::high_first, c.absence, made));
    CHECK(made == c.words);
  }
  Words one(1);
  CHECK_FALSE(
      encode_absent({Quantity::current_l1, 0, Encoding::int16, {1, 1}}, WordOrder::high_first, Absence::none, one));
}

TEST_CASE("a counter begins again where its register ends, whatever its unit") {
  const Row wh{Quantity::energy_import, 0, Encoding::uint32, {1'000, 1}, 2, std::uint64_t{1} << 32};
  CHECK(wrap(wh) == 4'294'967'296'000);
  CHECK(wrap(wh, -1) == 429'496'729'600);
  CHECK(wrap(wh, 10) == 0);  // further than any meter counts
  CHECK(resolution(wh, 0) == 1'000);
  CHECK(resolution(wh, 0, 2) == 100'000);
  CHECK(wrap(kEnergy) == 0);
  Words words(2);
  REQUIRE(encode(wh, WordOrder::high_first, 4'294'967'296'000 + 5'000, words));
  CHECK(words == Words{0, 5});
}

TEST_CASE("of a long serial number the end is kept, bytes that are no text are skipped") {
  constexpr SerialRow kText{Table::holding, 0, Encoding::uint16, 10};
  const Words words{0x4142, 0x4344, 0x3031, 0x3233, 0x3435, 0x3637, 0x3839, 0x5859, 0x5A51, 0x0020};
  const auto serial = decode_serial(kText, WordOrder::low_first, words);
  REQUIRE(serial);
  CHECK(std::string(reinterpret_cast<const char*>(serial->data()), serial->size()) == "CD0123456789XYZQ");
  CHECK(decode_serial({Table::holding, 0, Encoding::int32, 0}, WordOrder::high_first, Words{0, 0}).error() ==
        CodecError::out_of_range);
}
