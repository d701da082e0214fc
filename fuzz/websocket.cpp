// Any bytes into both ends of a connection: limits hold, errors are final, and what comes out is what the peer accepts.
#include <cstdlib>
#include <string_view>

#include "libs/websocket/connection.hpp"

using namespace bulwatt::websocket;

namespace {
constexpr std::size_t kLimit = 4096;
constexpr RandomSource kFixed{[](void*, std::span<std::byte> out) {
                                for (auto& b : out) b = std::byte{0x5a};
                              },
                              nullptr};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const auto role = (data[0] & 1) != 0 ? Role::client : Role::server;
  const std::size_t step = 1 + (data[0] >> 1);
  Connection connection{role, kFixed, {.message_limit = kLimit}};
  Connection peer{role == Role::client ? Role::server : Role::client, kFixed};
  const auto input = std::as_bytes(std::span{data, size}).subspan(1);
  for (std::size_t at = 0; at < input.size(); at += step) {
    const auto fed = connection.feed(input.subspan(at, std::min(step, input.size() - at)));
    while (const auto message = connection.next())
      if (message->payload.size() > kLimit) std::abort();
    if (!peer.feed(connection.output())) std::abort();
    while (peer.next()) continue;
    connection.consume_output(connection.output().size());
    if (fed) continue;
    if (!connection.finished() || connection.send_text("x") || connection.feed(input)) std::abort();
    break;
  }
  return 0;
}
