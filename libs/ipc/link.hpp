// One end of a conduit with its state: the untyped half of libs/ipc/endpoint.hpp. Single-threaded, no allocation.
#pragma once
#include "libs/ipc/grant.hpp"
#include "libs/ipc/interface.hpp"
#include "libs/os/conduit.hpp"

namespace bulwatt::ipc {

inline constexpr std::size_t kHeldPulses = 16;  ///< different pulses that may wait during a call; equal ones coalesce

/// Tokens that refill with time; integers only.
class RateLimit {
 public:
  constexpr RateLimit() = default;
  constexpr RateLimit(std::uint32_t per_s, std::uint32_t burst)
      : per_s_(per_s), micro_tokens_(burst * kMicro), burst_(burst) {}
  /// Takes one token; false when there is none.
  constexpr bool take(Instant now) {
    if (per_s_ == 0) return true;
    const auto passed = std::clamp<std::int64_t>((now - last_).count(), 0, 10'000'000);
    last_ = now;
    micro_tokens_ = std::min(micro_tokens_ + passed * per_s_, std::int64_t{burst_} * kMicro);
    if (micro_tokens_ < kMicro) return false;
    micro_tokens_ -= kMicro;
    return true;
  }

 private:
  static constexpr std::int64_t kMicro = 1'000'000;
  std::int64_t per_s_ = 0;
  std::int64_t micro_tokens_ = 0;
  std::int64_t burst_ = 0;
  Instant last_{};
};

/// Told when a call has waited noticeably (os::kSoon; message id) and when it ended (0).
struct WaitObserver {
  void (*notice)(void* context, std::uint8_t conduit, std::uint8_t message) = nullptr;
  void* context = nullptr;
};

class Link {
 public:
  Link() = default;
  Link(const ConduitFacts& facts, os::Handle handle)
      : facts_(facts), handle_(handle), rate_(facts.per_s, facts.burst) {}

  const ConduitFacts& facts() const { return facts_; }
  os::Handle handle() const { return handle_; }
  bool alive() const { return alive_; }
  void mark_gone() { alive_ = false; }
  /// A fresh socket stands behind the same handle: forget everything that belonged to the old one.
  void rebound() {
    alive_ = true;
    ++epoch_;
    held_count_ = 0;
    rate_ = RateLimit{facts_.per_s, facts_.burst};
  }
  std::uint32_t epoch() const { return epoch_; }
  void observe_waits(WaitObserver observer) { observer_ = observer; }
  bool take_rate(Instant now) { return rate_.take(now); }

  std::uint32_t next_call() { return ++last_call_; }
  /// Sends a request frame and waits for the reply to it. Pulses that arrive meanwhile are held, late replies dropped.
  /// Returns the size of the reply frame in `reply`.
  std::expected<std::size_t, Failure> exchange(std::span<const std::byte> request, std::span<std::byte> reply);
  os::Sent send(std::span<const std::byte> frame) { return alive_ ? os::send(handle_, frame) : os::Sent::gone; }

  /// Pulses held back by exchange(), oldest first.
  bool has_held() const { return held_count_ != 0; }
  /// Copies the oldest held frame out; 0 when there is none.
  std::size_t take_held(std::span<std::byte> into);

 private:
  struct HeldFrame {
    std::uint8_t size = 0;
    std::array<std::byte, kHeaderSize + kMaxPulsePayload> bytes{};
  };
  void hold(std::span<const std::byte> frame);
  std::expected<std::size_t, Failure> await(std::uint32_t call, std::uint8_t message, std::span<std::byte> reply);

  ConduitFacts facts_{};
  os::Handle handle_ = os::kNoHandle;
  bool alive_ = true;
  std::uint32_t epoch_ = 0;
  std::uint32_t last_call_ = 0;
  RateLimit rate_{};
  WaitObserver observer_{};
  std::array<HeldFrame, kHeldPulses> held_{};
  std::size_t held_count_ = 0;
};

}  // namespace bulwatt::ipc
