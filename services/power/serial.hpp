// The serial line as a file descriptor: raw mode, non-blocking, bounded writes.
#pragma once
#include <span>

#include "services/power/controller.hpp"

namespace bulwatt::power {

/// 115200 baud, eight bits, no parity, no flow control, no line discipline. False when the descriptor is no terminal.
bool make_raw(int fd);

class SerialLine final : public Line {
 public:
  explicit SerialLine(int fd) : fd_(fd) {}
  /// A frame that does not fit the line's buffer is lost; the next lease repairs it.
  void write(std::span<const std::byte> frame) override;
  /// Bytes waiting on the line, empty when there are none.
  std::span<const std::byte> read();
  int fd() const { return fd_; }
  std::uint32_t lost_frames() const { return lost_; }

 private:
  int fd_;
  std::uint32_t lost_ = 0;
  std::array<std::byte, 512> buffer_{};
};

}  // namespace bulwatt::power
