#include "tools/manifest/views.hpp"

namespace bulwatt::manifest {
namespace {

// Strictest zone first, as the page lists them.
std::vector<const Zone*> zones_of(const Layout& layout) {
  std::vector<const Zone*> out;
  for (const auto& placed : layout.services) {
    if (std::ranges::find(out, placed.zone) == out.end()) out.push_back(placed.zone);
  }
  return out;
}

std::string arrow_text(const Conduit& conduit) {
  return conduit.pulses_to_client.empty() ? conduit.interface.text : cat(conduit.interface.text, ", pulses back");
}

}  // namespace

std::string graph_dot(const Layout& layout) {
  std::ostringstream out;
  out << "// Draw it with: dot -Tsvg\ndigraph bulwatt {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n"
      << "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  for (const auto* zone : zones_of(layout)) {
    out << "  subgraph cluster_" << zone->name << " {\n    label=\"" << zone->name << " (SL " << zone->sl_target
        << ")\";\n";
    for (const auto& placed : layout.services) {
      if (placed.zone == zone) {
        out << "    " << placed.service->name << " [label=\"" << placed.service->name << "\\n"
            << placed.service->schedule.priority << "\"];\n";
      }
    }
    out << "  }\n";
  }
  for (const auto* conduit : layout.conduits) {
    out << "  " << conduit->client.text << " -> " << conduit->server.text << " [label=\"" << arrow_text(*conduit)
        << "\"" << (conduit->has_calls() ? "" : ", style=dashed") << "];\n";
  }
  out << "}\n";
  return out.str();
}

std::string graph_mermaid(const Layout& layout) {
  std::ostringstream out;
  out << "flowchart BT\n";
  for (const auto* zone : zones_of(layout)) {
    out << "  subgraph zone_" << zone->name << "[\"" << zone->name << " (SL " << zone->sl_target << ")\"]\n";
    for (const auto& placed : layout.services) {
      if (placed.zone == zone) out << "    " << placed.service->name << "[\"" << placed.service->name << "\"]\n";
    }
    out << "  end\n";
  }
  for (const auto* conduit : layout.conduits) {
    out << "  " << conduit->client.text << (conduit->has_calls() ? " -->|" : " -.->|") << arrow_text(*conduit) << "| "
        << conduit->server.text << "\n";
  }
  return out.str();
}

}  // namespace bulwatt::manifest
