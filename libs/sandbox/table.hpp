// The supervisor's whole knowledge of the system, as emitted by the manifest compiler (generated/system_table.hpp).
// Plain constexpr data: nothing is parsed at run time.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace bulwatt::sandbox {

enum class Policy : std::uint8_t { other, fifo };
/// link: no network but sockets on named interfaces that the supervisor makes and hands in.
enum class Network : std::uint8_t { none, loopback, client, link };
enum class Escalate : std::uint8_t { none, zone, safe_state };
enum class RestartClass : std::uint8_t { isolated, pair, zone, station };
enum class Rights : std::uint8_t { read, read_write };

/// One seccomp instruction; the same layout as the kernel's sock_filter.
struct Instruction {
  std::uint16_t code;
  std::uint8_t if_true;
  std::uint8_t if_false;
  std::uint32_t k;
};

struct DeviceEntry {
  std::string_view name;  ///< the station's configuration gives the path
  Rights rights{};
  bool serial = false;
  bool optional = false;
  int fd = -1;  ///< fixed descriptor in the service
};
struct FileEntry {
  /// "state": the service's own folder, seen as /state. "resolver": /etc/resolv.conf. "pcscd": the folder of the smart card daemon's
  /// socket, seen as /run/pcscd. Code, only where the station's configuration asks for it: "tpm_stack", the libraries to a TPM;
  /// "token_module", the shared object of a PKCS #11 token.
  std::string_view name;
  Rights rights{};
};

/// One end of a conduit.
struct EndEntry {
  std::uint8_t conduit;  ///< index into SystemTable::conduits
  bool is_client;
  std::uint64_t interface_hash;
};

struct ServiceEntry {
  std::string_view name;
  std::string_view zone;
  std::uint8_t sl_target;
  std::string_view purpose;
  std::string_view binary;  ///< bulwatt-<name>
  Policy policy{};
  std::uint8_t priority;
  bool lock_memory;
  Network network{};
  std::span<const std::string_view> tcp_connect;  ///< names of ports; the station's configuration gives numbers
  std::span<const std::string_view> tcp_listen;
  std::span<const std::string_view> links;  ///< names of interfaces; the station's configuration says which are there
  bool udp_dns;                             ///< may ask a name server over UDP
  std::span<const std::string_view> libraries;           ///< shared objects bound into the view; empty: static program
  std::span<const std::string_view> libraries_if_there;  ///< bound too where the host has them
  std::span<const DeviceEntry> devices;
  std::span<const FileEntry> files;
  std::uint32_t memory_kib;
  std::uint16_t open_files;
  std::uint32_t file_kib;
  std::uint16_t watchdog_interval_ms;
  std::uint8_t watchdog_missed;
  RestartClass restart_class{};
  std::uint8_t intensity;
  std::uint16_t window_s;
  std::span<const std::uint16_t> backoff_ms;
  Escalate escalate{};
  std::span<const std::uint8_t> restart_with;  ///< class pair: services restarted together with it
  std::uint16_t capsule_bytes;                 ///< what it may park at the supervisor; 0: nothing
  bool may_set_phase;
  bool may_restart_station;
  bool optional = false;                       ///< not run on a station whose configuration has no table for it
  bool keeps_acts;                             ///< gets the supervisor's acts to record
  std::span<const EndEntry> ends;              ///< in descriptor order: the more urgent peer first
  std::span<const Instruction> filter_launch;  ///< seccomp stage 1, before the service binary runs
  std::span<const Instruction> filter_steady;  ///< stage 2, entered by the service itself
  std::span<const std::string_view> syscall_sets;
  std::uint16_t steady_calls;  ///< how many different system calls stage 2 lets through
};

/// What is handed in for each link: SDP (UDP), TCP, TCP for TLS; all or none.
inline constexpr std::size_t kSocketsPerLink = 3;
/// Descriptors of sockets, open or not: listeners, the same on IPv6, then those of each link.
constexpr std::size_t handed_sockets(const ServiceEntry& service) {
  return 2 * service.tcp_listen.size() + kSocketsPerLink * service.links.size();
}
/// A network namespace of its own, with nothing in it. Sockets that are handed in belong to the host's all the same.
constexpr bool has_own_network(const ServiceEntry& service) {
  return service.network == Network::none || service.network == Network::link;
}

struct ConduitEntry {
  std::uint8_t client;  ///< index into SystemTable::services
  std::uint8_t server;
  std::string_view interface;
};

struct SystemTable {
  std::span<const ServiceEntry> services;  ///< start order: callees first; stop order is the reverse
  std::span<const ConduitEntry> conduits;
  std::uint64_t build;                   ///< identifies this build; a service of another build is refused
  std::uint8_t supervisor_priority = 0;  ///< SCHED_FIFO; above every service
};

}  // namespace bulwatt::sandbox
