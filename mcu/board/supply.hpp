// The simulated DC supply: a rectifier that follows a set point, the outlet's capacity behind the contactors, and the vehicle's battery
// when its own contactors are closed. One step is one control cycle. Pure.
#pragma once
#include <optional>

#include "mcu/logic/inputs.hpp"

namespace bulwatt::board {

class DcSupply {
 public:
  enum class Path : std::uint8_t { open, resistor, through };
  struct Broken {
    bool silent = false;
    bool low = false;
    bool keeps_charge = false;  ///< the outlet
  };

  void step(const mcu::Setpoint& setpoint, Path path, std::optional<std::int32_t> battery_mv, const Broken& broken);
  std::int32_t source_mv() const { return through_ ? outlet_mv_ : source_mv_; }
  std::int32_t outlet_mv() const { return outlet_mv_; }
  std::int32_t current_ma() const { return current_ma_; }
  /// It has not answered for longer than a poll of it may take.
  bool silent() const { return silent_ms_ >= kSilenceMs; }

 private:
  static constexpr std::int32_t kSilenceMs = 200;
  std::int32_t source_mv_ = 0;
  std::int32_t outlet_mv_ = 0;
  std::int32_t current_ma_ = 0;
  std::int32_t silent_ms_ = 0;
  bool through_ = false;
};

}  // namespace bulwatt::board
