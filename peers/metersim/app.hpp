// The meter on the simulation bus: draw events and faults in, status out.
#pragma once
#include <set>

#include "peers/metersim/modbus_server.hpp"
#include "peers/metersim/serial_server.hpp"
#include "peers/metersim/state_file.hpp"
#include "peers/simbus/client.hpp"

namespace bulwatt::metersim {

struct AppConfig {
  std::string bus;
  std::string model = "sdm630";
  int evse = 1;
  int port = 0;
  std::string port_file;
  std::string tty;  ///< a serial line under this name instead of the port
  int unit = 1;
  std::uint32_t serial = 0;
  double speed = 1;  ///< for draws that name none themselves
  std::string state_file;
  Energy start;  ///< of a meter without a state file
  bool exit_with_bus = false;
};

class App {
 public:
  App(simbus::Loop& loop, const AppConfig& config);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

 private:
  std::optional<simbus::Json> command(const simbus::Command& command);
  std::optional<simbus::Json> set_fault(const simbus::Command& command, bool on);
  void event(const simbus::Json& event);
  void draw(const simbus::Json& event);
  simbus::Json status();
  Image read();
  void hear_all();
  void hear(const std::set<std::string>& whom, std::int64_t end_ms);
  std::unique_ptr<Server> make_server();
  bool mine(const simbus::Json& event) const;
  void keep(const Energy& energy);

  simbus::Loop& loop_;
  AppConfig config_;
  std::optional<Energy> kept_;
  Meter meter_;
  std::unique_ptr<Server> server_;
  simbus::Client bus_;
  std::set<std::string> boards_;        ///< who opens and closes contactors
  std::set<std::string> cars_;          ///< who draws
  std::set<std::uint64_t> unanswered_;  ///< what this program asked and still waits for
};

}  // namespace bulwatt::metersim
