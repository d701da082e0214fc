#include "peers/metersim/app.hpp"

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace bulwatt::metersim {

using simbus::Json;
using simbus::now_ms;

namespace {

/// No simulated car or cable carries more.
constexpr std::int64_t kMostMa = 200'000;
constexpr std::int64_t kMostMv = 500'000;
constexpr std::int64_t kLateMs = 5'000;    ///< as late as an event of the bus is believed to be
constexpr std::int64_t kPatienceMs = 100;  ///< for the others of the bus, before a reader gets what is known
constexpr std::size_t kSourcesMax = 16;    ///< boards and cars listened to

/// Whoever starts the meter waits for this file, so it must never be seen half written.
void write_port(const std::string& path, int port) {
  const std::string fresh = path + ".new";
  {
    std::ofstream file(fresh, std::ios::trunc);
    file << port << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write the port file '" + path + "'");
  }
  std::filesystem::rename(fresh, path);
}

void remove_port(const std::string& path) {
  std::error_code gone_already;
  if (!path.empty()) std::filesystem::remove(path, gone_already);
}

/// The state to go on from. The port of an earlier run is taken back first: nobody may find it while this one starts.
std::optional<Energy> begin(const AppConfig& config) {
  remove_port(config.port_file);
  return config.state_file.empty() ? std::nullopt : load_state(config.state_file);
}

/// Three whole numbers within 0 and `most`; nothing if the member is anything else.
std::optional<std::array<std::int32_t, 3>> three(const Json& event, const char* key, std::int64_t most) {
  const Json list = event.value(key, Json(nullptr));
  if (!list.is_array() || list.size() != 3) return std::nullopt;
  std::array<std::int32_t, 3> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!list[i].is_number()) return std::nullopt;
    values[i] = static_cast<std::int32_t>(std::clamp(list[i].get<double>(), 0.0, static_cast<double>(most)));
  }
  return values;
}

Json or_null(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

App::App(simbus::Loop& loop, const AppConfig& config)
    : loop_(loop),
      config_(config),
      kept_(begin(config)),
      meter_(Face::of(config.model), config.serial, kept_.value_or(config.start), now_ms()),
      server_(make_server()),
      bus_(config.bus, config.evse == 1 ? "meter" : "meter-" + std::to_string(config.evse),
           {.on_event = [this](const Json& line) { event(line); },
            .on_command = [this](const simbus::Command& line) { return command(line); },
            .on_answer = [this](const Json& line) { unanswered_.erase(line.value("id", std::uint64_t{0})); },
            .on_link =
                [this](bool joined) {
                  if (!joined && config_.exit_with_bus) loop_.stop();
                }}) {
  loop_.watch(bus_.fd(), EPOLLIN, [this](std::uint32_t) { bus_.ready(); });
  keep(meter_.energy());
  if (config.tty.empty() && !config.port_file.empty()) write_port(config.port_file, server_->port());
}

std::unique_ptr<Server> App::make_server() {
  const auto words_max = meter_.face().words_max();
  const auto on_read = [this] {
    hear_all();
    return read();
  };
  if (!config_.tty.empty()) return std::make_unique<SerialServer>(loop_, config_.tty, config_.unit, words_max, on_read);
  return std::make_unique<ModbusServer>(loop_, config_.port, config_.unit, words_max, on_read);
}

/// A draw that names no EVSE flows through the first.
bool App::mine(const Json& event) const {
  const Json evse = event.value("evse", Json(1));
  return evse.is_number_integer() && evse.get<int>() == config_.evse;
}

App::~App() {
  remove_port(config_.port_file);
  meter_.advance(now_ms());
  try {
    keep(meter_.energy());
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bulwatt-metersim: %s\n", failure.what());
  }
}

/// A real meter counts what flows when it flows; this one hears of it. So before it shows a register, every board and
/// after it every car has to say that it has told all it knows (a word nobody minds is passed on in order).
void App::hear_all() {
  const std::int64_t end_ms = now_ms() + kPatienceMs;
  hear(boards_, end_ms);
  hear(cars_, end_ms);
}

void App::hear(const std::set<std::string>& whom, std::int64_t end_ms) {
  unanswered_.clear();
  for (const std::string& name : whom) unanswered_.insert(bus_.command("settle", {}, name));
  unanswered_.erase(0);
  while (!unanswered_.empty() && bus_.joined()) {
    const std::int64_t left = end_ms - now_ms();
    pollfd waiting{bus_.fd(), POLLIN, 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) break;
    bus_.ready();
  }
}

/// A register that was once shown must survive any end of this program: it is on disk before it is on the wire.
Image App::read() {
  meter_.advance(now_ms());
  keep(meter_.energy());
  return meter_.image();
}

void App::keep(const Energy& energy) {
  if (config_.state_file.empty() || energy == kept_) return;
  save_state(config_.state_file, energy);
  kept_ = energy;
}

std::optional<Json> App::command(const simbus::Command& command) {
  if (command.name == "status") return status();
  if (command.name == "fault" || command.name == "clear") return set_fault(command, command.name == "fault");
  return std::nullopt;
}

std::optional<Json> App::set_fault(const simbus::Command& command, bool on) {
  if (command.args.empty() || command.args.size() > 2) return std::nullopt;
  const std::string& name = command.args[0];
  const bool everybody = name == "all" && command.args.size() == 1;
  const std::string evse = command.args.size() == 2 ? command.args[1] : "1";
  if (!everybody && evse != std::to_string(config_.evse)) return std::nullopt;
  const auto fault = fault_of(name);
  const bool all = !on && name == "all";
  if (!fault && !all) return std::nullopt;
  for (std::size_t i = 0; i < kFaultNames.size(); ++i) {
    const auto each = static_cast<Fault>(i);
    if (!all && each != fault) continue;
    if (!meter_.set_fault(each, on, now_ms())) return simbus::refused("the register of this model does not roll over");
  }
  using enum Fault;
  server_->set_manner(meter_.has_fault(silent)      ? Manner::silent
                      : meter_.has_fault(garbage)   ? Manner::garbage
                      : meter_.has_fault(exception) ? Manner::exception
                                                    : Manner::answer);
  try {
    server_->set_present(!meter_.has_fault(absent));
  } catch (const std::runtime_error& failure) {
    return simbus::refused(failure.what());
  }
  return simbus::ok();
}

void App::event(const Json& event) {
  const std::string kind = simbus::text_of(event, "event");
  const std::string from = simbus::text_of(event, "from");
  if (kind == "board" && boards_.size() < kSourcesMax) boards_.insert(from);
  if (kind == "ev" && cars_.size() < kSourcesMax) cars_.insert(from);
  if (kind == "draw") return draw(event);
  if (from != "hub" || (kind != "left" && kind != "dropped")) return;
  const std::string name = simbus::text_of(event, "name");
  boards_.erase(name);
  cars_.erase(name);
  meter_.stop(name, now_ms());
}

void App::draw(const Json& event) {
  if (!mine(event)) return;
  const auto current = three(event, "current_ma", kMostMa);
  const auto voltage = three(event, "voltage_mv", kMostMv);
  if (!current) return;
  const Json speed = event.value("speed", Json(nullptr));
  Draw draw{
      .current_ma = *current, .voltage_mv = voltage.value_or(std::array<std::int32_t, 3>{}), .speed = config_.speed};
  if (speed.is_number()) draw.speed = std::clamp(speed.get<double>(), 0.0, 1e6);
  // It flows, or does not, since the car said so; this program may hear of it late.
  const std::int64_t now = now_ms();
  const Json since = event.value("t_ms", Json(nullptr));
  const std::int64_t at_ms =
      since.is_number_integer() ? std::clamp(since.get<std::int64_t>(), now - kLateMs, now) : now;
  meter_.draw(simbus::text_of(event, "from"), draw, at_ms);
}

Json App::status() {
  using enum meters::Quantity;
  const Image image = read();
  const auto shown = [&](meters::Quantity quantity) { return or_null(meter_.shown(image, quantity)); };
  Json faults = Json::array();
  for (std::size_t i = 0; i < kFaultNames.size(); ++i) {
    if (meter_.has_fault(static_cast<Fault>(i))) faults.push_back(kFaultNames[i]);
  }
  Json answer = simbus::ok();
  answer.update({{"energy_mwh", shown(energy_import)},
                 {"voltage_mv", {shown(voltage_l1), shown(voltage_l2), shown(voltage_l3)}},
                 {"current_ma", {shown(current_l1), shown(current_l2), shown(current_l3)}},
                 {"power_mw", shown(power_total)},
                 {"port", server_->port()},
                 {"unit", config_.unit},
                 {"serial", meter_.serial()},
                 {"model", config_.model},
                 {"evse", config_.evse},
                 {"true_mwh", meter_.energy().mwh},
                 {"clients", server_->clients()},
                 {"requests", server_->requests()},
                 {"faults", faults}});
  return answer;
}

}  // namespace bulwatt::metersim
