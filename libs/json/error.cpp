#include "libs/json/error.hpp"

#include <algorithm>

namespace bulwatt::json {
namespace {

constexpr std::array<std::string_view, enum_names(ErrorKind{}).size()> kSentences{
    "not JSON",
    "nested too deeply",
    "too large",
    "a text is not valid UTF-8",
    "a bad escape sequence in a text",
    "a text holds the character NUL",
    "something follows the value",
    "a member appears twice",
    "this member is not known",
    "a required member is missing",
    "the value has the wrong type",
    "null is not a value here",
    "not a date and time of RFC 3339",
    "not hexadecimal or base64 as required",
    "the number is out of range",
    "the text is too long",
    "the text is too short",
    "too many elements",
    "too few elements",
    "not one of the allowed texts",
    "longer than this station stores",
    "the output buffer is too small",
    "a type that has no JSON form",
};

}  // namespace

std::string_view describe(const Error& error, std::span<char> out) {
  std::size_t used = 0;
  const auto put = [&](std::string_view text) {
    const std::size_t n = std::min(text.size(), out.size() - used);
    std::copy_n(text.begin(), n, out.begin() + static_cast<std::ptrdiff_t>(used));
    used += n;
  };
  if (!error.where.empty()) {
    put(error.where.view());
    put(": ");
  }
  put(kSentences[static_cast<std::size_t>(error.kind)]);
  return {out.data(), used};
}

}  // namespace bulwatt::json
