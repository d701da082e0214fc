// V2GTP and SDP: any bytes as a stream in pieces, which must give the same frames as at once, and as datagrams.
#include "protocols/v2gtp/frame.hpp"

#include <vector>

#include "libs/base/check.hpp"
#include "protocols/sdp/server.hpp"

using namespace bulwatt;

namespace {
struct Result {
  std::vector<std::byte> taken{};  // types and payloads, one behind the other
  std::size_t frames = 0;
  std::optional<v2gtp::FrameError> error{};
  friend bool operator==(const Result&, const Result&) = default;
};

Result cut(std::span<const std::byte> stream, std::size_t piece) {
  std::array<std::byte, 64> storage{};
  v2gtp::Framer framer{storage};
  Result result;
  while (!stream.empty() && !result.error) {
    auto in = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(in.size());
    while (!in.empty()) {
      const auto before = in.size();
      const auto frame = framer.take(in);
      if (!frame) {
        result.error = frame.error();
        break;
      }
      BULWATT_ASSERT(in.size() < before);
      if (!*frame) continue;
      BULWATT_ASSERT((*frame)->payload.size() <= storage.size());
      ++result.frames;
      const auto type = static_cast<std::uint16_t>((*frame)->type);
      result.taken.push_back(static_cast<std::byte>(type >> 8));
      result.taken.push_back(static_cast<std::byte>(type));
      result.taken.insert(result.taken.end(), (*frame)->payload.begin(), (*frame)->payload.end());
    }
  }
  return result;
}

void datagram(std::span<const std::byte> bytes) {
  if (const auto request = sdp::parse_request(bytes)) BULWATT_ASSERT(std::ranges::equal(sdp::encode(*request), bytes));
  if (const auto response = sdp::parse_response(bytes))
    BULWATT_ASSERT(std::ranges::equal(sdp::encode(*response), bytes));
  if (const auto request = sdp::parse_wireless_request(bytes)) {
    const auto again = sdp::parse_wireless_request(sdp::encode(*request));
    BULWATT_ASSERT(again && *again == *request);
  }
  sdp::Server server{{.tls_port = 50'000}};
  server.car_connected(true);
  sdp::Source source{.port = 50'001};
  source.address[0] = std::byte{0xfe};
  source.address[1] = std::byte{0x80};
  const auto answer = server.take(bytes, source, Instant{});
  if (!answer) return;
  // Whatever was asked: a station that requires TLS says TLS.
  BULWATT_ASSERT(sdp::parse_response(answer->datagram)->security == sdp::Security::tls);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  const auto at_once = cut(bytes, bytes.size() + 1);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{8}})
    BULWATT_ASSERT(cut(bytes, piece) == at_once);
  datagram(bytes);
  return 0;
}
