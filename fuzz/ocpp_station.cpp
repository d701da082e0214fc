// Arbitrary messages of the backend and events in any order, into the whole core: whatever comes, the station goes on.
#include "services/ocpp/world_for_fuzzing.hpp"

using namespace bulwatt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ocpp::testing::FuzzWorld world;
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  // One step a line: its first character says which, the rest is the text.
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    world.step(line);
  }
  return 0;
}
