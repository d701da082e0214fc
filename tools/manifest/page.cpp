#include "tools/manifest/views.hpp"

namespace bulwatt::manifest {
namespace {

std::string code(std::string_view text) { return cat("`", text, "`"); }

std::string codes(const std::vector<Word>& words) {
  std::string out;
  for (const auto& word : words) out += cat(out.empty() ? "" : ", ", code(word.text));
  return out.empty() ? "–" : out;
}

void put_zones(std::ostringstream& out, const Layout& layout) {
  out << "## Zones\n\n| zone | SL-T | purpose | services |\n|---|---|---|---|\n";
  std::vector<const Zone*> done;
  for (const auto& placed : layout.services) {
    if (std::ranges::find(done, placed.zone) != done.end()) continue;
    done.push_back(placed.zone);
    std::string inside;
    for (const auto& other : layout.services) {
      if (other.zone == placed.zone) inside += cat(inside.empty() ? "" : ", ", code(other.service->name));
    }
    out << "| " << placed.zone->name << " | " << placed.zone->sl_target << " | " << placed.zone->purpose << " | "
        << inside << " |\n";
  }
  out << "\nThe supervisor stands outside all zones: it has a control conduit to every service and takes no domain "
         "messages.\n";
}

std::string touches(const Service& service) {
  std::string out;
  const auto add = [&out](const std::string& what) { out += cat(out.empty() ? "" : "; ", what); };
  for (const auto& device : service.devices)
    add(cat("device ", code(device.name.text), " (", device.rights.text, device.optional ? ", optional" : "", ")"));
  for (const auto& file : service.files) add(cat("file ", code(file.name.text), " (", file.rights.text, ")"));
  if (!service.network.tcp_connect.empty()) add(cat("TCP to ", codes(service.network.tcp_connect)));
  if (!service.network.tcp_listen.empty()) add(cat("TCP from this machine on ", codes(service.network.tcp_listen)));
  if (!service.network.links.empty()) add(cat("cars on the interface ", codes(service.network.links)));
  if (service.network.udp_dns) add("name servers over UDP");
  return out.empty() ? "nothing" : out;
}

void put_services(std::ostringstream& out, const Layout& layout) {
  out << "\n## Services\n\nIn the order they are started.\n\n"
      << "| service | job | zone | priority | touches | system calls | restarts, then "
         "|\n|---|---|---|---|---|---|---|\n";
  for (const auto& placed : layout.services) {
    const auto& s = *placed.service;
    out << "| " << code(s.name) << " | " << s.purpose << " | " << placed.zone->name << " | " << s.schedule.policy.text
        << " " << s.schedule.priority << " | " << touches(s) << " | " << codes(s.syscalls) << " | "
        << s.restart.intensity << " in " << s.restart.window_s << " s, " << code(s.restart.escalate.text) << " |\n";
  }
}

void put_conduits(std::ostringstream& out, const Layout& layout) {
  out << "\n## Conduits\n\nA call goes up in priority and waits at most the deadline. A pulse says \"look again\".\n\n"
      << "| client | server | interface | calls | pulses to the client | deadline | rate (burst) | beyond "
         "|\n|---|---|---|---|---|---|---|---|\n";
  for (const auto* c : layout.conduits) {
    out << "| " << code(c->client.text) << " | " << code(c->server.text) << " | " << code(c->interface.text) << " | "
        << codes(c->calls) << (c->pulses_to_server.empty() ? "" : cat("; pulses ", codes(c->pulses_to_server))) << " | "
        << codes(c->pulses_to_client) << " | " << c->deadline_ms << " ms | " << c->per_s << "/s (" << c->burst << ") | "
        << c->overflow.text << " |\n";
  }
}

void put_phases(std::ostringstream& out, const Layout& layout) {
  out << "\n## Phases\n\nWhere a phase is not listed, all calls of the conduit are allowed in it.\n\n"
      << "| conduit | phase | allowed | refused |\n|---|---|---|---|\n";
  for (const auto* c : layout.conduits) {
    for (const auto& rule : c->phases) {
      std::vector<Word> refused;
      for (const auto& call : c->calls) {
        if (std::ranges::find(rule.messages, call.text, &Word::text) == rule.messages.end()) refused.push_back(call);
      }
      out << "| " << code(c->client.text) << " to " << code(c->server.text) << " | " << rule.phase.text << " | "
          << codes(rule.messages) << " | " << codes(refused) << " |\n";
    }
  }
}

}  // namespace

std::string zones_and_conduits(const Layout& layout) {
  std::ostringstream out;
  out << "<!-- Made from system/bulwatt.toml. Change that file, then run: bulwatt-manifest table system/bulwatt.toml > "
         "docs/zones-and-conduits.md -->\n"
      << "# Zones and conduits\n\nWho exists, what each may touch and who may say what to whom, in the terms of IEC "
         "62443-3-2. "
      << "What is not on this page is not possible.\n\n```mermaid\n"
      << graph_mermaid(layout) << "```\n\n";
  put_zones(out, layout);
  put_services(out, layout);
  put_conduits(out, layout);
  put_phases(out, layout);
  return out.str();
}

}  // namespace bulwatt::manifest
