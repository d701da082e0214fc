// Where a journal keeps its bytes: numbered files with positioned reads and writes. One implementation on files
// (linux/file_storage.hpp), one in memory that loses power and tears writes on command (memory_storage.hpp).
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "libs/fields/fields.hpp"

namespace bulwatt::journal {

/// full: no room on the medium or in the file's bound; nothing that was committed is lost. storage: the medium failed.
/// too_long: one record is greater than a frame may be.
enum class Error : std::uint8_t { full, storage, too_long };
constexpr auto enum_names(Error) { return names("full", "storage", "too_long"); }

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

 protected:
  ~Storage() = default;
};

}  // namespace bulwatt::journal
