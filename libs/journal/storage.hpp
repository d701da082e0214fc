// Where a journal keeps its bytes: numbered files with positioned reads and writes. One implementation on files
// (linux/file_storage.hpp), one in memory that loses power and tears writes on command (memory_storage.hpp).
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "libs/fields/fields.hpp"

namespace bulwatt::journal {

/// full: no room on the medium or in the file's bound; nothing that was committed is lost. storage: the medium failed.
/// too_long: one record is greater than a frame may be.
enum class Error : std::uint8_t { full, storage, too_long };
constexpr auto enum_names(Error) { return names("full", "storage", "too_long"); }

struct FileRange {
  std::uint32_t first{};
  std::uint32_t last{};
};

class Storage {
 public:
  /// Bytes in the file; 0 when it does not exist yet.
  virtual std::expected<std::uint64_t, Error> size(std::uint32_t file) = 0;
  /// Fills `into` from `at`; fewer bytes at the end of the file.
  virtual std::expected<std::size_t, Error> read(std::uint32_t file, std::uint64_t at, std::span<std::byte> into) = 0;
  /// Writes all bytes or fails; after a failure any part of them may have been written.
  virtual std::expected<void, Error> write(std::uint32_t file, std::uint64_t at, std::span<const std::byte> bytes) = 0;
  /// Creates the file when needed and takes room for `bytes`, filled with zeros; durable when it returns.
  virtual std::expected<void, Error> reserve(std::uint32_t file, std::uint64_t bytes) = 0;
  /// All writes so far are durable when it returns.
  virtual std::expected<void, Error> sync(std::uint32_t file) = 0;
  /// Removes the file; that there is none is no error. Durable when it returns.
  virtual std::expected<void, Error> remove(std::uint32_t file) = 0;
  /// Least and greatest number of a file that is not empty, among `least` … `most`; nothing when there is none.
  virtual std::expected<std::optional<FileRange>, Error> range(std::uint32_t least = 0,
                                                               std::uint32_t most = UINT32_MAX) = 0;

 protected:
  ~Storage() = default;
};

/// Part of another storage: its files `base` … as 0 …; so that several kinds of files may share one medium.
class Area final : public Storage {
 public:
  Area(Storage& whole, std::uint32_t base, std::uint32_t count) : whole_(whole), base_(base), count_(count) {}
  std::expected<std::uint64_t, Error> size(std::uint32_t file) override { return whole_.size(base_ + file); }
  std::expected<std::size_t, Error> read(std::uint32_t file, std::uint64_t at, std::span<std::byte> into) override {
    return whole_.read(base_ + file, at, into);
  }
  std::expected<void, Error> write(std::uint32_t file, std::uint64_t at, std::span<const std::byte> bytes) override {
    return whole_.write(base_ + file, at, bytes);
  }
  std::expected<void, Error> reserve(std::uint32_t file, std::uint64_t bytes) override {
    if (file >= count_) return std::unexpected(Error::full);
    return whole_.reserve(base_ + file, bytes);
  }
  std::expected<void, Error> sync(std::uint32_t file) override { return whole_.sync(base_ + file); }
  std::expected<void, Error> remove(std::uint32_t file) override { return whole_.remove(base_ + file); }
  std::expected<std::optional<FileRange>, Error> range(std::uint32_t least, std::uint32_t most) override {
    if (least >= count_) return std::nullopt;
    auto found = whole_.range(base_ + least, base_ + (most < count_ ? most : count_ - 1));
    if (found && *found) *found = FileRange{(*found)->first - base_, (*found)->last - base_};
    return found;
  }

 private:
  Storage& whole_;
  std::uint32_t base_;
  std::uint32_t count_;
};

}  // namespace bulwatt::journal
