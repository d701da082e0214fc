#include "services/v2g/sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "libs/base/line.hpp"
#include "libs/runtime/process.hpp"

namespace bulwatt::v2g {
namespace {

constexpr std::uint32_t kAskAgainSeconds = 10;  ///< whether the own address is still the same
constexpr int kDatagramsPerTurn = 16;
constexpr std::size_t kBytesPerTurn = 4096;

Address address_of(const sockaddr_in6& from) {
  Address out{};
  std::ranges::copy(std::as_bytes(std::span{from.sin6_addr.s6_addr}), out.begin());
  return out;
}

sockaddr_in6 all_nodes() {
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(sdp::kPort);
  to.sin6_addr.s6_addr[0] = 0xff;
  to.sin6_addr.s6_addr[1] = 0x02;
  to.sin6_addr.s6_addr[15] = 0x01;
  return to;
}

}  // namespace

bool Sockets::open() {
  if (::fcntl(first_, F_GETFD) < 0) return false;
  os::random_bytes(question_);
  loop_.watch(first_, true, false, runtime::Watcher::to<&Sockets::requests>(*this));
  loop_.watch(first_ + 1, true, false, runtime::Watcher::to<&Sockets::arrivals>(*this));
  loop_.watch(first_ + 2, true, false, runtime::Watcher::to<&Sockets::arrivals>(*this));
  return true;
}

void Sockets::second() {
  if (!address_ || seconds_++ % kAskAgainSeconds == 0) ask_for_address();
}

/// The service holds sockets and no interface. What it sends to all nodes with a hop limit of zero comes back to it alone, with
/// the address that cars see; as long as there is none, nothing is sent.
void Sockets::ask_for_address() {
  const auto to = all_nodes();
  ::sendto(first_, question_.data(), question_.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

bool Sockets::is_own(std::span<const std::byte> datagram, const sdp::Source& source) {
  if (!std::ranges::equal(datagram, question_) || source.port != sdp::kPort) return false;
  if (address_ == source.address) return true;
  address_ = source.address;
  link_.set_offer({.address = source.address, .plain_port = config_.tcp_port});
  runtime::log(Line<96>{"EVSE ", config_.evse, " is reached by cars on ", config_.interface.view()}.view());
  return true;
}

void Sockets::requests(runtime::Readiness) {
  for (int i = 0; i < kDatagramsPerTurn; ++i) {
    std::array<std::byte, 64> bytes{};
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const auto n = ::recvfrom(first_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_TRUNC,
                              reinterpret_cast<sockaddr*>(&from), &size);
    if (n < 0) return;
    const auto datagram = std::span<const std::byte>{bytes}.first(std::min(static_cast<std::size_t>(n), bytes.size()));
    const sdp::Source source{address_of(from), ntohs(from.sin6_port)};
    if (is_own(datagram, source)) continue;
    const auto answer = static_cast<std::size_t>(n) > bytes.size()
                            ? std::expected<sdp::Answer, sdp::Ignored>{std::unexpected(sdp::Ignored::malformed)}
                            : link_.datagram(datagram, source, os::now());
    if (!answer) {
      note_ignored(answer.error());
      continue;
    }
    if (answer->agreement == sdp::Agreement::no_tls)
      runtime::log(
          "a car asked for TLS, which this station does not offer on that link; it decides whether it goes on");
    ::sendto(first_, answer->datagram.data(), answer->datagram.size(), MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&from), size);
  }
}

/// The first of a kind is told, then every doubling: a storm must not fill the log.
void Sockets::note_ignored(sdp::Ignored why) {
  const auto count = ++ignored_[std::to_underlying(why)];
  if ((count & (count - 1)) != 0) return;
  runtime::log(
      Line<96>{"SDP requests not answered at EVSE ", config_.evse, ": ", enum_text(why), ", so far ", count}.view());
}

void Sockets::arrivals(runtime::Readiness) {
  for (const int listener : {first_ + 1, first_ + 2}) {
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const int fd = ::accept4(listener, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) continue;
    const bool plain = listener == first_ + 1;
    const auto slot = plain ? link_.arrive(address_of(from), iso15118::Channel::plain, os::now()) : std::nullopt;
    if (!slot) {
      ::close(fd);
      continue;
    }
    if (fds_[*slot] >= 0) drop(*slot);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fds_[*slot] = fd;
    loop_.watch(fd, true, false, runtime::Watcher::to<&Sockets::any_car>(*this));
  }
}

void Sockets::any_car(runtime::Readiness) {
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    if (fds_[slot] >= 0) receive(slot);
  }
  teller_.tell(index_);  // which flushes: session knows of a demand before the car knows that it was taken
}

void Sockets::receive(std::size_t slot) {
  std::array<std::byte, kBytesPerTurn> bytes{};
  const auto n = ::recv(fds_[slot], bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n > 0) return link_.take(slot, std::span{bytes}.first(static_cast<std::size_t>(n)), os::now());
  link_.gone(slot, os::now());
  drop(slot);
}

void Sockets::flush() {
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    if (fds_[slot] >= 0) flush(slot);
  }
}

void Sockets::flush(std::size_t slot) {
  if (!link_.open(slot)) return drop(slot);
  const auto out = link_.output(slot);
  if (!out.empty()) {
    const auto n = ::send(fds_[slot], out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      link_.gone(slot, os::now());
      return drop(slot);
    }
    if (n > 0) link_.sent(slot, static_cast<std::size_t>(n));
  }
  loop_.watch(fds_[slot], true, !link_.output(slot).empty(), runtime::Watcher::to<&Sockets::any_car>(*this));
}

void Sockets::drop(std::size_t slot) {
  loop_.unwatch(fds_[slot]);
  ::close(fds_[slot]);
  fds_[slot] = -1;
}

}  // namespace bulwatt::v2g
