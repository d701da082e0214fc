// What a card may say over the serial line.
#pragma once
#include <string>
#include <vector>

namespace bulwatt::reader {

/// Longest token of OCPP (IdToken, 36 characters).
inline constexpr std::size_t kTokenMax = 36;

struct Swipe {
  std::string token;
  std::string type;  ///< the kind of token in OCPP's words; it does not travel over the line
};

/// `swipe TOKEN [TYPE]`; throws simbus::BadUsage with a sentence. Without a type it is ISO14443.
Swipe swipe_of(const std::vector<std::string>& args);

}  // namespace bulwatt::reader
