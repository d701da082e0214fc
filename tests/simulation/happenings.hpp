// What can happen to the station at random: what people, cars, the backend and bad luck do.
#pragma once
#include "tests/simulation/station.hpp"

namespace bulwatt::simulation {

/// Which station it is: one to two EVSEs, with one or two connectors, and all settings, from the seed.
session::Config random_config();
session::Settings random_settings();

class Happenings {
 public:
  Happenings(os::World& world, Station& station) : world_(world), station_(station) {}

  /// One of them, or nothing; its name.
  const char* next(int step);
  /// Nothing is wrong any more, nobody is at the station, no command is on its way.
  void calm_down();
  void power_cut(journal::MemoryStorage::Cut how);
  template <class Request>
  void command(const Request& request) {
    station_.backend.commands.emplace_back([request](auto& session) { static_cast<void>(session.call(request)); });
  }
  int power_cuts() const { return power_cuts_; }

 private:
  using Happening = void (Happenings::*)();
  struct Choice {
    int weight;
    const char* name;
    Happening happen;
  };
  static const std::vector<Choice>& choices();

  // people and cars
  void nothing() {}
  void plug();
  void card();
  void car();
  void car_fault();
  // the backend
  void remote_start();
  void remote_stop();
  void availability();
  void limit();
  void trigger();
  void reset();
  void unlock();
  void reserve();
  void cancel_reservation();
  void local_list();
  void clear_cache() { command(session::ClearCache{}); }
  void settings() { command(session::Configure{random_settings()}); }
  void link() { station_.backend.online = !station_.backend.online; }
  // bad luck
  void fault();
  void repair();
  void meter();
  void mood();
  void kill();
  void stall();
  void cut();
  void cut_while_writing();
  void bad_sync();
  void clock();
  void forge();

  Outlet& some_outlet();
  std::uint8_t some_evse();
  std::uint8_t some_evse_or_all();
  bool may_die();

  os::World& world_;
  Station& station_;
  int step_ = 0;
  int cut_at_ = -1;
  int power_cuts_ = 0;
  std::int32_t ids_ = 0;  ///< of remote starts and reservations
  std::deque<Instant> deaths_{};
};

}  // namespace bulwatt::simulation
