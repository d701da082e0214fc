#include "libs/journal/linux/file_storage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "libs/base/check.hpp"

namespace bulwatt::journal {
namespace {

constexpr mode_t kOwnerOnly = 0600;

template <std::size_t N>
void append(Text<N>& text, std::string_view more) {
  BULWATT_ASSERT(text.size + more.size() < N);  // a zero byte must fit too
  std::ranges::copy(more, text.data.begin() + text.size);
  text.size = static_cast<std::uint16_t>(text.size + more.size());
}

}  // namespace

FileStorage::FileStorage(std::string_view folder, std::string_view name) {
  append(folder_, folder);
  append(prefix_, folder);
  append(prefix_, "/");
  append(prefix_, name);
  append(prefix_, ".");
}

FileStorage::~FileStorage() {
  for (const auto& one : open_) {
    if (one.fd >= 0) ::close(one.fd);
  }
}

std::unexpected<Error> FileStorage::failed(int error) {
  last_error_ = error;
  const bool no_room = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return std::unexpected(no_room ? Error::full : Error::storage);
}

FileStorage::Path FileStorage::path_of(std::uint32_t file) const {
  auto path = prefix_;
  std::array<char, 10> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), file).ptr;
  append(path, {digits.data(), static_cast<std::size_t>(end - digits.data())});
  path.data[path.size] = '\0';
  return path;
}

int FileStorage::open(std::uint32_t file, bool create) {
  auto* place = &open_[0];
  for (auto& one : open_) {
    if (one.fd >= 0 && one.file == file) {
      one.used = ++uses_;
      return one.fd;
    }
    if (one.used < place->used) place = &one;
  }
  const auto path = path_of(file);
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW;
  int fd = ::open(path.data.data(), O_RDWR | kFlags | (create ? O_CREAT : 0), kOwnerOnly);
  // Whoever only looks at a copy may have no right to write; a write then fails by itself.
  if (fd < 0 && (errno == EACCES || errno == EROFS)) fd = ::open(path.data.data(), O_RDONLY | kFlags);
  if (fd < 0) {
    last_error_ = errno;
    return -1;
  }
  if (place->fd >= 0) ::close(place->fd);
  *place = {fd, file, ++uses_};
  return fd;
}

std::expected<std::uint64_t, Error> FileStorage::size(std::uint32_t file) {
  const int fd = open(file, false);
  if (fd < 0 && last_error_ == ENOENT) return std::uint64_t{0};
  struct stat info{};
  if (fd < 0) return failed(last_error_);
  if (::fstat(fd, &info) != 0) return failed(errno);
  return static_cast<std::uint64_t>(info.st_size);
}

std::expected<std::size_t, Error> FileStorage::read(std::uint32_t file, std::uint64_t at, std::span<std::byte> into) {
  const int fd = open(file, false);
  if (fd < 0 && last_error_ == ENOENT) return std::size_t{0};
  if (fd < 0) return failed(last_error_);
  std::size_t done = 0;
  while (done < into.size()) {
    const auto n = ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(at + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

std::expected<void, Error> FileStorage::write(std::uint32_t file, std::uint64_t at, std::span<const std::byte> bytes) {
  const int fd = open(file, false);
  if (fd < 0) return failed(last_error_);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n = ::pwrite(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed(n < 0 ? errno : ENOSPC);
    done += static_cast<std::size_t>(n);
  }
  return {};
}

std::expected<void, Error> FileStorage::reserve(std::uint32_t file, std::uint64_t bytes) {
  const int fd = open(file, true);
  if (fd < 0) return failed(last_error_);
  struct stat info{};
  if (::fstat(fd, &info) != 0) return failed(errno);
  if (static_cast<std::uint64_t>(info.st_size) >= bytes) return {};
  if (const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)); error != 0) return failed(error);
  if (::fsync(fd) != 0) return failed(errno);
  return sync_folder();
}

std::expected<void, Error> FileStorage::sync_folder() {
  const int folder = ::open(folder_.data.data(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return failed(errno);
  const bool durable = ::fsync(folder) == 0;
  const int error = errno;
  ::close(folder);
  if (!durable) return failed(error);
  return {};
}

std::expected<void, Error> FileStorage::sync(std::uint32_t file) {
  const int fd = open(file, false);
  if (fd < 0) return failed(last_error_);
  if (::fdatasync(fd) != 0) return failed(errno);
  return {};
}

std::expected<void, Error> FileStorage::remove(std::uint32_t file) {
  for (auto& one : open_) {
    if (one.fd < 0 || one.file != file) continue;
    ::close(one.fd);
    one = {};
  }
  const auto path = path_of(file);
  if (::unlink(path.data.data()) != 0 && errno != ENOENT) return failed(errno);
  return sync_folder();
}

std::expected<std::optional<FileRange>, Error> FileStorage::range(std::uint32_t least, std::uint32_t most) {
  DIR* folder = ::opendir(folder_.data.data());
  if (folder == nullptr) return failed(errno);
  const auto name = prefix_.view().substr(folder_.size + 1U);
  std::optional<FileRange> found;
  while (const dirent* entry = ::readdir(folder)) {
    std::string_view rest{entry->d_name};
    if (!rest.starts_with(name)) continue;
    rest.remove_prefix(name.size());
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || end != rest.data() + rest.size() || number < least || number > most) continue;
    const auto bytes = size(number);
    if (!bytes || *bytes == 0) continue;
    if (!found) found = FileRange{number, number};
    found = FileRange{std::min(found->first, number), std::max(found->last, number)};
  }
  ::closedir(folder);
  return found;
}

}  // namespace bulwatt::journal
