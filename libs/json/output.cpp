#include "libs/json/output.hpp"

#include <algorithm>
#include <cstdint>

namespace bulwatt::json {
namespace {

bool special(char c) { return c == '"' || c == '\\' || static_cast<std::uint8_t>(c) < 0x20; }

}  // namespace

bool Output::escaped(char c) {
  switch (c) {
    case '"': return put("\\\"");
    case '\\': return put("\\\\");
    case '\b': return put("\\b");
    case '\f': return put("\\f");
    case '\n': return put("\\n");
    case '\r': return put("\\r");
    case '\t': return put("\\t");
    default: break;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<std::uint8_t>(c);
  return put("\\u00") && put(kDigits[byte >> 4]) && put(kDigits[byte & 0xf]);
}

bool Output::string(std::string_view text) {
  if (!put('"')) return false;
  while (true) {
    const auto stop = static_cast<std::size_t>(std::ranges::find_if(text, special) - text.begin());
    if (!put(text.substr(0, stop))) return false;
    if (stop == text.size()) return put('"');
    if (!escaped(text[stop])) return false;
    text.remove_prefix(stop + 1);
  }
}

}  // namespace bulwatt::json
