// The newest signed checkpoint on disk, in one of two places. A place is the text of a signed note, filled up with zero bytes, and
// at its end the text's checksum: a write that the power cut short is told apart from a checkpoint that somebody changed.
#pragma once
#include <array>
#include <string>

#include "libs/journal/storage.hpp"
#include "libs/merkle/checkpoint.hpp"

namespace bulwatt::ledger {

class CheckpointFile {
 public:
  static constexpr std::size_t kPlace = 16 * 1024;
  static constexpr std::size_t kTrailer = 16;  ///< "crc32c=", eight hexadecimal digits, newline
  static constexpr std::size_t kMostText = kPlace - kTrailer;
  explicit CheckpointFile(journal::Storage& storage) : storage_(storage) {}

  struct Kept {
    std::string note{};
    merkle::Checkpoint checkpoint{};
  };
  /// torn: one place was being written when the power went; the other is as it was. damaged: no power cut does this.
  enum class Condition : std::uint8_t { intact, torn, damaged };
  struct Found {
    std::optional<Kept> kept{};  ///< the greatest one of the log; nothing when there is none
    Condition condition{};       ///< of both places, whichever log they are of
  };
  /// Log 0 stands for the newest log.
  std::expected<Found, journal::Error> read(std::uint32_t log);
  /// Replaces the older of the two, a torn one first. Error::too_long beyond kMostText.
  std::expected<void, journal::Error> write(std::string_view note);
  /// Puts what the other place says into a torn one.
  std::expected<void, journal::Error> repair();
  /// Keeps what stands in damaged places as evidence, in files of their own, and empties them.
  std::expected<void, journal::Error> set_aside();
  /// The keys that sign, one line each, as the station itself states them: for people who verify and have no better source.
  /// Empty also when the write of them was cut short; the next checkpoint brings them again.
  std::expected<std::string, journal::Error> read_keys();
  std::expected<void, journal::Error> write_keys(std::string_view lines);
  /// What an anchor's counter was said to be raised to last: the later of two places; empty when there is none.
  std::expected<std::string, journal::Error> read_anchor(std::uint32_t place);
  std::expected<void, journal::Error> write_anchor(std::uint32_t place, std::string_view text);

 private:
  static constexpr std::uint32_t kPlaces = 2;
  static constexpr std::uint32_t kKeys = 2;    ///< file
  static constexpr std::uint32_t kAside = 3;   ///< first file of two
  static constexpr std::uint32_t kAnchor = 5;  ///< the same
  struct Place {
    bool whole = true;   ///< its checksum fits, or it is empty
    std::string text{};  ///< empty also when it is not whole
    std::optional<merkle::Checkpoint> checkpoint{};
    bool empty() const { return whole && text.empty(); }
    std::pair<std::uint32_t, std::uint64_t> rank() const;
  };
  std::expected<Place, journal::Error> read_place(std::uint32_t file);
  std::expected<std::array<Place, kPlaces>, journal::Error> read_places();
  std::expected<void, journal::Error> write_text(std::uint32_t file, std::string_view text);
  std::expected<void, journal::Error> write_whole(std::uint32_t file, std::string_view bytes);
  static Condition condition_of(const std::array<Place, kPlaces>& places);
  journal::Storage& storage_;
  std::uint32_t next_ = 0;
};

/// "example.org/station-1/3": the origin of a log, and the name of the keys that sign it.
std::string origin_of(std::string_view station, std::uint32_t log);
/// The log's number at the end of an origin; 0 when there is none.
std::uint32_t log_of(std::string_view origin);

}  // namespace bulwatt::ledger
