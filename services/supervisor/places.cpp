#include "services/supervisor/places.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bulwatt::supervisor {
namespace {

constexpr int kBacklog = 32;
constexpr int kLinkBacklog = 4;  // one car at a time, and who comes beside it
constexpr std::uint16_t kSdpPort = 15'118;
constexpr const char* kResolver = "/etc/resolv.conf";

const PortNumber* find_port(const Station& station, std::string_view name) {
  for (const auto& port : station.ports) {
    if (port.name.view() == name) return &port;
  }
  return nullptr;
}
const DevicePath* find_device(const Station& station, std::string_view name) {
  for (const auto& device : station.devices) {
    if (device.name.view() == name) return &device;
  }
  return nullptr;
}

bool add_bind(Places& places, std::string_view from, std::string_view to, os::Bind bind) {
  if (places.binds.full()) return false;
  const std::size_t at = places.binds.size;
  places.from[at] = LongPath{from};
  places.to[at] = Line<80>{to};
  if (places.from[at].cut() || places.to[at].cut()) return false;
  bind.from = places.from[at].c_str();
  bind.to = places.to[at].c_str();
  return places.binds.push_back(bind);
}

bool is_bound(const Places& places, std::string_view library) {
  const Line<80> to{"lib/", library};
  return std::ranges::any_of(places.binds, [&](const os::Bind& bind) { return to.view() == bind.to; });
}

Problem add_library(const sandbox::ServiceEntry& service, std::string_view from_folder, std::string_view library,
                    Places& places) {
  const LongPath from{from_folder, "/", library};
  if (::access(from.c_str(), R_OK) != 0)
    return Problem{service.name, " needs ", from.view(), ": ", std::strerror(errno)};
  const os::Bind program{.rights = sandbox::Rights::read, .program = true};
  const bool fits = add_bind(places, from.view(), Line<80>{"lib/", library}.view(), program);
  return fits ? Problem{} : Problem{service.name, " lists too many libraries"};
}

template <class Libraries>
Problem add_where_there(const sandbox::ServiceEntry& service, const Station& station, const Libraries& libraries,
                        Places& places) {
  for (const std::string_view library : libraries) {
    if (::access(LongPath{station.library_folder.view(), "/", library}.c_str(), R_OK) != 0) continue;
    if (is_bound(places, library)) continue;
    if (auto problem = add_library(service, station.library_folder.view(), library, places); !problem.view().empty())
      return problem;
  }
  return Problem{};
}

Problem add_libraries(const sandbox::ServiceEntry& service, const Station& station, Places& places) {
  if (service.libraries.empty()) return Problem{};
  const auto loader = station.loader.view();
  if (loader.empty() || station.library_folder.empty()) {
    return Problem{service.name, " needs shared libraries, but the configuration names no loader or library folder"};
  }
  if (!places.folders.push_back({"lib"}) || !places.links.push_back({"lib64", "lib"}))
    return Problem{"too many folders"};
  const os::Bind program{.rights = sandbox::Rights::read, .program = true};
  if (!add_bind(places, loader, Line<80>{"lib/", loader.substr(loader.rfind('/') + 1)}.view(), program))
    return Problem{service.name, " lists too many libraries"};
  for (const auto library : service.libraries) {
    if (auto problem = add_library(service, station.library_folder.view(), library, places); !problem.view().empty())
      return problem;
  }
  return add_where_there(service, station, service.libraries_if_there, places);
}

/// What libcrypto itself needs on some systems (Debian 13) and not on others.
Problem add_behind_libcrypto(const sandbox::ServiceEntry& service, const Station& station, Places& places) {
  return add_where_there(service, station, std::array<std::string_view, 2>{"libz.so.1", "libzstd.so.1"}, places);
}

// Libraries behind a device, only where the station has the device.
Problem add_tpm_stack(const sandbox::ServiceEntry& service, const Station& station, Places& places) {
  if (find_device(station, "tpm") == nullptr) return Problem{};
  for (const auto* library : {"libtss2-esys.so.0", "libtss2-sys.so.1", "libtss2-mu.so.0", "libcrypto.so.3"}) {
    if (auto problem = add_library(service, station.library_folder.view(), library, places); !problem.view().empty())
      return problem;
  }
  return add_behind_libcrypto(service, station, places);
}

// The module goes by one name inside, so that the service need not be told a path; what it needs itself is what modules need.
Problem add_token_module(const sandbox::ServiceEntry& service, const Station& station, Places& places) {
  const auto* module = find_device(station, "token_module");
  if (module == nullptr) return Problem{};
  if (::access(LongPath{module->path.view()}.c_str(), R_OK) != 0)
    return Problem{service.name, " needs ", module->path.view(), ": ", std::strerror(errno)};
  if (!add_bind(places, module->path.view(), "lib/token-module.so", {.rights = sandbox::Rights::read, .program = true}))
    return Problem{service.name, " lists too many libraries"};
  for (const auto* library : {"libcrypto.so.3", "libstdc++.so.6", "libgcc_s.so.1", "libm.so.6"}) {
    if (is_bound(places, library)) continue;
    if (auto problem = add_library(service, station.library_folder.view(), library, places); !problem.view().empty())
      return problem;
  }
  return add_behind_libcrypto(service, station, places);
}

/// The folder, not the socket: a daemon that is started again makes a new one. It may come later than the station.
Problem add_daemon(const sandbox::ServiceEntry& service, const Station& station, Places& places) {
  const LongPath folder{station.pcscd_folder.view()};
  if (folder.view().empty())
    return Problem{service.name, " needs the smart card daemon, but the configuration does not say where it is"};
  if (!make_folder(folder.c_str(), 0755)) return Problem{"cannot make ", folder.view(), ": ", std::strerror(errno)};
  if (!places.folders.push_back({"run"}) ||
      !add_bind(places, folder.view(), "run/pcscd", {.rights = sandbox::Rights::read, .folder = true}))
    return Problem{service.name, " lists too many files"};
  return Problem{};
}

Problem add_files(const sandbox::ServiceEntry& service, const Station& station, Places& places) {
  for (const auto& file : service.files) {
    if (file.name == "state") {
      const LongPath folder{station.state_folder.view(), "/", service.name};
      if (!make_folder(folder.c_str(), 0700)) return Problem{"cannot make ", folder.view(), ": ", std::strerror(errno)};
      if (::geteuid() == 0 && ::chown(folder.c_str(), places.user, places.user) != 0) {
        return Problem{"cannot give ", folder.view(), " to user ", places.user, ": ", std::strerror(errno)};
      }
      if (!add_bind(places, folder.view(), "state", {.rights = file.rights, .folder = true}))
        return Problem{"path too long: ", folder.view()};
    } else if (file.name == "resolver") {
      if (::access(kResolver, R_OK) != 0) continue;  // a station that is given addresses has none
      if (!places.folders.push_back({"etc"}) ||
          !add_bind(places, kResolver, "etc/resolv.conf", {.rights = sandbox::Rights::read})) {
        return Problem{service.name, " lists too many files"};
      }
    } else if (file.name == "tpm_stack") {
      if (auto problem = add_tpm_stack(service, station, places); !problem.view().empty()) return problem;
    } else if (file.name == "token_module") {
      if (auto problem = add_token_module(service, station, places); !problem.view().empty()) return problem;
    } else if (file.name == "pcscd") {
      if (auto problem = add_daemon(service, station, places); !problem.view().empty()) return problem;
    } else {
      return Problem{service.name, " is granted the file ", file.name, ", which the supervisor does not know"};
    }
  }
  return Problem{};
}

Problem add_devices(const sandbox::ServiceEntry& service, const Station& station, Places& places) {
  if (service.devices.size() > kMaxDevices) return Problem{service.name, " has too many devices"};
  for (std::size_t i = 0; i < service.devices.size(); ++i) {
    const auto& device = service.devices[i];
    const auto* path = find_device(station, device.name);
    if (path != nullptr) places.devices[i] = LongPath{path->path.view()};
    else if (!device.optional)
      return Problem{service.name, " needs the device ", device.name, ", which the configuration does not name"};
  }
  return Problem{};
}

sockaddr_storage own_address(int family, std::uint16_t port, bool loopback) {
  sockaddr_storage storage{};
  if (family == AF_INET6) {
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = loopback ? in6addr_loopback : in6addr_any;
  } else {
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(loopback ? INADDR_LOOPBACK : INADDR_ANY);
  }
  return storage;
}

/// kNoHandle with errno on failure. Loopback services listen for this machine only.
os::Handle listen_on(int family, std::uint16_t port, bool loopback) {
  const int listener = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return os::kNoHandle;
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const auto address = own_address(family, port, loopback);
  const socklen_t size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0 && ::listen(listener, kBacklog) == 0)
    return listener;
  const int error = errno;
  ::close(listener);
  errno = error;
  return os::kNoHandle;
}

/// A host without IPv6, or without an address on its loopback interface, has IPv4 only. A port that somebody else has on
/// IPv6 is an error: a browser that is sent to "localhost" would see that one's page.
bool without_ipv6(int error) { return error == EAFNOSUPPORT || error == EADDRNOTAVAIL; }

Problem add_listener(const sandbox::ServiceEntry& service, std::uint16_t port, Places& places) {
  const bool loopback = service.network == sandbox::Network::loopback;
  const auto listener = listen_on(AF_INET, port, loopback);
  if (listener == os::kNoHandle)
    return Problem{"cannot listen on port ", port, " for ", service.name, ": ", std::strerror(errno)};
  const auto twin = listen_on(AF_INET6, port, loopback);
  if (twin == os::kNoHandle && !without_ipv6(errno))
    return Problem{"cannot listen on IPv6 port ", port, " for ", service.name, ": ", std::strerror(errno)};
  if (!places.listeners.push_back(listener) || !places.listeners6.push_back(twin))
    return Problem{service.name, " has too many ports"};
  return Problem{};
}

/// Bound to the interface before anything else: what comes by another one is never seen. kNoHandle with errno on failure.
os::Handle socket_on(std::string_view interface, int type, std::uint16_t port) {
  const int fd = ::socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return os::kNoHandle;
  const int on = 1;
  const auto address = own_address(AF_INET6, port, false);
  bool done =
      ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.data(), static_cast<socklen_t>(interface.size())) == 0 &&
      ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0 &&
      ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(sockaddr_in6)) == 0;
  if (done && type == SOCK_STREAM) done = ::listen(fd, kLinkBacklog) == 0;
  if (done) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return os::kNoHandle;
}

/// Cars ask all nodes of the link. What the service sends to them all stays on this machine: it asks itself for its address.
bool join_all_nodes(os::Handle socket, std::string_view interface) {
  ipv6_mreq group{};
  group.ipv6mr_interface = ::if_nametoindex(Line<16>{interface}.c_str());
  group.ipv6mr_multiaddr.s6_addr[0] = 0xff;
  group.ipv6mr_multiaddr.s6_addr[1] = 0x02;
  group.ipv6mr_multiaddr.s6_addr[15] = 0x01;
  const int nowhere = 0;
  const int index = static_cast<int>(group.ipv6mr_interface);
  return ::setsockopt(socket, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group) == 0 &&
         ::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index) == 0 &&
         ::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &nowhere, sizeof nowhere) == 0;
}

Problem add_link(const sandbox::ServiceEntry& service, const LinkPlace& link, Places& places) {
  const auto interface = link.interface.view();
  const std::array sockets{socket_on(interface, SOCK_DGRAM, kSdpPort), socket_on(interface, SOCK_STREAM, link.tcp_port),
                           socket_on(interface, SOCK_STREAM, link.tls_port)};
  static_assert(sockets.size() == sandbox::kSocketsPerLink);
  const bool all = std::ranges::find(sockets, os::kNoHandle) == sockets.end();
  // A modem that is not plugged in must not keep the station from starting; the service says that it has no link.
  const bool absent = !all && ::if_nametoindex(Line<16>{interface}.c_str()) == 0;
  if ((!all && !absent) || (all && !join_all_nodes(sockets[0], interface)))
    return Problem{"cannot listen on the interface ", interface, " for ", service.name, ": ", std::strerror(errno)};
  for (const auto socket : sockets) {
    if (absent && socket != os::kNoHandle) ::close(socket);
    if (!places.link_sockets.push_back(absent ? os::kNoHandle : socket))
      return Problem{service.name, " has too many links"};
  }
  return Problem{};
}

Problem add_links(const sandbox::ServiceEntry& service, const Station& station, Places& places) {
  for (const auto name : service.links) {
    const auto* link = std::ranges::find(station.links, name, [](const LinkPlace& place) { return place.name.view(); });
    if (link != station.links.end()) {
      if (auto problem = add_link(service, *link, places); !problem.view().empty()) return problem;
      continue;
    }
    for (std::size_t i = 0; i < sandbox::kSocketsPerLink; ++i) {
      if (!places.link_sockets.push_back(os::kNoHandle)) return Problem{service.name, " has too many links"};
    }
  }
  return Problem{};
}

Problem add_ports(const sandbox::ServiceEntry& service, const Station& station, Places& places) {
  for (const auto name : service.tcp_connect) {
    const auto* port = find_port(station, name);
    if (port == nullptr)
      return Problem{service.name, " connects to the port ", name, ", which the configuration does not name"};
    if (port->number == 0) continue;  // optional, and not on this station: nothing to connect to
    if (!places.connect.push_back(port->number)) return Problem{service.name, " has too many ports"};
  }
  for (const auto name : service.tcp_listen) {
    const auto* port = find_port(station, name);
    if (port == nullptr || port->number == 0)
      return Problem{service.name, " listens on the port ", name, ", which the configuration does not name"};
    if (auto problem = add_listener(service, port->number, places); !problem.view().empty()) return problem;
  }
  return Problem{};
}

}  // namespace

bool make_folder(const char* path, unsigned mode) {
  if (::mkdir(path, mode) == 0) return true;
  struct stat facts{};
  return errno == EEXIST && ::stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

Mask present_services(const sandbox::SystemTable& table, const Station& station) {
  Mask present = 0;
  for (std::size_t i = 0; i < table.services.size(); ++i) {
    const auto& service = table.services[i];
    const bool configured =
        std::ranges::any_of(station.configs.view(), [&](const auto& c) { return c.service.view() == service.name; });
    if (!service.optional || configured) present |= Mask{1} << i;
  }
  return present;
}

Problem find_places(const sandbox::ServiceEntry& service, Index index, const Station& station, Places& places) {
  places.name = Line<32>{service.name};
  places.program = LongPath{station.program_folder.view(), "/", service.binary};
  places.user = station.first_user + index;
  for (const auto& config : station.configs) {
    if (config.service.view() == service.name) places.config = &config;
  }
  if (::access(places.program.c_str(), X_OK) != 0)
    return Problem{"cannot run ", places.program.view(), ": ", std::strerror(errno)};
  for (const auto step : {add_libraries, add_files, add_devices, add_ports, add_links}) {
    if (auto problem = step(service, station, places); !problem.view().empty()) return problem;
  }
  return Problem{};
}

}  // namespace bulwatt::supervisor
