// Every way in which a stream, or a value, is refused.
#include <doctest/doctest.h>

#include <vector>

#include "libs/exi/test_messages.hpp"

using namespace bulwatt;
using namespace exi_test_messages;
using exi::ErrorKind;

namespace {

using Bytes = std::vector<std::byte>;

/// Bits as text, white space ignored; the header comes first.
Bytes stream(std::string_view bits) {
  Bytes bytes{std::byte{0x80}};
  unsigned n = 0;
  for (const char bit : bits) {
    if (bit == ' ') continue;
    if (n % 8 == 0) bytes.push_back(std::byte{0});
    if (bit == '1') bytes.back() |= std::byte{0x80} >> (n % 8);
    ++n;
  }
  return bytes;
}

ErrorKind refusal(const Bytes& bytes) {
  Message message;
  const auto done = exi::decode_document(grammar(), bytes, &message);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().bit <= bytes.size() * 8);
  return done.error().kind;
}
ErrorKind refusal(std::string_view bits) { return refusal(stream(bits)); }

ErrorKind refusal(const Message& message, std::size_t room = 256) {
  Bytes out(room);
  const auto n = exi::encode_document(grammar(), &message, out);
  REQUIRE_FALSE(n.has_value());
  return n.error().kind;
}

constexpr std::string_view kEither = "0000";
constexpr std::string_view kLists = "0011";
constexpr std::string_view kMixed = "0100";
constexpr std::string_view kNumbers = "0101";
constexpr std::string_view kTexts = "1000";
/// Texts without an Id, in the value of Name.
constexpr std::string_view kName = "1000 01 0";

std::string joined(std::string_view a, std::string_view b) { return std::string{a} + std::string{b}; }

}  // namespace

TEST_CASE("what is no EXI stream of the profile is refused at its first byte") {
  CHECK(refusal(Bytes{}) == ErrorKind::truncated);
  CHECK(refusal(Bytes{std::byte{0x24}, std::byte{0x45}}) == ErrorKind::bad_header);
  CHECK(refusal(Bytes{std::byte{0xa0}, std::byte{0}}) == ErrorKind::bad_header);
  CHECK(refusal(Bytes(exi::kMaxBytes + 1, std::byte{0x80})) == ErrorKind::too_large);
}

TEST_CASE("a root that is no message, or no element at all, is refused") {
  CHECK(refusal("0010 0000") == ErrorKind::unsupported);    // Head, which is abstract
  CHECK(refusal("1001 0000") == ErrorKind::deviation);      // the way to the second level
  CHECK(refusal("1010 0000") == ErrorKind::unknown_event);  // behind it
}

TEST_CASE("second-level events are refused where they stand") {
  CHECK(refusal(joined(kEither, "11 000000")) == ErrorKind::deviation);         // instead of an alternative
  CHECK(refusal(joined(kEither, "00 1 010 00000")) == ErrorKind::deviation);    // instead of a value
  CHECK(refusal(joined(kEither, "00 1 000 00000")) == ErrorKind::deviation);    // an empty value where none may be
  CHECK(refusal(joined(kEither, "00 0 1 1 000000")) == ErrorKind::deviation);   // behind a value
  CHECK(refusal(joined(kEither, "00 0 1 0 1 00000")) == ErrorKind::deviation);  // instead of the end
  CHECK(refusal(joined(kTexts, "10 000000")) == ErrorKind::deviation);          // instead of a required element
  CHECK(refusal(joined(kTexts, "11 000000")) == ErrorKind::unknown_event);
}

TEST_CASE("what the schema allows and ISO 15118 does not use is refused as such") {
  CHECK(refusal(joined(kMixed, "001 0000")) == ErrorKind::unsupported);  // an element of any name
  CHECK(refusal(joined(kMixed, "011 0000")) == ErrorKind::unsupported);  // text between elements
  CHECK(refusal(joined(kMixed, "100 0000")) == ErrorKind::deviation);
}

TEST_CASE("numbers outside their limits are refused") {
  CHECK(refusal(joined(kNumbers, "0 0 1 0  0 0 11 0")) == ErrorKind::unknown_value);
  CHECK(refusal(joined(kNumbers, "0 0 1 0  0 0 00 0  0 0 111 0")) == ErrorKind::out_of_range);
  const std::string upto_points = joined(kNumbers, "0 0 1 0  0 0 00 0  0 0 000 0  0 0");
  CHECK(refusal(upto_points + "1111111111 0") == ErrorKind::out_of_range);
  // 2^15 as a 16-bit integer; 2^64 as a 64-bit one
  CHECK(refusal(upto_points + "0000000000 0  0 0 0 10000000 10000000 00000010 0") == ErrorKind::out_of_range);
  const std::string upto_large = upto_points + "0000000000 0  0 0 0 00000000 0  0 0 0 00000000 0  0 0";
  std::string nine;
  for (int i = 0; i < 9; ++i) nine += "10000000 ";
  CHECK(refusal(upto_large + "0 " + nine + "00000001 0") == ErrorKind::out_of_range);  // 2^63, signed
  const std::string upto_huge = upto_large + "0 00000000 0  0 0";
  CHECK(refusal(upto_huge + nine + "00000010 0") == ErrorKind::out_of_range);
  CHECK(refusal(upto_huge + nine + "10000000 00000000") == ErrorKind::out_of_range);
  std::string serial = upto_huge + "00000000 0  0 0 0 ";
  for (int i = 0; i < 24; ++i) serial += "11111111 ";
  CHECK(refusal(serial + "00000001 0 0") == ErrorKind::no_room);
}

TEST_CASE("texts and octets outside their limits are refused") {
  CHECK(refusal(joined(kName, "00001011")) == ErrorKind::too_long);
  CHECK(refusal(joined(kName, "00000100 01100001")) == ErrorKind::truncated);
  CHECK(refusal(joined(kName, "00000011 00000000 00000000")) == ErrorKind::bad_text);                    // NUL
  CHECK(refusal(joined(kName, "00000011 10000000 10110000 00000011 0000")) == ErrorKind::bad_text);      // a surrogate
  CHECK(refusal(joined(kName, "00000011 11111111 11111111 11111111 00000001")) == ErrorKind::bad_text);  // endless
  CHECK(refusal(joined(kName, "00000000 0 000000")) == ErrorKind::bad_string_hit);                       // none before
  CHECK(refusal(joined(kName, "00000001 0 000000")) == ErrorKind::bad_string_hit);
  std::string euros = joined(kName, "00000110");  // four of three bytes each, in a storage of eight
  for (int i = 0; i < 4; ++i) euros += " 10101100 01000001";
  CHECK(refusal(euros) == ErrorKind::no_room);
  const std::string upto_data = joined(kName, "00000100 01100001 01100001 0  001 0");
  CHECK(refusal(upto_data + "00001001 0000") == ErrorKind::too_long);
  CHECK(refusal(upto_data + "00001000 0000") == ErrorKind::truncated);
  const std::string upto_fixed = joined(kName, "00000100 01100001 01100001 0  010 0");
  CHECK(refusal(upto_fixed + "00000011 00000000 00000000 00000000") == ErrorKind::too_short);
}

TEST_CASE("too few elements, and more than there is room for") {
  CHECK(refusal(joined(kLists, "1 0000000")) == ErrorKind::deviation);
  // two of Either, no more of it, no Mode, then Rest three times: unbounded by the schema, room for two
  const std::string two = joined(kLists, "0 00 0 1 0 0  0 00 0 1 0 0  010");
  CHECK(refusal(two + " 0 00000000 0  00 0 00000000 0  00 0 00000000 0") == ErrorKind::no_room);
  CHECK(refusal(joined(kLists, "0 00 0 1 0 0  1 00000")) == ErrorKind::deviation);
}

TEST_CASE("every truncation of a message is refused, and so is anything but zeros behind it") {
  Message message = Texts{.id = "id", .name = "name", .other = "other", .data = Octets<8>{std::array{std::byte{7}}}};
  Bytes out(256);
  const auto size = exi::encode_document(grammar(), &message, out);
  REQUIRE(size.has_value());
  for (std::size_t n = 0; n < *size; ++n) {
    CHECK(refusal(Bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n))) == ErrorKind::truncated);
  }
  out.resize(*size);
  out.push_back(std::byte{0});
  CHECK(exi::decode_document(grammar(), out, &message).has_value());
  out.push_back(std::byte{1});
  CHECK(refusal(out) == ErrorKind::trailing_bytes);
}

TEST_CASE("values that no stream may have are not encoded") {
  CHECK(refusal(Message{Either{}}) == ErrorKind::bad_choice);
  CHECK(refusal(Message{Either{.yes = true, .number = 1}}) == ErrorKind::bad_choice);
  CHECK(refusal(Message{Lists{}}) == ErrorKind::too_few);
  CHECK(refusal(Message{Numbers{.mode = static_cast<Mode>(3)}}) == ErrorKind::unknown_value);
  CHECK(refusal(Message{Numbers{.points = 11}}) == ErrorKind::out_of_range);
  CHECK(refusal(Message{Numbers{.points = 12}}) == ErrorKind::too_short);  // a number without any byte
  CHECK(refusal(Message{Texts{.name = "\xff"}}) == ErrorKind::bad_text);
  CHECK(refusal(Message{Texts{.name = "ab", .other = "123456789"}}) == ErrorKind::too_long);
  for (std::size_t room = 0; room < 8; ++room) {
    CHECK(refusal(Message{Texts{.name = "12345678"}}, room) == ErrorKind::output_full);
  }
}

TEST_CASE("a record of another schema set is not here") {
  std::array<std::byte, 16> out{};
  struct Local {
    static constexpr auto fields() { return list(); }
  };
  CHECK(exi::encode_fragment(grammar(), Local{}, out).error().kind == ErrorKind::not_here);
  CHECK(exi::check_lengths(grammar(), Local{}).error().kind == ErrorKind::not_here);
}

TEST_CASE("an error is one sentence that says where") {
  std::array<char, 80> out{};
  CHECK(exi::describe({ErrorKind::too_long, 312, "EVSEID"}, out) ==
        "EVSEID at bit 312: longer than the standard allows");
  CHECK(exi::describe({ErrorKind::truncated, 7, {}}, std::span{out}.first(8)) == "at bit 7");
}
