#include "interfaces/control.hpp"
#include "libs/ipc/hash.hpp"
#include "tools/manifest/model.hpp"

namespace bulwatt::manifest {
namespace {

constexpr long long kMost16 = 0xffff;
constexpr long long kMostKib = 64LL * 1024 * 1024;

int to_int(long long number) { return static_cast<int>(number); }

Schedule load_schedule(Section section) {
  Schedule out;
  out.line = section.line();
  out.policy = section.text("policy", "policy = \"other\"");
  out.priority = to_int(section.number("priority", 1, 99, "priority = 50"));
  out.lock_memory = section.flag_or("lock_memory", false);
  section.done();
  return out;
}

Network load_network(Section section) {
  Network out;
  out.line = section.line();
  out.mode = section.text("mode", "mode = \"none\"");
  out.tcp_connect = section.texts("tcp_connect");
  out.tcp_listen = section.texts("tcp_listen");
  out.links = section.texts("links");
  out.udp_dns = section.flag_or("udp_dns", false);
  section.done();
  return out;
}

Limits load_limits(Section section, const Service& service, Findings& findings) {
  Limits out;
  out.line = section.line();
  if (!section.has("memory_kib") && service.schedule.lock_memory) {
    findings.add(section.line(), "service ", service.name,
                 " locks its memory but has no limit for it; add memory_kib = 65536.");
    section.text_or("memory_kib", "");
  } else {
    out.memory_kib = static_cast<std::uint32_t>(section.number("memory_kib", 1024, kMostKib, "memory_kib = 65536"));
  }
  out.open_files = to_int(section.number("open_files", 8, 1024, "open_files = 32"));
  out.file_kib = static_cast<std::uint32_t>(section.number("file_kib", 0, kMostKib, "file_kib = 0"));
  section.done();
  return out;
}

Watchdog load_watchdog(Section section) {
  Watchdog out;
  out.interval_ms = to_int(section.number("interval_ms", 10, 60'000, "interval_ms = 1000"));
  out.missed = to_int(section.number("missed", 1, 100, "missed = 3"));
  section.done();
  return out;
}

Restart load_restart(Section section, Findings& findings) {
  Restart out;
  out.line = section.line();
  out.restart_class = section.text("class", "class = \"isolated\"");
  out.intensity = to_int(section.number("intensity", 1, 255, "intensity = 20"));
  out.window_s = to_int(section.number("window_s", 1, 3600, "window_s = 60"));
  out.backoff_ms = section.numbers("backoff_ms", 0, 60'000, "backoff_ms = [0, 10, 50, 200]");
  if (section.has("backoff_ms") && out.backoff_ms.empty()) {
    findings.add(
        section.line_of("backoff_ms"), section.where(),
        " has an empty \"backoff_ms\"; write the waits before the first, second, … restart, for example [0, 10, 50].");
  }
  out.escalate = section.text("escalate", "escalate = \"zone\"");
  out.with = section.texts("with");
  section.done();
  return out;
}

std::vector<Device> load_devices(Section& service) {
  std::vector<Device> out;
  for (auto& section : service.tables("devices")) {
    out.push_back({section.text("name", "name = \"mcu\""), section.text("kind", "kind = \"serial\""),
                   section.text("rights", "rights = \"r\""), section.flag_or("optional", false)});
    section.done();
  }
  return out;
}

std::vector<File> load_files(Section& service) {
  std::vector<File> out;
  for (auto& section : service.tables("files")) {
    out.push_back({section.text("name", "name = \"state\""), section.text("rights", "rights = \"rw\"")});
    section.done();
  }
  return out;
}

Service load_service(Section section, std::string name, Findings& findings) {
  Service out;
  out.name = std::move(name);
  out.line = section.line();
  out.zone = section.text("zone", "zone = \"core\"");
  out.purpose = section.text("purpose", "purpose = \"what it is for\"").text;
  out.schedule = load_schedule(section.table("schedule", "schedule = { policy = \"other\", priority = 50 }"));
  if (section.has("syscalls")) {
    out.syscalls = section.texts("syscalls");
  } else {
    section.text("syscalls", "syscalls = [\"base\"]");
  }
  out.libraries = section.texts("libraries");
  out.libraries_if_there = section.texts("libraries_if_there");
  out.devices = load_devices(section);
  out.files = load_files(section);
  out.network = load_network(section.table("network", "network = { mode = \"none\" }"));
  out.limits = load_limits(section.table("limits", "limits = { memory_kib = 65536, open_files = 32, file_kib = 0 }"),
                           out, findings);
  out.watchdog = load_watchdog(section.table("watchdog", "watchdog = { interval_ms = 1000, missed = 3 }"));
  out.restart = load_restart(section.table("restart",
                                           "restart = { class = \"isolated\", intensity = 20, window_s = 60, "
                                           "backoff_ms = [0, 10], escalate = \"zone\" }"),
                             findings);
  if (section.has("capsule_bytes")) {
    out.capsule_line = section.line_of("capsule_bytes");
    out.capsule_bytes =
        to_int(section.number("capsule_bytes", 1, control::kMaxCapsuleBytes, "capsule_bytes = 1024, or leave it out"));
  }
  out.may = section.texts("may");
  if (section.has("optional")) out.optional_line = section.line_of("optional");
  out.optional = section.flag_or("optional", false);
  section.done();
  return out;
}

Zone load_zone(Section section, std::string name) {
  Zone out;
  out.name = std::move(name);
  out.line = section.line();
  out.sl_target = to_int(section.number("sl_target", 1, 4, "sl_target = 2"));
  out.purpose = section.text("purpose", "purpose = \"what it protects\"").text;
  section.done();
  return out;
}

Conduit load_conduit(Section section) {
  Conduit out;
  out.line = section.line();
  out.client = section.text("client", "client = \"session\"");
  out.server = section.text("server", "server = \"meter\"");
  out.interface = section.text("interface", "interface = \"meter\"");
  out.calls = section.texts("calls");
  out.pulses_to_server = section.texts("pulses_to_server");
  out.pulses_to_client = section.texts("pulses_to_client");
  if (section.has("phase")) {
    auto phases = section.table("phase", "");
    for (const auto& phase : phases.names())
      out.phases.push_back({{phase, phases.line_of(phase)}, phases.texts(phase)});
  }
  out.deadline_ms = to_int(section.number("deadline_ms", 1, 60'000, "deadline_ms = 250"));
  out.deadline_line = section.line_of("deadline_ms");
  auto rate = section.table("rate", "rate = { per_s = 50, burst = 20 }");
  out.per_s = to_int(rate.number("per_s", 1, kMost16, "per_s = 50"));
  out.burst = to_int(rate.number("burst", 1, kMost16, "burst = 20"));
  rate.done();
  out.overflow = section.text("overflow", "overflow = \"fail\"");
  section.done();
  return out;
}

void load_system(Section section, Manifest& out) {
  out.system_line = section.line();
  out.name = section.text("name", "name = \"bulwatt\"").text;
  if (section.has("phases")) out.phases = section.texts("phases");
  else section.text("phases", "phases = [\"boot\", \"idle\", \"charging\", \"updating\", \"safe\"]");
  out.supervisor_priority = to_int(section.number("supervisor_priority", 1, 99, "supervisor_priority = 90"));
  out.max_conduits = to_int(section.number("max_conduits", 1, control::kMaxConduits, "max_conduits = 12"));
  section.done();
}

// Keys and values in a fixed order: a comment or a blank line is no other system.
void add_node(ipc::Fnv& hash, const toml::node& node) {
  hash.add(static_cast<std::uint8_t>(node.type()));
  if (const auto* table = node.as_table()) {
    hash.add_number(table->size());
    for (const auto& [key, value] : *table) {
      hash.add_text(key.str());
      add_node(hash, value);
    }
  } else if (const auto* array = node.as_array()) {
    hash.add_number(array->size());
    for (const auto& value : *array) add_node(hash, value);
  } else if (const auto* text = node.as_string()) {
    hash.add_text(text->get());
  } else {
    hash.add_number(static_cast<std::uint64_t>(node.value_or(std::int64_t{0})));
  }
}

std::uint64_t hash_of(const toml::table& root) {
  ipc::Fnv hash;
  add_node(hash, root);
  return hash.value();
}

Manifest load_root(const toml::table& root, Findings& findings) {
  Manifest out;
  Section top{root, "the manifest", findings, 1};
  if (!top.has("system")) {
    findings.add(
        1, "the manifest has no [system] table; add one with name, phases, supervisor_priority and max_conduits.");
    top.flag_or("system", false);
  } else {
    load_system(top.table("system", "").called("[system]"), out);
  }
  auto zones = top.table("zone", "a [zone.<name>] table");
  for (const auto& name : zones.names()) {
    out.zones.push_back(load_zone(zones.table(name, "").called(cat("zone ", name)), name));
  }
  auto services = top.table("service", "a [service.<name>] table");
  for (const auto& name : services.names()) {
    out.services.push_back(load_service(services.table(name, "").called(cat("service ", name)), name, findings));
  }
  for (auto& section : top.tables("conduit")) {
    // Findings about a conduit say which.
    const auto name = cat("conduit ", section.peek("client"), " to ", section.peek("server"));
    out.conduits.push_back(load_conduit(section.called(name)));
  }
  top.done();
  return out;
}

}  // namespace

Manifest load(std::string_view text, Findings& findings) {
  try {
    const auto root = toml::parse(text);
    auto out = load_root(root, findings);
    out.content = hash_of(root);
    return out;
  } catch (const toml::parse_error& error) {
    // The library's own words differ from version to version.
    const bool twice = error.description().find("redefine") != std::string_view::npos;
    findings.add(error.source().begin.line,
                 twice ? "this key or table was there before; it may stand once only."
                       : "this is not TOML; look for a missing quote, bracket, comma or equals sign.");
    return {};
  }
}

}  // namespace bulwatt::manifest
