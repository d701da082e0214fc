// What follows from a checked manifest: start order, who holds which descriptor, permit masks, filters, the build id.
#pragma once
#include "libs/ipc/grant.hpp"
#include "libs/sandbox/table.hpp"
#include "tools/manifest/catalog.hpp"
#include "tools/manifest/model.hpp"

namespace bulwatt::manifest {

/// Permissions of one conduit as bits per message id.
struct Masks {
  std::array<std::uint64_t, control::kPhases> requests{};  ///< client to server, by phase
  std::uint64_t pulses_to_client{};
};

/// One service's end of one conduit.
struct End {
  const Conduit* conduit{};
  std::size_t conduit_index{};  ///< in Layout::conduits
  const Service* peer{};
  bool is_client{};
  std::string grant_name;  ///< of the generated type: the peer's name, with the interface's where that is not enough
};

struct Placed {
  const Service* service{};
  const Zone* zone{};
  std::vector<End> ends;  ///< in descriptor order: the more urgent peer first
  int first_device_fd() const { return ipc::kFirstConduitFd + static_cast<int>(ends.size()); }
  int first_listen_fd() const { return first_device_fd() + static_cast<int>(service->devices.size()); }
  int first_listen6_fd() const { return first_listen_fd() + static_cast<int>(service->network.tcp_listen.size()); }
  int first_link_fd() const { return first_listen6_fd() + static_cast<int>(service->network.tcp_listen.size()); }
  int end_fd() const {
    return first_link_fd() + static_cast<int>(sandbox::kSocketsPerLink * service->network.links.size());
  }
};

struct Layout {
  std::vector<Placed> services;  ///< in start order
  std::vector<const Conduit*> conduits;
  std::uint64_t build{};
  int supervisor_priority{};
  std::size_t index_of(std::string_view service) const;
};

/// Of a manifest without findings; it must outlive the layout.
Layout lay_out(const Manifest& manifest, std::string_view version);

Masks masks_of(const Conduit& conduit);
/// Messages to the server allowed in a phase, in the order of the manifest.
std::vector<std::string_view> messages_in_phase(const Conduit& conduit, std::string_view phase);

}  // namespace bulwatt::manifest
