#include "tools/manifest/views.hpp"

namespace bulwatt::manifest {
namespace {

// Servers of the system that a service talks to because of what it touches.
constexpr std::string_view kSerialType = "devc_ser_t";
constexpr std::string_view kNetworkType = "io_sock_t";
constexpr std::string_view kFilesType = "fsys_t";

std::string type_of(std::string_view service) { return cat("bulwatt_", service, "_t"); }

void put_connect(std::ostringstream& out, const std::string& from, std::string_view to, std::string_view why) {
  out << "allow " << from << " " << to << " : channel connect;  # " << why << "\n";
}

void put_service(std::ostringstream& out, const Placed& placed) {
  const auto& s = *placed.service;
  const auto type = type_of(s.name);
  out << "\n# " << s.name << ": " << s.purpose << " (zone " << s.zone.text << ", target " << placed.zone->sl_target
      << ")\n"
      << "allow " << type << " self : ability {\n  nonroot\n  priority:1-" << s.schedule.priority << "\n"
      << (s.schedule.lock_memory ? "  mem_lock\n" : "") << "};\n";
  for (const auto& end : placed.ends) {
    if (end.is_client) put_connect(out, type, type_of(end.peer->name), cat("interface ", end.conduit->interface.text));
  }
  for (const auto& device : s.devices) put_connect(out, type, kSerialType, cat("device ", device.name.text));
  for (const auto& file : s.files) put_connect(out, type, kFilesType, cat("file ", file.name.text));
  if (s.network.mode.text != "none") put_connect(out, type, kNetworkType, cat("network, ", s.network.mode.text));
}

}  // namespace

std::string qnx_policy(const Layout& layout) {
  std::ostringstream out;
  out << "# QNX security policy made from system/bulwatt.toml by bulwatt-manifest secpol.\n"
      << "# It has never been compiled by secpolcompile and never run on QNX: it shows that the authority graph fits "
         "that model, and\n"
      << "# is where a port begins. Messages, phases, rates and deadlines are kept by the services themselves on every "
         "system.\n\n"
      << "type bulwatt_supervisor_t;\n";
  for (const auto& placed : layout.services) out << "type " << type_of(placed.service->name) << ";\n";
  out << "# of the system, not of the station\ntype " << kSerialType << ";\ntype " << kNetworkType << ";\ntype "
      << kFilesType << ";\n\n"
      << "# The supervisor starts every service under its type and answers their control channel.\n"
      << "allow bulwatt_supervisor_t self : ability {\n  spawn\n  priority:1-" << layout.supervisor_priority
      << "\n  settypeid:";
  for (std::size_t i = 0; i < layout.services.size(); ++i)
    out << (i == 0 ? "" : ",") << type_of(layout.services[i].service->name);
  out << "\n};\n";
  for (const auto& placed : layout.services)
    put_connect(out, type_of(placed.service->name), "bulwatt_supervisor_t", "control");
  for (const auto& placed : layout.services) put_service(out, placed);
  return out.str();
}

}  // namespace bulwatt::manifest
