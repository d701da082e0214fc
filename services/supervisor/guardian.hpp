// Feeds the watchdogs above the supervisor, and only while the safety zone is fresh: then a hang of the supervisor, of the
// machine or of what keeps people from harm ends in a reset. Pure: time and freshness are handed in.
#pragma once
#include "libs/os/watchdog.hpp"
#include "services/supervisor/status.hpp"

namespace bulwatt::supervisor {

class Guardian {
 public:
  static constexpr int kMealsPerPatience = 4;

  void add(os::Watchdog& dog) { static_cast<void>(dogs_.push_back({&dog, Instant{}})); }
  /// Feeds whoever is due.
  void tick(bool fresh, Instant now) {
    fresh_ = fresh;
    for (auto& one : dogs_) {
      if (now < one.due || !fresh) continue;
      one.failed = !one.dog->feed();
      one.due = now + one.dog->patience() / kMealsPerPatience;
    }
  }
  /// When tick() is to be called at the latest. While the zone is not fresh its return calls by itself.
  Instant next() const {
    Instant next = kNever;
    for (const auto& one : dogs_) next = std::min(next, fresh_ ? one.due : kNever);
    return next;
  }
  Guard state() const {
    if (dogs_.empty()) return Guard::none;
    for (const auto& one : dogs_) {
      if (one.failed) return Guard::failed;
    }
    return fresh_ ? Guard::fed : Guard::starved;
  }
  /// Ordered end: nobody is to bite. Not before a restart of the machine, which the watchdog makes sure of.
  void release() {
    for (auto& one : dogs_) one.dog->release();
    dogs_.clear();
  }

 private:
  struct Fed {
    os::Watchdog* dog = nullptr;
    Instant due{};
    bool failed = false;
  };
  List<Fed, 2> dogs_{};
  bool fresh_ = false;
};

}  // namespace bulwatt::supervisor
