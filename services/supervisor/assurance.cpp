#include "services/supervisor/assurance.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

#include "libs/base/line.hpp"
#include "libs/sandbox/self.hpp"

namespace bulwatt::supervisor {
namespace {
using sandbox::Layer;
constexpr std::size_t kOwnDescriptors = 40;  // loop, timers, files and connections of a service
constexpr std::size_t kTextBytes = 16 * 1024;

bool claims(const Claim& claim, Layer layer) { return (claim.layers & bit(layer)) != 0; }

/// Empty: it could not be read, or not whole.
std::string_view read_text(int pid, std::string_view what, std::span<char> into) {
  const int file = ::open(Line<64>{"/proc/", pid, "/", what}.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::size_t size = 0;
  ssize_t n = 0;
  while (size < into.size() && (n = ::read(file, into.data() + size, into.size() - size)) > 0)
    size += static_cast<std::size_t>(n);
  ::close(file);
  return n == 0 ? std::string_view{into.data(), size} : std::string_view{};
}

bool shares_namespace(int pid, std::string_view which) {
  struct stat theirs{};
  struct stat ours{};
  if (::stat(Line<64>{"/proc/", pid, "/ns/", which}.c_str(), &theirs) != 0) return true;
  if (::stat(Line<64>{"/proc/self/ns/", which}.c_str(), &ours) != 0) return true;
  return theirs.st_ino == ours.st_ino;
}

Denial judge_namespaces(int pid, const Claim& claim) {
  struct Check {
    Layer layer;
    std::string_view name;
    std::string_view sentence;
  };
  constexpr Check kNamespaces[] = {{Layer::mount_view, "mnt", "it shares our file view"},
                                   {Layer::own_processes, "pid", "it shares our process numbers"},
                                   {Layer::own_names, "ipc", "it shares our System V objects"},
                                   {Layer::own_names, "uts", "it shares our host name"},
                                   {Layer::own_names, "cgroup", "it sees our control groups"},
                                   {Layer::no_network, "net", "it shares our network"}};
  Denial out;
  for (const auto& check : kNamespaces) {
    if (claims(claim, check.layer) && shares_namespace(pid, check.name)) out.add(check.layer, check.sentence);
  }
  if (claim.mode == os::Mode::rootless && claims(claim, Layer::own_user) && shares_namespace(pid, "user"))
    out.add(Layer::own_user, "it shares our user namespace");
  return out;
}

/// The files of a process whose memory may not be read belong to the super-user, not to itself. Where that cannot be told
/// apart (it is the super-user, or we are in a user namespace that does not know it) nothing is said.
bool can_be_dumped(int pid) {
  struct stat proc{};
  struct stat own{};
  struct stat shown{};
  if (::stat("/proc", &proc) != 0 || proc.st_uid != 0) return false;
  return ::stat(Line<64>{"/proc/", pid}.c_str(), &own) == 0 &&
         ::stat(Line<64>{"/proc/", pid, "/status"}.c_str(), &shown) == 0 && own.st_uid != 0 &&
         own.st_uid == shown.st_uid;
}

/// What is read of a process that is ending says nothing about the one that was.
bool is_ending(int pid, std::span<char> room) {
  constexpr std::uint64_t kExiting = 0x4;  // PF_EXITING
  auto text = read_text(pid, "stat", room);
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return true;
  text.remove_prefix(name_end + 1);
  std::uint64_t flags = kExiting;
  for (int field = 3; field <= 9; ++field) {  // state, parent, group, session, terminal, its group, flags
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto end = std::min(text.find(' '), text.size());
    if (field == 9) std::from_chars(text.data(), text.data() + end, flags);
    text.remove_prefix(end);
  }
  return (flags & kExiting) != 0;
}

Denial judge_rest(int pid, const Claim& claim) {
  Denial out;
  if (claims(claim, Layer::not_dumpable) && can_be_dumped(pid))
    out.add(Layer::not_dumpable, "its memory can be dumped");
  if (claims(claim, Layer::realtime) && (::sched_getscheduler(pid) & ~SCHED_RESET_ON_FORK) != SCHED_FIFO)
    out.add(Layer::realtime, "it has no real-time priority");
  return out;
}

// ---- descriptors

/// What a granted number must be; empty for one beyond them.
std::optional<Kind> kind_of(std::size_t fd, const sandbox::ServiceEntry& service) {
  if (fd < 2) return Kind::nothing;
  if (fd == 2) return Kind::pipe;
  const auto conduits = 4 + service.ends.size();
  if (fd < conduits) return Kind::socket;
  if (fd < conduits + service.devices.size())
    return service.devices[fd - conduits].serial ? Kind::device : Kind::served;
  if (fd < sandbox::handed_descriptors(service)) return Kind::socket;
  return {};
}

bool is_granted(std::string_view number, std::string_view link, const sandbox::ServiceEntry& service) {
  std::size_t fd = 0;
  if (std::from_chars(number.data(), number.data() + number.size(), fd).ec != std::errc{}) return false;
  const auto kind = kind_of(fd, service);
  if (kind && is_kind(link, *kind)) return true;
  // The number of an optional one that this station lacks is free, and the service's next descriptor of its own takes it.
  if (kind && (sandbox::descriptors_of(service).may >> fd & 1) == 0) return false;
  const bool daemon = std::ranges::any_of(service.files, [](const auto& file) { return file.name == "pcscd"; });
  return is_own(link, daemon || service.network != sandbox::Network::none, !service.files.empty());
}

struct Descriptors {
  std::size_t count = 0;
  bool granted = true;  ///< every one that could be read
  bool read = true;     ///< all could be read
};

/// Empty: the folder may not be listed.
std::optional<Descriptors> list_descriptors(int pid, const sandbox::ServiceEntry& service) {
  const int folder = ::open(Line<64>{"/proc/", pid, "/fd"}.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return {};
  Descriptors out;
  alignas(8) std::array<char, 4096> entries;
  for (long n = 0; (n = ::syscall(SYS_getdents64, folder, entries.data(), entries.size())) > 0;) {
    for (long at = 0; at < n;) {
      std::uint16_t length = 0;
      std::memcpy(&length, entries.data() + at + 16, sizeof length);  // d_reclen
      const char* name = entries.data() + at + 19;                    // d_name
      at += length;
      if (*name == '.') continue;
      ++out.count;
      std::array<char, 256> link;
      const auto size = ::readlinkat(folder, name, link.data(), link.size());
      if (size < 0) out.read = false;
      else if (!is_granted(name, {link.data(), static_cast<std::size_t>(size)}, service)) out.granted = false;
    }
  }
  ::close(folder);
  return out;
}

/// Since Linux 6.2 the folder's size tells how many, even where its entries may not be listed (a process that cannot be
/// dumped, without root).
std::optional<Descriptors> count_descriptors(int pid) {
  struct stat facts{};
  if (::stat(Line<64>{"/proc/", pid, "/fd"}.c_str(), &facts) != 0 || facts.st_size <= 0) return {};
  return Descriptors{static_cast<std::size_t>(facts.st_size), true, true};
}

Denial judge_descriptors(int pid, const Claim& claim, bool& seen) {
  auto found = list_descriptors(pid, claim.service);
  if (!found || !found->read) found = count_descriptors(pid);
  seen = found.has_value();
  Denial out;
  const auto granted = sandbox::handed_descriptors(claim.service);
  if (found && found->count > granted + kOwnDescriptors)
    out.add(Layer::descriptors_checked, "it holds more descriptors than granted");
  else if (found && !found->granted) out.add(Layer::descriptors_checked, "it holds a descriptor that nobody granted");
  return out;
}

Denial judge_view(int pid, const Claim& claim, std::span<char> room) {
  std::array<ExpectedMount, kMaxBinds> mounts;
  std::size_t count = 0;
  for (const auto& bind : claim.places.binds)
    mounts[count++] = {bind.to, bind.rights == sandbox::Rights::read, bind.program};
  return judge_mounts(read_text(pid, "mountinfo", room), claim.layers, std::span{mounts}.first(count));
}

}  // namespace

Seen look_at(int pid, const Claim& claim) {
  static constinit std::array<char, kTextBytes> room{};
  const auto status = read_text(pid, "status", room);
  if (status.empty()) return {};
  const bool root = claim.mode == os::Mode::root;
  const auto user = root || ::geteuid() == 0 ? claim.places.user : ::geteuid();
  Seen seen;
  seen.denial.add(judge_status(status, claim.layers, user, root));
  const ExpectedLimits limits{std::uint64_t{claim.service.memory_kib} * 1024,
                              std::uint64_t{claim.service.file_kib} * 1024, claim.service.open_files};
  seen.denial.add(judge_limits(read_text(pid, "limits", room), claim.layers, limits));
  seen.denial.add(judge_view(pid, claim, room));
  seen.denial.add(judge_namespaces(pid, claim));
  seen.denial.add(judge_rest(pid, claim));
  seen.denial.add(judge_descriptors(pid, claim, seen.everything));
  return is_ending(pid, room) ? Seen{} : seen;
}

}  // namespace bulwatt::supervisor
