#include "libs/os/clock.hpp"

#include <sys/random.h>
#include <cerrno>
#include <ctime>

#include "libs/base/check.hpp"

namespace bulwatt::os {

Instant now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return Instant{Duration{t.tv_sec * 1'000'000 + t.tv_nsec / 1000}};
}

Timestamp civil_now() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return {t.tv_sec * 1000 + t.tv_nsec / 1'000'000};
}

void random_bytes(std::span<std::byte> out) {
  while (!out.empty()) {
    const auto n = ::getrandom(out.data(), out.size(), 0);
    BULWATT_ASSERT(n > 0 || errno == EINTR);
    if (n > 0) out = out.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace bulwatt::os
