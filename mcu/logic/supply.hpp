// The DC supply in front of the contactors: when it may give anything, and the isolation test that comes first. Its set points live
// no longer than the lease that carries them.
#pragma once
#include "mcu/logic/inputs.hpp"
#include "mcu/logic/lease.hpp"

namespace bulwatt::mcu {

struct SupplyControl {
  /// The isolation test of the outlet that is closed now.
  enum class Part : std::uint8_t {
    none,
    raising,    ///< towards the test voltage
    measuring,  ///< it stands, and the monitor listens
    lowering,   ///< until the outlet may be touched: the vehicle comes next
    passed,
    failed,  ///< the test voltage did not come, or did not go
  };
  Part part = Part::none;
  bool warned = false;
  std::uint32_t age_us = 0;  ///< of the part; saturates

  /// One cycle. `live`: the contactors are closed or closing.
  Setpoint step(const LeaseKey& key, bool live, const Sensors& sensors, std::uint32_t elapsed_us, const Config& config);
  mculink::Isolation isolation() const;
  friend bool operator==(const SupplyControl&, const SupplyControl&) = default;

 private:
  void enter(Part next);
  void test(const Sensors& sensors, std::uint32_t elapsed_us, const Config& config);
};

}  // namespace bulwatt::mcu
