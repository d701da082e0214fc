// What the manifest compiler writes for each service (generated/grants/<service>.hpp) is made of these. A conduit that was
// not granted has no type here, so code that uses it does not compile; neither does a message that was not granted.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "interfaces/control.hpp"

namespace bulwatt::ipc {

enum class Role : std::uint8_t { client, server };

/// What happens to requests beyond the rate.
enum class Overflow : std::uint8_t { fail, drop, close };
constexpr auto enum_names(Overflow) { return names("fail", "drop", "close"); }

inline constexpr int kLogFd = 2;
inline constexpr int kControlFd = 3;
inline constexpr int kFirstConduitFd = 4;  ///< conduit i of a service is descriptor kFirstConduitFd + i; devices follow

/// One conduit as its ends know it. The same numbers on both sides; `role` and `index` differ.
struct ConduitFacts {
  std::string_view client;
  std::string_view server;
  Role role{};
  std::uint8_t index{};  ///< in this service's list
  std::array<std::uint64_t, control::kPhases>
      requests{};  ///< client-to-server messages permitted, bit per id, by phase
  std::uint64_t pulses_to_client{};
  std::uint16_t deadline_ms{};
  std::uint16_t per_s{};
  std::uint16_t burst{};
  Overflow overflow{};
  constexpr int fd() const { return kFirstConduitFd + index; }
  constexpr std::uint64_t any_phase() const {
    std::uint64_t mask = 0;
    for (const auto m : requests) mask |= m;
    return mask;
  }
};

// A generated grant is a type of this form:
//   struct power { using Interface = bulwatt::power::Power; static constexpr ConduitFacts kFacts{…}; };

}  // namespace bulwatt::ipc
