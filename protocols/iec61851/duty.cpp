#include "protocols/iec61851/duty.hpp"

namespace bulwatt::iec61851 {
namespace {
// Range limits in permille, as a vehicle reads them.
constexpr std::uint16_t kDigitalFrom = 30;
constexpr std::uint16_t kDigitalTo = 70;
constexpr std::uint16_t kLeastFrom = 80;    // 8 to 10 %: 6 A
constexpr std::uint16_t kLinearFrom = 100;  // 10 to 85 %: 0.6 A each percent
constexpr std::uint16_t kLinearTo = 850;
constexpr std::uint16_t kSteepTo = 960;  // 85 to 96 %: 2.5 A each percent above 64 %
constexpr std::uint16_t kTopTo = 970;    // 96 to 97 %: 80 A
constexpr std::uint16_t kSteepOrigin = 640;

constexpr std::uint32_t kLinearStep = 60;  // mA each permille
constexpr std::uint32_t kSteepStep = 250;
}  // namespace

DutyReading read_duty(std::uint16_t duty) {
  const auto amps = [](std::uint32_t ma) { return DutyReading{DutyMeaning::current, ma}; };
  if (duty < kDigitalFrom || duty > kTopTo) return {};
  if (duty <= kDigitalTo) return {DutyMeaning::digital, 0};
  if (duty < kLeastFrom) return {};
  if (duty < kLinearFrom) return amps(kLeastCurrent);
  if (duty <= kLinearTo) return amps(duty * kLinearStep);
  if (duty <= kSteepTo) return amps((std::uint32_t{duty} - kSteepOrigin) * kSteepStep);
  return amps(kMostCurrent);
}

std::optional<std::uint16_t> duty_for(std::uint32_t current_ma) {
  if (current_ma < kLeastCurrent) return std::nullopt;
  const std::uint32_t wanted = std::min(current_ma, kMostCurrent);
  const std::uint32_t linear = std::min<std::uint32_t>(wanted / kLinearStep, kLinearTo);
  const std::uint32_t steep = kSteepOrigin + wanted / kSteepStep;
  return static_cast<std::uint16_t>(steep > kLinearTo ? steep : linear);
}

}  // namespace bulwatt::iec61851
