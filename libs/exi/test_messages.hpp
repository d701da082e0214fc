// A schema set of its own with every kind of field, for the unit tests of exi.
#pragma once
#include "libs/exi/exi.hpp"

namespace exi_test_messages {

using namespace bulwatt;

enum class Mode : std::uint8_t { off, slow, fast };
constexpr auto enum_names(Mode) { return names("Off", "Slow", "Fast"); }

struct Empty {
  static constexpr std::string_view kElement = "Empty";
  static constexpr auto fields() { return list(); }
};

struct Numbers {
  static constexpr std::string_view kElement = "Numbers";
  bool flag{};
  Mode mode{};
  std::int8_t percent{};
  std::uint16_t points{};
  std::int16_t small{};
  std::int32_t middle{};
  std::int64_t large{};
  std::uint64_t huge{};
  Octets<20> serial{};
  static constexpr auto fields() {
    using M = Numbers;
    return list(field<&M::flag>("Flag"), field<&M::mode>("Mode"), field<&M::percent>("Percent", {.min = -3, .max = 3}),
                field<&M::points>("Points", {.min = 12, .max = 1024}), field<&M::small>("Small"),
                field<&M::middle>("Middle"), field<&M::large>("Large"), field<&M::huge>("Huge"),
                field<&M::serial>("Serial", {.integer = true}));
  }
};

struct Texts {
  static constexpr std::string_view kElement = "Texts";
  std::optional<Text<8>> id{};
  Text<8> name{};
  std::optional<Text<16>> other{};
  std::optional<Octets<8>> data{};
  std::optional<std::array<std::byte, 4>> fixed{};
  List<Text<8>, 3> more{};
  static constexpr auto fields() {
    using M = Texts;
    return list(field<&M::id>("Id", {.attribute = true}), field<&M::name>("Name", {.at_least = 2}),
                field<&M::other>("Other", {.max = 8}), field<&M::data>("Data"), field<&M::fixed>("Fixed"),
                field<&M::more>("Name"));
  }
};

struct Signed {
  static constexpr std::string_view kElement = "Signed";
  Text<8> id{};
  Text<8> content{};
  static constexpr auto fields() {
    return list(field<&Signed::id>("Id", {.attribute = true}), field<&Signed::content>("", {.content = true}));
  }
};

struct Either {
  static constexpr std::string_view kElement = "Either";
  std::optional<bool> yes{};
  std::optional<std::int16_t> number{};
  std::optional<Signed> text{};
  static constexpr auto fields() {
    using M = Either;
    return list(field<&M::yes>("Yes", {.choice = 1}), field<&M::number>("Number", {.choice = 1}),
                field<&M::text>("Signed", {.choice = 1}));
  }
};

struct Mixed {
  static constexpr std::string_view kElement = "Mixed";
  static constexpr bool kMixed = true;
  std::optional<bool> flag{};
  Never<> any{};
  static constexpr auto fields() { return list(field<&Mixed::flag>("Flag"), field<&Mixed::any>("any")); }
};

struct Lists {
  static constexpr std::string_view kElement = "Lists";
  List<Either, 3> either{};
  List<Mode, 4> modes{};
  List<std::uint16_t, 2> rest{};
  static constexpr auto fields() {
    using M = Lists;
    return list(field<&M::either>("Either", {.at_least = 2}), field<&M::modes>("Mode", {.max = 4}),
                field<&M::rest>("Rest", {.max = kUnbounded}));
  }
};

struct Substituted {
  static constexpr std::string_view kElement = "Substituted";
  std::variant<Numbers, Empty> body{};
  static constexpr auto fields() { return list(field<&Substituted::body>("Head", {.substitution = true})); }
};

using Message = std::variant<Numbers, Texts, Either, Lists, Mixed, Substituted, Signed>;

inline constexpr std::array<std::string_view, 9> kGlobals{"Either",  "Empty",  "Head",        "Lists", "Mixed",
                                                          "Numbers", "Signed", "Substituted", "Texts"};
inline constexpr std::array<std::string_view, 3> kElements{"Either", "Numbers", "Signed"};

const exi::Grammar& grammar();

}  // namespace exi_test_messages
