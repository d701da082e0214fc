// Exposure: one number per service, 0 closed to 100 open, from what its entry lets it touch and which layers it runs without.
// The formula is explained in docs/rationale/0017-exposure.md; a test holds every service below its named limit.
#pragma once
#include <algorithm>

#include "libs/sandbox/layers.hpp"

namespace bulwatt::sandbox {

/// What a service can reach by its entry alone, every layer in place.
constexpr unsigned surface(const ServiceEntry& service) {
  unsigned points = 0;
  if (service.network == Network::client) points += 12;
  if (service.network == Network::loopback) points += 6;
  if (service.network == Network::link) points += 10;  // strangers, but only they: nothing else can be reached
  if (service.udp_dns) points += 4;
  for (const auto& device : service.devices) points += device.rights == Rights::read_write ? 4U : 2U;
  for (const auto& file : service.files) points += file.rights == Rights::read_write ? 3U : 1U;
  if (!service.libraries.empty()) points += 4;  // a loader runs, code may be mapped until the lock-down
  for (const auto& end : service.ends) points += end.is_client ? 0U : 1U;  // somebody less urgent sends to it
  if (service.may_set_phase) points += 1;
  if (service.may_restart_station) points += 2;
  if (service.policy == Policy::fifo) points += 1;  // a loop of it takes the processor
  // Calls beyond what the loop of every service needs.
  constexpr unsigned kLoop = 40;
  constexpr unsigned kCallsPerPoint = 8;
  points += std::max(unsigned{service.steady_calls}, kLoop) / kCallsPerPoint - kLoop / kCallsPerPoint;
  return points;
}

/// What the absence of each layer adds, in the order of Layer.
inline constexpr std::array<std::uint8_t, kLayerCount> kLayerWeights{
    15,  // own_user
    20,  // mount_view
    15,  // no_network
    8,   // own_processes
    3,   // own_names
    8,   // limits
    20,  // no_capabilities
    15,  // no_new_privileges
    8,   // landlock_files
    8,   // landlock_ports
    3,   // landlock_scopes
    8,   // filter_launch
    2,   // realtime
    15,  // descriptors_checked
    8,   // not_dumpable
    5,   // no_write_execute
    4,   // memory_locked
    4,   // landlock_no_execute
    25,  // filter_steady
    5,   // seen_from_outside
};

constexpr std::uint8_t exposure(const ServiceEntry& service, Layers active) {
  unsigned points = surface(service);
  const auto missing = applicable(service) & ~active;
  for (std::size_t i = 0; i < kLayerCount; ++i) {
    if ((missing >> i & 1) != 0) points += kLayerWeights[i];
  }
  return static_cast<std::uint8_t>(std::min(points, 100U));
}

}  // namespace bulwatt::sandbox
