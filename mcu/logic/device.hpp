// The safety controller as seen over its serial line: messages in, one cycle, messages out. Pure; the shell around it
// (the simulated board, or firmware) moves bytes and reads sensors.
#pragma once
#include "mcu/logic/control.hpp"

namespace bulwatt::mcu {

struct Identity {
  Text<40> build{};
  std::uint32_t features = 0;  ///< beyond those the configuration says
};

class Device {
 public:
  /// Most messages of one cycle: an answer, every kind of event, a status.
  static constexpr std::size_t kMostMessages = 2 + mculink::kEventKindCount;
  using Messages = List<mculink::FromMcu, kMostMessages>;
  struct Cycle {
    Outputs outputs{};
    Messages messages{};
  };

  Device(const Config& config, const Identity& identity) : config_(config), identity_(identity) {}

  /// Keeps what the host asks for the next cycle. Of several leases the last one counts.
  void take(const mculink::ToMcu& message);
  Cycle cycle(const Sensors& sensors, std::uint64_t now_us);
  const State& state() const { return state_; }

 private:
  mculink::Status status(const Sensors& sensors, std::uint64_t now_us) const;
  mculink::HelloAck hello_ack() const;
  bool status_due(const mculink::Status& status, std::uint64_t now_us) const;

  Config config_;
  Identity identity_;
  State state_{};
  Requests requests_{};
  bool refused_ = false;  ///< the host speaks another version: its leases do not count
  mculink::Status told_{};
  std::uint64_t told_us_ = 0;
  bool told_any_ = false;
};

}  // namespace bulwatt::mcu
