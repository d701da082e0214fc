#include <fstream>
#include <stdexcept>

#include "tools/manifest/emit.hpp"
#include "tools/manifest/filter.hpp"
#include "tools/manifest/views.hpp"

namespace bulwatt::manifest {
namespace {

// Interface "meter" is bulwatt::meter::Meter of interfaces/meter.hpp.
std::string interface_type(std::string_view name) { return cat("::bulwatt::", name, "::", upper_camel(name)); }

std::string grant(const End& end, std::size_t index) {
  const auto& c = *end.conduit;
  const auto masks = masks_of(c);
  std::ostringstream requests;
  for (const auto mask : masks.requests) requests << (requests.tellp() == 0 ? "" : ", ") << hexadecimal(mask);
  return cat("/// ", end.is_client ? "We call it: " : "It calls us: ", c.interface.text, ".\nstruct ", end.grant_name,
             " {\n  using Interface = ", interface_type(c.interface.text),
             ";\n  static constexpr ipc::ConduitFacts kFacts{.client = \"", c.client.text, "\", .server = \"",
             c.server.text, "\", .role = ipc::Role::", end.is_client ? "client" : "server", ", .index = ", index,
             ",\n      .requests = {", requests.str(),
             "},\n      .pulses_to_client = ", hexadecimal(masks.pulses_to_client), ", .deadline_ms = ", c.deadline_ms,
             ", .per_s = ", c.per_s, ", .burst = ", c.burst, ",\n      .overflow = ipc::Overflow::", c.overflow.text,
             "};\n};\n\n");
}

std::string includes(const Placed& placed) {
  std::set<std::string> interfaces;
  for (const auto& end : placed.ends) interfaces.insert(end.conduit->interface.text);
  std::ostringstream out;
  for (const auto& interface : interfaces) out << "#include \"interfaces/" << interface << ".hpp\"\n";
  return out.str();
}

// The loop's view: every end in descriptor order, with the interface hashes this service is compiled with.
std::string facts(const Placed& placed) {
  std::ostringstream ends;
  std::ostringstream hashes;
  for (const auto& end : placed.ends) {
    ends << (ends.tellp() == 0 ? "" : ", ") << "&" << end.grant_name << "::kFacts";
    hashes << (hashes.tellp() == 0 ? "\n    " : ",\n    ") << "ipc::interface_hash<" << end.grant_name
           << "::Interface>()";
  }
  const auto count = placed.ends.size();
  return cat("inline constexpr std::array<const ipc::ConduitFacts*, ", count, "> kEnds{", ends.str(), "};\n",
             "inline constexpr std::array<std::uint64_t, ", count, "> kInterfaces{", hashes.str(), "};\n");
}

struct Expected {
  std::uint64_t must{};
  std::uint64_t may{};
};
// Bit per descriptor number, for the service's look at itself.
Expected expected_descriptors(const Placed& placed) {
  const auto ports = static_cast<int>(placed.service->network.tcp_listen.size());
  const auto all = placed.end_fd();
  Expected out{(std::uint64_t{1} << all) - 1, 0};
  for (int fd = placed.first_device_fd(); const auto& device : placed.service->devices) {
    if (device.optional) out.may |= std::uint64_t{1} << fd;
    ++fd;
  }
  for (int i = 0; i < ports; ++i) out.may |= std::uint64_t{1} << (placed.first_listen6_fd() + i);
  for (int fd = placed.first_link_fd(); fd < all; ++fd) out.may |= std::uint64_t{1} << fd;
  out.must &= ~out.may;
  return out;
}

std::string descriptors(const Placed& placed) {
  std::ostringstream out;
  auto fd = placed.first_device_fd();
  for (const auto& device : placed.service->devices) {
    out << "inline constexpr int kDevice_" << device.name.text << " = " << fd++ << ";"
        << (device.optional ? "  ///< optional: may be closed" : "") << "\n";
  }
  for (const auto& port : placed.service->network.tcp_listen) {
    out << "inline constexpr int kListen_" << port.text << " = " << fd++ << ";  ///< listening socket\n";
  }
  for (const auto& port : placed.service->network.tcp_listen) {
    out << "inline constexpr int kListen6_" << port.text << " = " << fd++
        << ";  ///< the same on IPv6; may be closed where the host has none\n";
  }
  for (const auto& link : placed.service->network.links) {
    out << "inline constexpr int kLink_" << link.text << " = " << fd
        << ";  ///< its SDP socket; then those for TCP and TLS; closed where the station has no such link\n";
    fd += static_cast<int>(sandbox::kSocketsPerLink);
  }
  const auto own = expected_descriptors(placed);
  out << "inline constexpr sandbox::Descriptors kDescriptors{.must = " << hexadecimal(own.must)
      << ", .may = " << hexadecimal(own.may) << "};\n";
  return out.str();
}

void write_if_changed(const std::filesystem::path& file, const std::string& text) {
  std::ifstream old{file, std::ios::binary};
  if (old) {
    std::ostringstream content;
    content << old.rdbuf();
    if (content.str() == text) return;
  }
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out{file, std::ios::binary | std::ios::trunc};
  out << text;
  if (!out.flush()) throw std::runtime_error(cat("cannot write ", file.string()));
}

}  // namespace

std::string emit_grants(const Layout& layout, const Placed& placed) {
  const auto& s = *placed.service;
  const auto steady = compile_filter(steady_sets(s), Otherwise::kill);
  std::ostringstream grants;
  for (std::size_t i = 0; i < placed.ends.size(); ++i) grants << grant(placed.ends[i], i);
  return cat(
      "// Made by bulwatt-manifest from system/bulwatt.toml; change that file, not this one.\n"
      "// What the service ",
      s.name,
      " may do. A conduit that is not here was not granted.\n"
      "#pragma once\n",
      includes(placed),
      "#include \"libs/ipc/grant.hpp\"\n#include \"libs/ipc/hash.hpp\"\n#include \"libs/runtime/process.hpp\"\n\n"
      "namespace bulwatt::grants::",
      s.name, " {\n\n", grants.str(), facts(placed), descriptors(placed),
      "\n/// Stage 2, the steady state; the service enters it before it reports Ready.\n"
      "inline constexpr std::array<sandbox::Instruction, ",
      steady.size(), "> kFilterSteady{{\n", filter_initialiser(steady),
      "}};\n\n"
      "inline constexpr runtime::ServiceFacts kService{.name = \"",
      s.name,
      "\", .ends = kEnds, .interfaces = kInterfaces,\n"
      "    .watchdog_interval_ms = ",
      s.watchdog.interval_ms, ", .build = ", hexadecimal(layout.build),
      "};\n"
      "inline constexpr runtime::ProcessFacts kProcess{.descriptors = kDescriptors, .filter = kFilterSteady,\n"
      "    .lock_memory = ",
      s.schedule.lock_memory ? "true" : "false",
      "};\n\n"
      "}  // namespace bulwatt::grants::",
      s.name, "\n");
}

void emit_all(const Layout& layout, const std::filesystem::path& folder) {
  write_if_changed(folder / "system_table.hpp", emit_system_table(layout));
  write_if_changed(folder / "probe_matrix.json", probe_matrix(layout));
  write_if_changed(folder / "probe_expectations.hpp", emit_probe_expectations(layout));
  for (const auto& placed : layout.services) {
    write_if_changed(folder / "grants" / cat(placed.service->name, ".hpp"), emit_grants(layout, placed));
  }
}

}  // namespace bulwatt::manifest
