#include "services/v2g/sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
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
  offer();
  runtime::log(Line<96>{"EVSE ", config_.evse, " is reached by cars on ", config_.interface.view()}.view());
  return true;
}

void Sockets::offer() {
  if (!address_) return;
  sdp::Offer offer{.address = *address_};
  if (tls_.offered()) offer.tls_port = config_.tls_port;
  if (!require_tls_) offer.plain_port = config_.tcp_port;
  link_.set_offer(offer);
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
    if (answer->agreement == sdp::Agreement::raised)
      runtime::log("a car asked for no TLS, which this station requires; it decides whether it goes on");
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
    if (!seat(fd, address_of(from), listener == first_ + 2)) ::close(fd);
  }
}

std::optional<std::size_t> Sockets::seat(int fd, const Address& peer, bool secure) {
  if (!secure && require_tls_) return std::nullopt;
  auto session = secure ? tls_.accept(os::civil_now()) : std::nullopt;
  if (secure && !session) return std::nullopt;
  const auto channel = secure ? iso15118::Channel::tls_1_2 : iso15118::Channel::plain;  // until the handshake says more
  const auto slot = link_.arrive(peer, channel, os::now());
  if (!slot) return std::nullopt;
  if (ends_[*slot].fd >= 0) drop(*slot);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ends_[*slot].fd = fd;
  ends_[*slot].tls = std::move(session);
  loop_.watch(fd, true, false, runtime::Watcher::to<&Sockets::any_car>(*this));
  return slot;
}

void Sockets::any_car(runtime::Readiness) {
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    if (ends_[slot].fd >= 0) receive(slot);
  }
  teller_.tell(index_);  // which flushes: session knows of a demand before the car knows that it was taken
}

void Sockets::receive(std::size_t slot) {
  auto& end = ends_[slot];
  std::array<std::byte, kBytesPerTurn> buffer{};
  const auto n = ::recv(end.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const auto bytes = std::span{buffer}.first(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  if (!bytes.empty()) return end.tls ? progress(slot, end.tls->feed(bytes)) : link_.take(slot, bytes, os::now());
  link_.gone(slot, os::now());
  drop(slot);
}

void Sockets::key_ready() {
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    auto& end = ends_[slot];
    if (end.fd >= 0 && end.tls && end.tls->waits_for_key()) progress(slot, end.tls->resume());
  }
  teller_.tell(index_);
}

/// After TLS has moved on: whether it stands, what came out of it, and whether it is over.
void Sockets::progress(std::size_t slot, const std::expected<void, tls::Refusal>& went) {
  auto& end = ends_[slot];
  if (!went) {
    note_refusal(went.error());
    static_cast<void>(put(slot, end.tls->output()));  // the alert, if it goes out at once
    link_.gone(slot, os::now());
    return drop(slot);
  }
  if (!end.secured && end.tls->established()) {
    const auto& report = end.tls->report();
    end.secured = true;
    link_.secured(slot, report.version.view() == "TLSv1.3" ? iso15118::Channel::tls_1_3 : iso15118::Channel::tls_1_2);
    runtime::log(Line<160>{"a car at EVSE ", config_.evse, " has ", report.version.view(), ' ', report.group.view(),
                           ' ', report.cipher.view()}
                     .view());
  }
  if (const auto plain = end.tls->plain(); !plain.empty()) {
    link_.take(slot, plain, os::now());
    end.tls->consume_plain(plain.size());
  }
  if (!end.tls->peer_closed()) return;
  link_.gone(slot, os::now());
  drop(slot);
}

/// As with SDP requests that are not answered.
void Sockets::note_refusal(const tls::Refusal& why) {
  ++refusals_;
  if ((refusals_ & (refusals_ - 1)) != 0) return;
  runtime::log(Line<300>{"TLS with a car at EVSE ", config_.evse, " was refused: ", enum_text(why.reason),
                         why.alert == 0 ? std::string_view{} : " ", why.alert == 0 ? "" : tls::alert_name(why.alert),
                         ", ", why.detail.view(), ", so far ", refusals_}
                   .view());
}

void Sockets::flush() {
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    if (ends_[slot].fd >= 0) flush(slot);
  }
}

void Sockets::flush(std::size_t slot) {
  auto& end = ends_[slot];
  if (!link_.open(slot)) {
    if (end.tls) {
      end.tls->close();
      static_cast<void>(put(slot, end.tls->output()));
    }
    return drop(slot);
  }
  const bool more = end.tls ? send_secure(slot) : send_plain(slot);
  if (end.broken) {
    link_.gone(slot, os::now());
    return drop(slot);
  }
  loop_.watch(end.fd, true, more, runtime::Watcher::to<&Sockets::any_car>(*this));
}

/// How much of it went out.
std::size_t Sockets::put(std::size_t slot, std::span<const std::byte> bytes) {
  if (bytes.empty()) return 0;
  const auto n = ::send(ends_[slot].fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN && errno != EINTR) ends_[slot].broken = true;
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

/// Whether something is left to be sent.
bool Sockets::send_plain(std::size_t slot) {
  link_.sent(slot, put(slot, link_.output(slot)));
  return !link_.output(slot).empty();
}

/// What the car has not taken stays with the link, which knows how much that may be.
bool Sockets::send_secure(std::size_t slot) {
  auto& tls = *ends_[slot].tls;
  if (tls.open() && tls.output().empty()) {
    const auto out = link_.output(slot);
    if (tls.write(out)) link_.sent(slot, out.size());
    else ends_[slot].broken = true;
  }
  tls.consume_output(put(slot, tls.output()));
  return !tls.output().empty();
}

void Sockets::drop(std::size_t slot) {
  loop_.unwatch(ends_[slot].fd);
  ::close(ends_[slot].fd);
  ends_[slot] = End{};
}

}  // namespace bulwatt::v2g
