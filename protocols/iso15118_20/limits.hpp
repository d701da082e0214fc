// Storage of what ISO 15118-20 allows more of than is kept here. More is refused as `no_room`. The largest message stays below
// 32 KiB; a station chooses the size of the schedules it offers itself.
#pragma once
#include <cstddef>

namespace bulwatt::iso20 {

inline constexpr std::size_t kIdChars = 64;                ///< no limit in the schema
inline constexpr std::size_t kParameterSets = 12;          ///< of 32
inline constexpr std::size_t kParameters = 10;             ///< of 32
inline constexpr std::size_t kPowerScheduleEntries = 32;   ///< of 1024, in each of up to six schedules of one message
inline constexpr std::size_t kPriceLevelEntries = 96;      ///< of 1024
inline constexpr std::size_t kPriceRuleStacks = 12;        ///< of 1024
inline constexpr std::size_t kPriceRules = 3;              ///< of 8
inline constexpr std::size_t kTaxRules = 10;               ///< all
inline constexpr std::size_t kOverstayRules = 5;           ///< all
inline constexpr std::size_t kPowerProfileEntries = 1024;  ///< of 2048
inline constexpr std::size_t kEvPriceRuleStacks = 64;      ///< of 1024

}  // namespace bulwatt::iso20
