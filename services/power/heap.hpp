// Proof that the service allocates nothing once it runs.
#pragma once
#include <cstdint>

namespace bulwatt::power::heap {

/// From here on allocations are counted, those of the C and C++ libraries included. Sanitizer builds count none.
void begin();
void note();  ///< for the allocator: one call
std::uint32_t calls();

}  // namespace bulwatt::power::heap
