#include "libs/merkle/many.hpp"

#include "libs/base/check.hpp"

#if defined(__x86_64__)
#include "libs/merkle/sixteen.hpp"
#endif

namespace bulwatt::merkle {
namespace {

#if defined(__x86_64__)
constexpr std::size_t kFewest = 6;  ///< below, one after the other is faster

/// What is hashed: a byte that says that it is a leaf, and bytes.
struct Message {
  std::span<const std::byte> bytes{};
  std::size_t size() const { return 1 + bytes.size(); }
  std::size_t blocks() const { return (size() + 1 + sizeof(std::uint64_t) + kBlock - 1) / kBlock; }
};

/// One lane's message on its way.
struct Work {
  const std::byte* bytes = nullptr;
  std::size_t left = 0;    ///< bytes of it that were not hashed yet
  std::size_t size = 0;    ///< of the message
  std::size_t blocks = 0;  ///< still to come; 0: idle
  std::size_t number = 0;
  bool ended = false;  ///< the bit behind the message was put

  /// The next block of the padded message (FIPS 180-4, 5.1.1): where it lies, or in `room`.
  const std::byte* next(std::array<std::byte, kBlock>& room) {
    --blocks;
    if (left >= kBlock) {
      left -= kBlock;
      bytes += kBlock;
      return bytes - kBlock;
    }
    room = {};
    if (left != 0) std::memcpy(room.data(), bytes, left);
    end(room, left);
    bytes += left;
    left = 0;
    return room.data();
  }
  const std::byte* first(std::array<std::byte, kBlock>& room) {
    --blocks;
    if (left < kBlock - 1) room = {};
    room[0] = std::byte{0};
    const auto part = std::min(left, kBlock - 1);
    if (part == kBlock - 1) std::memcpy(room.data() + 1, bytes, kBlock - 1);
    else if (part != 0) std::memcpy(room.data() + 1, bytes, part);
    bytes += part;
    left -= part;
    if (part < kBlock - 1) end(room, 1 + part);
    return room.data();
  }

  /// Behind the `part` last bytes. A bit that says where they end goes with them, or at the start of a block of its own.
  void end(std::array<std::byte, kBlock>& room, std::size_t part) {
    if (size % kBlock == part && !ended) room[part] = std::byte{0x80};
    ended = true;
    if (blocks != 0) return;
    const auto bits = __builtin_bswap64(std::uint64_t{size} * 8);
    std::memcpy(room.data() + kBlock - sizeof bits, &bits, sizeof bits);
  }
};

/// Each lane takes the next entry when it is done with one.
void hash_leaves(std::span<const std::span<const std::byte>> entries, std::span<Hash> into) {
  const auto count = entries.size();
  BULWATT_UNINITIALIZED Lanes lanes;
  std::array<Work, kLanes> works{};
  lanes.clear();
  std::size_t next = 0;
  for (std::size_t done = 0; done < count;) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      auto& work = works[lane];
      if (work.blocks != 0) {
        lanes.block[lane] = work.next(lanes.rooms[lane]);
      } else if (next < count) {
        const Message message{entries[next]};
        work = Work{message.bytes.data(), message.bytes.size(), message.size(), message.blocks(), next++, false};
        lanes.begin(lane);
        lanes.block[lane] = work.first(lanes.rooms[lane]);
      } else {
        work.number = count;
      }
    }
    compress(lanes);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if (works[lane].blocks != 0 || works[lane].number == count) continue;
      lanes.take(lane, into[works[lane].number]);
      ++done;
    }
  }
}

/// Nodes all have the same length: two blocks, the second of which is almost empty.
void hash_nodes(std::span<const Hash> children, std::span<Hash> into) {
  constexpr std::size_t kSize = 1 + 2 * sizeof(Hash);
  BULWATT_UNINITIALIZED Lanes lanes;
  std::array<std::array<std::byte, kBlock>, kLanes> ends{};
  lanes.clear();
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    lanes.rooms[lane][0] = std::byte{1};
    ends[lane][1] = std::byte{0x80};
    ends[lane][kBlock - 2] = std::byte{8 * kSize >> 8};
    ends[lane][kBlock - 1] = std::byte{8 * kSize & 0xff};
  }
  while (!into.empty()) {
    const auto count = std::min(kLanes, into.size());
    const auto bytes = std::as_bytes(children.first(2 * count));
    for (std::size_t lane = 0; lane < count; ++lane) {
      std::memcpy(lanes.rooms[lane].data() + 1, bytes.data() + 2 * sizeof(Hash) * lane, kBlock - 1);
      ends[lane][0] = bytes[2 * sizeof(Hash) * (lane + 1) - 1];
    }
    lanes.begin_all();
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes.block[lane] = lanes.rooms[lane].data();
    compress(lanes);
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes.block[lane] = ends[lane].data();
    compress(lanes);
    for (std::size_t lane = 0; lane < count; ++lane) lanes.take(lane, into[lane]);
    children = children.subspan(2 * count);
    into = into.subspan(count);
  }
}
#endif

}  // namespace

void leaf_hashes(std::span<const std::span<const std::byte>> entries, std::span<Hash> into) {
  BULWATT_ASSERT(entries.size() == into.size());
#if defined(__x86_64__)
  if (entries.size() >= kFewest && has_sixteen()) return hash_leaves(entries, into);
#endif
  for (std::size_t i = 0; i < entries.size(); ++i) into[i] = leaf_hash(entries[i]);
}

void node_hashes(std::span<const Hash> children, std::span<Hash> into) {
  BULWATT_ASSERT(children.size() == 2 * into.size());
#if defined(__x86_64__)
  if (into.size() >= kFewest && has_sixteen()) return hash_nodes(children, into);
#endif
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = node_hash(children[2 * i], children[2 * i + 1]);
}

}  // namespace bulwatt::merkle
