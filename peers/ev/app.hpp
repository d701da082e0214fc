// The car on the simulation bus: commands and board events in, pilot and draw events out.
#pragma once
#include <optional>
#include <string>

#include "peers/ev/car.hpp"
#include "peers/simbus/client.hpp"
#include "peers/simbus/loop.hpp"
#include "peers/simbus/options.hpp"

namespace bulwatt::ev {

struct AppConfig {
  std::string bus;
  CarConfig car;
  bool plugged = false;
  bool exit_with_bus = false;
};

class App {
 public:
  App(simbus::Loop& loop, const AppConfig& config);

 private:
  std::optional<simbus::Json> command(const simbus::Command& command);
  std::optional<simbus::Json> set_fault(const simbus::Command& command, bool on);
  void event(const simbus::Json& event);
  void board(const simbus::Json& event);
  void evcc(const simbus::Json& event);
  simbus::Json status();
  /// at_ms: since when it is so.
  void tell(std::int64_t at_ms);

  simbus::Loop& loop_;
  AppConfig config_;
  Car car_;
  std::string evcc_name_;   // who spoke for this car last
  std::string board_name_;  // who spoke for the board last
  int duty_permille_ = 1000;
  bool contactor_closed_ = false;
  std::optional<std::int32_t> battery_mv_;  // behind the car's own contactors while they are closed: direct current
  std::optional<std::int32_t> told_battery_mv_;
  std::optional<Face> told_face_;
  std::optional<Draw> told_draw_;
  simbus::Timer timer_;
  simbus::Client bus_;
};

}  // namespace bulwatt::ev
