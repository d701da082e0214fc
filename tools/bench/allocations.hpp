// Counts every allocation of the program; the linker wraps malloc for it (see CMakeLists.txt).
#pragma once
#include <cstdint>

namespace bulwatt::bench {
std::uint64_t allocations();
}
