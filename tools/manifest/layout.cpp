#include "tools/manifest/layout.hpp"

#include "libs/ipc/hash.hpp"

namespace bulwatt::manifest {
namespace {

std::uint64_t bits(const Conduit& conduit, const std::vector<Word>& messages) {
  const auto* interface = find_interface(conduit.interface.text);
  std::uint64_t mask = 0;
  for (const auto& word : messages) mask |= interface->message(word.text)->bit();
  return mask;
}

// The more urgent peer comes first: a service looks at its conduits in this order.
std::vector<End> ends_of(const Manifest& manifest, const Service& service) {
  std::vector<End> ends;
  for (std::size_t i = 0; i < manifest.conduits.size(); ++i) {
    const auto& conduit = manifest.conduits[i];
    const bool is_client = conduit.client.text == service.name;
    if (!is_client && conduit.server.text != service.name) continue;
    const auto& peer = is_client ? conduit.server : conduit.client;
    ends.push_back({&conduit, i, manifest.service(peer.text), is_client, peer.text});
  }
  std::ranges::sort(ends, {},
                    [](const End& end) { return std::pair{-end.peer->schedule.priority, end.conduit_index}; });
  for (auto& end : ends) {
    const auto same_peer = [&end](const End& other) { return other.peer == end.peer; };
    if (std::ranges::count_if(ends, same_peer) > 1)
      end.grant_name = cat(end.peer->name, "_", end.conduit->interface.text);
  }
  return ends;
}

std::uint64_t build_of(const Manifest& manifest, std::string_view version) {
  ipc::Fnv hash;
  hash.add_text(version);
  hash.add_number(manifest.content);
  for (const auto& interface : catalog()) hash.add_number(interface.hash);
  return hash.value() >> 1;  // 63 bits: the status writes it as a JSON number, which is a signed one
}

}  // namespace

std::size_t Layout::index_of(std::string_view wanted) const {
  const auto found =
      std::ranges::find_if(services, [&](const Placed& placed) { return placed.service->name == wanted; });
  return static_cast<std::size_t>(found - services.begin());
}

Layout lay_out(const Manifest& manifest, std::string_view version) {
  Layout out;
  for (const auto& service : manifest.services) {
    out.services.push_back({&service, manifest.zone(service.zone.text), ends_of(manifest, service)});
  }
  // Calls go up in priority, so the order of priorities starts every callee before its callers.
  std::ranges::sort(out.services, std::greater{},
                    [](const Placed& placed) { return placed.service->schedule.priority; });
  for (const auto& conduit : manifest.conduits) out.conduits.push_back(&conduit);
  out.build = build_of(manifest, version);
  out.supervisor_priority = manifest.supervisor_priority;
  return out;
}

Masks masks_of(const Conduit& conduit) {
  Masks out;
  out.requests.fill(bits(conduit, conduit.calls) | bits(conduit, conduit.pulses_to_server));
  for (const auto& rule : conduit.phases) {
    const auto phase = enum_from_text<control::Phase>(rule.phase.text);
    out.requests[static_cast<std::size_t>(*phase)] = bits(conduit, rule.messages);
  }
  out.pulses_to_client = bits(conduit, conduit.pulses_to_client);
  return out;
}

std::vector<std::string_view> messages_in_phase(const Conduit& conduit, std::string_view phase) {
  std::vector<std::string_view> out;
  const auto add = [&out](const std::vector<Word>& words) {
    for (const auto& word : words) out.push_back(word.text);
  };
  const auto rule =
      std::ranges::find(conduit.phases, phase, [](const PhaseRule& r) -> std::string_view { return r.phase.text; });
  if (rule != conduit.phases.end()) {
    add(rule->messages);
  } else {
    add(conduit.calls);
    add(conduit.pulses_to_server);
  }
  return out;
}

}  // namespace bulwatt::manifest
