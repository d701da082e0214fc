// A whole simulated world with a real station in it, below one folder: bus, board, car, reader, meter, backend, station.
#pragma once
#include <array>
#include <functional>
#include <optional>
#include <string_view>

#include "peers/simbus/client.hpp"
#include "tools/bulwatt/cable.hpp"
#include "tools/bulwatt/children.hpp"

namespace bulwatt::cli {

struct WorldOptions {
  std::filesystem::path folder;
  int security_profile = 3;
  std::string mode = "auto";
  std::string meter = "sdm630";  ///< model of bulwatt-metersim
  bool meter_bus = false;        ///< the meter is on a serial line (Modbus RTU) instead of a TCP port
  int speed = 30;                ///< how much faster energy flows than in reality
  std::string car = "basic";     ///< or one of kSpeakingCars: EVSE 1 has a car that speaks, over a virtual cable
  int loop_ms = 0;               ///< of that car; 0: as it likes
  int evses = 1;                 ///< each with a safety controller, a car, a meter and a simulation bus of its own
};

/// Cars that speak: protocol, with TLS, paid by contract; alternating or direct current.
inline constexpr std::array<std::string_view, 6> kSpeakingCars{"iso2-ac", "iso2-ac-tls", "iso2-pnc-ac",
                                                               "iso2-dc", "iso2-pnc-dc", "din-dc"};

class World {
 public:
  explicit World(const WorldOptions& options);

  /// Starts one part after the other; says so through `say`.
  void start(const std::function<void(const std::string&)>& say);
  /// Gives a command to the simulated world of EVSE 1; throws Failure when it is refused.
  void command(const std::string& name, const std::vector<std::string>& arguments = {});
  /// What every participant of that world says of itself.
  simbus::Json status() const;
  bool speaks() const { return cable_.has_value(); }
  /// The car of EVSE 1 pays by contract.
  bool pays() const { return options_.car.starts_with("iso2-pnc"); }
  /// The backend gives the station the root of contracts; waits until cars may pay by them.
  void trust_contracts();
  /// Handles what happens until `done` says true. Throws Failure with `sentence` when that takes too long.
  void wait_for(const std::function<bool()>& done, int seconds, const std::string& sentence);
  /// Called for every event of the bus.
  void on_event(std::function<void(const simbus::Json&)> handler) { handler_ = std::move(handler); }
  /// The state the page shows; nothing while the page does not answer.
  std::optional<simbus::Json> page_state() const;
  std::string page_address() const { return "http://localhost:" + std::to_string(hmi_port_) + "/"; }
  std::filesystem::path bus_path() const { return run_ / "sim.sock"; }
  std::filesystem::path run_folder() const { return run_; }
  std::filesystem::path config_path() const { return options_.folder / "station.toml"; }
  void stop() { children_.stop(); }

 private:
  std::string program(const std::string& name) const { return (programs_ / name).string(); }
  void start_evse(int evse);
  void start_evcc();
  bool direct() const { return options_.car.ends_with("-dc"); }
  bool secure() const { return pays() || options_.car.ends_with("-tls"); }
  std::filesystem::path v2g_pki() const { return options_.folder / "v2g-pki"; }
  void write_config() const;
  void write_evses(std::ostream& out) const;
  void write_kind(std::ostream& out, int evse) const;
  std::filesystem::path at_evse(const std::string& name, const std::string& ending, int evse) const;
  void make_certificates();
  void start_meter();
  std::string meter_config() const;
  int wait_for_port(const std::filesystem::path& file);
  void wait_for_file(const std::filesystem::path& file, const std::string& what);

  WorldOptions options_;
  std::filesystem::path programs_;
  std::filesystem::path run_;
  std::filesystem::path state_;
  std::optional<Cable> cable_{};  ///< outlives what runs on it
  Children children_;
  std::optional<simbus::Client> bus_;
  std::function<void(const simbus::Json&)> handler_;
  int csms_port_ = 0;
  int meter_port_ = 0;
  std::vector<int> more_meter_ports_{};
  int hmi_port_ = 0;
};

}  // namespace bulwatt::cli
