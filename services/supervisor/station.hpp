// What the supervisor is told about this station: one wire-encoded structure, written by `bulwatt run` (run/station.bin).
// The authority graph is not in it: what a service may do is compiled in, this only says where things are here.
#pragma once
#include "libs/fields/fields.hpp"
#include "libs/wire/wire.hpp"

namespace bulwatt::supervisor {

inline constexpr std::size_t kMaxServices = 16;
inline constexpr std::size_t kMaxNamed = 16;  ///< devices, ports
inline constexpr std::size_t kMaxLinks = 4;
inline constexpr std::size_t kMaxPath = 240;
inline constexpr std::size_t kMaxConfigBytes = 8192;
inline constexpr std::uint32_t kDefaultFirstUser = 61000;

using Path = Text<kMaxPath>;
using Name = Text<32>;

enum class ProfileChoice : std::uint8_t { production, developer };
constexpr auto enum_names(ProfileChoice) { return names("production", "developer"); }
enum class ModeChoice : std::uint8_t { root, rootless, automatic };
constexpr auto enum_names(ModeChoice) { return names("root", "rootless", "auto"); }

/// A device named in the authority graph and its path on this station.
struct DevicePath {
  Name name{};
  Path path{};
  static constexpr auto fields() { return list(field<&DevicePath::name>("name"), field<&DevicePath::path>("path")); }
};
/// A port named in the authority graph. Listening sockets are bound on every address unless the service's network mode
/// is `loopback`. Number 0: one to connect to that this station has not.
struct PortNumber {
  Name name{};
  std::uint16_t number{};
  static constexpr auto fields() {
    return list(field<&PortNumber::name>("name"), field<&PortNumber::number>("number"));
  }
};
/// An interface named in the authority graph, on which cars are met. Sockets are bound to it alone.
struct LinkPlace {
  Name name{};
  Text<15> interface{};
  std::uint16_t tcp_port{};
  std::uint16_t tls_port{};
  static constexpr auto fields() {
    return list(field<&LinkPlace::name>("name"), field<&LinkPlace::interface>("interface"),
                field<&LinkPlace::tcp_port>("tcp_port"), field<&LinkPlace::tls_port>("tls_port"));
  }
};
/// A service's configuration, encoded by libs/wire from its own Config type; goes to it in Start, unread.
struct ServiceConfig {
  Name service{};
  Octets<kMaxConfigBytes> config{};
  static constexpr auto fields() {
    return list(field<&ServiceConfig::service>("service"), field<&ServiceConfig::config>("config"));
  }
};

struct Station {
  ProfileChoice profile{};
  ModeChoice mode = ModeChoice::automatic;
  Path run_folder{};      ///< absolute; status, log, lock; made when missing
  Path state_folder{};    ///< absolute; one folder per service below it
  Path program_folder{};  ///< absolute; holds bulwatt-<service>
  Path library_folder{};  ///< absolute; where shared objects of the build host are ("/lib/x86_64-linux-gnu")
  Path loader{};          ///< the dynamic loader ("/lib64/ld-linux-x86-64.so.2"); may be empty when all are static
  std::uint32_t first_user = kDefaultFirstUser;  ///< root mode: service i runs as user and group first_user + i
  std::uint32_t also_required{};                 ///< sandbox layers demanded beyond the profile's (layers.hpp)
  Path other_slot_request{};                     ///< slots.hpp; empty: the machine has one slot
  Path watchdog_device{};                        ///< "/dev/watchdog"; empty: the machine is not to be reset
  std::uint16_t watchdog_s = 10;                 ///< its patience
  Path pcscd_folder{};                           ///< where the smart card daemon has its socket; empty: nobody needs it
  List<DevicePath, kMaxNamed> devices{};
  List<PortNumber, kMaxNamed> ports{};
  List<LinkPlace, kMaxLinks> links{};
  List<ServiceConfig, kMaxServices> configs{};
  static constexpr auto fields() {
    return list(field<&Station::profile>("profile"), field<&Station::mode>("mode"),
                field<&Station::run_folder>("run_folder", {.at_least = 1}),
                field<&Station::state_folder>("state_folder", {.at_least = 1}),
                field<&Station::program_folder>("program_folder", {.at_least = 1}),
                field<&Station::library_folder>("library_folder"), field<&Station::loader>("loader"),
                field<&Station::first_user>("first_user", {.min = 1}), field<&Station::also_required>("also_required"),
                field<&Station::other_slot_request>("other_slot_request"),
                field<&Station::watchdog_device>("watchdog_device"),
                field<&Station::watchdog_s>("watchdog_s", {.min = 2, .max = 600}),
                field<&Station::pcscd_folder>("pcscd_folder"), field<&Station::devices>("devices"),
                field<&Station::ports>("ports"), field<&Station::links>("links"), field<&Station::configs>("configs"));
  }
};

}  // namespace bulwatt::supervisor
