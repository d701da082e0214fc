// Lines of the services and of the supervisor itself: bounded, escaped, stamped with name and UTC time, to standard output
// and to a file that is rotated once when it is full. What a service writes is untrusted text.
#pragma once
#include "libs/base/line.hpp"
#include "libs/fields/bounded.hpp"
#include "services/supervisor/station.hpp"

namespace bulwatt::supervisor {

inline constexpr std::size_t kMaxLine = 512;             ///< of the text; longer lines lose their end
inline constexpr std::size_t kMaxLogFile = 1024 * 1024;  ///< two of them at most: station.log and station.log.1

/// Printable text for anything: control characters and bytes that are not UTF-8 become \xNN.
Line<4 * kMaxLine> escape(std::string_view text);
/// "2026-01-31T23:59:59.123Z"
Line<40> utc(Timestamp time);

/// Cuts a stream of bytes into lines.
class LineCutter {
 public:
  /// Calls f(line) for every complete line; one that is too long is cut there and the rest skipped.
  template <class F>
  void feed(std::string_view bytes, F&& f) {
    for (const char c : bytes) {
      if (c == '\n') {
        flush(f);
      } else if (size_ < kMaxLine) {
        text_[size_++] = c;
      }
    }
  }
  /// What is left without an end, when the writer died.
  template <class F>
  void flush(F&& f) {
    if (size_ != 0) f(std::string_view{text_.data(), size_});
    size_ = 0;
  }

 private:
  std::array<char, kMaxLine> text_{};
  std::size_t size_ = 0;
};

class Log {
 public:
  /// `folder` exists. Without a file (full disk, no rights) lines go to standard output alone.
  void open(std::string_view folder);
  void line(std::string_view who, std::string_view text, Timestamp now);

 private:
  void rotate();
  Line<kMaxPath + 32> name_{};
  int file_ = -1;
  std::size_t size_ = 0;
};

}  // namespace bulwatt::supervisor
