#include "services/power/serial.hpp"

#include <termios.h>
#include <unistd.h>

namespace bulwatt::power {

bool make_raw(int fd) {
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) return false;
  ::cfmakeraw(&settings);
  ::cfsetspeed(&settings, B115200);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cc[VMIN] = 0;
  settings.c_cc[VTIME] = 0;
  return ::tcsetattr(fd, TCSANOW, &settings) == 0;
}

void SerialLine::write(std::span<const std::byte> frame) {
  if (::write(fd_, frame.data(), frame.size()) != static_cast<ssize_t>(frame.size())) ++lost_;
}

std::span<const std::byte> SerialLine::read() {
  const auto n = ::read(fd_, buffer_.data(), buffer_.size());
  return std::span{buffer_}.first(n > 0 ? static_cast<std::size_t>(n) : 0);
}

}  // namespace bulwatt::power
