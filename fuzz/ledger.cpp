// Any bytes as a ledger: verify never crashes or hangs, and a store opened on it goes on recording.
#include "libs/journal/memory_storage.hpp"
#include "services/ledger/reader.hpp"
#include "services/ledger/store.hpp"

using namespace bulwatt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr ledger::Config kConfig{64, 4};
  if (size == 0 || size > 2 * 65536) return 0;
  const auto bytes = std::as_bytes(std::span{data, size});
  const auto cut = 1 + static_cast<std::ptrdiff_t>((size - 1) * std::to_integer<std::size_t>(bytes[0]) / 256);
  journal::MemoryStorage storage;
  storage.bytes(0).assign(bytes.begin() + 1, bytes.begin() + cut);
  storage.bytes(1).assign(bytes.begin() + cut, bytes.end());
  ledger::SharedFiles shared{storage};
  ledger::EscrowedKeys keys{{}};
  ledger::verify(shared.files());
  ledger::Store store{shared.files(), kConfig, keys};
  if (!store.open(true, {})) __builtin_trap();
  store.add("session", {ledger::Subject::station, ledger::Severity::info, "Fuzz", "detail"}, {});
  if (!store.flush() || !store.seal()) __builtin_trap();
  if (const auto view = ledger::open_view(shared.files()); !view || view->tree.size() != store.head().records)
    __builtin_trap();
  const auto last = ledger::tail(shared.files(), 1);
  if (last.size() != 1 || last[0].event != "Fuzz") __builtin_trap();
  return 0;
}
