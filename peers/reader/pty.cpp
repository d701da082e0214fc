#include "peers/reader/pty.hpp"

#include <fcntl.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <stdexcept>

namespace bulwatt::reader {

namespace {

/// The name appears under `link` in one step, so that whoever waits for it never finds half of it.
void make_link(const std::string& target, const std::string& link) {
  namespace fs = std::filesystem;
  const fs::file_status status = fs::symlink_status(link);
  if (fs::exists(status) && !fs::is_symlink(status)) {
    throw std::runtime_error("'" + link + "' exists and is not a symbolic link");
  }
  const std::string fresh = link + ".new";
  std::error_code error;
  fs::remove(fresh, error);
  fs::create_symlink(target, fresh, error);
  if (!error) fs::rename(fresh, link, error);
  if (error) throw std::runtime_error("cannot make the link '" + link + "': " + error.message());
}

}  // namespace

Pty::Pty(std::string link) : link_(std::move(link)) {
  int master = -1;
  int held = -1;
  std::array<char, 128> name{};
  termios raw{};
  ::cfmakeraw(&raw);
  ::cfsetspeed(&raw, B9600);
  if (::openpty(&master, &held, name.data(), &raw, nullptr) != 0) simbus::throw_errno("cannot make a pseudo terminal");
  master_ = simbus::Fd(master);
  held_ = simbus::Fd(held);
  ::fcntl(master, F_SETFL, O_NONBLOCK);
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  ::fcntl(held, F_SETFD, FD_CLOEXEC);
  make_link(name.data(), link_);
}

Pty::~Pty() {
  std::error_code error;
  std::filesystem::remove(link_, error);
}

bool Pty::write_line(const std::string& text) {
  const std::string line = text + '\n';
  return ::write(master_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

void Pty::discard_input() {
  std::array<char, 1024> bytes{};
  while (::read(master_.get(), bytes.data(), bytes.size()) > 0) {
  }
}

}  // namespace bulwatt::reader
