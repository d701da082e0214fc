#include "libs/os/watchdog.hpp"

#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace bulwatt::os {
namespace {

std::int64_t number_of(const char* text) {
  std::int64_t value = 0;
  if (text == nullptr) return 0;
  const char* end = text + std::strlen(text);
  const auto parsed = std::from_chars(text, end, value);
  return parsed.ec == std::errc{} && parsed.ptr == end && value > 0 ? value : 0;
}

}  // namespace

bool LinuxWatchdogLine::open(const char* path) {
  file_ = ::open(path, O_WRONLY | O_CLOEXEC);
  return file_ >= 0;
}
bool LinuxWatchdogLine::set_seconds(int& seconds) { return ::ioctl(file_, WDIOC_SETTIMEOUT, &seconds) == 0; }
bool LinuxWatchdogLine::supports(bool& magic_close) {
  watchdog_info info{};
  if (::ioctl(file_, WDIOC_GETSUPPORT, &info) != 0) return false;
  magic_close = (info.options & WDIOF_MAGICCLOSE) != 0;
  return true;
}
bool LinuxWatchdogLine::keep_alive() {
  int ignored = 0;
  return ::ioctl(file_, WDIOC_KEEPALIVE, &ignored) == 0;
}
bool LinuxWatchdogLine::write(char byte) { return ::write(file_, &byte, 1) == 1; }
void LinuxWatchdogLine::close() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

std::expected<void, WatchdogError> MachineWatchdog::open(const char* path, int seconds) {
  if (!line_.open(path)) return std::unexpected(WatchdogError::cannot_open);
  const auto refuse = [&](WatchdogError error) {
    line_.write('V');  // opening has armed it
    line_.close();
    return std::unexpected(error);
  };
  bool magic_close = false;
  if (!line_.supports(magic_close)) return refuse(WatchdogError::not_a_watchdog);
  if (!magic_close) return refuse(WatchdogError::no_magic_close);
  int granted = seconds;
  if (!line_.set_seconds(granted) || granted < 1 || granted > 2 * seconds) return refuse(WatchdogError::patience);
  patience_ = std::chrono::seconds{granted};
  open_ = true;
  return {};
}

void MachineWatchdog::release() {
  if (!open_) return;
  line_.write('V');
  line_.close();
  open_ = false;
}

void ServiceManager::open() {
  open(std::getenv("NOTIFY_SOCKET"), std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"));
}

void ServiceManager::open(const char* socket, const char* watchdog_us, const char* watchdog_pid) {
  if (socket == nullptr || (socket[0] != '/' && socket[0] != '@')) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const auto size = std::strlen(socket);
  if (size < 2 || size >= sizeof to.sun_path) return;
  std::memcpy(to.sun_path, socket, size);
  if (socket[0] == '@') to.sun_path[0] = '\0';  // a name without a file
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  if (socket_ >= 0 && ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), length) != 0) {
    ::close(socket_);
    socket_ = -1;
  }
  // Meant for us, or for whoever reads it.
  if (watchdog_pid != nullptr && number_of(watchdog_pid) != ::getpid()) return;
  patience_ = Duration{number_of(watchdog_us)};
}

bool ServiceManager::say(std::string_view message) {
  if (socket_ < 0) return false;
  return ::send(socket_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(message.size());
}

}  // namespace bulwatt::os
