#include "mcu/logic/device.hpp"

namespace bulwatt::mcu {
namespace {
/// Whatever a sensor says, a frame carries only what the host takes for possible.
std::int32_t pilot_range(std::int32_t mv) { return std::clamp(mv, -mculink::kMostPilotMv, mculink::kMostPilotMv); }
std::int32_t outlet_range(std::int32_t mv) { return std::clamp(mv, -mculink::kMostOutletMv, mculink::kMostOutletMv); }
std::int32_t current_range(std::int32_t ma) { return std::clamp(ma, -mculink::kMostSupplyMa, mculink::kMostSupplyMa); }
}  // namespace

void Device::take(const mculink::ToMcu& message) {
  if (const auto* hello = std::get_if<mculink::Hello>(&message)) {
    refused_ = hello->version != mculink::kVersion;
    requests_ = {};  // Whatever an earlier host process still wanted.
    requests_.hello = true;
  }
  if (const auto* lease = std::get_if<mculink::Lease>(&message); lease != nullptr && !refused_) {
    requests_.lease = *lease;
  }
  if (const auto* reset = std::get_if<mculink::ResetFault>(&message)) requests_.reset |= reset->faults;
  if (std::holds_alternative<mculink::SelfTest>(message)) requests_.self_test = true;
}

Device::Cycle Device::cycle(const Sensors& sensors, std::uint64_t now_us) {
  const Inputs inputs{sensors, requests_};
  requests_ = {};
  Cycle result{};
  result.outputs = step(state_, inputs, now_us, config_);

  const auto say = [&](const mculink::FromMcu& message) { static_cast<void>(result.messages.push_back(message)); };
  if (inputs.requests.hello) say(hello_ack());
  for (std::uint8_t i = 0; i < mculink::kEventKindCount; ++i) {
    const auto kind = static_cast<mculink::EventKind>(i);
    if ((result.outputs.events & bit(kind)) != 0) say(mculink::Event{kind, now_us, state_.pilot, state_.faults});
  }
  const auto now = status(sensors, now_us);
  if (inputs.requests.hello || status_due(now, now_us)) {
    say(now);
    told_ = now;
    told_us_ = now_us;
    told_any_ = true;
  }
  return result;
}

mculink::Status Device::status(const Sensors& sensors, std::uint64_t now_us) const {
  return {.pilot = state_.pilot,
          .cp_high_mv = pilot_range(sensors.cp_high_mv),
          .cp_low_mv = pilot_range(sensors.cp_low_mv),
          .duty_permille = state_.drive.duty_permille,
          .contactor_commanded = state_.drive.contactor,
          .contactor_feedback = sensors.feedback().any(),
          .self_test_passed = state_.rcd.passed(),
          .lease_remaining_ms = static_cast<std::uint16_t>(state_.key.remaining_us / 1'000),
          .faults = state_.faults,
          .pp_ampacity_ma = ampacity(sensors, config_).value_or(0),
          .temperature_dc = sensors.temperature_dc,
          .uptime_ms = now_us / 1'000,
          .locked = config_.has_lock() && sensors.locked,
          .lock_fault = state_.lock.late(config_) || (state_.faults & bit(Fault::lock)) != 0,
          .tamper = sensors.tamper,
          .source_mv = config_.dc ? outlet_range(sensors.source_mv) : 0,
          .outlet_mv = config_.dc ? outlet_range(sensors.outlet_mv) : 0,
          .outlet_ma = config_.dc ? current_range(sensors.outlet_ma) : 0,
          .isolation = state_.supply.isolation()};
}

mculink::HelloAck Device::hello_ack() const {
  const std::uint32_t features = identity_.features | (config_.socket ? mculink::kFeatureSocket : 0) |
                                 (config_.ventilation ? mculink::kFeatureVentilation : 0) |
                                 (config_.has_lock() ? mculink::kFeatureLock : 0) |
                                 (config_.dc ? mculink::kFeatureDc : 0);
  return {mculink::kVersion, identity_.build, features, config_.hardware_ma};
}

/// At every change of what the host acts on, and regularly; measured values alone change all the time.
bool Device::status_due(const mculink::Status& now, std::uint64_t now_us) const {
  const bool changed = now.pilot != told_.pilot || now.duty_permille != told_.duty_permille ||
                       now.contactor_commanded != told_.contactor_commanded ||
                       now.contactor_feedback != told_.contactor_feedback || now.faults != told_.faults ||
                       now.self_test_passed != told_.self_test_passed || now.pp_ampacity_ma != told_.pp_ampacity_ma ||
                       now.isolation != told_.isolation || now.locked != told_.locked ||
                       now.lock_fault != told_.lock_fault || now.tamper != told_.tamper;
  return !told_any_ || changed || now_us - told_us_ >= mculink::kStatusPeriodMs * 1'000ULL;
}

}  // namespace bulwatt::mcu
