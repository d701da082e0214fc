// A frame is what one commit writes: one checksum over any number of entries, so that a commit is on disk whole or not
// at all. An entry is one record: kind, version, length, bytes.
//
// Frame: body length u32 | CRC-32C u32 | sequence u64 | generation u32 | role u8 | 3 zero bytes | body | zeros to 8 bytes.
// The checksum covers everything after itself up to the end of the body. Numbers are little-endian.
#pragma once
#include <optional>

#include "libs/base/check.hpp"
#include "libs/journal/crc32c.hpp"
#include "libs/wire/wire.hpp"

namespace bulwatt::journal {

inline constexpr std::size_t kHeaderSize = 24;
inline constexpr std::size_t kAlign = 8;
inline constexpr std::size_t kMaxBody = 8 * 1024;
inline constexpr std::size_t kMaxFrame = kHeaderSize + kMaxBody;
inline constexpr std::size_t kEntryHeader = 4;
static_assert(kMaxBody % kAlign == 0);

/// snapshot: part of a complete state; seal: its last part; append: what came after it.
enum class Role : std::uint8_t { snapshot, seal, append };
constexpr auto enum_names(Role) { return names("snapshot", "seal", "append"); }

struct Frame {
  std::uint64_t sequence{};    ///< of all frames of a journal, strictly increasing
  std::uint32_t generation{};  ///< one more with each compaction
  Role role{};
  std::span<const std::byte> body{};
  std::size_t size = 0;  ///< bytes in the file, padding included
};

/// One record as stored.
struct Entry {
  std::uint8_t kind{};
  std::uint8_t version{};
  std::span<const std::byte> bytes{};
};

constexpr std::size_t padded(std::size_t size) { return (size + kAlign - 1) / kAlign * kAlign; }

/// The frame that begins at the front of `bytes`; nothing when it is not there, not whole or not intact.
std::optional<Frame> read_frame(std::span<const std::byte> bytes);

/// Writes header and padding around a body that already stands at out[kHeaderSize]. Returns the frame's size.
std::size_t finish_frame(std::span<std::byte> out, std::size_t body, std::uint64_t sequence, std::uint32_t generation,
                         Role role);

/// Takes the next entry off the front of `body`; nothing at its end. A frame holds whole entries only; `malformed` is set
/// when it does not.
std::optional<Entry> next_entry(std::span<const std::byte>& body, bool& malformed);

/// Collects entries into the body of one frame.
class Batch {
 public:
  /// False when it does not fit any more; nothing changed then.
  bool add(std::uint8_t kind, std::uint8_t version, std::span<const std::byte> bytes);
  /// Adds a described record; its type says `kRecord` and `kVersion`.
  template <Described T>
  bool add(const T& record) {
    static_assert(kEntryHeader + wire::max_size<T>() <= kMaxBody, "this record does not fit a frame");
    BULWATT_UNINITIALIZED wire::Buffer<T> bytes;
    return add(T::kRecord, T::kVersion, std::span{bytes}.first(wire::encode(record, bytes)));
  }
  bool empty() const { return size_ == 0; }
  std::size_t frame_size() const { return padded(kHeaderSize + size_); }
  void clear() { size_ = 0; }
  /// The finished frame and, behind it, kAlign zero bytes that say "nothing follows". The batch keeps its entries.
  std::span<const std::byte> frame_and_end(std::uint64_t sequence, std::uint32_t generation, Role role);

 private:
  std::size_t size_ = 0;
  std::array<std::byte, kMaxFrame + kAlign> bytes_{};
};

}  // namespace bulwatt::journal
