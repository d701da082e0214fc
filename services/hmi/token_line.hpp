// A serial token reader: printable ASCII, one token a line. Pure.
#pragma once
#include <optional>
#include <string_view>

#include "interfaces/session.hpp"

namespace bulwatt::hmi {

/// Collects lines. What is too long, empty or not of letters, digits and -_.:@/* is dropped whole.
class TokenLines {
 public:
  /// A finished token, when this byte ended one.
  std::optional<session::IdToken> take(char c);
  std::uint32_t dropped() const { return dropped_; }

 private:
  Text<36> line_{};
  bool bad_ = false;
  std::uint32_t dropped_ = 0;
};

}  // namespace bulwatt::hmi
