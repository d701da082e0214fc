#include "services/supervisor/launch_plan.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bulwatt::supervisor {
namespace {

/// A device that is served by a program of this machine, such as the emulator of a TPM. kNoHandle and errno.
os::Handle connect_to(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  errno = ENAMETOOLONG;
  if (path.size() >= sizeof address.sun_path) return os::kNoHandle;
  path.copy(address.sun_path, path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket >= 0 && ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  const int why = errno;
  if (socket >= 0) ::close(socket);
  errno = why;
  return os::kNoHandle;
}

}  // namespace

DescriptorTable::~DescriptorTable() {
  for (std::size_t i = first_device_; i < first_device_ + devices_; ++i) {
    if (all_[i] != os::kNoHandle) ::close(all_[i]);
  }
}

Problem DescriptorTable::fill(const sandbox::ServiceEntry& service, const Places& places, const Common& common,
                              std::span<const os::Handle> conduits) {
  bool fits = all_.push_back(common.null) && all_.push_back(common.null) && all_.push_back(common.log) &&
              all_.push_back(common.control);
  for (const auto end : conduits) fits = fits && all_.push_back(end);
  first_device_ = all_.size;
  for (std::size_t i = 0; i < service.devices.size(); ++i) {
    const auto& path = places.devices[i];
    os::Handle device = os::kNoHandle;
    if (!path.view().empty()) {
      const int access = service.devices[i].rights == sandbox::Rights::read_write ? O_RDWR : O_RDONLY;
      device = ::open(path.c_str(), access | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
      if (device < 0 && errno == ENXIO && !service.devices[i].serial) device = connect_to(path.view());
      if (device < 0 && !service.devices[i].optional)
        return Problem{"cannot open ", path.view(), " for ", service.name, ": ", std::strerror(errno)};
    }
    fits = fits && all_.push_back(device);
    if (fits) ++devices_;
  }
  for (const auto listener : places.listeners) fits = fits && all_.push_back(listener);
  for (const auto listener : places.listeners6) fits = fits && all_.push_back(listener);
  for (const auto socket : places.link_sockets) fits = fits && all_.push_back(socket);
  return fits ? Problem{} : Problem{service.name, " is granted more descriptors than a process may start with"};
}

os::Plan make_plan(const sandbox::ServiceEntry& service, const Places& places, const Circumstances& here,
                   std::span<const os::Handle> descriptors) {
  os::Plan plan;
  plan.name = places.name.c_str();
  plan.program = here.program;
  plan.descriptors = descriptors;
  plan.mode = here.mode;
  plan.user = places.user;
  plan.own_network = sandbox::has_own_network(service);
  plan.tcp_connect = places.connect.view();
  plan.mount_point = here.mount_point;
  plan.folders = places.folders.view();
  plan.links = places.links.view();
  plan.binds = places.binds.view();
  plan.policy = service.policy;
  plan.priority = service.priority;
  plan.lock_memory = service.lock_memory;
  plan.memory_kib = service.memory_kib;
  plan.open_files = service.open_files;
  plan.file_kib = service.file_kib;
  plan.filter = service.filter_launch;
  plan.required = here.required;
  return plan;
}

}  // namespace bulwatt::supervisor
