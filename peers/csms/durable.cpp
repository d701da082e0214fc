#include "peers/csms/durable.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace bulwatt::csms {
namespace {

/// A descriptor that is closed.
class Open {
 public:
  Open(const std::filesystem::path& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Open() {
    if (fd_ >= 0) ::close(fd_);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  bool good() const { return fd_ >= 0; }
  bool sync() const { return ::fsync(fd_) == 0; }
  bool cut(std::size_t size) const { return ::ftruncate(fd_, static_cast<off_t>(size)) == 0; }
  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto n = ::write(fd_, bytes.data(), bytes.size());
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

 private:
  int fd_;
};

bool sync_folder(const std::filesystem::path& file) {
  const Open folder{file.parent_path(), O_RDONLY | O_DIRECTORY};
  return folder.good() && folder.sync();
}

}  // namespace

std::optional<std::string> read_if_there(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::string{};
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

bool write_durably(const std::filesystem::path& file, std::string_view text, bool secret) {
  auto draft = file;
  draft += ".new";
  {
    const Open out{draft, O_WRONLY | O_CREAT | O_TRUNC, static_cast<mode_t>(secret ? 0600 : 0644)};
    if (!out.good() || !out.write(text) || !out.sync()) return false;
  }
  std::error_code failed;
  std::filesystem::rename(draft, file, failed);
  return !failed && sync_folder(file);
}

bool append_durably(const std::filesystem::path& file, std::string_view bytes) {
  const Open out{file, O_WRONLY | O_CREAT | O_APPEND, 0644};
  return out.good() && out.write(bytes) && out.sync() && sync_folder(file);
}

bool cut_durably(const std::filesystem::path& file, std::size_t size) {
  const Open out{file, O_WRONLY | O_CREAT, 0644};
  return out.good() && out.cut(size) && out.sync();
}

}  // namespace bulwatt::csms
