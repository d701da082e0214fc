#include "peers/evcc/app.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace bulwatt::evcc {

using simbus::Json;
using simbus::ok;
using simbus::refused;

namespace {

constexpr std::size_t kMostTimes = 100'000;
constexpr std::int64_t kPieceMs = 2;
constexpr std::int64_t kSettleMs = 100;  ///< the pilot says 5 % to the first question

std::int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

double quantile_ms(std::vector<std::int64_t> times, double q) {
  if (times.empty()) return 0;
  std::ranges::sort(times);
  const auto at = static_cast<std::size_t>(q * static_cast<double>(times.size() - 1) + 0.5);
  return static_cast<double>(times[at]) / 1000;
}

}  // namespace

App::App(simbus::Loop& loop, AppConfig config)
    : loop_(loop),
      config_(std::move(config)),
      link_(loop, config_.interface, config_.security,
            {.connected =
                 [this] {
                   last_tls_ = link_.secured();
                   perform(talk_->begin());
                 },
             .message = [this](std::span<const std::byte> exi) { heard(exi); },
             .lost = [this](const std::string& why) { drop(why); }}),
      later_(loop,
             [this] {
               if (talk_ && !waiting_.send.empty()) send_now();
               else if (!talk_) start();
             }),
      enough_(loop, [this] { stop_ = true; }) {
  if (config_.bus.empty()) {
    later_.arm(0);
    return;
  }
  bus_ = std::make_unique<simbus::Client>(
      config_.bus, "evcc",
      simbus::Handlers{.on_event = [this](const Json& line) { event(line); },
                       .on_command = [this](const simbus::Command& line) { return command(line); },
                       .on_link =
                           [this](bool joined) {
                             if (joined) tell();
                             if (!joined && config_.exit_with_bus) loop_.stop();
                           }});
  loop_.watch(bus_->fd(), EPOLLIN, [this](std::uint32_t) { bus_->ready(); });
}

std::optional<Json> App::command(const simbus::Command& command) {
  if (command.name == "status") return status();
  if (command.name != "evcc") return std::nullopt;
  const std::string word = command.args.empty() ? "" : command.args[0];
  if (word == "stop") {
    stop_ = true;
    return ok();
  }
  if (word == "start") {
    if (talk_) return refused("a session runs already");
    start();
    return ok();
  }
  if (word == "fault" && command.args.size() == 2) try {
      config_.fault = command.args[1] == "none" ? Fault{} : fault_of(command.args[1], config_.wish.dc);
      return ok();
    } catch (const std::invalid_argument& wrong) {
      return refused(wrong.what());
    }
  return refused("'evcc' needs start, stop or fault KIND@REQUEST");
}

void App::event(const Json& event) {
  const std::string kind = simbus::text_of(event, "event");
  if (kind == "ev") plugged_ = event.value("plugged", Json(false)) == Json(true);
  if (kind == "board") {
    const Json duty = event.value("duty_permille", Json(1000));
    const double permille = duty.is_number() ? duty.get<double>() : 1000.0;
    digital_ = permille >= 30 && permille <= 70;
  }
  if (kind == "draw") {
    drawing_ = false;
    const Json soc = event.value("soc_percent", Json(nullptr));
    if (soc.is_number()) soc_percent_ = static_cast<std::uint8_t>(std::clamp(soc.get<double>(), 0.0, 100.0));
    for (const auto& current : event.value("current_ma", Json::array()))
      drawing_ = drawing_ || (current.is_number() && current.get<double>() > 0);
  }
  if (kind == "ev" || kind == "board") follow_pilot();
}

/// One session for each time that the pilot begins to say 5 %; another one when it is asked for.
void App::follow_pilot() {
  const bool may = plugged_ && digital_;
  if (!plugged_ && talk_) drop("the cable was pulled");
  if (!may) {
    if (!talk_) later_.disarm();
    spoken_ = false;
    return;
  }
  if (talk_ || spoken_ || later_.armed()) return;
  later_.arm(kSettleMs);
}

void App::start() {
  spoken_ = true;
  stop_ = false;
  talk_.emplace(config_.wish, config_.fault);
  waiting_ = {};
  loop_us_.clear();
  to_energy_us_ = 0;
  began_us_ = now_us();
  if (config_.address.empty()) link_.find();
  else link_.connect(config_.address, config_.port);
  tell();
}

void App::drop(const std::string& why) {
  if (!talk_) return;
  const bool fine = talk_->over() && talk_->problem().empty();
  ended(fine ? "" : talk_->over() ? talk_->problem() : why);
}

void App::perform(Next next) {
  waiting_ = std::move(next);
  piece_ = 0;
  if (waiting_.hang_up) return ended(talk_->problem());
  if (waiting_.send.empty()) return tell();
  if (waiting_.delay_ms > 0) later_.arm(waiting_.delay_ms);
  tell();  // the pilot comes before the message that speaks of it
  if (waiting_.delay_ms <= 0) send_now();
}

void App::send_now() {
  if (waiting_.pieces && piece_ < waiting_.send.size()) {
    link_.send(std::span{waiting_.send}.subspan(piece_++, 1));
    if (piece_ < waiting_.send.size()) return later_.arm(kPieceMs);
  } else {
    link_.send(waiting_.send);
  }
  waiting_.send.clear();
  sent_us_ = now_us();
}

void App::heard(std::span<const std::byte> exi) {
  if (!talk_) return;
  const auto took_us = now_us() - sent_us_;
  const auto step = talk_->step();
  if (step == Step::charging && loop_us_.size() < kMostTimes) loop_us_.push_back(took_us);
  if (step == Step::power_on) {
    to_energy_us_ = now_us() - began_us_;
    if (config_.charge_ms > 0) enough_.arm(config_.charge_ms);
  }
  perform(talk_->hear(exi, {.stop = stop_, .drawing = drawing_, .soc_percent = soc_percent_}));
}

void App::ended(const std::string& problem) {
  link_.close();
  later_.disarm();
  enough_.disarm();
  ++sessions_;
  last_problem_ = problem;
  std::printf("session %u %s: %zu loops, p50 %.3f ms, p99 %.3f ms, energy after %.1f ms\n", sessions_,
              problem.empty() ? "ended well" : problem.c_str(), loop_us_.size(), quantile_ms(loop_us_, 0.5),
              quantile_ms(loop_us_, 0.99), static_cast<double>(to_energy_us_) / 1000);
  std::fflush(stdout);
  talk_.reset();
  tell();
  if (config_.bus.empty()) loop_.stop();
}

Json App::status() {
  Json answer = ok();
  answer.update({{"speaks", talk_.has_value()},
                 {"step", talk_ ? std::string{name_of(talk_->step(), config_.wish.dc)} : std::string{}},
                 {"loops", talk_ ? talk_->loops() : 0U},
                 {"limit_ma", talk_ ? talk_->limit_ma() : 0},
                 {"present_mv", talk_ ? talk_->present_mv().value_or(0) : 0},
                 {"present_ma", talk_ ? talk_->present_ma().value_or(0) : 0},
                 {"sessions", sessions_},
                 {"problem", last_problem_},
                 {"station", link_.station()},
                 {"tls", last_tls_},
                 {"receipts", talk_ ? talk_->receipts() : 0U},
                 {"to_energy_ms", static_cast<double>(to_energy_us_) / 1000},
                 {"loop_times", loop_us_.size()},
                 {"loop_p50_ms", quantile_ms(loop_us_, 0.5)},
                 {"loop_p99_ms", quantile_ms(loop_us_, 0.99)}});
  return answer;
}

void App::tell() {
  if (!bus_) return;
  const Json line = {{"event", "evcc"},
                     {"speaks", talk_.has_value()},
                     {"ready", talk_ && talk_->ready()},
                     {"limit_ma", talk_ ? talk_->limit_ma() : 0},
                     {"battery_mv", talk_ && talk_->battery_mv() ? Json(*talk_->battery_mv()) : Json(nullptr)},
                     {"step", talk_ ? std::string{name_of(talk_->step(), config_.wish.dc)} : std::string{}}};
  if (line.dump() == told_) return;
  told_ = line.dump();
  bus_->publish(line);
}

}  // namespace bulwatt::evcc
