#include "libs/base/check.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace bulwatt {
namespace {
void say(const char* text) noexcept { [[maybe_unused]] const auto written = ::write(2, text, std::strlen(text)); }
}  // namespace

void broken_invariant(const char* what, const char* file, int line) noexcept {
  char digits[12] = {};
  std::size_t at = sizeof digits - 1;
  for (auto rest = static_cast<unsigned>(line); at > 0 && (rest != 0 || at == sizeof digits - 1); rest /= 10) {
    digits[--at] = static_cast<char>('0' + rest % 10);
  }
  say("broken invariant: ");
  say(what);
  say(" at ");
  say(file);
  say(":");
  say(digits + at);
  say("\n");
  std::abort();
}

}  // namespace bulwatt
