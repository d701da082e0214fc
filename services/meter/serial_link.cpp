#include <modbus/modbus.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <cerrno>

#include "services/meter/modbus_link.hpp"

namespace bulwatt::meter {
namespace {

constexpr std::size_t kChecksum = 2;
constexpr int kShortestFrame = 5;  // unit, function with the exception bit, code, checksum
constexpr std::uint32_t kRequestBytes = 8;
constexpr std::uint32_t kFrameBytes = 5;  // of an answer, beside its registers
constexpr int kQuietLooks = 8;            // adapters hand bytes over in lumps, up to 16 ms apart
constexpr Duration kLeastGap = std::chrono::microseconds{1750};

struct Speed {
  std::uint32_t baud;
  speed_t constant;
};
constexpr Speed kSpeeds[] = {{1200, B1200},    {2400, B2400},    {4800, B4800},    {9600, B9600},
                             {19'200, B19200}, {38'400, B38400}, {57'600, B57600}, {115'200, B115200}};

speed_t constant_of(std::uint32_t baud) {
  for (const auto& speed : kSpeeds) {
    if (speed.baud == baud) return speed.constant;
  }
  return B0;
}

char letter_of(Parity parity) { return parity == Parity::none ? 'N' : parity == Parity::even ? 'E' : 'O'; }

/// Eight bits, no line discipline, no flow control.
bool set_up(int fd, const Bus& bus) {
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) return false;
  ::cfmakeraw(&settings);
  ::cfsetspeed(&settings, constant_of(bus.baud));
  settings.c_cflag &= ~static_cast<tcflag_t>(PARENB | PARODD | CSTOPB | CRTSCTS);
  settings.c_cflag |= CLOCAL | CREAD;
  if (bus.parity != Parity::none) settings.c_cflag |= PARENB;
  if (bus.parity == Parity::odd) settings.c_cflag |= PARODD;
  if (bus.stop_bits == 2) settings.c_cflag |= CSTOPB;
  if (bus.parity != Parity::none) settings.c_iflag |= INPCK;
  settings.c_cc[VMIN] = 0;
  settings.c_cc[VTIME] = 0;
  return ::tcsetattr(fd, TCSANOW, &settings) == 0;
}

}  // namespace

bool SerialLink::is_baud(std::uint32_t baud) { return constant_of(baud) != B0; }

// The library never opens or sets the device: the name is for its messages only.
SerialLink::SerialLink(int fd, const Bus& bus)
    : ModbusLink(::modbus_new_rtu("meter_bus", static_cast<int>(bus.baud), letter_of(bus.parity), 8, bus.stop_bits),
                 kChecksum),
      line_(fd),
      bus_(bus) {}

bool SerialLink::open() {
  if (!set_up_) set_up_ = set_up(line_, bus_);
  if (set_up_) use(line_);
  return set_up_ && valid();
}

void SerialLink::before_asking() {
  ::tcflush(fd(), TCIFLUSH);
  seen_ = quiet_looks_ = 0;
}

/// All of the answer that was asked for; or something shorter after which nothing more came.
Progress SerialLink::heard() {
  pollfd state{fd(), POLLIN, 0};
  if (::poll(&state, 1, 0) < 0 && errno != EINTR) return Progress::broken;
  if ((state.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return Progress::broken;
  int waiting = 0;
  if (::ioctl(fd(), FIONREAD, &waiting) != 0) return Progress::broken;
  const bool complete = waiting >= static_cast<int>(kFrameBytes) + 2 * expected();
  quiet_looks_ = waiting == seen_ ? quiet_looks_ + 1 : 0;
  seen_ = waiting;
  const bool ended = waiting >= kShortestFrame && quiet_looks_ >= kQuietLooks;
  return complete || ended ? Progress::done : Progress::waiting;
}

Duration SerialLink::characters(std::uint32_t count) const {
  const std::uint32_t bits = 1 + 8 + (bus_.parity == Parity::none ? 0 : 1) + bus_.stop_bits;
  return std::chrono::microseconds{std::uint64_t{1'000'000} * count * bits / bus_.baud};
}

Duration SerialLink::travel(std::uint16_t words) const { return characters(kRequestBytes + kFrameBytes + 2U * words); }

Duration SerialLink::gap() const { return std::max(characters(7) / 2, kLeastGap); }

}  // namespace bulwatt::meter
