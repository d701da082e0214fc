#include "services/supervisor/slots.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "libs/base/line.hpp"

namespace bulwatt::supervisor {
namespace {

using FullPath = Line<kMaxPath + 8>;

/// The running boot; a hook that finds another one here has nothing to do any more.
Line<64> boot_id() {
  Line<64> out{"unknown"};
  std::array<char, 37> text{};
  const int file = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (file < 0) return out;
  const auto n = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  if (n == static_cast<ssize_t>(text.size() - 1)) out = Line<64>{std::string_view{text.data(), text.size() - 1}};
  return out;
}

bool write_whole(int file, std::string_view text) {
  return ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
}

/// A new name is on disk only when its folder is.
bool sync_folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  const FullPath folder{slash == std::string_view::npos ? std::string_view{"."} : path.substr(0, slash + 1)};
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return false;
  const bool done = ::fsync(file) == 0;
  ::close(file);
  return done;
}

}  // namespace

SlotAnswer Slots::ask() {
  if (request_.empty()) return SlotAnswer::no_other_slot;
  const FullPath path{request_.view()};
  const FullPath fresh{request_.view(), ".new"};
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) == 0) return SlotAnswer::already_tried;
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0) return SlotAnswer::failed;
  const bool written = write_whole(file, Line<128>{"request=other-slot\nboot=", boot_id().view(), "\n"}.view());
  ::close(file);
  if (!written || ::rename(fresh.c_str(), path.c_str()) != 0 || !sync_folder_of(request_.view())) {
    ::unlink(fresh.c_str());
    return SlotAnswer::failed;
  }
  return SlotAnswer::requested;
}

void Slots::confirm() {
  if (request_.empty()) return;
  ::unlink(FullPath{request_.view()}.c_str());
}

}  // namespace bulwatt::supervisor
