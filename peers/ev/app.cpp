#include "peers/ev/app.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cmath>

namespace bulwatt::ev {

using simbus::Json;
using simbus::now_ms;
using simbus::ok;
using simbus::refused;

namespace {

constexpr double kMostAmperes = 80;
constexpr std::int64_t kLateMs = 5'000;  ///< as late as an event of the bus is believed to be

constexpr double kMostDc = 1'500'000;  ///< mV or mA

Json or_null(const std::optional<int>& value) { return value ? Json(*value) : Json(nullptr); }

/// The one argument of a command; throws BadUsage if it is not exactly one.
const std::string& only_arg(const simbus::Command& command, const char* expected) {
  if (command.args.size() != 1) throw simbus::BadUsage("'" + command.name + "' needs " + expected);
  return command.args[0];
}

}  // namespace

App::App(simbus::Loop& loop, const AppConfig& config)
    : loop_(loop),
      config_(config),
      car_(config.car, now_ms()),
      timer_(loop,
             [this] {
               car_.advance(now_ms());
               tell(now_ms());
             }),
      bus_(config.bus, "ev",
           {.on_event = [this](const Json& line) { event(line); },
            .on_command = [this](const simbus::Command& line) { return command(line); },
            .on_link =
                [this](bool joined) {
                  if (!joined && config_.exit_with_bus) loop_.stop();
                }}) {
  loop_.watch(bus_.fd(), EPOLLIN, [this](std::uint32_t) { bus_.ready(); });
  if (config.plugged) car_.plug(true, now_ms());
  tell(now_ms());
}

std::optional<Json> App::command(const simbus::Command& command) try {
  const std::string& name = command.name;
  if (name == "status") return status();
  if (name == "fault" || name == "clear") return set_fault(command, name == "fault");
  if (name == "plug" || name == "unplug") {
    car_.plug(name == "plug", now_ms());
  } else if (name == "soc") {
    car_.set_soc(simbus::number_in("soc", only_arg(command, "a percentage"), 0, 100), now_ms());
  } else if (name == "max") {
    const double amperes = simbus::number_in("max", only_arg(command, "a current in A"), 0, kMostAmperes);
    car_.set_max_current(static_cast<std::int32_t>(std::lround(amperes * 1000)), now_ms());
  } else if (name == "demand") {
    const std::string& word = only_arg(command, "'on' or 'off'");
    if (word != "on" && word != "off") throw simbus::BadUsage("'demand' needs 'on' or 'off', not '" + word + "'");
    car_.set_demand(word == "on", now_ms());
  } else {
    return std::nullopt;
  }
  tell(now_ms());
  return ok();
} catch (const simbus::BadUsage& mistake) {
  return refused(mistake.what());
}

std::optional<Json> App::set_fault(const simbus::Command& command, bool on) {
  const std::string& name = only_arg(command, "the name of a fault");
  const auto fault = fault_of(name);
  const bool all = !on && name == "all";
  if (!fault && !all) return std::nullopt;
  for (std::size_t i = 0; i < kFaultNames.size(); ++i) {
    const auto each = static_cast<Fault>(i);
    if (all || each == fault) car_.set_fault(each, on, now_ms());
  }
  tell(now_ms());
  return ok();
}

void App::event(const Json& event) {
  const std::string kind = simbus::text_of(event, "event");
  if (kind == "board") return board(event);
  if (kind == "evcc") return evcc(event);
  // A board that is gone drives no pilot and holds no contactor.
  const bool gone = simbus::text_of(event, "from") == "hub" && (kind == "left" || kind == "dropped");
  if (gone && simbus::text_of(event, "name") == evcc_name_) {
    car_.set_agreed(std::nullopt, now_ms());
    battery_mv_.reset();
    return tell(now_ms());
  }
  if (!gone || simbus::text_of(event, "name") != board_name_) return;
  duty_permille_ = 1000;
  contactor_closed_ = false;
  car_.see_station(duty_permille_, contactor_closed_, now_ms());
  tell(now_ms());
}

void App::board(const Json& event) {
  board_name_ = simbus::text_of(event, "from");
  const Json duty = event.value("duty_permille", Json(nullptr));
  const Json contactor = event.value("contactor", Json(nullptr));
  if (duty.is_number()) duty_permille_ = static_cast<int>(std::lround(std::clamp(duty.get<double>(), 0.0, 1000.0)));
  if (contactor.is_boolean()) contactor_closed_ = contactor.get<bool>();
  // A contactor that opened a while ago let nothing flow since, however late that is heard of here.
  const std::int64_t now = now_ms();
  const Json opened = event.value("t_ms", Json(nullptr));
  const std::int64_t at_ms =
      opened.is_number_integer() ? std::clamp(opened.get<std::int64_t>(), now - kLateMs, now) : now;
  car_.see_station(duty_permille_, contactor_closed_, at_ms);
  const Json mv = event.value("outlet_mv", Json(nullptr));
  const Json ma = event.value("outlet_ma", Json(nullptr));
  const auto whole = [](const Json& number) {
    return static_cast<std::int32_t>(std::clamp(number.get<double>(), 0.0, kMostDc));
  };
  if (mv.is_number() && ma.is_number()) car_.see_supply(DcFlow{whole(ma), whole(mv)}, at_ms);
  else car_.see_supply(std::nullopt, at_ms);
  tell(at_ms);
}

/// The car's communication controller, a program of its own: when to close the switch, and how much to draw.
void App::evcc(const Json& event) {
  evcc_name_ = simbus::text_of(event, "from");
  const Json ready = event.value("ready", Json(false));
  const Json limit = event.value("limit_ma", Json(0));
  if (!ready.is_boolean() || !limit.is_number()) return;
  const auto limit_ma = static_cast<std::int32_t>(std::clamp(limit.get<double>(), 0.0, kMostAmperes * 1000));
  car_.set_agreed(Agreed{ready.get<bool>(), limit_ma}, now_ms());
  const Json battery = event.value("battery_mv", Json(nullptr));
  battery_mv_.reset();
  if (battery.is_number()) battery_mv_ = static_cast<std::int32_t>(std::clamp(battery.get<double>(), 0.0, kMostDc));
  tell(now_ms());
}

Json App::status() {
  car_.advance(now_ms());
  const Face face = car_.face();
  const Draw draw = car_.draw();
  Json faults = Json::array();
  for (std::size_t i = 0; i < kFaultNames.size(); ++i) {
    if (car_.has_fault(static_cast<Fault>(i))) faults.push_back(kFaultNames[i]);
  }
  Json answer = ok();
  answer.update({{"doing", car_.doing()},
                 {"plugged", face.plugged},
                 {"resistance_ohm", or_null(face.resistance_ohm)},
                 {"diode", face.diode},
                 {"pp_ohm", or_null(face.pp_ohm)},
                 {"duty_permille", duty_permille_},
                 {"contactor", contactor_closed_},
                 {"soc_percent", std::round(car_.soc_percent() * 1000) / 1000},
                 {"current_ma", draw.current_ma},
                 {"voltage_mv", draw.voltage_mv},
                 {"drawn_mwh", std::llround(car_.drawn_mwh())},
                 {"faults", faults}});
  return answer;
}

/// Tells what changed, and the draw at every tick while it may change by itself.
void App::tell(std::int64_t at_ms) {
  const Face face = car_.face();
  const auto battery = face.plugged ? battery_mv_ : std::nullopt;
  if (face != told_face_ || battery != told_battery_mv_) {
    bus_.publish({{"event", "ev"},
                  {"plugged", face.plugged},
                  {"resistance_ohm", or_null(face.resistance_ohm)},
                  {"diode", face.diode},
                  {"pp_ohm", or_null(face.pp_ohm)},
                  {"battery_mv", or_null(battery)}});
    told_battery_mv_ = battery;
    told_face_ = face;
  }
  const Draw draw = car_.draw();
  const bool flows = std::ranges::any_of(draw.current_ma, [](std::int32_t current) { return current > 0; });
  if (draw != told_draw_ || flows) {
    bus_.publish({{"event", "draw"},
                  {"current_ma", draw.current_ma},
                  {"voltage_mv", draw.voltage_mv},
                  {"t_ms", at_ms},
                  {"soc_percent", std::round(car_.soc_percent() * 1000) / 1000},
                  {"speed", config_.car.speed}});
    told_draw_ = draw;
  }
  if (const auto next = car_.next_change_in_ms()) {
    if (!timer_.armed()) timer_.arm(*next);
  } else {
    timer_.disarm();
  }
}

}  // namespace bulwatt::ev
