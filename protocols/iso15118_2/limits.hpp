// Storage of what ISO 15118-2 allows more of than a station or a car in the field sends. More is refused as `no_room`.
#pragma once
#include <cstddef>

namespace bulwatt::iso2 {

inline constexpr std::size_t kIdChars = 64;             ///< no limit in the schema
inline constexpr std::size_t kNameChars = 64;           ///< of a parameter; no limit in the schema
inline constexpr std::size_t kStringValueChars = 64;    ///< of a parameter; no limit in the schema
inline constexpr std::size_t kParameterSets = 12;       ///< of 255
inline constexpr std::size_t kParameters = 8;           ///< of 16
inline constexpr std::size_t kSalesTariffEntries = 32;  ///< of 1024
inline constexpr std::size_t kPMaxEntries = 96;         ///< of 1024: a day of quarter hours

}  // namespace bulwatt::iso2
