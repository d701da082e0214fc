#include "tools/manifest/emit.hpp"
#include "tools/manifest/filter.hpp"

namespace bulwatt::manifest {
namespace {

std::string literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// One constexpr array of a service, named k<Service><Name>; a span over nothing when there are no items.
class Arrays {
 public:
  Arrays(std::ostringstream& out, std::string_view service) : out_(out), prefix_(cat("k", upper_camel(service))) {}
  std::string add(std::string_view type, std::string_view name, const std::vector<std::string>& items) {
    if (items.empty()) return "{}";
    out_ << "inline constexpr std::array<" << type << ", " << items.size() << "> " << prefix_ << name << "{{\n";
    for (const auto& item : items) out_ << "    " << item << ",\n";
    out_ << "}};\n";
    return prefix_ + std::string{name};
  }
  std::string add_filter(std::string_view name, const std::vector<sandbox::Instruction>& program) {
    out_ << "inline constexpr std::array<sandbox::Instruction, " << program.size() << "> " << prefix_ << name << "{{\n"
         << filter_initialiser(program) << "}};\n";
    return prefix_ + std::string{name};
  }

 private:
  std::ostringstream& out_;
  std::string prefix_;
};

std::vector<std::string> texts(const std::vector<Word>& words) {
  std::vector<std::string> out;
  for (const auto& word : words) out.push_back(literal(word.text));
  return out;
}

std::string_view rights(const Word& word) {
  return rights_of(word.text) == sandbox::Rights::read ? "sandbox::Rights::read" : "sandbox::Rights::read_write";
}
std::string_view truth(bool value) { return value ? "true" : "false"; }

std::vector<std::string> devices(const Placed& placed) {
  std::vector<std::string> out;
  auto fd = placed.first_device_fd();
  for (const auto& device : placed.service->devices) {
    out.push_back(cat("{.name = ", literal(device.name.text), ", .rights = ", rights(device.rights),
                      ", .serial = ", truth(device.kind.text == "serial"), ", .optional = ", truth(device.optional),
                      ", .fd = ", fd++, "}"));
  }
  return out;
}

std::vector<std::string> files(const Service& service) {
  std::vector<std::string> out;
  for (const auto& file : service.files)
    out.push_back(cat("{.name = ", literal(file.name.text), ", .rights = ", rights(file.rights), "}"));
  return out;
}

std::vector<std::string> ends(const Placed& placed) {
  std::vector<std::string> out;
  for (const auto& end : placed.ends) {
    const auto hash = find_interface(end.conduit->interface.text)->hash;
    out.push_back(cat("{.conduit = ", end.conduit_index, ", .is_client = ", truth(end.is_client),
                      ", .interface_hash = ", hexadecimal(hash), "}"));
  }
  return out;
}

std::vector<std::string> backoff(const Service& service) {
  std::vector<std::string> out;
  for (const auto ms : service.restart.backoff_ms) out.push_back(cat(ms));
  return out;
}

std::size_t distinct_calls(const std::vector<const sandbox::SyscallSet*>& sets) {
  std::set<std::string_view> names;
  for (const auto* set : sets) {
    for (const auto& rule : set->rules) names.insert(rule.name);
  }
  return names.size();
}

std::vector<std::string> restarted_with(const Layout& layout, const Service& service) {
  std::vector<std::string> out;
  for (const auto& word : service.restart.with) out.push_back(cat(layout.index_of(word.text)));
  return out;
}

// The arrays of a service go to `arrays`, its table entry is returned.
std::string service_entry(const Layout& layout, const Placed& placed, std::ostringstream& arrays) {
  const auto& s = *placed.service;
  Arrays to{arrays, s.name};
  std::ostringstream out;
  out << "    {.name = " << literal(s.name) << ", .zone = " << literal(s.zone.text)
      << ", .sl_target = " << placed.zone->sl_target << ",\n     .purpose = " << literal(s.purpose)
      << ",\n     .binary = " << literal(cat("bulwatt-", s.name))
      << ",\n     .policy = sandbox::Policy::" << s.schedule.policy.text << ", .priority = " << s.schedule.priority
      << ", .lock_memory = " << truth(s.schedule.lock_memory)
      << ",\n     .network = sandbox::Network::" << s.network.mode.text
      << ", .tcp_connect = " << to.add("std::string_view", "TcpConnect", texts(s.network.tcp_connect))
      << ", .tcp_listen = " << to.add("std::string_view", "TcpListen", texts(s.network.tcp_listen))
      << ", .links = " << to.add("std::string_view", "Links", texts(s.network.links))
      << ", .udp_dns = " << truth(s.network.udp_dns)
      << ",\n     .libraries = " << to.add("std::string_view", "Libraries", texts(s.libraries))
      << ", .libraries_if_there = " << to.add("std::string_view", "LibrariesIfThere", texts(s.libraries_if_there))
      << ",\n     .devices = " << to.add("sandbox::DeviceEntry", "Devices", devices(placed))
      << ", .files = " << to.add("sandbox::FileEntry", "Files", files(s))
      << ",\n     .memory_kib = " << s.limits.memory_kib << ", .open_files = " << s.limits.open_files
      << ", .file_kib = " << s.limits.file_kib << ",\n     .watchdog_interval_ms = " << s.watchdog.interval_ms
      << ", .watchdog_missed = " << s.watchdog.missed
      << ",\n     .restart_class = sandbox::RestartClass::" << s.restart.restart_class.text
      << ", .intensity = " << s.restart.intensity << ", .window_s = " << s.restart.window_s
      << ", .backoff_ms = " << to.add("std::uint16_t", "Backoff", backoff(s))
      << ", .escalate = sandbox::Escalate::" << s.restart.escalate.text
      << ", .restart_with = " << to.add("std::uint8_t", "RestartWith", restarted_with(layout, s))
      << ", .capsule_bytes = " << s.capsule_bytes << ",\n     .may_set_phase = " << truth(s.may_do("set_phase"))
      << ", .may_restart_station = " << truth(s.may_do("restart_station")) << ", .optional = " << truth(s.optional)
      << ", .keeps_acts = " << truth(s.may_do("keep_acts"))
      << ",\n     .ends = " << to.add("sandbox::EndEntry", "Ends", ends(placed))
      << ",\n     .filter_launch = " << to.add_filter("Launch", compile_filter(launch_sets(s), Otherwise::unknown))
      << ",\n     .filter_steady = " << to.add_filter("Steady", compile_filter(steady_sets(s), Otherwise::kill))
      << ", .syscall_sets = " << to.add("std::string_view", "SyscallSets", texts(s.syscalls))
      << ", .steady_calls = " << distinct_calls(steady_sets(s)) << "},\n";
  return out.str();
}

}  // namespace

std::string filter_initialiser(const std::vector<sandbox::Instruction>& program) {
  std::ostringstream out;
  constexpr std::size_t kPerLine = 6;
  for (std::size_t i = 0; i < program.size(); ++i) {
    const auto& instruction = program[i];
    out << (i % kPerLine == 0 ? "    " : " ") << "{" << instruction.code << ", " << int{instruction.if_true} << ", "
        << int{instruction.if_false} << ", " << instruction.k << "},";
    if (i % kPerLine == kPerLine - 1 || i + 1 == program.size()) out << "\n";
  }
  return out.str();
}

std::string upper_camel(std::string_view snake) {
  std::string out;
  bool upper = true;
  for (const char c : snake) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return out;
}

std::string emit_system_table(const Layout& layout) {
  std::ostringstream arrays;
  std::ostringstream services;
  for (const auto& placed : layout.services) services << service_entry(layout, placed, arrays);
  std::ostringstream conduits;
  for (const auto* conduit : layout.conduits) {
    conduits << "    {.client = " << layout.index_of(conduit->client.text)
             << ", .server = " << layout.index_of(conduit->server.text)
             << ", .interface = " << literal(conduit->interface.text) << "},\n";
  }
  return cat("// Made by bulwatt-manifest from system/bulwatt.toml; change that file, not this one.\n",
             "#pragma once\n#include \"libs/sandbox/table.hpp\"\n\nnamespace bulwatt {\nnamespace system_table {\n\n",
             arrays.str(), "\n// Start order: callees first.\ninline constexpr std::array<sandbox::ServiceEntry, ",
             layout.services.size(), "> kServices{{\n", services.str(),
             "}};\n\ninline constexpr std::array<sandbox::ConduitEntry, ", layout.conduits.size(), "> kConduits{{\n",
             conduits.str(), "}};\n\n}  // namespace system_table\n\n",
             "inline constexpr sandbox::SystemTable kSystem{.services = system_table::kServices, .conduits = ",
             "system_table::kConduits, .build = ", hexadecimal(layout.build),
             ",\n    .supervisor_priority = ", layout.supervisor_priority, "};\n\n}  // namespace bulwatt\n");
}

}  // namespace bulwatt::manifest
