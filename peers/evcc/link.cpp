#include "peers/evcc/link.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include "libs/tls/certificate.hpp"
#include "protocols/sdp/message.hpp"

namespace bulwatt::evcc {
namespace {

constexpr std::int64_t kAskMs = 250;
constexpr int kMostAsked = 50;

unsigned index_of(const std::string& interface) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) throw std::runtime_error("there is no interface " + interface);
  return index;
}

std::string text_of(const in6_addr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, &address, text.data(), text.size());
  return text.data();
}

constexpr const char* kIso2Suite = "ECDHE-ECDSA-AES128-SHA256";

tls::Context context_of(const Security& security) {
  auto context = tls::Context::make({.role = tls::Role::client,
                                     .policy = tls::Policy::vehicle,
                                     .allow_tls12 = true,
                                     .trust_anchors_pem = security.trust_pem});
  if (!context) throw std::runtime_error("no TLS: " + std::string{context.error().detail.view()});
  if (security.iso2_only) {
    SSL_CTX_set_max_proto_version(context->native(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context->native(), kIso2Suite);
    SSL_CTX_set1_groups_list(context->native(), "secp256r1");
  }
  return std::move(*context);
}

}  // namespace

Link::Link(simbus::Loop& loop, std::string interface, const Security& security, Events events)
    : loop_(loop),
      interface_(std::move(interface)),
      events_(std::move(events)),
      again_(loop, [this] { ask(); }),
      storage_(v2gtp::kMaxPayload),
      framer_(storage_) {
  if (security.tls) context_.emplace(context_of(security));
}

Link::~Link() { close(); }

void Link::find() {
  close();
  sdp_ = simbus::Fd{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!sdp_) simbus::throw_errno("cannot make a socket");
  const int index = static_cast<int>(index_of(interface_));
  ::setsockopt(sdp_.get(), IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index);
  loop_.watch(sdp_.get(), EPOLLIN, [this](std::uint32_t) { answered(); });
  asked_ = 0;
  ask();
}

void Link::ask() {
  if (asked_++ == kMostAsked) return lose("no station answered");
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(sdp::kPort);
  to.sin6_scope_id = index_of(interface_);
  ::inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
  const auto datagram =
      sdp::encode(sdp::Request{context_ ? sdp::Security::tls : sdp::Security::none, sdp::Transport::tcp});
  ::sendto(sdp_.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  again_.arm(kAskMs);
}

void Link::answered() {
  std::array<std::byte, 64> bytes{};
  const auto n = ::recv(sdp_.get(), bytes.data(), bytes.size(), 0);
  if (n <= 0) return;
  const auto answer = sdp::parse_response(std::span{bytes}.first(static_cast<std::size_t>(n)));
  if (!answer) return;
  if ((answer->security == sdp::Security::tls) != context_.has_value())
    return lose(context_ ? "the station has no TLS" : "the station speaks only with TLS");
  in6_addr address{};
  std::memcpy(&address, answer->address.data(), answer->address.size());
  loop_.forget(sdp_.get());
  sdp_.reset();
  again_.disarm();
  connect(text_of(address), answer->port);
}

void Link::connect(const std::string& address, std::uint16_t port) {
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(port);
  if (::inet_pton(AF_INET6, address.c_str(), &to.sin6_addr) != 1)
    throw std::runtime_error(address + " is no IPv6 address");
  if (!interface_.empty()) to.sin6_scope_id = index_of(interface_);
  station_ = address + " port " + std::to_string(port);
  framer_.reset();
  out_.clear();
  secured_.clear();
  tcp_ = simbus::Fd{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!tcp_) simbus::throw_errno("cannot make a socket");
  const int on = 1;
  ::setsockopt(tcp_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(tcp_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)
    return lose(std::string{"cannot connect: "} + std::strerror(errno));
  loop_.watch(tcp_.get(), EPOLLOUT | EPOLLIN, [this](std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) writable();
    if (tcp_ && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) readable();
  });
}

void Link::writable() {
  if (!connected_) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(tcp_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return lose(std::string{"cannot connect: "} + std::strerror(error));
    connected_ = true;
    if (context_) begin_tls();
    else events_.connected();
    if (!tcp_) return;
  }
  if (!out_.empty()) {
    const auto n = ::send(tcp_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (n > 0) out_.erase(out_.begin(), out_.begin() + n);
  }
  loop_.change(tcp_.get(), out_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void Link::readable() {
  std::array<std::byte, 4096> bytes{};
  const auto n = ::recv(tcp_.get(), bytes.data(), bytes.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0)
    return lose(n == 0 ? "the station hung up" : std::string{"the connection broke: "} + std::strerror(errno));
  const auto received = std::span<const std::byte>{bytes}.first(static_cast<std::size_t>(n));
  if (tls_) progress(tls_->feed(received));
  else take(received);
}

void Link::begin_tls() {
  auto session = tls::Session::client(*context_, {.domain = "CPO", .now_unix_s = std::time(nullptr)});
  if (!session) throw std::runtime_error("no TLS: " + std::string{session.error().detail.view()});
  tls_.emplace(std::move(*session));
  progress({});
}

void Link::progress(const std::expected<void, tls::Refusal>& went) {
  const auto out = tls_->output();
  out_.insert(out_.end(), out.begin(), out.end());
  tls_->consume_output(out.size());
  if (tcp_ && !out_.empty()) loop_.change(tcp_.get(), EPOLLIN | EPOLLOUT);
  if (!went) {
    if (!out_.empty()) ::send(tcp_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);  // the alert
    return lose("TLS: " + std::string{enum_text(went.error().reason)} + ": " + std::string{went.error().detail.view()});
  }
  if (secured_.empty() && tls_->established()) {
    const auto& report = tls_->report();
    for (const auto word : {report.version.view(), report.group.view(), report.cipher.view()})
      secured_ += (secured_.empty() ? "" : " ") + std::string{word};
    events_.connected();
    if (!tls_) return;
  }
  const std::vector<std::byte> plain{tls_->plain().begin(), tls_->plain().end()};
  tls_->consume_plain(plain.size());
  const bool closed = tls_->peer_closed();
  take(plain);
  if (closed && tcp_) lose("the station hung up");
}

void Link::take(std::span<const std::byte> rest) {
  while (!rest.empty() && tcp_) {
    const auto frame = framer_.take(rest);
    if (!frame) return lose("what the station sends is no V2GTP");
    if (*frame && (*frame)->type == v2gtp::PayloadType::exi) events_.message((*frame)->payload);
  }
}

void Link::send(std::span<const std::byte> bytes) {
  if (!tcp_) return;
  if (tls_) {
    if (!tls_->write(bytes)) return lose("TLS does not take what is to be sent");
    const auto out = tls_->output();
    out_.insert(out_.end(), out.begin(), out.end());
    tls_->consume_output(out.size());
  } else {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  if (connected_) writable();
}

void Link::close() {
  again_.disarm();
  if (sdp_) loop_.forget(sdp_.get());
  if (tcp_) loop_.forget(tcp_.get());
  sdp_.reset();
  tcp_.reset();
  tls_.reset();
  secured_.clear();
  connected_ = false;
}

void Link::lose(const std::string& why) {
  close();
  events_.lost(why);
}

}  // namespace bulwatt::evcc
