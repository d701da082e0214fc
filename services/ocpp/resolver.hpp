// Names to addresses: literals and localhost at once, others through c-ares, whose sockets and time-outs the loop drives.
#pragma once
#include <ares.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "libs/runtime/loop.hpp"

namespace bulwatt::ocpp {

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};
inline constexpr std::size_t kMaxEndpoints = 8;
using Endpoints = List<Endpoint, kMaxEndpoints>;

/// The address that `host` itself is, or that localhost stands for; empty when a name server has to be asked.
Endpoints without_asking(const char* host, std::uint16_t port);

class Resolver {
 public:
  explicit Resolver(runtime::Loop& loop) : loop_(loop) {}
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Before lock-down. False when the library does not start.
  bool open();
  /// Asks; `done` is called later, with nothing when there is no answer. One question at a time: a new one ends the old.
  void resolve(const char* host, std::uint16_t port, runtime::Action done);
  const Endpoints& found() const { return found_; }
  /// Why nothing was found.
  const char* complaint() const { return ares_strerror(status_); }

 private:
  static constexpr std::size_t kMaxSockets = 8;
  struct Socket {
    Resolver* owner = nullptr;
    int fd = ARES_SOCKET_BAD;
    void ready(runtime::Readiness readiness);
  };
  static void on_socket(void* self, ares_socket_t fd, int readable, int writable);
  static void on_answer(void* self, int status, int timeouts, ares_addrinfo* result);
  void follow(int fd, bool readable, bool writable);
  void set_timer();
  void timed_out();

  runtime::Loop& loop_;
  ares_channel channel_ = nullptr;
  std::array<Socket, kMaxSockets> sockets_{};
  runtime::TimerId timer_ = runtime::kNoTimer;
  std::uint16_t port_ = 0;
  runtime::Action done_{};
  Endpoints found_{};
  int status_ = ARES_SUCCESS;
};

}  // namespace bulwatt::ocpp
