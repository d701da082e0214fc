// The board's end of the serial line: a pseudo terminal that stands at a path of one's choice. Never blocks.
#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "peers/simbus/socket.hpp"

namespace bulwatt::board {

class Line {
 public:
  /// Makes the terminal, raw, and a symbolic link to it at `path`, in place of an older link. Throws
  /// std::runtime_error with a sentence, also when something else than a link stands there.
  explicit Line(std::string path);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  /// What has arrived, at most buffer.size() bytes; empty when nothing has or nobody has the line open.
  std::span<const std::byte> read(std::span<std::byte> buffer);
  /// Writes a frame. With nobody there, or a reader that lets the line fill up, it is lost, as on a wire.
  void write(std::span<const std::byte> frame);
  /// Somebody has the other end open, as of the latest read().
  bool open() const { return open_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string terminal_;
  simbus::Fd master_;
  bool open_ = false;
};

}  // namespace bulwatt::board
