// Owned file descriptors and Unix stream sockets with errors as sentences.
#pragma once
#include <string>
#include <utility>

namespace bulwatt::simbus {

/// A file descriptor that closes itself.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// Throws std::runtime_error("<what>: <errno text>").
[[noreturn]] void throw_errno(const std::string& what);

/// Non-blocking listening socket at `path`, mode 0600. A socket file nobody listens on is replaced; throws if somebody
/// does, or if the path is longer than a socket address holds (107 bytes).
Fd listen_unix(const std::string& path);

/// Non-blocking connection to `path`, or an empty Fd if nobody listens there now. Throws on an impossible path.
Fd connect_unix(const std::string& path);

}  // namespace bulwatt::simbus
