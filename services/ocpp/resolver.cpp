#include "services/ocpp/resolver.hpp"

#include <arpa/inet.h>
#include <sys/time.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

namespace bulwatt::ocpp {
namespace {

constexpr int kTimeoutMs = 3000;
constexpr int kTries = 3;

Endpoint endpoint(const sockaddr* address, std::size_t size, std::uint16_t port) {
  Endpoint out{};
  out.size = static_cast<socklen_t>(std::min(size, sizeof out.address));
  std::memcpy(&out.address, address, out.size);
  const auto network = htons(port);
  if (address->sa_family == AF_INET) reinterpret_cast<sockaddr_in*>(&out.address)->sin_port = network;
  else reinterpret_cast<sockaddr_in6*>(&out.address)->sin6_port = network;
  return out;
}

bool add_literal(Endpoints& out, const char* host, std::uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (::inet_pton(AF_INET, host, &v4.sin_addr) == 1)
    return out.push_back(endpoint(reinterpret_cast<const sockaddr*>(&v4), sizeof v4, port));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  return ::inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 &&
         out.push_back(endpoint(reinterpret_cast<const sockaddr*>(&v6), sizeof v6, port));
}

}  // namespace

Endpoints without_asking(const char* host, std::uint16_t port) {
  Endpoints out{};
  if (std::string_view{host} == "localhost") {
    static_cast<void>(add_literal(out, "127.0.0.1", port));
    static_cast<void>(add_literal(out, "::1", port));
  } else {
    static_cast<void>(add_literal(out, host, port));
  }
  return out;
}

bool Resolver::open() {
  // The library draws the numbers of its questions from rand() where it finds no random device.
  unsigned seed = 0;
  os::random_bytes(std::as_writable_bytes(std::span{&seed, 1}));
  std::srand(seed);
  if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) return false;
  ares_options options{};
  options.flags = ARES_FLAG_NOCHECKRESP;
  options.timeout = kTimeoutMs;
  options.tries = kTries;
  options.sock_state_cb = &Resolver::on_socket;
  options.sock_state_cb_data = this;
  constexpr int kWhich = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  return ares_init_options(&channel_, &options, kWhich) == ARES_SUCCESS;
}

Resolver::~Resolver() {
  if (channel_ == nullptr) return;
  done_ = {};
  ares_destroy(channel_);
  ares_library_cleanup();
}

void Resolver::resolve(const char* host, std::uint16_t port, runtime::Action done) {
  done_ = {};
  ares_cancel(channel_);
  port_ = port;
  done_ = done;
  found_.clear();
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel_, host, nullptr, &hints, &Resolver::on_answer, this);
  set_timer();
}

void Resolver::on_answer(void* self, int status, int, ares_addrinfo* result) {
  auto& me = *static_cast<Resolver*>(self);
  me.status_ = status;
  for (const auto* node = result == nullptr ? nullptr : result->nodes; node != nullptr; node = node->ai_next) {
    const bool known = node->ai_family == AF_INET || node->ai_family == AF_INET6;
    if (known && !me.found_.push_back(endpoint(node->ai_addr, node->ai_addrlen, me.port_))) break;
  }
  ares_freeaddrinfo(result);
  if (me.done_) me.loop_.after(Duration::zero(), std::exchange(me.done_, {}));  // not inside of the library
}

void Resolver::on_socket(void* self, ares_socket_t fd, int readable, int writable) {
  static_cast<Resolver*>(self)->follow(fd, readable != 0, writable != 0);
}

void Resolver::follow(int fd, bool readable, bool writable) {
  auto* place = std::ranges::find(sockets_, fd, &Socket::fd);
  if (!readable && !writable) {
    if (place == sockets_.end()) return;
    loop_.unwatch(fd);
    place->fd = ARES_SOCKET_BAD;
    return;
  }
  if (place == sockets_.end()) place = std::ranges::find(sockets_, ARES_SOCKET_BAD, &Socket::fd);
  if (place == sockets_.end()) return;  // its time-out ends it
  *place = {this, fd};
  loop_.watch(fd, readable, writable, runtime::Watcher::to<&Socket::ready>(*place));
}

void Resolver::Socket::ready(runtime::Readiness readiness) {
  auto& me = *owner;
  const bool in = readiness.readable || readiness.broken;
  ares_process_fd(me.channel_, in ? fd : ARES_SOCKET_BAD, readiness.writable ? fd : ARES_SOCKET_BAD);
  me.set_timer();
}

void Resolver::set_timer() {
  timeval wait{};
  if (ares_timeout(channel_, nullptr, &wait) == nullptr) return loop_.cancel(timer_);
  const auto delay = std::chrono::seconds{wait.tv_sec} + std::chrono::microseconds{wait.tv_usec};
  loop_.at(timer_, os::now() + delay, runtime::Action::to<&Resolver::timed_out>(*this));
}

void Resolver::timed_out() {
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  set_timer();
}

}  // namespace bulwatt::ocpp
