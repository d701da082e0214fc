#include "services/vault/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bulwatt::vault {

std::expected<std::vector<std::byte>, int> read_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return std::unexpected(errno);
  std::vector<std::byte> bytes(kMaxStoredFile + 1);
  std::size_t used = 0;
  ssize_t n = 0;
  while (used < bytes.size() && (n = ::read(fd, bytes.data() + used, bytes.size() - used)) > 0)
    used += static_cast<std::size_t>(n);
  const int why = n < 0 ? errno : used > kMaxStoredFile ? EFBIG : 0;
  ::close(fd);
  if (why != 0) return std::unexpected(why);
  bytes.resize(used);
  return bytes;
}

int write_file(const std::string& path, std::span<const std::byte> bytes) {
  const auto beside = path + ".new";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  const bool whole = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
  const int why = whole ? 0 : errno;
  ::close(fd);
  if (why != 0) return why;
  return ::rename(beside.c_str(), path.c_str()) == 0 ? 0 : errno;
}

bool file_exists(const std::string& path) {
  struct stat there{};
  return ::lstat(path.c_str(), &there) == 0;
}

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

Complaint sentence(const std::string& path, int why) { return path + ": " + std::strerror(why); }

}  // namespace bulwatt::vault
