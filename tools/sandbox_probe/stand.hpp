// Everything a proof needs around the probe: folders, ports, terminals, things that must not be reached, and the
// supervisor's own launch of one process under one service's entry.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "services/supervisor/launch_plan.hpp"
#include "tools/sandbox_probe/matrix.hpp"
#include "tools/sandbox_probe/protocol.hpp"

namespace bulwatt::probe {

/// The proof cannot be made here; the text says why and what to do.
struct CannotProve : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct StandOptions {
  os::Mode mode{};
  sandbox::Profile profile{};
  std::string probe;  ///< path of the probe program
};

class Stand {
 public:
  explicit Stand(const sandbox::SystemTable& table, StandOptions options);
  ~Stand();
  Stand(const Stand&) = delete;
  Stand& operator=(const Stand&) = delete;

  struct Launched {
    os::Process process{};
    os::Handle control = os::kNoHandle;
    os::Handle report = os::kNoHandle;
  };
  /// The supervisor's plan for the service with the probe as its program; `filtered` false leaves the filter out.
  std::expected<Launched, std::string> launch(supervisor::Index service, bool filtered);
  World facts(supervisor::Index service) const;
  const sandbox::SystemTable& table() const { return table_; }
  sandbox::Profile profile() const { return options_.profile; }
  const supervisor::Places& places(supervisor::Index service) const { return *places_[service]; }

 private:
  void make_folder();
  void become_ordinary() const;
  void make_outside();
  void make_daemon();
  void make_station();
  void start_neighbours();
  std::string make_terminal();
  std::uint16_t listen_somewhere();
  std::vector<os::Handle> make_conduits(std::size_t count);

  const sandbox::SystemTable& table_;
  StandOptions options_;
  std::string folder_;
  std::string mount_point_;
  std::string abstract_;
  std::unique_ptr<supervisor::Station> station_;
  std::vector<std::unique_ptr<supervisor::Places>> places_;
  std::vector<os::Handle> far_ends_;  ///< of the conduits of the process that runs now
  std::vector<int> kept_;             ///< descriptors closed at the end
  std::vector<int> neighbours_;       ///< one process per service
  std::uint16_t other_port_ = 0;
  int null_ = -1;
  int log_ = -1;
};

}  // namespace bulwatt::probe
