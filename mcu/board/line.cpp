#include "mcu/board/line.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace bulwatt::board {
namespace {

void make_raw(int fd) {
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) simbus::throw_errno("cannot read the settings of the pseudo terminal");
  ::cfmakeraw(&settings);
  if (::tcsetattr(fd, TCSANOW, &settings) != 0) simbus::throw_errno("cannot make the pseudo terminal raw");
}

void remove_link(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return;
  if (!S_ISLNK(found.st_mode)) throw std::runtime_error(path + " exists and is no symbolic link");
  if (::unlink(path.c_str()) != 0) simbus::throw_errno("cannot replace " + path);
}

}  // namespace

Line::Line(std::string path)
    : path_(std::move(path)), master_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
  if (!master_) simbus::throw_errno("cannot make a pseudo terminal");
  std::array<char, 128> name{};
  if (::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0 ||
      ::ptsname_r(master_.get(), name.data(), name.size()) != 0) {
    simbus::throw_errno("cannot open the pseudo terminal");
  }
  terminal_ = name.data();
  // Opened and closed once: only then does the kernel tell a terminal that nobody has open from an idle one.
  const simbus::Fd other_end{::open(terminal_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)};
  if (!other_end) simbus::throw_errno("cannot open " + terminal_);
  make_raw(other_end.get());
  remove_link(path_);
  if (::symlink(terminal_.c_str(), path_.c_str()) != 0) simbus::throw_errno("cannot make the link " + path_);
}

Line::~Line() {
  // Only the link that is still ours: another board may have taken the path over.
  std::array<char, 128> target{};
  const auto size = ::readlink(path_.c_str(), target.data(), target.size());
  if (size > 0 && std::string_view{target.data(), static_cast<std::size_t>(size)} == terminal_) ::unlink(path_.c_str());
}

std::span<const std::byte> Line::read(std::span<std::byte> buffer) {
  const auto size = ::read(master_.get(), buffer.data(), buffer.size());
  open_ = size > 0 || (size < 0 && errno == EAGAIN);  // EIO: everybody has closed the other end.
  return buffer.first(size > 0 ? static_cast<std::size_t>(size) : 0);
}

void Line::write(std::span<const std::byte> frame) {
  if (!open_) return;
  [[maybe_unused]] const auto written = ::write(master_.get(), frame.data(), frame.size());
}

}  // namespace bulwatt::board
