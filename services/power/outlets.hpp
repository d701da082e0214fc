// All outlets of the station: finds the one a call names and keeps what only holds across them. Pure.
#pragma once
#include "interfaces/control.hpp"
#include "services/power/controller.hpp"

namespace bulwatt::power {

class Outlets {
 public:
  /// `lines[i]` is the line of outlet i of the configuration.
  Outlets(const Config& config, std::span<Line* const> lines, Instant now);

  using Answer = std::expected<Status, Error>;
  /// Of one EVSE only one connector may be energized: a permit for a second one is refused.
  Answer on(const RenewPermit& request, Instant now);
  Answer on(const RevokePermit& request, Instant now);
  Answer on(const ReadStatus& request, Instant now);
  Answer on(const ResetFault& request, Instant now);
  Answer on(const SetLock& request, Instant now);

  void tick(Instant now);
  /// The station's phase changed. In the safe state no permit of before holds on until it runs out: session may be what failed.
  void follow(control::Phase phase, Instant now);
  std::size_t size() const { return config_.outlets.size; }
  Controller& operator[](std::size_t index) { return *controllers_[index]; }
  /// Calls tell(StatusChanged) for each outlet that changed since the last time.
  template <class Tell>
  void tell_changes(Instant now, Tell&& tell) {
    for (std::size_t i = 0; i < size(); ++i) {
      const auto& outlet = config_.outlets[i];
      if (controllers_[i]->take_changed(now)) tell(StatusChanged{outlet.evse, outlet.connector});
    }
  }

 private:
  std::optional<std::size_t> find(std::uint8_t evse, std::uint8_t connector) const;
  bool sibling_in_use(std::size_t index, Instant now) const;
  template <class Request, class Act>
  Answer answer(const Request& request, Instant now, Act act);

  Config config_;
  std::array<std::optional<Controller>, kMaxOutlets> controllers_{};
};

}  // namespace bulwatt::power
