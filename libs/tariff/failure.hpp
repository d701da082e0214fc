// How much a bill may hold, and why the cost of a session is not known.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::tariff {

inline constexpr std::size_t kMaxTaxes = 5;
inline constexpr std::size_t kMaxPeriods = 12;  ///< of a session that are listed

/// backwards: time or register ran backwards. gap: energy flowed between samples that are far apart and a price changed
/// meanwhile. too_much: more energy or time than a session can have. nothing: no sample was taken. clock: prices go by the
/// hour and the clock was set, or shows no time of today. meter: what flowed in the end was not read.
enum class Failure : std::uint8_t { backwards, gap, too_much, nothing, clock, meter };
constexpr auto enum_names(Failure) { return names("backwards", "gap", "too_much", "nothing", "clock", "meter"); }

}  // namespace bulwatt::tariff
