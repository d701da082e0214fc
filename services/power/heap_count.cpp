// Counts allocations after begin(). The linker sends every malloc of the statically linked program here (--wrap).
#include "services/power/heap.hpp"

#include <cstddef>

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

namespace bulwatt::power::heap {
void begin() { counting = true; }
std::uint32_t calls() { return count; }
}  // namespace bulwatt::power::heap
