// A pseudo terminal that looks like a serial reader: whoever opens the link reads lines.
#pragma once
#include <string>

#include "peers/simbus/socket.hpp"

namespace bulwatt::reader {

class Pty {
 public:
  /// Makes the terminal, raw and without echo, and a symbolic link to it at `link`; an old symbolic link there is
  /// replaced, anything else is an error. Throws std::runtime_error with a sentence.
  explicit Pty(std::string link);
  ~Pty();
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  /// Writes a whole line (its line feed is added); false if nobody read for so long that the line buffer is full.
  bool write_line(const std::string& text);
  /// Readable when the other side wrote something.
  int fd() const { return master_.get(); }
  /// Throws away what the other side wrote: a reader of this kind takes no orders.
  void discard_input();

 private:
  std::string link_;
  simbus::Fd master_;
  simbus::Fd held_;  // keeps the terminal alive while nobody else has it open
};

}  // namespace bulwatt::reader
