#include "peers/metersim/modbus_server.hpp"

#include <modbus/modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace bulwatt::metersim {

namespace {

constexpr const char* kAddress = "127.0.0.1";
constexpr int kBacklog = 16;
constexpr std::size_t kHeaderSize = 7;      // transaction, protocol, length, unit
constexpr std::size_t kLengthBase = 6;      // the length field counts what follows it
constexpr std::size_t kReadFrameSize = 12;  // header, function, address, count

std::size_t be16(const std::uint8_t* bytes) { return static_cast<std::size_t>(bytes[0]) << 8 | bytes[1]; }

}  // namespace

ModbusServer::ModbusServer(simbus::Loop& loop, int port, int unit, std::uint16_t words_max, OnRead on_read)
    : Server(unit, words_max, std::move(on_read)), loop_(loop), port_(port) {
  open_listener();
}

ModbusServer::~ModbusServer() { set_present(false); }

void ModbusServer::open_listener() {
  modbus_.reset(modbus_new_tcp(kAddress, port_));
  if (!modbus_) throw std::runtime_error("cannot prepare Modbus TCP");
  listener_ = simbus::Fd(modbus_tcp_listen(modbus_.get(), kBacklog));
  if (!listener_) simbus::throw_errno("cannot listen on " + std::string(kAddress) + ":" + std::to_string(port_));
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_all(); });
}

void ModbusServer::set_present(bool present) {
  if (present == static_cast<bool>(listener_)) return;
  if (present) return open_listener();
  while (!clients_.empty()) drop(clients_.begin()->first);
  loop_.forget(listener_.get());
  listener_.reset();
}

void ModbusServer::accept_all() {
  simbus::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd || clients_.size() >= kClientsMax) return;  // one too many is closed at once
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int raw = fd.get();
  clients_[raw] = std::move(fd);
  // Edge-triggered: an incomplete frame stays in the socket and must not wake us until more of it came.
  loop_.watch(raw, EPOLLIN | EPOLLRDHUP | EPOLLET, [this, raw](std::uint32_t) { ready(raw); });
}

void ModbusServer::ready(int fd) {
  while (serve_one(fd)) {
  }
}

void ModbusServer::drop(int fd) {
  loop_.forget(fd);
  clients_.erase(fd);
}

/// Serves the next complete frame; false if there is none (yet), or the client is gone.
bool ModbusServer::serve_one(int fd) {
  std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> frame{};
  const ssize_t seen = ::recv(fd, frame.data(), frame.size(), MSG_PEEK);
  if (seen < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (seen <= 0) {
    drop(fd);
    return false;
  }
  const auto available = static_cast<std::size_t>(seen);
  if (available < kHeaderSize) return false;
  const std::size_t frame_size = kLengthBase + be16(&frame[4]);
  if (be16(&frame[2]) != 0 || frame_size <= kHeaderSize || frame_size > frame.size()) {
    drop(fd);  // not Modbus TCP
    return false;
  }
  if (available < frame_size) return false;
  ++requests_;
  if (manner_ == Manner::silent || manner_ == Manner::garbage) {
    const bool drained = ::recv(fd, frame.data(), frame_size, 0) > 0;
    return manner_ == Manner::garbage ? send_garbage(fd) : drained;
  }
  const std::uint8_t unit = frame[6];
  if (unit != unit_ && unit != 0 && unit != MODBUS_TCP_SLAVE)
    return refuse(fd, frame_size, MODBUS_EXCEPTION_GATEWAY_TARGET);
  if (const unsigned exception = objection(frame[7], frame_size == kReadFrameSize ? be16(&frame[10]) : 0)) {
    return refuse(fd, frame_size, exception);
  }
  return answer(fd);
}

bool ModbusServer::refuse(int fd, std::size_t frame_size, unsigned exception) {
  std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> frame{};
  if (::recv(fd, frame.data(), frame_size, 0) != static_cast<ssize_t>(frame_size)) return false;
  modbus_set_socket(modbus_.get(), fd);
  if (modbus_reply_exception(modbus_.get(), frame.data(), exception) > 0) return true;
  drop(fd);
  return false;
}

bool ModbusServer::answer(int fd) {
  const Mapping mapping = registers();
  std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> request{};
  modbus_set_socket(modbus_.get(), fd);
  const int size = modbus_receive(modbus_.get(), request.data());
  if (size > 0 && modbus_reply(modbus_.get(), request.data(), size, mapping.get()) > 0) return true;
  drop(fd);
  return false;
}

bool ModbusServer::send_garbage(int fd) {
  const auto bytes = garbage();
  if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) return true;
  drop(fd);
  return false;
}

}  // namespace bulwatt::metersim
