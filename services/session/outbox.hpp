// Transaction events on their way to the backend side: a bounded queue in number order. An event can be fetched only once
// it is durable.
#pragma once
#include "interfaces/session.hpp"

namespace bulwatt::session {

class Outbox {
 public:
  static constexpr std::size_t kCapacity = 128;
  /// Places that only Started and Ended may use, so that an end can always be told.
  static constexpr std::size_t kKept = 8;

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::size_t room() const { return kCapacity - count_; }
  bool push(const TransactionEvent& event) {
    if (count_ == kCapacity) return false;
    events_[(first_ + count_++) % kCapacity] = event;
    return true;
  }
  const TransactionEvent& operator[](std::size_t i) const { return events_[(first_ + i) % kCapacity]; }
  /// Everything up to `number` is safe elsewhere. Returns whether anything was dropped.
  bool acknowledge(std::uint64_t number) {
    const auto before = count_;
    while (count_ > 0 && (*this)[0].number <= number) {
      first_ = (first_ + 1) % kCapacity;
      --count_;
    }
    return count_ != before;
  }
  /// The oldest event after `number` that is durable.
  const TransactionEvent* after(std::uint64_t number) const {
    for (std::size_t i = 0; i < count_; ++i) {
      const auto& event = (*this)[i];
      if (event.number > number) return event.number <= durable_ ? &event : nullptr;
    }
    return nullptr;
  }
  std::uint64_t durable() const { return durable_; }
  void set_durable(std::uint64_t number) { durable_ = number; }

 private:
  std::array<TransactionEvent, kCapacity> events_{};
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::uint64_t durable_ = 0;  ///< greatest number on disk
};

}  // namespace bulwatt::session
