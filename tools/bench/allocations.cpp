#include "tools/bench/allocations.hpp"

#include <atomic>
#include <cstddef>

namespace {
std::atomic<std::uint64_t> count{0};
}

extern "C" {
void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t n, std::size_t size);
void* __real_realloc(void* p, std::size_t size);
void* __wrap_malloc(std::size_t size) {
  ++count;
  return __real_malloc(size);
}
void* __wrap_calloc(std::size_t n, std::size_t size) {
  ++count;
  return __real_calloc(n, size);
}
void* __wrap_realloc(void* p, std::size_t size) {
  ++count;
  return __real_realloc(p, size);
}
}

void* operator new(std::size_t size) { return __wrap_malloc(size); }
void operator delete(void* p) noexcept { __builtin_free(p); }
void operator delete(void* p, std::size_t) noexcept { __builtin_free(p); }

namespace bulwatt::bench {
std::uint64_t allocations() { return count.load(); }
}  // namespace bulwatt::bench
