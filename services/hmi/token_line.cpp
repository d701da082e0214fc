#include "services/hmi/token_line.hpp"

namespace bulwatt::hmi {
namespace {
bool allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"-_.:@/*"}.find(c) != std::string_view::npos;
}
}  // namespace

std::optional<session::IdToken> TokenLines::take(char c) {
  if (c != '\n' && c != '\r') {
    if (!allowed(c) || line_.size == line_.kCapacity) bad_ = true;
    else line_.data[line_.size++] = c;
    return std::nullopt;
  }
  const auto line = line_;
  const bool bad = bad_;
  line_ = {};
  bad_ = false;
  if (bad) ++dropped_;
  if (bad || line.empty()) return std::nullopt;
  return session::IdToken{line, session::TokenType::iso14443};
}

}  // namespace bulwatt::hmi
