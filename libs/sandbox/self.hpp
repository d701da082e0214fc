// What a service does to itself. Two steps:
//
//   auto layers = sandbox::check_start(descriptors);   // first thing in main, before anything is opened
//   … allocate, open the own state folder, read the configuration …
//   auto more = sandbox::lock_down({.filter = kFilterSteady, …});  // last thing before READY; nothing is opened later
//   // Ready.layers = *layers | *more
//
// After lock_down a system call outside the steady set kills the process. Failures are typed and final: the service says
// the sentence of `explain` on standard error and ends with kExitNotSafe.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "libs/sandbox/layers.hpp"
#include "libs/sandbox/table.hpp"

namespace bulwatt::sandbox {

/// Exit code of a service that found its surroundings unsafe.
inline constexpr int kExitNotSafe = 77;
/// Descriptors above this are not looked for; the launch closes them in one call.
inline constexpr int kHighestDescriptor = 1023;

/// Descriptors that must be open and those that may be (optional devices). Bit per number, so at most 64.
struct Descriptors {
  std::uint64_t must = 0;
  std::uint64_t may = 0;
};
/// Null, null, log, control, conduits, devices, listening sockets, the same on IPv6 where the host has it, sockets of the links
/// that are there: in this order.
constexpr Descriptors descriptors_of(const ServiceEntry& service) {
  constexpr unsigned kFirstConduit = 4;
  Descriptors d;
  const auto conduits = static_cast<unsigned>(service.ends.size());
  const auto devices = static_cast<unsigned>(service.devices.size());
  const auto ports = static_cast<unsigned>(service.tcp_listen.size());
  const auto first_twin = kFirstConduit + conduits + devices + ports;
  const auto bits_below = [](unsigned end) { return (std::uint64_t{1} << end) - 1; };
  d.must = bits_below(first_twin);
  const auto links = static_cast<unsigned>(kSocketsPerLink * service.links.size());
  d.may = bits_below(first_twin + ports + links) & ~d.must;
  for (unsigned i = 0; i < devices; ++i) {
    if (!service.devices[i].optional) continue;
    const auto one = std::uint64_t{1} << (kFirstConduit + conduits + i);
    d.must &= ~one;
    d.may |= one;
  }
  return d;
}
/// Numbers that a process may start with, closed ones included.
constexpr std::size_t handed_descriptors(const ServiceEntry& service) {
  return 4 + service.ends.size() + service.devices.size() + handed_sockets(service);
}
/// First descriptor of a listening socket; they follow in the order of `tcp_listen`. Of a link the SDP socket comes first.
constexpr int first_listener(const ServiceEntry& service) {
  return 4 + static_cast<int>(service.ends.size() + service.devices.size()) + (service.links.empty() ? 0 : 1);
}

enum class SelfFault : std::uint8_t {
  descriptor_missing,
  descriptor_unexpected,
  privileges_can_grow,
  capabilities_left,
  dumpable,
  filter_refused,
  layer_missing,
};
struct SelfError {
  SelfFault fault{};
  int detail = 0;  ///< the descriptor, the system's error number, or the Layer
};
/// One sentence for the log, without the detail.
std::string_view explain(SelfFault fault);

/// Compares the open descriptors with the list and looks at no_new_privs, capabilities and the filter mode.
/// Returns the layers found active.
std::expected<Layers, SelfError> check_start(const Descriptors& expected);

struct LockDown {
  std::span<const Instruction> filter;  ///< steady state; empty: none is entered (developer builds without one)
  bool lock_memory = false;
  Layers found = 0;                   ///< what check_start returned
  Layers required = kAlwaysRequired;  ///< missing ones are a failure; the supervisor checks the profile's list again
};
/// Closes what is still open to the service: dumps, write-execute memory, paging, program execution, system calls.
/// Returns all active layers, including `found`.
std::expected<Layers, SelfError> lock_down(const LockDown& options);

}  // namespace bulwatt::sandbox
