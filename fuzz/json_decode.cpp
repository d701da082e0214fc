// Any text into a message with every kind of field: what decodes must encode, and decode to the same again.
#include <cstdlib>
#include <memory>
#include <string_view>

#include "libs/json/json.hpp"
#include "libs/json/raw.hpp"
#include "libs/wire/wire.hpp"

// Not an unnamed namespace: clang wants linkage for a type whose members are counted.
namespace json_decode {

using namespace bulwatt;

enum class Mode : std::uint8_t { off, on_idle };
constexpr auto enum_names(Mode) { return names("Off", "OnIdle"); }

struct Part {
  std::optional<Text<12>> t{};
  std::optional<Decimal> d{};
  std::optional<Timestamp> w{};
  std::optional<json::Raw<64>> r{};
  static constexpr auto fields() {
    using M = Part;
    return list(field<&M::t>("t", {.max = 8}), field<&M::d>("d"), field<&M::w>("w"), field<&M::r>("r"));
  }
};
struct Whole {
  std::optional<bool> b{};
  std::optional<std::int8_t> i{};
  std::optional<std::uint64_t> u{};
  std::optional<Mode> m{};
  std::optional<Octets<8>> x{};
  std::optional<Octets<8>> y{};
  std::optional<List<Part, 3>> p{};
  static constexpr auto fields() {
    using M = Whole;
    return list(field<&M::b>("b"), field<&M::i>("i"), field<&M::u>("u"), field<&M::m>("m"), field<&M::x>("x"),
                field<&M::y>("y", {.base64 = true}), field<&M::p>("p", {.at_least = 1}));
  }
};

}  // namespace json_decode

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace json_decode;
  if (size == 0) return 0;
  const json::Options options{.unknown = data[0] % 2 != 0 ? json::UnknownMembers::ignore : json::UnknownMembers::refuse,
                              .skipped = "customData"};
  const auto first = json::decode<Whole>({reinterpret_cast<const char*>(data) + 1, size - 1}, options);
  if (!first) return 0;
  std::array<char, 4096> text{};
  const auto encoded = json::encode(*first, text, options);
  if (!encoded) std::abort();
  const auto second = json::decode<Whole>(*encoded, options);
  if (!second) std::abort();
  wire::Buffer<Whole> a{};
  wire::Buffer<Whole> b{};
  if (wire::encode(*first, a) != wire::encode(*second, b) || a != b) std::abort();
  return 0;
}
