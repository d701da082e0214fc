// The newest signed checkpoint on disk: text of a signed note in one of two files, filled up with zero bytes.
#pragma once
#include <string>

#include "libs/journal/storage.hpp"
#include "libs/merkle/checkpoint.hpp"

namespace bulwatt::ledger {

class CheckpointFile {
 public:
  static constexpr std::size_t kPlace = 16 * 1024;
  explicit CheckpointFile(journal::Storage& storage) : storage_(storage) {}

  struct Kept {
    std::string note{};
    merkle::Checkpoint checkpoint{};
  };
  /// The greatest one of this log that is a checkpoint; nothing when there is none. Log 0 stands for the newest log.
  std::expected<std::optional<Kept>, journal::Error> read(std::uint32_t log);
  /// Replaces the older of the two. Error::too_long beyond kPlace.
  std::expected<void, journal::Error> write(std::string_view note);
  /// The keys that sign, one line each, as the station itself states them: for people who verify and have no better source.
  std::expected<std::string, journal::Error> read_keys();
  std::expected<void, journal::Error> write_keys(std::string_view lines);

 private:
  static constexpr std::uint32_t kKeys = 2;  ///< file
  std::expected<std::string, journal::Error> read_text(std::uint32_t file);
  std::expected<void, journal::Error> write_text(std::uint32_t file, std::string_view text);
  journal::Storage& storage_;
  std::uint32_t next_ = 0;
};

/// "example.org/station-1/3": the origin of a log, and the name of the keys that sign it.
std::string origin_of(std::string_view station, std::uint32_t log);
/// The log's number at the end of an origin; 0 when there is none.
std::uint32_t log_of(std::string_view origin);

}  // namespace bulwatt::ledger
