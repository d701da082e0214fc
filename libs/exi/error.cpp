#include "libs/exi/error.hpp"

#include <charconv>

namespace bulwatt::exi {
namespace {

constexpr std::array<std::string_view, enum_names(ErrorKind{}).size()> kSentences{
    "not an EXI stream as ISO 15118 uses it",
    "too large",
    "ends too early",
    "something follows the message",
    "content that the schema does not have",
    "an event code that stands for nothing",
    "an element that ISO 15118 does not use",
    "a number out of range",
    "longer than the standard allows",
    "shorter than the standard allows",
    "more than this station stores",
    "not one of the allowed values",
    "a character that no text may hold",
    "a reference to a text that was not there",
    "too few elements",
    "none or several of the alternatives",
    "the output buffer is too small",
    "no signed element of this schema set",
};

}  // namespace

std::string_view describe(const Error& error, std::span<char> out) {
  std::size_t used = 0;
  const auto put = [&](std::string_view text) {
    const std::size_t n = std::min(text.size(), out.size() - used);
    std::copy_n(text.begin(), n, out.begin() + static_cast<std::ptrdiff_t>(used));
    used += n;
  };
  std::array<char, 12> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), error.bit);
  if (!error.element.empty()) {
    put(error.element);
    put(" ");
  }
  put("at bit ");
  put({digits.data(), end.ptr});
  put(": ");
  put(kSentences[static_cast<std::size_t>(error.kind)]);
  return {out.data(), used};
}

}  // namespace bulwatt::exi
