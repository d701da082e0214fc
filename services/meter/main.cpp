// bulwatt-meter: reads the energy meters. Wiring only; see rota.hpp (whose turn it is), reader.hpp (what an answer means)
// and modbus_link.hpp (how it is asked).
#include <fcntl.h>

#include <cstdio>

#include "grants/meter.hpp"
#include "libs/runtime/process.hpp"
#include "services/meter/modbus_link.hpp"
#include "services/meter/records.hpp"
#include "services/meter/rota.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::meter;
using meter::Health;

namespace {

constexpr std::size_t kLines = meter::kMaxMeters + 1;  // one for each TCP meter, one serial
/// The supervisor opens devices: one that is not there is looked for again by starting again.
constexpr Duration kMissingLinePatience = std::chrono::seconds{10};

std::string_view advice(Health health) {
  switch (health) {
    case Health::good: return "reads well";
    case Health::silent: return "does not answer; it is asked again and again";
    case Health::garbled: return "answers with what is not Modbus or of another model; check [meter] model and unit";
    case Health::implausible: return "shows values no meter can show; its last good reading stands";
    case Health::backwards: return "has an energy register that runs backwards; its last good reading stands";
    case Health::unreachable: return "cannot be reached; check [meter] address and port, or [devices] meter_bus";
    case Health::stuck: return "has an energy register that does not move while power flows";
    case Health::refused: return "answers with a Modbus exception; check [meter] model and unit";
  }
  return "";
}

/// What was told about one meter.
struct Told {
  std::optional<Health> health{};
  std::uint16_t rolled_over = 0;
  std::uint16_t replaced = 0;
};

class Shell {
 public:
  Shell(runtime::Loop& loop, const meter::Config& config)
      : loop_(loop), config_(config), serial_(grant::kDevice_meter_bus, config.bus) {
    session_.emplace(loop.serve<grant::session>(*this));
    vault_.emplace(loop.serve<grant::vault>(*this));
    static_cast<void>(loop.serve<grant::ocpp>(*this));
    static_cast<void>(loop.serve<grant::hmi>(*this));
    loop.on_peer<grant::vault>(runtime::Delegate<bool>::to<&Shell::vault_peer>(*this));
    add(config.place(), 1);
    for (const auto& more : config_.more) add(more.place(), more.evse);
    if (bus_ != nullptr && ::fcntl(grant::kDevice_meter_bus, F_GETFD) < 0) {
      runtime::log("the serial line [devices] meter_bus is not there; looking for it every ten seconds");
      loop.after(kMissingLinePatience, runtime::Action::to<&Shell::start_again>(*this));
    }
    loop.after(Duration::zero(), runtime::Action::to<&Shell::tick>(*this));
  }

  std::expected<meter::Reading, meter::Error> on(const meter::Read& r) {
    for (auto& line : lines_) {
      if (!line) continue;
      for (const auto& point : line->points()) {
        if (point.reader.evse() == r.evse) return point.reader.latest(os::now());
      }
    }
    return std::unexpected(meter::Error::unknown_evse);
  }

  std::expected<ipc::Done, meter::Error> on(const meter::AskRecord& r) {
    const auto reading = on(meter::Read{r.evse});
    if (!reading) return std::unexpected(reading.error());
    const auto done = records_.ask(r, *reading, model_of(r.evse));
    if (records_.due(r.evse)) vault_->pulse(meter::RecordDue{r.evse});
    if (records_.made(r.evse)) session_->pulse(meter::RecordMade{r.evse});
    return done;
  }
  auto on(const meter::FetchRecord& r) { return records_.record(r.evse); }
  auto on(const meter::FetchTwin& r) { return records_.twin(r.evse); }
  std::expected<meter::GetKeys::Keys, meter::Error> on(const meter::GetKeys&) { return records_.keys(); }
  std::expected<ipc::Done, meter::Error> on(const meter::TellKeys& r) {
    records_.tell(r);
    return ipc::Done{};
  }
  auto on(const meter::FetchToSign& r) { return records_.fetch(r); }
  std::expected<ipc::Done, meter::Error> on(const meter::SubmitRecord& r) {
    const auto done = records_.submit(r);
    if (done) session_->pulse(meter::RecordMade{r.evse});
    return done;
  }

 private:
  /// A fresh vault has not heard of what is due.
  void vault_peer(bool alive) {
    for (std::uint8_t evse = 1; alive && evse <= meter::kMaxMeters; ++evse) {
      if (records_.due(evse)) vault_->pulse(meter::RecordDue{evse});
    }
  }
  meters::Model model_of(std::uint8_t evse) const {
    for (const auto& more : config_.more) {
      if (more.evse == evse) return more.model;
    }
    return config_.model;
  }
  void add(const meter::Place& place, std::uint8_t evse) {
    if (place.transport == meter::Protocol::tcp) {
      const std::size_t free = tcp_count_++;
      tcp_[free].emplace(place.address.view(), place.port);
      lines_[free].emplace(*tcp_[free], config_, false);
      (void)lines_[free]->add(place, evse);
      return;
    }
    if (bus_ == nullptr) bus_ = &lines_.back().emplace(serial_, config_, true);
    (void)bus_->add(place, evse);
  }
  void tick() {
    Instant next = kNever;
    for (auto& line : lines_) {
      if (!line) continue;
      next = std::min(next, line->step(os::now(), os::civil_now()));
      for (auto& point : line->points()) tell(point);
    }
    if (bus_ != nullptr && bus_->broken()) {
      runtime::log("the serial line to the meters is gone; restarting to open it again");
      start_again();
    }
    loop_.at(timer_, next, runtime::Action::to<&Shell::tick>(*this));
  }
  void start_again() { std::_Exit(runtime::kExitSetUp); }

  void tell(meter::Point& point) {
    auto& told = told_[point.reader.evse() - 1U];
    const auto health = point.reader.health();
    const bool changed = told.health != health;
    if (!point.fresh && (!changed || !point.asked())) return;
    point.fresh = false;
    if (changed) say(point, advice(health));
    told.health = health;
    if (const auto reading = point.reader.latest(os::now())) {
      if (reading->rolled_over != told.rolled_over)
        say(point, "has an energy register that began again at zero; counting goes on");
      if (reading->replaced != told.replaced)
        say(point, "is another one, or was reset; counting goes on from its register");
      told.rolled_over = reading->rolled_over;
      told.replaced = reading->replaced;
    }
    session_->pulse(meter::ReadingChanged{point.reader.evse()});
  }
  static void say(const meter::Point& point, std::string_view what) {
    std::array<char, 200> line{};
    const int n = std::snprintf(line.data(), line.size(), "the meter of EVSE %u %.*s", point.reader.evse(),
                                static_cast<int>(what.size()), what.data());
    runtime::log({line.data(), std::min(static_cast<std::size_t>(n), line.size() - 1)});
  }

  runtime::Loop& loop_;
  meter::Config config_;
  meter::SerialLink serial_;
  std::array<std::optional<meter::TcpLink>, meter::kMaxMeters> tcp_{};
  std::array<std::optional<meter::Rota>, kLines> lines_{};
  meter::Rota* bus_ = nullptr;
  std::size_t tcp_count_ = 0;
  std::array<Told, meter::kMaxMeters> told_{};
  std::optional<ipc::Server<grant::session>> session_{};
  std::optional<ipc::Server<grant::vault>> vault_{};
  meter::Records records_{config_.records};
  runtime::TimerId timer_ = runtime::kNoTimer;
};

/// What is wrong with the configuration; empty: nothing.
std::string_view problem(const meter::Config& config) {
  if (!meter::SerialLink::is_baud(config.bus.baud)) return "[meter.bus] baud is none of the usual rates";
  if (!meter::TcpLink::is_address(config.address.view())) return "[meter] address is no IPv4 address";
  std::array<bool, meter::kMaxMeters> taken{true};
  for (const auto& more : config.more) {
    if (!meter::TcpLink::is_address(more.address.view())) return "[[meter.more]] address is no IPv4 address";
    if (std::exchange(taken[more.evse - 1U], true)) return "[[meter.more]] names an evse twice";
  }
  return {};
}

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<meter::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  if (const auto wrong = problem(*config); !wrong.empty()) {
    runtime::log(wrong);
    return runtime::kExitBadConfig;
  }
  Shell shell{loop, *config};
  return runtime::run(loop, grant::kProcess, *found);
}
