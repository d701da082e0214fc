// Counts allocations after the start. The linker sends every malloc of the statically linked program here (--wrap), those
// of the C and C++ libraries included. The count is in the status file; it stays 0, and a test says so.
#include <cstddef>
#include <cstdint>

#include "services/supervisor/supervisor.hpp"

namespace {
bool counting = false;
std::uint32_t count = 0;
void note() {
  if (counting) ++count;
}
}  // namespace

extern "C" {
void* __real_malloc(std::size_t size);                 // NOLINT: the linker's names
void* __real_calloc(std::size_t n, std::size_t size);  // NOLINT
void* __real_realloc(void* old, std::size_t size);     // NOLINT
void* __wrap_malloc(std::size_t size) {                // NOLINT
  note();
  return __real_malloc(size);
}
void* __wrap_calloc(std::size_t n, std::size_t size) {  // NOLINT
  note();
  return __real_calloc(n, size);
}
void* __wrap_realloc(void* old, std::size_t size) {  // NOLINT
  note();
  return __real_realloc(old, size);
}
}

namespace bulwatt::supervisor::heap {
void begin() { counting = true; }
std::uint32_t calls() { return count; }
}  // namespace bulwatt::supervisor::heap
