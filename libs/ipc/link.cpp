#include "libs/ipc/link.hpp"

namespace bulwatt::ipc {
namespace {
std::optional<Header> header_of(std::span<const std::byte> frame) {
  if (frame.size() < kHeaderSize) return std::nullopt;
  auto header = wire::decode<Header>(frame.first(kHeaderSize));
  if (!header) return std::nullopt;
  return *header;
}
}  // namespace

void Link::hold(std::span<const std::byte> frame) {
  if (frame.size() > held_[0].bytes.size()) return;
  for (std::size_t i = 0; i < held_count_; ++i) {
    if (std::ranges::equal(std::span{held_[i].bytes}.first(held_[i].size), frame)) return;
  }
  if (held_count_ == held_.size()) return;  // a pulse means "look again"; sixteen different ones already do
  auto& place = held_[held_count_++];
  place.size = static_cast<std::uint8_t>(frame.size());
  std::ranges::copy(frame, place.bytes.begin());
}

std::size_t Link::take_held(std::span<std::byte> into) {
  if (held_count_ == 0) return 0;
  const auto size = held_[0].size;
  std::copy_n(held_[0].bytes.begin(), size, into.begin());
  std::move(held_.begin() + 1, held_.begin() + static_cast<std::ptrdiff_t>(held_count_), held_.begin());
  --held_count_;
  return size;
}

std::expected<std::size_t, Failure> Link::exchange(std::span<const std::byte> request, std::span<std::byte> reply) {
  if (!alive_) return std::unexpected(Failure::peer_gone);
  const auto header = header_of(request);
  if (!header) return std::unexpected(Failure::malformed);
  switch (os::send(handle_, request)) {
    case os::Sent::ok: break;
    case os::Sent::full: return std::unexpected(Failure::busy);
    case os::Sent::gone: return std::unexpected(Failure::peer_gone);
  }
  return await(header->call, header->id, reply);
}

std::expected<std::size_t, Failure> Link::await(std::uint32_t call, std::uint8_t message, std::span<std::byte> reply) {
  const auto sent_at = os::now();
  const auto until = sent_at + std::chrono::milliseconds{facts_.deadline_ms};
  bool noticed = false;
  std::expected<std::size_t, Failure> result = std::unexpected(Failure::timed_out);
  for (;;) {
    const auto got = noticed ? os::receive(handle_, reply) : os::receive_soon(handle_, reply);
    if (got.arrival == os::Arrival::nothing) {
      if (!noticed && observer_.notice != nullptr) observer_.notice(observer_.context, facts_.index, message);
      noticed = true;
      if (os::wait_readable(handle_, until)) continue;
      break;
    }
    if (got.arrival == os::Arrival::gone) {
      result = std::unexpected(Failure::peer_gone);
      break;
    }
    if (got.arrival != os::Arrival::frame) {
      result = std::unexpected(Failure::malformed);
      break;
    }
    const auto header = header_of(reply.first(got.size));
    if (header && header->kind == Kind::pulse) {
      hold(reply.first(got.size));
      continue;
    }
    if (header && header->call != call) continue;  // answer to a call that was given up
    result = header && header->id == message ? std::expected<std::size_t, Failure>{got.size}
                                             : std::unexpected(Failure::malformed);
    break;
  }
  if (noticed && observer_.notice != nullptr) observer_.notice(observer_.context, facts_.index, 0);
  return result;
}

}  // namespace bulwatt::ipc
