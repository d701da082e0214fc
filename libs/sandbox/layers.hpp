// The layers that keep a service in its place, one bit each. Nobody asks for a list of mechanisms by hand: the supervisor
// counts what it applied, the service what it found, and the sum is shown, recorded and compared with what is required.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "libs/sandbox/table.hpp"

namespace bulwatt::sandbox {

enum class Profile : std::uint8_t { production, developer };
constexpr auto enum_names(Profile) { return std::array<std::string_view, 2>{"production", "developer"}; }

/// Set of layers, bit per Layer.
using Layers = std::uint32_t;

enum class Layer : std::uint8_t {
  own_user,  // applied at launch
  mount_view,
  no_network,
  own_processes,
  own_names,
  limits,
  no_capabilities,
  no_new_privileges,
  landlock_files,
  landlock_ports,
  landlock_scopes,
  filter_launch,
  realtime,
  descriptors_checked,  // found or applied by the service itself
  not_dumpable,
  no_write_execute,
  memory_locked,
  landlock_no_execute,
  filter_steady,
  seen_from_outside,  // confirmed by the supervisor after READY
};
inline constexpr std::size_t kLayerCount = 20;

constexpr Layers bit(Layer layer) { return Layers{1} << static_cast<unsigned>(layer); }
template <class... L>
constexpr Layers bits(L... layer) {
  return (Layers{0} | ... | bit(layer));
}

struct LayerFacts {
  std::string_view name;
  std::string_view cost;  ///< what its absence costs, to follow "without it "
};
inline constexpr std::array<LayerFacts, kLayerCount> kLayerFacts{{
    {"own_user", "services share a user and may signal or trace each other"},
    {"mount_view", "the service sees the names and attributes of all files"},
    {"no_network", "a service that needs no network could reach one"},
    {"own_processes", "the service sees other processes' numbers"},
    {"own_names", "host name, System V objects and control groups are shared"},
    {"limits", "one service can use up memory, descriptors or disk"},
    {"no_capabilities", "the service keeps privileges of the super-user"},
    {"no_new_privileges", "a set-uid program could give privileges back"},
    {"landlock_files", "file access is held by the mount view alone"},
    {"landlock_ports", "a network service may connect to any TCP port"},
    {"landlock_scopes", "abstract sockets and signals are held by namespaces alone"},
    {"filter_launch", "the whole system call interface is open until the service locks itself"},
    {"realtime", "control loops share the processor like everyone else"},
    {"descriptors_checked", "a descriptor that nobody granted could be open"},
    {"not_dumpable", "memory of the service can end up in a core file or debugger"},
    {"no_write_execute", "memory could be made writable and executable"},
    {"memory_locked", "keys or control loops may be paged out"},
    {"landlock_no_execute", "program files stay executable after start"},
    {"filter_steady", "the service keeps the calls it needed only to start"},
    {"seen_from_outside", "the layers are the service's own word"},
}};

/// Layers that make sense for this service at all.
constexpr Layers applicable(const ServiceEntry& service) {
  Layers all = (Layers{1} << kLayerCount) - 1;
  if (!has_own_network(service)) all &= ~bit(Layer::no_network);
  if (service.policy != Policy::fifo) all &= ~bit(Layer::realtime);
  if (!service.lock_memory) all &= ~bit(Layer::memory_locked);
  return all;
}

/// Needed in the production profile on every kernel the project supports. The rest depends on kernel and board; a station
/// may demand it too (Station::also_required).
inline constexpr Layers kRequiredInProduction =
    bits(Layer::own_user, Layer::mount_view, Layer::no_network, Layer::own_processes, Layer::own_names, Layer::limits,
         Layer::no_capabilities, Layer::no_new_privileges, Layer::landlock_files, Layer::filter_launch,
         Layer::descriptors_checked, Layer::not_dumpable, Layer::filter_steady);

/// A service without these runs in no profile: each costs nothing and is in every supported kernel.
inline constexpr Layers kAlwaysRequired =
    bits(Layer::descriptors_checked, Layer::no_new_privileges, Layer::not_dumpable);

constexpr Layers required(Profile profile, const ServiceEntry& service, Layers also) {
  const Layers wanted = profile == Profile::production ? kRequiredInProduction | also : Layers{0};
  return (wanted | kAlwaysRequired) & applicable(service);
}

}  // namespace bulwatt::sandbox
