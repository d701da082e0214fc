#include "services/vault/keys/tpm/link.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace bulwatt::vault::keys::tpm {
namespace {

constexpr std::uint64_t kMagic = 0x62756c7761747401;
constexpr std::size_t kHeader = 10;

std::size_t size_in(std::span<const std::byte> frame) {
  std::size_t size = 0;
  for (std::size_t i = 2; i < 6; ++i) size = size << 8 | std::to_integer<std::size_t>(frame[i]);
  return size;
}

}  // namespace

Link::Link(int descriptor, Duration patience) : descriptor_(descriptor), patience_(patience) {
  tcti_.v1.magic = kMagic;
  tcti_.v1.version = 1;
  tcti_.v1.transmit = transmit;
  tcti_.v1.receive = receive;
  tcti_.v1.finalize = [](TSS2_TCTI_CONTEXT*) {};
  tcti_.v1.cancel = [](TSS2_TCTI_CONTEXT*) -> TSS2_RC { return TSS2_TCTI_RC_NOT_IMPLEMENTED; };
  tcti_.v1.setLocality = [](TSS2_TCTI_CONTEXT*, std::uint8_t) -> TSS2_RC { return TSS2_TCTI_RC_NOT_IMPLEMENTED; };
  tcti_.link = this;
  ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
}

bool Link::wait(short events, Duration patience) {
  pollfd one{descriptor_, events, 0};
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  return ::poll(&one, 1, static_cast<int>(ms)) == 1;
}

bool Link::wait_readable() { return wait(POLLIN, patience_); }

bool Link::send(std::span<const std::byte> command) {
  received_.clear();
  while (!gone_ && !command.empty()) {
    const auto n = ::write(descriptor_, command.data(), command.size());
    if (n > 0) command = command.subspan(static_cast<std::size_t>(n));
    else if (errno != EAGAIN || !wait(POLLOUT, patience_)) gone_ = true;
  }
  return !gone_;
}

bool Link::complete() const { return received_.size() >= kHeader && received_.size() >= size_in(received_); }

bool Link::take(Duration patience) {
  while (!gone_ && !complete()) {
    std::array<std::byte, kMaxFrame> chunk;
    if (!wait(POLLIN, patience)) return false;
    const auto n = ::read(descriptor_, chunk.data(), chunk.size());
    if (n <= 0 && errno != EAGAIN) gone_ = true;
    if (n == 0) gone_ = true;
    if (n > 0) received_.insert(received_.end(), chunk.begin(), chunk.begin() + n);
    if (received_.size() > kMaxFrame || (received_.size() >= kHeader && size_in(received_) < kHeader)) gone_ = true;
  }
  return !gone_;
}

std::vector<std::byte> Link::exchange(std::span<const std::byte> command) {
  if (!send(command)) return {};
  if (!take(patience_)) gone_ = true;
  return gone_ ? std::vector<std::byte>{} : std::exchange(received_, {});
}

TSS2_RC Link::transmit(TSS2_TCTI_CONTEXT* context, std::size_t size, const std::uint8_t* command) {
  auto& link = *reinterpret_cast<Tcti*>(context)->link;
  return link.send(std::as_bytes(std::span{command, size})) ? TSS2_RC_SUCCESS : TSS2_TCTI_RC_IO_ERROR;
}

TSS2_RC Link::receive(TSS2_TCTI_CONTEXT* context, std::size_t* size, std::uint8_t* response, std::int32_t timeout_ms) {
  auto& link = *reinterpret_cast<Tcti*>(context)->link;
  if (response == nullptr) {
    *size = kMaxFrame;
    return TSS2_RC_SUCCESS;
  }
  const bool waits = timeout_ms < 0;
  const bool there = link.take(waits ? link.patience_ : Duration{std::chrono::milliseconds{timeout_ms}});
  if (!there && !link.gone_ && !waits) return TSS2_TCTI_RC_TRY_AGAIN;
  if (!there) link.gone_ = true;
  if (link.gone_) return TSS2_TCTI_RC_IO_ERROR;
  if (link.received_.size() > *size) return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
  std::memcpy(response, link.received_.data(), link.received_.size());
  *size = link.received_.size();
  link.received_.clear();
  return TSS2_RC_SUCCESS;
}

}  // namespace bulwatt::vault::keys::tpm
