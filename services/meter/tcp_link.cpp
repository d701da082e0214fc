#include <arpa/inet.h>
#include <modbus/modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "services/meter/modbus_link.hpp"

namespace bulwatt::meter {
namespace {
constexpr std::size_t kHeader = 7;      // transaction, protocol, length, unit
constexpr std::size_t kLengthBase = 6;  // the length field counts what follows it
}  // namespace

bool TcpLink::is_address(std::string_view address) {
  in_addr parsed{};
  return ::inet_pton(AF_INET, std::string{address}.c_str(), &parsed) == 1;
}

TcpLink::TcpLink(std::string_view address, std::uint16_t port)
    : ModbusLink(::modbus_new_tcp(std::string{address}.c_str(), port), 0), port_(port) {
  in_addr parsed{};
  if (::inet_pton(AF_INET, std::string{address}.c_str(), &parsed) == 1) address_ = parsed.s_addr;
}

bool TcpLink::open() {
  close();
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return false;
  use(socket);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port_);
  to.sin_addr.s_addr = address_;
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 || errno == EINPROGRESS;
}

Progress TcpLink::opened() {
  pollfd ready{fd(), POLLOUT, 0};
  if (::poll(&ready, 1, 0) == 0) return Progress::waiting;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return Progress::broken;
  return Progress::done;
}

void TcpLink::close() {
  if (fd() >= 0) ::close(fd());
  use(-1);
}

Progress TcpLink::heard() {
  std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> frame{};
  const auto seen = ::recv(fd(), frame.data(), frame.size(), MSG_PEEK | MSG_DONTWAIT);
  if (seen < 0) return errno == EAGAIN || errno == EINTR ? Progress::waiting : Progress::broken;
  if (seen == 0) return Progress::broken;
  const auto available = static_cast<std::size_t>(seen);
  if (available < kHeader) return Progress::waiting;
  const std::size_t size = kLengthBase + (static_cast<std::size_t>(frame[4]) << 8 | frame[5]);
  if (frame[2] != 0 || frame[3] != 0 || size > frame.size()) return Progress::done;  // no Modbus; answer() says so
  return available >= size ? Progress::done : Progress::waiting;
}

}  // namespace bulwatt::meter
