// What the supervisor did and why, on its way to the service that keeps it. Bounded: while the keeper is away acts wait; when
// there is no more room the deaths of services go first, and how many were lost is an act of its own.
#pragma once
#include "interfaces/control.hpp"

namespace bulwatt::supervisor {

class Acts {
 public:
  static constexpr std::size_t kCapacity = 48;

  /// Numbers the act and keeps it until kept() confirms it.
  void push(control::Act act) {
    if (waiting_.full() && !make_room(act)) {
      ++lost_;
      ++untold_;
      return;
    }
    append(act);
  }
  /// The keeper has everything up to this number on disk.
  void kept(std::uint32_t number) {
    while (!waiting_.empty() && waiting_[0].number <= number) {
      waiting_.erase(0);
      if (sent_ > 0) --sent_;
    }
    if (untold_ == 0 || waiting_.full()) return;
    control::Act told{};
    told.time = last_;
    told.kind = control::ActKind::acts_lost;
    told.amount = std::exchange(untold_, 0U);
    append(told);
  }
  /// The keeper is new: what it has not confirmed is sent again.
  void keeper_is_new() { sent_ = 0; }
  /// Calls send(act) for each that was not sent yet, oldest first.
  template <class Send>
  void settle(Send&& send) {
    for (; sent_ < waiting_.size; ++sent_) send(waiting_[sent_]);
  }
  std::size_t waiting() const { return waiting_.size; }
  std::uint32_t lost() const { return lost_; }

 private:
  void append(control::Act act) {
    act.number = ++last_number_;
    last_ = act.time;
    static_cast<void>(waiting_.push_back(act));
  }
  /// An ordinary act gives way to one of the ladder.
  bool make_room(const control::Act& act) {
    if (act.kind == control::ActKind::service_ended) return false;
    for (std::size_t i = 0; i < waiting_.size; ++i) {
      if (waiting_[i].kind != control::ActKind::service_ended) continue;
      waiting_.erase(i);
      if (i < sent_) --sent_;
      ++lost_;
      ++untold_;
      return true;
    }
    return false;
  }
  List<control::Act, kCapacity> waiting_{};
  std::size_t sent_ = 0;
  std::uint32_t last_number_ = 0;
  std::uint32_t lost_ = 0;
  std::uint32_t untold_ = 0;
  Timestamp last_{};
};

}  // namespace bulwatt::supervisor
