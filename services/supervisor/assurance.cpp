#include "services/supervisor/assurance.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "libs/base/line.hpp"

namespace bulwatt::supervisor {
namespace {
using sandbox::Layer;

std::string_view value_of(std::string_view status, std::string_view key) {
  auto at = status.find(key);
  if (at == std::string_view::npos) return {};
  at += key.size();
  while (at < status.size() && (status[at] == '\t' || status[at] == ' ')) ++at;
  return status.substr(at, status.find('\n', at) - at);
}

bool all_zero(std::string_view digits) {
  return !digits.empty() && digits.find_first_not_of('0') == std::string_view::npos;
}

bool shares_namespace(int pid, std::string_view which) {
  struct stat theirs{};
  struct stat ours{};
  if (::stat(Line<64>{"/proc/", pid, "/ns/", which}.c_str(), &theirs) != 0) return true;
  if (::stat(Line<64>{"/proc/self/ns/", which}.c_str(), &ours) != 0) return true;
  return theirs.st_ino == ours.st_ino;
}

/// Number of open descriptors; -1 when it cannot be seen. Since Linux 6.2 the folder's size tells, even where its entries
/// may not be listed (a process that cannot be dumped, without root).
long count_descriptors(int pid) {
  struct stat facts{};
  if (::stat(Line<64>{"/proc/", pid, "/fd"}.c_str(), &facts) == 0 && facts.st_size > 0) return facts.st_size;
  const int folder = ::open(Line<64>{"/proc/", pid, "/fd"}.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -1;
  long count = 0;
  alignas(8) std::array<char, 4096> buffer;
  for (long n = 0; (n = ::syscall(SYS_getdents64, folder, buffer.data(), buffer.size())) > 0;) {
    for (long at = 0; at < n;) {
      std::uint16_t length = 0;
      std::memcpy(&length, buffer.data() + at + 16, sizeof length);   // d_reclen
      if (buffer[static_cast<std::size_t>(at) + 19] != '.') ++count;  // d_name
      at += length;
    }
  }
  ::close(folder);
  return count;
}
}  // namespace

std::string_view status_disagreement(std::string_view status, sandbox::Layers claimed) {
  const auto claims = [&](Layer layer) { return (claimed & bit(layer)) != 0; };
  if (claims(Layer::no_new_privileges) && value_of(status, "NoNewPrivs:") != "1") return "no_new_privs is not set";
  if (claims(Layer::filter_steady) && value_of(status, "Seccomp:") != "2") return "no system call filter";
  if (claims(Layer::no_capabilities)) {
    for (const auto key : {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"}) {
      if (!all_zero(value_of(status, key))) return "capabilities are left";
    }
  }
  if (value_of(status, "Threads:") != "1") return "more than one thread";
  return {};
}

Seen look_at(int pid, const Expected& expected) {
  const int file = ::open(Line<64>{"/proc/", pid, "/status"}.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::array<char, 4096> text;
  const auto n = ::read(file, text.data(), text.size());
  ::close(file);
  if (n <= 0) return {};
  if (const auto lie = status_disagreement({text.data(), static_cast<std::size_t>(n)}, expected.layers); !lie.empty())
    return {lie};
  struct Check {
    Layer layer;
    std::string_view name;
    std::string_view sentence;
  };
  constexpr Check kNamespaces[] = {{Layer::mount_view, "mnt", "it shares our file view"},
                                   {Layer::own_processes, "pid", "it shares our process numbers"},
                                   {Layer::own_names, "ipc", "it shares our System V objects"},
                                   {Layer::no_network, "net", "it shares our network"}};
  for (const auto& check : kNamespaces) {
    if ((expected.layers & bit(check.layer)) != 0 && shares_namespace(pid, check.name)) return {check.sentence};
  }
  const auto open = count_descriptors(pid);
  if (open > static_cast<long>(expected.granted_descriptors + expected.own_descriptors))
    return {"more descriptors than granted"};
  return {{}, open >= 0};
}

}  // namespace bulwatt::supervisor
