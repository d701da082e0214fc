// The linker sends every malloc of the statically linked program here (--wrap), those of its libraries included.
#include <cstddef>

#include "services/power/heap.hpp"

using bulwatt::power::heap::note;

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
