#include "peers/metersim/serial_server.hpp"

#include <modbus/modbus.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace bulwatt::metersim {

namespace {

constexpr std::size_t kRequestSize = 8;  // unit, function, address, count, checksum: every request that is served
constexpr int kBaud = 9600;

std::uint16_t checksum(std::span<const std::uint8_t> bytes) {
  constexpr std::uint16_t kPolynomial = 0xA001;
  std::uint16_t sum = 0xFFFF;
  for (const auto byte : bytes) {
    sum = static_cast<std::uint16_t>(sum ^ byte);
    for (int bit = 0; bit < 8; ++bit)
      sum = static_cast<std::uint16_t>((sum & 1) != 0 ? sum >> 1 ^ kPolynomial : sum >> 1);
  }
  return sum;
}

bool whole(std::span<const std::uint8_t> frame) {
  const auto sum = checksum(frame.first(frame.size() - 2));
  return frame[frame.size() - 2] == (sum & 0xFF) && frame[frame.size() - 1] == sum >> 8;
}

}  // namespace

SerialServer::SerialServer(simbus::Loop& loop, const std::string& path, int unit, std::uint16_t words_max,
                           OnRead on_read)
    : Server(unit, words_max, std::move(on_read)), loop_(loop), line_(path) {
  modbus_.reset(modbus_new_rtu(path.c_str(), kBaud, 'N', 8, 1));
  if (!modbus_) throw std::runtime_error("cannot prepare Modbus RTU");
  modbus_set_socket(modbus_.get(), line_.fd());
  modbus_set_slave(modbus_.get(), unit);
  loop_.watch(line_.fd(), EPOLLIN, [this](std::uint32_t) { ready(); });
}

SerialServer::~SerialServer() { loop_.forget(line_.fd()); }

/// Requests are found by their checksum: what is before one is noise.
void SerialServer::ready() {
  std::array<std::uint8_t, 256> bytes{};
  const auto count = ::read(line_.fd(), bytes.data(), bytes.size());
  if (count <= 0) return;
  heard_.insert(heard_.end(), bytes.begin(), bytes.begin() + count);
  while (heard_.size() >= kRequestSize) {
    const std::span frame = std::span(heard_).first(kRequestSize);
    const bool good = whole(frame);
    if (good) serve({frame.begin(), frame.end()});
    heard_.erase(heard_.begin(), heard_.begin() + (good ? kRequestSize : 1));
  }
}

void SerialServer::serve(std::vector<std::uint8_t> frame) {
  if (frame[0] != unit_ || !present_) return;
  ++requests_;
  if (manner_ == Manner::silent) return;
  if (manner_ == Manner::garbage) {
    const auto bytes = garbage();
    [[maybe_unused]] const auto sent = ::write(line_.fd(), bytes.data(), bytes.size());
    return;
  }
  const std::size_t asked = static_cast<std::size_t>(frame[4]) << 8 | frame[5];
  if (const unsigned exception = objection(frame[1], asked)) {
    modbus_reply_exception(modbus_.get(), frame.data(), exception);
    return;
  }
  const Mapping mapping = registers();
  modbus_reply(modbus_.get(), frame.data(), static_cast<int>(frame.size()), mapping.get());
}

}  // namespace bulwatt::metersim
