#include "services/power/heap.hpp"

namespace bulwatt::power::heap {
namespace {
bool counting = false;
std::uint32_t count = 0;
}  // namespace

void begin() { counting = true; }
void note() {
  if (counting) ++count;
}
std::uint32_t calls() { return count; }

}  // namespace bulwatt::power::heap
