// The decision maker: (station, event) -> (station, actions). No I/O, no clock, no randomness.
//
//   Core core{config, station, archive};
//   const auto verdict = core.step(moment, [&](const Context& c) { return present_token(c, 1, token); });
//   const Actions& todo = core.actions();
//
// Events are the functions of authorization.hpp, availability.hpp, reservations.hpp and those below. After each of them
// settle() brings transactions, permits and timers up to date, so that an event only has to change what it knows.
#pragma once
#include "services/session/settle.hpp"

namespace bulwatt::session {

class Core {
 public:
  Core(const Config& config, Station& station, Archive& archive)
      : config_(config), station_(station), archive_(archive) {}

  template <class F>
  auto step(const Moment& moment, F&& event) {
    actions_.reset();
    const Context context{config_, station_, archive_, moment, actions_};
    if constexpr (std::is_void_v<decltype(event(context))>) {
      event(context);
      settle(context);
    } else {
      auto answer = event(context);
      settle(context);
      return answer;
    }
  }
  void tick(const Moment& moment) {
    step(moment, [](const Context&) {});
  }
  const Actions& actions() const { return actions_; }

 private:
  const Config& config_;
  Station& station_;
  Archive& archive_;
  Actions actions_{};
};

/// As many EVSEs and connectors as are configured; before the journal is replayed.
void lay_out(const Config& config, Station& station);
/// Called once, after the replay and before the first step: `first_start` when the station started, not only this process.
void begin(const Context& c, bool first_start, std::uint32_t random);

// From power and meter.
void power_reported(const At& c, std::uint8_t connector, const power::Status& status);
void power_silent(const At& c, std::uint8_t connector);
/// asked: when the meter service was asked; its answer may have waited, and is never younger than that moment less its age.
void meter_reported(const At& c, const meter::Reading& reading, Instant asked);
void meter_unreachable(const At& c);
void meter_restarted(const At& c);  ///< and the next one counts exchanges from zero

// From the backend side.
void set_link(const Context& c, const SetLink& link);
/// False, and nothing changed, when the station has no sensor for a point of the two sets.
bool configure(const Context& c, const Settings& settings);
/// `evse` 0: for all together.
void set_backend_limit(const Context& c, std::uint8_t evse, std::optional<std::uint32_t> limit_ma);
void acknowledge(const Context& c, std::uint64_t number);
bool clear_cache(const Context& c);
UpdateVerdict update_local_list(const Context& c, const UpdateLocalList& part);
GetLocalList::Listed local_list(const Context& c);
TransactionStatus::Answer transaction_status(const Context& c, const TransactionId& id);

}  // namespace bulwatt::session
