// Storage on files `<name>.0`, `<name>.1`, … of one folder. A file is opened at its first use and stays open.
#pragma once
#include "libs/journal/storage.hpp"

namespace bulwatt::journal {

class FileStorage final : public Storage {
 public:
  static constexpr std::size_t kMaxOpen = 8;  ///< open at a time; the one unused for longest is closed for another
  static constexpr std::size_t kMaxPath = 200;

  /// `folder` and `name` are short paths ("/state", "journal"); the folder exists.
  FileStorage(std::string_view folder, std::string_view name);
  ~FileStorage();
  FileStorage(const FileStorage&) = delete;
  FileStorage& operator=(const FileStorage&) = delete;

  std::expected<std::uint64_t, Error> size(std::uint32_t file) override;
  std::expected<std::size_t, Error> read(std::uint32_t file, std::uint64_t at, std::span<std::byte> into) override;
  std::expected<void, Error> write(std::uint32_t file, std::uint64_t at, std::span<const std::byte> bytes) override;
  std::expected<void, Error> reserve(std::uint32_t file, std::uint64_t bytes) override;
  std::expected<void, Error> sync(std::uint32_t file) override;
  std::expected<void, Error> remove(std::uint32_t file) override;
  std::expected<std::optional<FileRange>, Error> range(std::uint32_t least, std::uint32_t most) override;
  /// errno of the latest failure, for people.
  int last_error() const { return last_error_; }

 private:
  struct Open {
    int fd = -1;
    std::uint32_t file = 0;
    std::uint64_t used = 0;
  };
  /// -1 with last_error() set when it cannot be opened; `create` makes it.
  int open(std::uint32_t file, bool create);
  std::unexpected<Error> failed(int error);
  using Path = Text<kMaxPath>;
  Path path_of(std::uint32_t file) const;
  /// Entries of the folder are durable.
  std::expected<void, Error> sync_folder();

  Path folder_;
  Path prefix_;
  std::array<Open, kMaxOpen> open_{};
  std::uint64_t uses_ = 0;
  int last_error_ = 0;
};

}  // namespace bulwatt::journal
