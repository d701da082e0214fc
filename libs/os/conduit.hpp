// OS seam 2 of 4: the conduit. Message boundaries are kept, nothing queues beyond the kernel's bound, an end that is gone
// is seen at once. A handle is a descriptor on Linux and an index in the in-process back end.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "libs/os/clock.hpp"

namespace bulwatt::os {

using Handle = int;
inline constexpr Handle kNoHandle = -1;
inline constexpr Duration kSoon = std::chrono::milliseconds{1};  ///< at least; the kernel's tick may make it some more

enum class Sent : std::uint8_t { ok, full, gone };
enum class Arrival : std::uint8_t { frame, nothing, gone, oversized, ancillary };

struct Received {
  Arrival arrival{};
  std::size_t size = 0;
  Handle handle = kNoHandle;  ///< only from receive_with_handle
};

/// Both ends of a new conduit; descriptors close on exec and no control messages are accepted where the kernel can refuse.
std::expected<std::array<Handle, 2>, int> make_conduit();
/// Never blocks. An empty frame cannot be sent.
Sent send(Handle conduit, std::span<const std::byte> frame);
/// Never blocks. A frame longer than `into` arrives as `oversized`, one with attached descriptors as `ancillary`; both are lost.
Received receive(Handle conduit, std::span<std::byte> into);
/// The same, but waits a little (kSoon) when nothing is there: one system call for the usual quick answer.
Received receive_soon(Handle conduit, std::span<std::byte> into);
/// Waits until something can be received or the moment has come. True: something is there (or the peer is gone).
bool wait_readable(Handle conduit, Instant until);
void close(Handle conduit);
/// Ends the conversation for both sides but keeps the handle's number taken, ready for replace().
void sever(Handle conduit);
/// Puts `fresh` in the place of `old`, keeping old's number, and closes `fresh`.
bool replace(Handle old, Handle fresh);

/// Control conduits only.
Sent send_with_handle(Handle conduit, std::span<const std::byte> frame, Handle attached);
Received receive_with_handle(Handle conduit, std::span<std::byte> into);
/// Allows descriptors to be received on this end (off on every other conduit).
void allow_handles(Handle conduit);

}  // namespace bulwatt::os
