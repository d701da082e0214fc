// One outstanding CALL per direction: who is waited for, until when, and what waits behind it. Pure; time is handed in as
// milliseconds of any monotonic clock.
#pragma once
#include <cstdint>
#include <optional>

#include "protocols/ocpp/rpc.hpp"

namespace bulwatt::ocpp {

/// The one CALL that has been sent and not been answered. An answer to any other id is late or foreign: ignore it.
class CallTracker {
 public:
  bool idle() const { return !waiting_; }
  const MessageId& id() const { return id_; }
  /// When the wait ends by itself; empty when idle.
  std::optional<std::uint64_t> deadline_ms() const { return waiting_ ? std::optional{deadline_ms_} : std::nullopt; }

  /// False, and nothing changed, while another call is out.
  [[nodiscard]] bool start(const MessageId& id, std::uint64_t now_ms, std::uint64_t timeout_ms);
  /// True when `id` is the outstanding call's; the wait is then over.
  [[nodiscard]] bool answered(const MessageId& id);
  /// True once when the deadline has come; the wait is then over and a later answer is ignored.
  [[nodiscard]] bool expired(std::uint64_t now_ms);
  /// The connection is gone: no answer will come.
  void abandon() { waiting_ = false; }

 private:
  MessageId id_{};
  std::uint64_t deadline_ms_ = 0;
  bool waiting_ = false;
};

/// At most N items in order; the first is sent, and leaves when it is answered or given up.
template <class Item, std::size_t N>
class Outbox {
 public:
  /// False when the outbox is full.
  [[nodiscard]] bool push(const Item& item) { return items_.push_back(item); }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size; }

  /// What may be sent now; null while a call is out or nothing waits.
  const Item* next() const { return calls_.idle() && !items_.empty() ? &items_[0] : nullptr; }
  /// next() was sent under `id`. False when there was nothing to send.
  [[nodiscard]] bool sent(const MessageId& id, std::uint64_t now_ms, std::uint64_t timeout_ms) {
    return next() != nullptr && calls_.start(id, now_ms, timeout_ms);
  }
  /// The item that this answer belongs to, taken out; empty for late and foreign answers.
  std::optional<Item> answered(const MessageId& id) {
    if (!calls_.answered(id)) return std::nullopt;
    return pop();
  }
  /// The item whose answer did not come in time, taken out.
  std::optional<Item> expired(std::uint64_t now_ms) {
    if (!calls_.expired(now_ms)) return std::nullopt;
    return pop();
  }
  std::optional<std::uint64_t> deadline_ms() const { return calls_.deadline_ms(); }
  /// The connection is gone: the item that was out becomes the next one again.
  void disconnected() { calls_.abandon(); }

 private:
  std::optional<Item> pop() {
    std::optional<Item> first{items_[0]};
    items_.erase(0);
    return first;
  }
  List<Item, N> items_{};
  CallTracker calls_;
};

/// A random identifier in the form of RFC 9562 version 4, 36 characters: for message and transaction ids. The bytes must
/// come from a cryptographic generator.
Text<kMaxIdChars> make_uuid(const std::array<std::byte, 16>& random);

}  // namespace bulwatt::ocpp
