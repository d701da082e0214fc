#include "libs/tariff/tariff.hpp"

namespace bulwatt::tariff {

std::int64_t cost(const Tariff& tariff, std::int64_t energy_mwh, std::int64_t duration_ms) {
  using Wide = unsigned __int128;
  constexpr std::uint64_t kMwhPerKwh = 1'000'000;
  constexpr std::uint64_t kMsPerMinute = 60'000;
  constexpr std::uint64_t kWholeTax = 10'000;
  const auto wide = [](std::int64_t value, std::int64_t most) {
    return static_cast<Wide>(std::clamp<std::int64_t>(value, 0, most));
  };
  const auto energy = wide(tariff.per_kwh, kMaxPrice) * wide(energy_mwh, kMaxEnergyMwh) * kMsPerMinute;
  const auto time = wide(tariff.per_minute, kMaxPrice) * wide(duration_ms, kMaxDurationMs) * kMwhPerKwh;
  const auto start = wide(tariff.per_session, kMaxPrice) * kMwhPerKwh * kMsPerMinute;
  const Wide parts = Wide{kMwhPerKwh} * kMsPerMinute * kWholeTax;
  return static_cast<std::int64_t>(((energy + time + start) * (kWholeTax + tariff.tax) + parts / 2) / parts);
}

}  // namespace bulwatt::tariff
