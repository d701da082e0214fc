// bulwatt-meter: reads the energy meter. Wiring and the order of requests; see reader.hpp and modbus_link.hpp.
#include "grants/meter.hpp"
#include "libs/runtime/process.hpp"
#include "protocols/meters/codec.hpp"
#include "protocols/meters/sdm630.hpp"
#include "services/meter/modbus_link.hpp"
#include "services/meter/reader.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::meter;

namespace {

constexpr std::uint8_t kEvse = 1;
constexpr Duration kReconnect = std::chrono::seconds{1};

class Shell {
 public:
  Shell(runtime::Loop& loop, const meter::Config& config, const meters::RegisterMap& map)
      : loop_(loop), config_(config), map_(map), link_(config), reader_(map, std::chrono::milliseconds{config.stale_ms}) {
    session_.emplace(loop.serve<grant::session>(*this));
    loop.serve<grant::ocpp>(*this);
    loop.after(Duration::zero(), runtime::Action::to<&Shell::poll>(*this));
    loop.every(std::chrono::milliseconds{config.poll_ms}, runtime::Action::to<&Shell::poll>(*this));
  }
  bool valid() const { return link_.valid(); }

  std::expected<meter::Reading, meter::Error> on(const meter::Read& r) {
    if (r.evse != kEvse) return std::unexpected(meter::Error::unknown_evse);
    return reader_.latest(os::now());
  }

 private:
  enum class Step : std::uint8_t { disconnected, idle, serial, block };

  void poll() {
    if (step_ == Step::disconnected && os::now() >= retry_at_) connect();
    if (step_ == Step::idle) start_reading();
  }
  void connect() {
    const auto fd = link_.connect();
    if (!fd) return give_up(meter::Health::unreachable);
    fd_ = *fd;
    loop_.watch(fd_, true, false, runtime::Watcher::to<&Shell::readable>(*this));
    if (!map_.serial) {
      step_ = Step::idle;
      return;
    }
    step_ = Step::serial;
    ask(map_.serial->table, map_.serial->address, static_cast<std::uint16_t>(meters::words_of(map_.serial->encoding)));
  }
  void start_reading() {
    reader_.begin();
    block_ = 0;
    step_ = Step::block;
    ask_block();
  }
  void ask_block() {
    const auto block = reader_.blocks()[block_];
    ask(map_.table, block.address, block.count);
  }
  void ask(meters::Table table, std::uint16_t address, std::uint16_t count) {
    if (!link_.request(table, address, count)) return give_up(meter::Health::unreachable);
    loop_.at(deadline_, os::now() + std::chrono::milliseconds{config_.answer_ms}, runtime::Action::to<&Shell::late>(*this));
  }
  void late() { give_up(meter::Health::silent); }

  void readable(runtime::Readiness) {
    loop_.cancel(deadline_);
    const auto words = link_.answer();
    if (!words && words.error() == meter::LinkError::exception && step_ == Step::serial) {
      step_ = Step::idle;  // a meter without a serial number register is still a meter
      return start_reading();
    }
    if (!words && words.error() == meter::LinkError::exception) return give_up(meter::Health::refused);
    if (!words || step_ == Step::idle) {
      return give_up(!words && words.error() == meter::LinkError::closed ? meter::Health::unreachable : meter::Health::garbled);
    }
    if (step_ == Step::serial) {
      if (const auto serial = meters::decode_number(map_.serial->encoding, map_.order, *words)) reader_.set_serial(*serial);
      return start_reading();
    }
    if (!reader_.take(block_, *words)) return end_reading(false);
    if (++block_ < reader_.blocks().size()) return ask_block();
    end_reading(reader_.finish(os::now(), os::civil_now()));
  }
  void end_reading(bool good) {
    step_ = Step::idle;
    tell_health();
    if (good) session_->pulse(meter::ReadingChanged{kEvse});
  }
  /// The connection is worthless: close it and try again after a while.
  void give_up(meter::Health health) {
    loop_.cancel(deadline_);
    if (fd_ >= 0) loop_.unwatch(fd_);
    fd_ = -1;
    link_.disconnect();
    step_ = Step::disconnected;
    retry_at_ = os::now() + kReconnect;
    reader_.failed(health);
    tell_health();
  }
  void tell_health() {
    const auto health = reader_.health();
    if (health == told_) return;
    told_ = health;
    session_->pulse(meter::ReadingChanged{kEvse});
    switch (health) {
      case meter::Health::good: return runtime::log("the meter reads well");
      case meter::Health::silent: return runtime::log("the meter does not answer; trying again every second");
      case meter::Health::garbled: return runtime::log("the meter's answer is not Modbus or of another model; check [meter] model and unit");
      case meter::Health::implausible: return runtime::log("the meter shows values no meter can show; its last good reading stands");
      case meter::Health::backwards: return runtime::log("the meter's energy register runs backwards; its last good reading stands");
      case meter::Health::unreachable: return runtime::log("the meter cannot be reached; check [meter] address and port");
      case meter::Health::stuck: return runtime::log("power flows and the meter's energy register does not move");
      case meter::Health::refused: return runtime::log("the meter answers with a Modbus exception; check [meter] model and unit");
    }
  }

  runtime::Loop& loop_;
  meter::Config config_;
  const meters::RegisterMap& map_;
  meter::ModbusLink link_;
  meter::Reader reader_;
  std::optional<ipc::Server<grant::session>> session_{};
  Step step_ = Step::disconnected;
  std::size_t block_ = 0;
  int fd_ = -1;
  Instant retry_at_{};
  runtime::TimerId deadline_ = runtime::kNoTimer;
  std::optional<meter::Health> told_{};
};

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<meter::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  const auto* map = meters::find_map(config->model.view());
  if (map == nullptr) {
    runtime::log("[meter] model is not known; known: sdm630");
    return runtime::kExitBadConfig;
  }
  Shell shell{loop, *config, *map};
  if (!shell.valid()) {
    runtime::log("[meter] address is no IPv4 address");
    return runtime::kExitBadConfig;
  }
  return runtime::run(loop, grant::kProcess, *found);
}
