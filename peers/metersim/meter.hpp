// The energy meter without its line: currents in, register image out. Pure; time in milliseconds is handed in.
// The true energy never falls; faults change only what the registers show.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "peers/metersim/face.hpp"

namespace bulwatt::metersim {

enum class Fault : std::uint8_t {
  silent,
  garbage,
  exception,
  absent,
  stuck,
  backwards,
  nan,
  rollover,
  reset,
  replaced
};
inline constexpr std::array<const char*, 10> kFaultNames{
    "meter_silent",    "meter_garbage", "meter_exception", "meter_absent", "meter_stuck",
    "meter_backwards", "meter_nan",     "meter_rollover",  "meter_reset",  "meter_replaced"};
std::optional<Fault> fault_of(const std::string& name);

/// What somebody draws through the meter.
struct Draw {
  std::array<std::int32_t, 3> current_ma{};
  std::array<std::int32_t, 3> voltage_mv{};
  double speed = 1;  ///< energy per real time, for time-lapse
};

/// True energy, with the part of a milliwatt-hour that no register shows yet.
struct Energy {
  std::int64_t mwh = 0;
  std::int64_t rest_mw_ms = 0;
  bool operator==(const Energy&) const = default;
};

class Meter {
 public:
  Meter(Face face, std::uint32_t serial, Energy start, std::int64_t now_ms)
      : face_(face), serial_(serial), energy_(start), at_ms_(now_ms) {}

  void advance(std::int64_t now_ms);
  /// What `who` draws from now on. Several may draw; their currents add up.
  void draw(const std::string& who, const Draw& draw, std::int64_t now_ms);
  void stop(const std::string& who, std::int64_t now_ms);
  /// False: this model cannot have the fault (a register that does not roll over).
  bool set_fault(Fault fault, bool on, std::int64_t now_ms);
  bool has_fault(Fault fault) const { return faults_[static_cast<std::size_t>(fault)]; }

  Energy energy() const { return energy_; }
  /// The registers as a client reads them now.
  Image image() const;
  /// The value a client makes of them; nothing if it is none (NaN).
  std::optional<std::int64_t> shown(const Image& image, meters::Quantity quantity) const {
    return face_.shown(image, quantity);
  }
  std::uint32_t serial() const { return serial_ + (has_fault(Fault::replaced) ? 1 : 0); }
  const Face& face() const { return face_; }

 private:
  struct Lines {
    std::array<std::int32_t, 3> current_ma{};
    std::array<std::int32_t, 3> voltage_mv{};
    std::array<std::int64_t, 3> power_mw{};
    std::int64_t total_mw() const { return power_mw[0] + power_mw[1] + power_mw[2]; }
  };
  Lines lines() const;
  Values live_values() const;
  std::int64_t shown_energy() const;

  Face face_;
  std::uint32_t serial_;
  Energy energy_;
  std::int64_t at_ms_;
  std::map<std::string, Draw> draws_;
  std::array<bool, kFaultNames.size()> faults_{};
  Values frozen_{};
  std::int64_t shown_from_ = 0;  ///< true energy when the register was made to show something else
};

}  // namespace bulwatt::metersim
