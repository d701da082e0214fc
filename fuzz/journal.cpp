// Any bytes on the medium: opening never fails or crashes, says damage or not, and a compaction heals it.
#include "libs/journal/journal.hpp"
#include "libs/journal/memory_storage.hpp"

using namespace bulwatt::journal;

namespace {

/// Gives whatever stands where frames would stand a right checksum, so that the logic behind it is reached.
void mend(std::vector<std::byte>& file) {
  for (std::size_t at = 0; at + kHeaderSize <= file.size();) {
    const auto frame = std::span{file}.subspan(at);
    const auto body = std::to_integer<std::size_t>(frame[0]) | std::to_integer<std::size_t>(frame[1] & std::byte{3})
                                                                   << 8;
    if (padded(kHeaderSize + body) > frame.size()) return;
    const auto sequence = std::to_integer<std::uint64_t>(frame[8]);
    const auto role = static_cast<Role>(std::to_integer<unsigned>(frame[20]) % 3);
    at += finish_frame(frame, body, sequence, 1 + std::to_integer<std::uint32_t>(frame[16] & std::byte{3}), role);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 2 * kLeastCapacity) return 0;
  const auto bytes = std::as_bytes(std::span{data, size});
  const auto cut = 1 + (size - 1) * std::to_integer<std::size_t>(bytes[0]) / 256;
  MemoryStorage storage;
  storage.bytes(0).assign(bytes.begin() + 1, bytes.begin() + static_cast<std::ptrdiff_t>(cut));
  storage.bytes(1).assign(bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end());
  if ((bytes[0] & std::byte{1}) != std::byte{}) {
    mend(storage.bytes(0));
    mend(storage.bytes(1));
  }
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
