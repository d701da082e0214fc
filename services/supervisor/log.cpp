#include "services/supervisor/log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace bulwatt::supervisor {
namespace {
/// A whole line at once, or nothing: a reader that does not read must not stop the supervisor.
bool write_if_ready(int fd, std::string_view line) {
  pollfd ready{fd, POLLOUT, 0};
  if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return false;
  return ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}
template <std::size_t N>
void add_padded(Line<N>& line, int value, int width) {
  for (int limit = 1, w = 1; w < width; ++w) {
    limit *= 10;
    if (value < limit) line.add('0');
  }
  line.add(value);
}
}  // namespace

Line<4 * kMaxLine> escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const bool utf8 = valid_utf8(text);
  Line<4 * kMaxLine> out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && (byte < 0x80 || utf8)) out.add(c);
    else out.add("\\x", kDigits[byte >> 4], kDigits[byte & 15]);
  }
  return out;
}

Line<40> utc(Timestamp time) {
  using namespace std::chrono;
  const sys_time<milliseconds> moment{milliseconds{time.unix_ms}};
  const auto day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss clock{moment - day};
  Line<40> out;
  add_padded(out, static_cast<int>(date.year()), 4);
  out.add('-');
  add_padded(out, static_cast<int>(static_cast<unsigned>(date.month())), 2);
  out.add('-');
  add_padded(out, static_cast<int>(static_cast<unsigned>(date.day())), 2);
  out.add('T');
  add_padded(out, static_cast<int>(clock.hours().count()), 2);
  out.add(':');
  add_padded(out, static_cast<int>(clock.minutes().count()), 2);
  out.add(':');
  add_padded(out, static_cast<int>(clock.seconds().count()), 2);
  out.add('.');
  add_padded(out, static_cast<int>(clock.subseconds().count()), 3);
  out.add('Z');
  return out;
}

void Log::open(std::string_view folder) {
  name_ = Line<kMaxPath + 32>{folder, "/station.log"};
  file_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
  struct stat facts{};
  size_ = file_ >= 0 && ::fstat(file_, &facts) == 0 ? static_cast<std::size_t>(facts.st_size) : 0;
}

void Log::rotate() {
  ::close(file_);
  ::rename(name_.c_str(), Line<kMaxPath + 40>{name_.view(), ".1"}.c_str());
  file_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
  size_ = 0;
}

void Log::line(std::string_view who, std::string_view text, Timestamp now) {
  const Line<4 * kMaxLine + 128> line{utc(now).view(), " ", who, ": ", escape(text).view(), "\n"};
  write_if_ready(STDOUT_FILENO, line.view());
  if (file_ < 0) return;
  if (size_ + line.view().size() > kMaxLogFile) rotate();
  if (file_ >= 0 && ::write(file_, line.view().data(), line.view().size()) > 0) size_ += line.view().size();
}

}  // namespace bulwatt::supervisor
