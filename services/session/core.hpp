// The decision maker: (station, event) -> (station, actions). No I/O, no clock, no randomness.
//
//   Core core{config, station};
//   const auto verdict = core.step(moment, [&](const Context& c) { return present_token(c, token); });
//   const Actions& todo = core.actions();
//
// Events are the functions of authorization.hpp, availability.hpp and those below. After each of them settle() brings
// transaction, permit and timers up to date, so that an event only has to change what it knows.
#pragma once
#include "services/session/settle.hpp"

namespace bulwatt::session {

class Core {
 public:
  Core(const Config& config, Station& station) : config_(config), station_(station) {}

  template <class F>
  auto step(const Moment& moment, F&& event) {
    actions_ = {};
    const Context context{config_, station_, moment, actions_};
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
  Actions actions_{};
};

/// Called once, before the first step: `first_start` when the station started, not only this process.
void begin(const Config& config, Station& station, const Moment& moment, bool first_start, std::uint32_t random);

// From power and meter.
void power_reported(const Context& c, const power::Status& status);
void power_silent(const Context& c);
void meter_reported(const Context& c, const meter::Reading& reading);
void meter_unreachable(const Context& c);

// From the backend side.
void set_link(const Context& c, bool online);
void configure(const Context& c, const Settings& settings);
void set_backend_limit(const Context& c, std::optional<std::uint32_t> limit_ma);
void acknowledge(const Context& c, std::uint64_t number);
/// False when no transaction runs, or the outbox keeps its last places.
bool trigger_event(const Context& c);

}  // namespace bulwatt::session
