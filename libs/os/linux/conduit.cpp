#include "libs/os/conduit.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83  // Linux 6.16
#endif

namespace bulwatt::os {
namespace {

void set_pass_rights(int fd, int allowed) {
  // Kernels before 6.16 do not know it; there the receiver's `ancillary` rule is the only guard.
  ::setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &allowed, sizeof allowed);
}

Sent sent(ssize_t n) {
  if (n >= 0) return Sent::ok;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? Sent::full : Sent::gone;
}

template <std::size_t N>
Received receive_message(Handle conduit, std::span<std::byte> into, std::array<char, N>& control, msghdr& message,
                         int flags) {
  iovec part{into.data(), into.size()};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t n = 0;
  do {
    n = ::recvmsg(conduit, &message, flags | MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return {errno == EAGAIN || errno == EWOULDBLOCK ? Arrival::nothing : Arrival::gone};
  if (n == 0) return {Arrival::gone};
  if ((message.msg_flags & MSG_TRUNC) != 0) return {Arrival::oversized, static_cast<std::size_t>(n)};
  return {Arrival::frame, static_cast<std::size_t>(n)};
}

void close_attached(const msghdr& message, int keep) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(const_cast<msghdr*>(&message), c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      if (fd != keep) ::close(fd);
    }
  }
}

}  // namespace

std::expected<std::array<Handle, 2>, int> make_conduit() {
  std::array<Handle, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::unexpected(errno);
  const timeval soon{0, kSoon.count()};
  for (const auto fd : ends) {
    set_pass_rights(fd, 0);
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
  }
  return ends;
}

Sent send(Handle conduit, std::span<const std::byte> frame) {
  if (frame.empty()) return Sent::gone;
  ssize_t n = 0;
  do {
    n = ::send(conduit, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return sent(n);
}

namespace {
Received receive_frame(Handle conduit, std::span<std::byte> into, int flags) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> control;
  msghdr message{};
  auto got = receive_message(conduit, into, control, message, flags);
  const bool attached = message.msg_controllen != 0 || (message.msg_flags & MSG_CTRUNC) != 0;
  if ((got.arrival == Arrival::frame || got.arrival == Arrival::oversized) && attached) {
    close_attached(message, kNoHandle);
    got.arrival = Arrival::ancillary;
  }
  return got;
}
}  // namespace

Received receive(Handle conduit, std::span<std::byte> into) { return receive_frame(conduit, into, MSG_DONTWAIT); }

Received receive_soon(Handle conduit, std::span<std::byte> into) { return receive_frame(conduit, into, 0); }

bool wait_readable(Handle conduit, Instant until) {
  for (;;) {
    const auto left = until - now();
    if (left <= Duration::zero()) return false;
    const timespec wait{left.count() / 1'000'000, static_cast<long>(left.count() % 1'000'000 * 1000)};
    pollfd p{conduit, POLLIN, 0};
    const int n = ::ppoll(&p, 1, &wait, nullptr);
    if (n > 0) return true;
    if (n == 0) return false;
    if (errno != EINTR) return true;
  }
}

void close(Handle conduit) { ::close(conduit); }

void sever(Handle conduit) { ::shutdown(conduit, SHUT_RDWR); }

bool replace(Handle old, Handle fresh) {
  if (::dup3(fresh, old, O_CLOEXEC) != old) return false;
  ::close(fresh);
  return true;
}

Sent send_with_handle(Handle conduit, std::span<const std::byte> frame, Handle attached) {
  iovec part{const_cast<std::byte*>(frame.data()), frame.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* c = CMSG_FIRSTHDR(&message);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(c), &attached, sizeof attached);
  ssize_t n = 0;
  do {
    n = ::sendmsg(conduit, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return sent(n);
}

Received receive_with_handle(Handle conduit, std::span<std::byte> into) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> control;
  msghdr message{};
  auto got = receive_message(conduit, into, control, message, MSG_DONTWAIT);
  if (got.arrival != Arrival::frame) {
    if (got.arrival == Arrival::oversized) close_attached(message, kNoHandle);
    return got;
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    close_attached(message, kNoHandle);
    return {Arrival::ancillary, got.size};
  }
  const cmsghdr* c = CMSG_FIRSTHDR(&message);
  if (c == nullptr) return got;
  if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) {
    close_attached(message, kNoHandle);
    return {Arrival::ancillary, got.size};
  }
  std::memcpy(&got.handle, CMSG_DATA(c), sizeof got.handle);
  return got;
}

void allow_handles(Handle conduit) { set_pass_rights(conduit, 1); }

}  // namespace bulwatt::os
