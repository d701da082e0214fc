// How long a station waits for a car and lets a car wait. Names are the standards' without V2G_SECC_; milliseconds.
// The defaults are the standards'; a configuration may change them within bounds that keep a session safe.
#pragma once
#include "libs/fields/fields.hpp"
#include "libs/os/clock.hpp"

namespace bulwatt::iso15118 {

struct Timers {
  std::uint32_t communication_setup_ms = 18'000;  ///< connection to SessionSetupRes
  std::uint32_t sequence_ms = 60'000;             ///< a response to the next request
  std::uint32_t ongoing_ms = 55'000;  ///< how long "ongoing" may be answered; not while a person is waited for
  std::uint32_t cable_check_ms = 38'000;
  std::uint32_t precharge_ms = 5'000;
  std::uint32_t pilot_ms = 250;        ///< PowerDelivery: until the control pilot says C or D
  std::uint32_t contactor_ms = 3'000;  ///< PowerDelivery: from C or D until the contactor is closed
  std::uint32_t close_ms = 5'000;      ///< the last response until the station closes the connection itself
  static constexpr auto fields() {
    using T = Timers;
    return list(
        field<&T::communication_setup_ms>(
            "communication_setup",
            {.min = 1'000, .max = 60'000, .unit = "ms", .doc = "from the connection to the answer to SessionSetupReq"}),
        field<&T::sequence_ms>("sequence",
                               {.min = 500, .max = 120'000, .unit = "ms", .doc = "how long the next request may take"}),
        field<&T::ongoing_ms>(
            "ongoing", {.min = 1'000, .max = 600'000, .unit = "ms", .doc = "how long a car may be told to ask again"}),
        field<&T::cable_check_ms>(
            "cable_check",
            {.min = 1'000, .max = 60'000, .unit = "ms", .doc = "how long the test of isolation may take"}),
        field<&T::precharge_ms>("precharge",
                                {.min = 1'000, .max = 30'000, .unit = "ms", .doc = "how long the precharge may take"}),
        field<&T::pilot_ms>(
            "pilot", {.min = 100, .max = 3'000, .unit = "ms", .doc = "until the control pilot follows a message"}),
        field<&T::contactor_ms>("contactor",
                                {.min = 100, .max = 3'000, .unit = "ms", .doc = "until the contactor is closed"}),
        field<&T::close_ms>("close",
                            {.min = 0, .max = 10'000, .unit = "ms", .doc = "how long the car may take to hang up"}));
  }
};

/// ISO 15118-2.
inline constexpr Timers kIso2Timers{};
/// DIN SPEC 70121: the same, but the control pilot has longer.
inline constexpr Timers kDinTimers{.pilot_ms = 1'500};

/// One running deadline.
class Deadline {
 public:
  void start(Instant now, std::uint32_t after_ms) { due_ = now + std::chrono::milliseconds{after_ms}; }
  /// Keeps a deadline that runs.
  void start_once(Instant now, std::uint32_t after_ms) {
    if (!running()) start(now, after_ms);
  }
  void stop() { due_ = kNever; }
  bool running() const { return due_ != kNever; }
  bool passed(Instant now) const { return now >= due_; }
  Instant due() const { return due_; }

 private:
  Instant due_ = kNever;
};

}  // namespace bulwatt::iso15118
