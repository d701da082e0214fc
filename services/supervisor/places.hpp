// Where the things a service is granted are on this station: worked out once before the start, so that a launch only opens
// and clones. Every wrong or missing entry of the station's configuration is found here and gets one sentence.
#pragma once
#include "libs/base/line.hpp"
#include "libs/os/launch.hpp"
#include "services/supervisor/core.hpp"

namespace bulwatt::supervisor {

inline constexpr std::size_t kMaxBinds = 24;
inline constexpr std::size_t kMaxDevices = 8;
inline constexpr std::size_t kMaxPorts = 8;

using LongPath = Line<kMaxPath + 80>;
using Problem = Line<400>;

struct Places {
  Line<32> name{};
  LongPath program{};
  std::uint32_t user = 0;
  std::array<LongPath, kMaxBinds> from{};
  std::array<Line<80>, kMaxBinds> to{};
  List<os::Bind, kMaxBinds> binds{};
  List<os::Folder, 4> folders{};
  List<os::Link, 2> links{};
  std::array<LongPath, kMaxDevices> devices{};  ///< empty: optional and not on this station
  List<std::uint16_t, kMaxPorts> connect{};
  List<os::Handle, kMaxPorts> listeners{};   ///< bound once, handed to every incarnation
  List<os::Handle, kMaxPorts> listeners6{};  ///< the same ports on IPv6; kNoHandle where the host has none
  List<os::Handle, kMaxLinks * sandbox::kSocketsPerLink> link_sockets{};  ///< kNoHandle where a link is not there
  const ServiceConfig* config = nullptr;

  Places() = default;
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;
};

/// Fills `places` of one service; makes its state folder and listening sockets. Empty text: done.
Problem find_places(const sandbox::ServiceEntry& service, Index index, const Station& station, Places& places);

/// The services that this station has: all but the optional ones that its configuration has no table for.
Mask present_services(const sandbox::SystemTable& table, const Station& station);

/// Makes a folder unless it exists. False with errno otherwise.
bool make_folder(const char* path, unsigned mode);

}  // namespace bulwatt::supervisor
