// Any bytes on the medium: opening never fails or crashes, says damage or not, and a compaction heals it.
#include "libs/journal/journal.hpp"
#include "libs/journal/memory_storage.hpp"

using namespace bulwatt::journal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 2 * kLeastCapacity) return 0;
  const auto bytes = std::as_bytes(std::span{data, size});
  const auto cut = 1 + (size - 1) * std::to_integer<std::size_t>(bytes[0]) / 256;
  MemoryStorage storage;
  storage.bytes(0).assign(bytes.begin() + 1, bytes.begin() + static_cast<std::ptrdiff_t>(cut));
  storage.bytes(1).assign(bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end());
  Journal journal{storage, kLeastCapacity};
  if (!journal.open([](const Entry&) { return true; })) __builtin_trap();
  const std::array<std::byte, 5> record{};
  if (!journal.compact([](Snapshot&) { return true; })) __builtin_trap();
  if (!journal.batch().add(1, 1, record) || !journal.commit()) __builtin_trap();
  Journal later{storage, kLeastCapacity};
  const auto again = later.open([](const Entry& entry) { return entry.kind == 1 && entry.bytes.size() == 5; });
  if (!again || again->damaged || again->entries != 1) __builtin_trap();
  return 0;
}
