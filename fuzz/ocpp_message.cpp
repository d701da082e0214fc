// Any text into every payload type of OCPP 2.0.1, chosen by the first two bytes: what decodes must encode, and what that
// gives must decode and encode to the same text.
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "protocols/ocpp/rpc.hpp"
#include "protocols/ocpp/v201/actions.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulwatt;
  using namespace bulwatt::ocpp;
  if (size < 2) return 0;
  alignas(16) static std::array<std::byte, 128 * 1024> storage;
  static std::array<char, 4 * kMaxFrameBytes> first_text;
  static std::array<char, 4 * kMaxFrameBytes> second_text;
  const Action& action = v201::actions()[data[0] % v201::actions().size()];
  const Payload& payload = data[1] % 2 == 0 ? action.request : action.response;
  if (payload.size > storage.size()) std::abort();
  auto options = payload_options(Version::v201);
  void* value = payload.make(storage.data());
  const std::string_view text{reinterpret_cast<const char*>(data) + 2, size - 2};
  if (!json::decode(*payload.shape, value, text, options)) return 0;
  const auto first = json::encode(*payload.shape, value, first_text, options);
  if (!first) std::abort();
  options.max_bytes = first_text.size();
  if (!json::decode(*payload.shape, value, *first, options)) std::abort();
  const auto second = json::encode(*payload.shape, value, second_text, options);
  if (!second || *first != *second) std::abort();
  return 0;
}
