// Storage of what the schemas of DIN SPEC 70121 do not bound. More is refused as `no_room`.
#pragma once
#include <cstddef>

namespace bulwatt::din {

inline constexpr std::size_t kIdChars = 64;
inline constexpr std::size_t kNameChars = 64;
inline constexpr std::size_t kStringValueChars = 64;
inline constexpr std::size_t kChallengeChars = 64;
inline constexpr std::size_t kServices = 8;
inline constexpr std::size_t kSelectedServices = 16;
inline constexpr std::size_t kParameterSets = 12;
inline constexpr std::size_t kParameters = 8;
inline constexpr std::size_t kPaymentOptions = 4;
inline constexpr std::size_t kSubCertificates = 4;
inline constexpr std::size_t kRootCertificateIds = 20;
inline constexpr std::size_t kScheduleTuples = 3;
inline constexpr std::size_t kSalesTariffEntries = 32;
inline constexpr std::size_t kConsumptionCosts = 3;
inline constexpr std::size_t kCosts = 3;
inline constexpr std::size_t kPMaxEntries = 96;
inline constexpr std::size_t kProfileEntries = 24;

}  // namespace bulwatt::din
