// Any text as an RPC frame of any version: the parts of an accepted frame build a frame with the same parts.
#include <cstdlib>

#include "protocols/ocpp/rpc.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulwatt::ocpp;
  if (size == 0) return 0;
  const auto version = static_cast<Version>(1 + data[0] % 3);
  const auto frame = parse_frame({reinterpret_cast<const char*>(data) + 1, size - 1}, version);
  static std::array<char, kMaxFrameBytes + 4096> out;
  if (!frame) {
    const auto answer = write_error(out, frame.error().id.view(), frame.error().code, "refused", version);
    if (!parse_frame(answer, version)) std::abort();
    return 0;
  }
  if (frame->type == MessageType::call) {
    const auto built = write_call_around(out, frame->id.view(), frame->action.view(), frame->payload);
    if (!built) std::abort();
    if (built->size() > kMaxFrameBytes) return 0;
    const auto again = parse_frame(*built, version);
    if (!again || !(again->id == frame->id) || !(again->action == frame->action) || again->payload != frame->payload) {
      std::abort();
    }
  }
  if (frame->type == MessageType::error) {
    const auto built = write_error(out, frame->id.view(), frame->code, frame->description.view(), version);
    const auto again = parse_frame(built, version);
    if (!again || !(again->id == frame->id) || !(again->description == frame->description)) std::abort();
  }
  return 0;
}
