// power and the safety controller over their serial line, with the bytes as a script: what the vehicle, the sensors, session and
// a forger on the line do. Both ends may restart. Invariants of docs/safety.md in every cycle.
#include "libs/base/check.hpp"
#include "mcu/logic/device.hpp"
#include "services/power/outlets.hpp"

using namespace bulwatt;
using namespace std::chrono_literals;

namespace {

/// Virtual time of one script: enough for a charge, a silence and a restart, and no more, so that many scripts are played.
constexpr int kMostCycles = 5'000;
constexpr std::array kLevels{12'000, 9'000, 6'000, 3'000, 0, -12'000, 7'500, 6'900};
/// The longest lease, the longest stop, and a cycle each way.
constexpr auto kLongestUnpermitted = 500ms + 6'000ms + 2ms;

class Rig final : power::Line {
 public:
  explicit Rig(bool dc) : dc_(dc) { start_power(), start_mcu(); }

  void play(std::span<const std::uint8_t> script) {
    while (script.size() >= 2 && cycles_left_ > 0) {
      const auto op = script[0] % 12, arg = static_cast<int>(script[1]);
      script = script.subspan(2);
      const auto bytes =
          std::as_bytes(script.first(std::min<std::size_t>(script.size(), static_cast<std::size_t>(arg) % 64)));
      switch (op) {
        case 0: level_mv_ = kLevels[static_cast<std::size_t>(arg) % kLevels.size()]; break;
        case 1:
          (void)outlets_->on(
              power::RenewPermit{1, 1, (arg & 1) != 0, static_cast<std::uint32_t>(arg) * 200, (arg & 2) != 0,
                                 static_cast<power::Supply>(arg / 4 % 3), 400'000, 50'000},
              now_);
          break;
        case 2: (void)outlets_->on(power::SetLock{1, 1, (arg & 1) != 0}, now_); break;
        case 3: broken_ ^= 1U << (arg % 10); break;
        case 4: pass(1 + arg % 64); break;
        case 5: (*outlets_)[0].feed(bytes, now_), script = script.subspan(bytes.size()); break;
        case 6: to_mcu_.feed(bytes, [](const mculink::ToMcu&) {}), script = script.subspan(bytes.size()); break;
        case 7: (void)outlets_->on(power::ResetFault{1, 1}, now_); break;
        case 8: forge(bytes), script = script.subspan(bytes.size()); break;
        case 9: start_power(); break;
        case 10: start_mcu(); break;
        case 11: pass(50 + arg * 4); break;
        default: break;
      }
    }
  }

 private:
  bool broken(unsigned which) const { return (broken_ >> which & 1) != 0; }
  void start_power() { outlets_.emplace(power::Config{}, lines_, now_); }
  void start_mcu() {
    mcu::Config config;
    config.dc = dc_;
    config.socket = !dc_;
    device_.emplace(config, mcu::Identity{.build = "fuzz"});
    out_ = {};
    now_us_ = 0;
  }
  void write(std::span<const std::byte> frame) override {
    to_mcu_.feed(frame, [&](const mculink::ToMcu& message) {
      const auto* lease = std::get_if<mculink::Lease>(&message);
      if (lease != nullptr && lease->permit) {
        // power never permits what it shows as faulty.
        BULWATT_ASSERT((*outlets_)[0].status(now_).faults == 0);
        permitted_ = now_;
      }
      if (!broken(9)) device_->take(message);
    });
  }
  void forge(std::span<const std::byte> content) {
    if (content.empty()) return;
    std::array<std::byte, mculink::kMostFrame> frame{};
    (*outlets_)[0].feed(std::span{frame}.first(mculink::put_frame(content, frame)), now_);
  }
  mcu::Sensors sense() const {
    const bool pwm = out_.duty_permille != iec61851::kSteadyHigh && out_.duty_permille != iec61851::kSteadyLow;
    const std::int32_t high = out_.duty_permille == iec61851::kSteadyLow ? iec61851::kLevelF : level_mv_;
    const bool through = out_.negative && (out_.contactor || out_.precharge);
    return {.cp_high_mv = high,
            .cp_low_mv = !pwm || level_mv_ == 0 ? high
                         : broken(0)            ? -high
                                                : iec61851::kLevelF,
            .pp_ohm = broken(1) ? 50U : 220U,
            .feedback_closed = out_.contactor != broken(2),
            .rcd_tripped = out_.rcd_test != broken(3),
            .pe_ok = !broken(4),
            .estop = broken(5),
            .temperature_dc = static_cast<std::int16_t>(broken(6) ? 900 : 250),
            .locked = out_.lock != broken(7),
            .tamper = broken(8),
            .negative_closed = out_.negative != broken(2),
            .precharge_closed = out_.precharge,
            .isolation_ok = !broken(8),
            .source_mv = 400'000,
            .outlet_mv = through != broken(7) ? 400'000 : 0,
            .supply_silent = broken(1)};
  }
  void pass(int cycles) {
    cycles_left_ -= cycles;
    for (; cycles > 0; --cycles) {
      const auto cycle = device_->cycle(sense(), now_us_);
      out_ = cycle.outputs;
      for (const auto& message : cycle.messages) {
        if (!broken(9)) (*outlets_)[0].feed(from_mcu_.encode(message), now_);
      }
      if (now_us_ % 100'000 == 0) outlets_->tick(now_);
      check();
      now_ += 1ms;
      now_us_ += 1'000;
    }
  }
  void check() const {
    const auto& state = device_->state();
    BULWATT_ASSERT(dc_ || (!out_.negative && !out_.precharge));
    // The supply gives only while a lease of this moment permits it to a closed outlet.
    BULWATT_ASSERT(!out_.supply.on ||
                   (dc_ && state.drive.contactor && state.faults == 0 && now_ - permitted_ <= 502ms));
    if (!state.drive.contactor) {
      BULWATT_ASSERT(!out_.contactor && !out_.negative && !out_.precharge);
      return;
    }
    BULWATT_ASSERT(out_.pilot == mcu::Pilot::c1 || out_.pilot == mcu::Pilot::c2);
    BULWATT_ASSERT(state.faults == 0 && !broken(5) && !out_.rcd_test);
    BULWATT_ASSERT(dc_ || out_.lock);
    BULWATT_ASSERT(now_ - permitted_ <= kLongestUnpermitted);
  }

  bool dc_;
  Instant now_{1h};
  Instant permitted_{};
  std::uint64_t now_us_ = 0;
  std::array<power::Line*, 1> lines_{this};
  std::optional<power::Outlets> outlets_{};
  std::optional<mcu::Device> device_{};
  mculink::Receiver<mculink::ToMcu> to_mcu_{};
  mculink::Sender<mculink::FromMcu> from_mcu_{};
  mcu::Outputs out_{};
  std::int32_t level_mv_ = iec61851::kLevelA;
  unsigned broken_ = 0;
  int cycles_left_ = kMostCycles;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3 || size > 300) return 0;
  Rig{(data[0] & 1) != 0}.play(std::span{data, size}.subspan(1));
  return 0;
}
