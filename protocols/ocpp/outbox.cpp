#include "protocols/ocpp/outbox.hpp"

namespace bulwatt::ocpp {

bool CallTracker::start(const MessageId& id, std::uint64_t now_ms, std::uint64_t timeout_ms) {
  if (waiting_) return false;
  id_ = id;
  deadline_ms_ = timeout_ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + timeout_ms;
  waiting_ = true;
  return true;
}

bool CallTracker::answered(const MessageId& id) {
  if (!waiting_ || !(id == id_)) return false;
  waiting_ = false;
  return true;
}

bool CallTracker::expired(std::uint64_t now_ms) {
  if (!waiting_ || now_ms < deadline_ms_) return false;
  waiting_ = false;
  return true;
}

Text<kMaxIdChars> make_uuid(const std::array<std::byte, 16>& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  auto bytes = random;
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  Text<kMaxIdChars> out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.data[out.size++] = '-';
    out.data[out.size++] = kDigits[std::to_integer<std::size_t>(bytes[i] >> 4)];
    out.data[out.size++] = kDigits[std::to_integer<std::size_t>(bytes[i] & std::byte{0x0f})];
  }
  return out;
}

}  // namespace bulwatt::ocpp
