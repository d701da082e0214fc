// Limits and times of the safety logic. The defaults are the station's; tests shorten them to enumerate every state.
#pragma once
#include "protocols/iec61851/pilot.hpp"
#include "protocols/mculink/messages.hpp"

namespace bulwatt::mcu {

/// The control cycle. Sample counts below are counts of it.
inline constexpr std::uint32_t kCycleUs = 1'000;

struct Config {
  std::uint32_t hardware_ma = 32'000;  ///< what contactor and wiring carry
  bool socket = true;                  ///< detachable cable: without a coded cable nothing is offered
  bool lock = true;                    ///< a socket has a motor lock
  bool ventilation = false;            ///< state D may be charged
  bool dc = false;                     ///< two mains and precharge behind a fixed cable

  iec61851::DebounceCounts debounce{};
  std::uint8_t fault_samples = 3;   ///< protective earth, temperature, diode
  std::uint8_t stuck_samples = 10;  ///< pilot line against its generator
  std::uint32_t settle_us = 5'000;  ///< no pilot checks for so long after the signal changed

  std::uint32_t lease_us = mculink::kLongestLeaseMs * 1'000U;  ///< no lease holds longer
  std::uint32_t stop_us = 6'000'000;  ///< vehicle told to stop: it may draw so long before it is opened under load
  std::uint32_t lease_grace_us = 3'000'000;  ///< the same when the host is silent: what the standard gives the vehicle
  std::uint32_t pause_us = 3'000'000;        ///< least steady +12 V between two offers to the same vehicle
  std::uint32_t raise_us = 5'000'000;        ///< least time between a change of the offer and a greater one

  std::uint32_t follow_us = 1'000'000;      ///< the contactor's feedback must follow the command within this
  std::uint32_t rcd_response_us = 100'000;  ///< self-test: the device must trip within this
  std::uint32_t rcd_release_us = 200'000;   ///< and release within this
  std::int16_t overtemp_dc = 850;           ///< 0.1 degC
  std::uint32_t lock_us = 2'000'000;        ///< the connector lock must reach its end within this
  std::uint32_t unlock_us = 200'000;        ///< and holds for so long after the outlet was last live

  std::uint32_t precharge_us = 1'000'000;  ///< DC: the outlet must follow the source within this
  std::int32_t precharge_mv = 20'000;      ///< to within this
  std::uint32_t discharge_us = 5'000'000;  ///< DC: after opening the outlet must be discharged within this
  std::int32_t safe_mv = 60'000;           ///< below this it may be touched
  std::int32_t most_mv = 500'000;          ///< DC: what supply, contacts and cable carry
  std::int32_t most_ma = 125'000;
  std::int32_t excess_mv = 50'000;  ///< DC: more than most_mv by this is a fault of the supply
  std::int32_t test_mv = 500'000;   ///< DC: of the isolation test, and with how much current
  std::int32_t test_ma = 1'000;
  std::int32_t test_off_mv = 20'000;          ///< the test voltage is there within this
  std::uint32_t test_rise_us = 3'000'000;     ///< it must be there within this
  std::uint32_t test_measure_us = 1'000'000;  ///< and stand for so long

  constexpr bool has_lock() const { return socket && lock; }
};

}  // namespace bulwatt::mcu
