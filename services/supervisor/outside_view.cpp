#include "services/supervisor/outside_view.hpp"

#include <algorithm>
#include <charconv>

namespace bulwatt::supervisor {
namespace {
using sandbox::Layer;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// The rest of the line that begins with `key`.
std::string_view value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    if (line.starts_with(key)) return trimmed(line.substr(key.size()));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

/// Takes the first word off `text`.
std::string_view word(std::string_view& text, char separator = ' ') {
  text = trimmed(text);
  const auto end =
      std::min(text.find_first_of(separator == ' ' ? " \t" : std::string_view{&separator, 1}), text.size());
  const auto first = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return first;
}

std::uint64_t number(std::string_view text, std::uint64_t otherwise) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc{} ? value : otherwise;
}

bool all_zero(std::string_view digits) {
  return !digits.empty() && digits.find_first_not_of('0') == std::string_view::npos;
}

/// Real, effective, saved and file system id.
bool all_are(std::string_view ids, std::uint32_t wanted) {
  for (int i = 0; i < 4; ++i) {
    if (number(word(ids), ~std::uint64_t{0}) != wanted) return false;
  }
  return true;
}

bool only_own_groups(std::string_view groups, std::uint32_t user) {
  while (!trimmed(groups).empty()) {
    if (number(word(groups), ~std::uint64_t{0}) != user) return false;
  }
  return true;
}

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    if (word(options, ',') == wanted) return true;
  }
  return false;
}

/// Both the limit and how far it can be raised again.
bool within(std::string_view limits, std::string_view name, std::uint64_t most) {
  auto rest = value_of(limits, name);
  const auto now = number(word(rest), ~std::uint64_t{0});
  return now <= most && number(word(rest), ~std::uint64_t{0}) <= most;
}

bool as_granted(std::string_view options, const ExpectedMount& mount) {
  return has_option(options, "nosuid") && has_option(options, "nodev") &&
         (!mount.read_only || has_option(options, "ro")) && (mount.program || has_option(options, "noexec"));
}

}  // namespace

Denial judge_status(std::string_view status, sandbox::Layers claimed, std::uint32_t user, bool own_groups) {
  Denial out;
  const auto claims = [&](Layer layer) { return (claimed & bit(layer)) != 0; };
  if (claims(Layer::no_new_privileges) && value_of(status, "NoNewPrivs:") != "1")
    out.add(Layer::no_new_privileges, "no_new_privs is not set");
  const auto filters = number(value_of(status, "Seccomp_filters:"), ~std::uint64_t{0});  // since Linux 5.9
  const auto wanted = std::uint64_t{claims(Layer::filter_launch)} + std::uint64_t{claims(Layer::filter_steady)};
  const auto mode = value_of(status, "Seccomp:");
  const bool filtered = mode == "2" || mode == "3";  // 3, since Linux 5.17: the filter is ending it right now
  if (wanted > 0 && !filtered) {
    out.add(Layer::filter_steady, "no system call filter");
    out.add(Layer::filter_launch, "");
  } else if (filters < wanted) {
    // Which one is missing cannot be seen, so neither is believed.
    out.add(Layer::filter_steady, "fewer call filters than claimed");
    out.add(Layer::filter_launch, "");
  }
  if (claims(Layer::no_capabilities)) {
    for (const auto key : {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"}) {
      if (!all_zero(value_of(status, key))) out.add(Layer::no_capabilities, "capabilities are left");
    }
  }
  if (claims(Layer::own_user)) {
    if (!all_are(value_of(status, "Uid:"), user) || !all_are(value_of(status, "Gid:"), user))
      out.add(Layer::own_user, "it runs as another user than its own");
    else if (own_groups && !only_own_groups(value_of(status, "Groups:"), user))
      out.add(Layer::own_user, "it kept a group of the supervisor");
  }
  if (claims(Layer::memory_locked) && value_of(status, "VmLck:").starts_with("0 "))
    out.add(Layer::memory_locked, "no memory is locked");
  if (value_of(status, "Threads:") != "1") out.add(Layer::filter_steady, "more than one thread");
  out.layers &= claimed;
  return out;
}

Denial judge_limits(std::string_view limits, sandbox::Layers claimed, const ExpectedLimits& expected) {
  Denial out;
  if ((claimed & bit(Layer::limits)) == 0) return out;
  const bool good = within(limits, "Max address space", expected.memory_bytes) &&
                    within(limits, "Max file size", expected.file_bytes) &&
                    within(limits, "Max open files", expected.open_files) && within(limits, "Max core file size", 0) &&
                    within(limits, "Max processes", 0);
  if (!good) out.add(Layer::limits, "a limit is higher than granted");
  return out;
}

Denial judge_mounts(std::string_view mountinfo, sandbox::Layers claimed, std::span<const ExpectedMount> expected) {
  Denial out;
  if ((claimed & bit(Layer::mount_view)) == 0) return out;
  std::size_t seen = 0;
  while (!mountinfo.empty()) {
    auto line = word(mountinfo, '\n');
    for (int i = 0; i < 4; ++i) word(line);  // number, parent, device, root
    auto place = word(line);
    const auto options = word(line);
    if (place.empty()) continue;
    ++seen;
    place.remove_prefix(1);
    const auto found = std::ranges::find(expected, place, &ExpectedMount::place);
    const bool known = place.empty() || found != expected.end();
    if (!known) out.add(Layer::mount_view, "it sees a file or folder that was not granted");
    else if (!as_granted(options, place.empty() ? ExpectedMount{} : *found))
      out.add(Layer::mount_view, "it may do more with a file or folder than granted");
  }
  if (seen != expected.size() + 1) out.add(Layer::mount_view, "its file view is not the granted one");
  return out;
}

bool is_kind(std::string_view link, Kind kind) {
  switch (kind) {
    case Kind::nothing: return link == "/dev/null";
    case Kind::pipe: return link.starts_with("pipe:");
    case Kind::socket: return link.starts_with("socket:");
    case Kind::device: return link.starts_with("/dev/");
    case Kind::served: return link.starts_with("/dev/") || link.starts_with("socket:");
  }
  return false;
}

bool is_own(std::string_view link, bool networked, bool has_files) {
  constexpr std::string_view kKinds[] = {"anon_inode:", "pipe:", "/secretmem", "/memfd:"};
  if (std::ranges::any_of(kKinds, [&](std::string_view kind) { return link.starts_with(kind); })) return true;
  if (networked && link.starts_with("socket:")) return true;
  return has_files && (link == "/state" || link.starts_with("/state/") || link == "/etc/resolv.conf");
}

}  // namespace bulwatt::supervisor
