#include "peers/simbus/socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace bulwatt::simbus {

namespace {

constexpr int kBacklog = 16;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw std::runtime_error("the socket path '" + path + "' must have 1 to " +
                             std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Fd unix_stream() {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw_errno("cannot make a socket");
  return fd;
}

void remove_stale_socket(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return;
  if (!S_ISSOCK(info.st_mode)) throw std::runtime_error("'" + path + "' exists and is not a socket");
  if (connect_unix(path)) throw std::runtime_error("another program already listens on '" + path + "'");
  ::unlink(path.c_str());
}

}  // namespace

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void throw_errno(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

Fd listen_unix(const std::string& path) {
  const sockaddr_un address = address_of(path);
  remove_stale_socket(path);
  Fd fd = unix_stream();
  const mode_t old = ::umask(0177);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(old);
  if (bound != 0) throw_errno("cannot listen on '" + path + "'");
  if (::listen(fd.get(), kBacklog) != 0) throw_errno("cannot listen on '" + path + "'");
  return fd;
}

Fd connect_unix(const std::string& path) {
  const sockaddr_un address = address_of(path);
  Fd fd = unix_stream();
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  return Fd{};
}

}  // namespace bulwatt::simbus
