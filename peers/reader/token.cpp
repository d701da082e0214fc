#include "peers/reader/token.hpp"

#include <algorithm>
#include <array>

#include "peers/simbus/options.hpp"

namespace bulwatt::reader {

namespace {

constexpr std::array kTypes{"ISO14443", "ISO15693", "Central", "eMAID", "KeyCode", "Local", "MacAddress"};

bool printable(char c) { return c > ' ' && c < '\x7f'; }

std::string all_types() {
  std::string text;
  for (const char* type : kTypes) text += (text.empty() ? "" : ", ") + std::string(type);
  return text;
}

}  // namespace

Swipe swipe_of(const std::vector<std::string>& args) {
  if (args.empty() || args.size() > 2) throw simbus::BadUsage("'swipe' needs a token and may have a type");
  const std::string& token = args[0];
  if (token.empty() || token.size() > kTokenMax || !std::ranges::all_of(token, printable)) {
    throw simbus::BadUsage("a token has 1 to 36 printable ASCII characters without spaces");
  }
  const std::string type = args.size() == 2 ? args[1] : kTypes[0];
  if (std::ranges::find(kTypes, type) == kTypes.end()) {
    throw simbus::BadUsage("the type '" + type + "' is none of " + all_types());
  }
  return {token, type};
}

}  // namespace bulwatt::reader
