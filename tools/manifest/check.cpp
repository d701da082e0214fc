#include "tools/manifest/check.hpp"

#include "interfaces/control.hpp"

namespace bulwatt::manifest {
namespace {

// Words that generated code needs for itself, or that C++ does.
constexpr std::array<std::string_view, 32> kReserved{
    "auto",    "bool",    "bulwatt", "case",   "char",       "class",     "const",  "control",
    "default", "delete",  "do",      "double", "else",       "enum",      "export", "float",
    "for",     "if",      "int",     "ipc",    "long",       "namespace", "new",    "private",
    "public",  "runtime", "sandbox", "std",    "supervisor", "switch",    "this",   "while"};
constexpr std::size_t kLongestName = 15;  // the kernel's limit for a process name

bool good_name(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto good = [&](char c) { return lower(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kLongestName && lower(name.front()) && std::ranges::all_of(name, good);
}

void check_name(std::string_view what, std::string_view name, std::uint32_t line, Findings& findings) {
  if (!good_name(name)) {
    findings.add(line, what, " name \"", name, "\" must be 1 to ", kLongestName,
                 " characters of a-z and 0-9 that begin with a letter.");
  } else if (std::ranges::find(kReserved, name) != kReserved.end()) {
    findings.add(line, what, " name \"", name, "\" is a word with another meaning; choose a different one.");
  }
}

// Phase numbers travel between processes, so the list is the compiled one, in its order.
void check_phases(const Manifest& manifest, Findings& findings) {
  constexpr auto known = enum_names(control::Phase{});
  const std::vector<std::string_view> all(known.begin(), known.end());
  for (const auto& phase : manifest.phases) {
    if (std::ranges::find(all, phase.text) == all.end()) {
      findings.add(phase.line, "[system] lists the unknown phase \"", phase.text, "\"", suggestion(phase.text, all));
      return;
    }
  }
  if (!std::ranges::equal(manifest.phases, all, {}, &Word::text)) {
    findings.add(manifest.system_line, "[system] must list the phases ", enumerated(all),
                 " in this order, as interfaces/control.hpp does.");
  }
}

// Says nothing about what a mistyped name makes look empty or alone.
void check_reached(const Manifest& manifest, Findings& findings) {
  const auto zone_known = [&](const Service& service) { return manifest.zone(service.zone.text) != nullptr; };
  const auto ends_known = [&](const Conduit& c) {
    return manifest.service(c.client.text) && manifest.service(c.server.text);
  };
  if (!std::ranges::all_of(manifest.services, zone_known) || !std::ranges::all_of(manifest.conduits, ends_known))
    return;
  for (const auto& zone : manifest.zones) {
    const auto inside = [&](const Service& service) { return service.zone.text == zone.name; };
    if (std::ranges::none_of(manifest.services, inside)) {
      findings.add(zone.line, "zone ", zone.name, " has no service; remove it or put a service into it.");
    }
  }
  for (const auto& service : manifest.services) {
    const auto touches = [&](const Conduit& c) {
      return c.client.text == service.name || c.server.text == service.name;
    };
    const auto count = std::ranges::count_if(manifest.conduits, touches);
    if (count == 0) {
      findings.add(service.line, "service ", service.name,
                   " has no conduit, so nobody can reach it; add a [[conduit]] or remove it.");
    } else if (count > manifest.max_conduits) {
      findings.add(service.line, "service ", service.name, " has ", count, " conduits but [system] allows ",
                   manifest.max_conduits, "; split the service or raise max_conduits.");
    }
  }
}

}  // namespace

void check_system(const Manifest& manifest, Findings& findings) {
  check_phases(manifest, findings);
  for (const auto& zone : manifest.zones) check_name("zone", zone.name, zone.line, findings);
  for (const auto& service : manifest.services) {
    check_name("service", service.name, service.line, findings);
    if (manifest.zone(service.zone.text) == nullptr) {
      findings.add(service.zone.line, "service ", service.name, " is in the unknown zone \"", service.zone.text, "\"",
                   suggestion(service.zone.text, names_of(manifest.zones)));
    }
  }
  check_reached(manifest, findings);
}

void check(const Manifest& manifest, Findings& findings) {
  check_system(manifest, findings);
  check_belongings(manifest, findings);
  check_running(manifest, findings);
  check_conduits(manifest, findings);
  // Rules about the whole need all its parts to be known.
  if (findings.empty()) check_calls(manifest, findings);
}

std::expected<Manifest, std::string> read(std::string_view path, std::string_view text) {
  Findings findings;
  auto manifest = load(text, findings);
  // A file of the wrong form would only give sentences that follow from that.
  if (findings.empty()) check(manifest, findings);
  if (!findings.empty()) return std::unexpected(refusals(path, findings));
  return manifest;
}

}  // namespace bulwatt::manifest
