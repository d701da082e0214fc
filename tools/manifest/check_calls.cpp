#include "tools/manifest/check.hpp"

namespace bulwatt::manifest {
namespace {

std::vector<const Conduit*> calls_of(const Manifest& manifest, std::string_view client) {
  std::vector<const Conduit*> out;
  for (const auto& conduit : manifest.conduits) {
    if (conduit.has_calls() && conduit.client.text == client) out.push_back(&conduit);
  }
  return out;
}

// The conduits from `from` to `to`, as a way of calls; empty when there is none.
std::vector<const Conduit*> way(const Manifest& manifest, std::string_view from, std::string_view to,
                                std::set<std::string_view>& seen) {
  for (const auto* conduit : calls_of(manifest, from)) {
    const std::string_view next = conduit->server.text;
    if (next == to) return {conduit};
    if (!seen.insert(next).second) continue;
    auto rest = way(manifest, next, to, seen);
    if (rest.empty()) continue;
    rest.insert(rest.begin(), conduit);
    return rest;
  }
  return {};
}

// Conduits that are part of a circle of calls; each circle is said once, where its last conduit stands.
std::set<const Conduit*> check_circles(const Manifest& manifest, Findings& findings) {
  std::set<const Conduit*> in_circle;
  for (const auto& conduit : manifest.conduits) {
    if (!conduit.has_calls() || in_circle.contains(&conduit)) continue;
    std::set<std::string_view> seen;
    auto circle = way(manifest, conduit.server.text, conduit.client.text, seen);
    if (circle.empty()) continue;
    circle.insert(circle.begin(), &conduit);
    in_circle.insert(circle.begin(), circle.end());
    std::string names = conduit.client.text;
    for (const auto* part : circle) names += cat(" -> ", part->server.text);
    const auto last = std::ranges::max(circle, {}, &Conduit::line);
    findings.add(last->line, "the calls go in a circle, ", names,
                 ", so all could wait for each other; let one of them send a pulse instead.");
  }
  return in_circle;
}

void check_direction(const Manifest& manifest, const Conduit& conduit, Findings& findings) {
  const auto& client = *manifest.service(conduit.client.text);
  const auto& server = *manifest.service(conduit.server.text);
  const auto from = client.schedule.priority;
  const auto to = server.schedule.priority;
  if (from == to) {
    findings.add(conduit.line, client.name, " calls ", server.name, ", which has the same priority ", to,
                 "; a call needs a server of higher priority.");
  } else if (from > to) {
    findings.add(conduit.line, client.name, " (priority ", from, ") calls ", server.name, " (priority ", to,
                 "); it could wait for something less urgent, so send a pulse or change the priorities.");
  }
  const auto& inside = *manifest.zone(client.zone.text);
  const auto& outside = *manifest.zone(server.zone.text);
  if (inside.sl_target > outside.sl_target) {
    findings.add(conduit.line, client.name, " in zone ", inside.name, " (target ", inside.sl_target, ") calls ",
                 server.name, " in zone ", outside.name, " (target ", outside.sl_target,
                 "); what is better protected sends a pulse and is called back.");
  }
}

// While a server waits for its own call, its caller waits too.
void check_deadline(const Manifest& manifest, const Conduit& conduit, Findings& findings) {
  for (const auto* inner : calls_of(manifest, conduit.server.text)) {
    if (inner->deadline_ms < conduit.deadline_ms) continue;
    findings.add(conduit.deadline_line, conduit.client.text, " waits ", conduit.deadline_ms, " ms for ",
                 conduit.server.text, ", which itself may wait ", inner->deadline_ms, " ms for ", inner->server.text,
                 "; make this deadline_ms the longer one.");
    return;
  }
}

void check_servers(const Manifest& manifest, Findings& findings) {
  std::map<std::string_view, const Conduit*> first;
  for (const auto& conduit : manifest.conduits) {
    const auto [found, fresh] = first.emplace(conduit.interface.text, &conduit);
    if (fresh || found->second->server.text == conduit.server.text) continue;
    findings.add(conduit.server.line, "interface ", conduit.interface.text, " is served by ",
                 found->second->server.text, " in line ", found->second->server.line, " and by ", conduit.server.text,
                 " here; an interface has one server.");
  }
}

}  // namespace

void check_calls(const Manifest& manifest, Findings& findings) {
  const auto in_circle = check_circles(manifest, findings);
  for (const auto& conduit : manifest.conduits) {
    if (!conduit.has_calls() || in_circle.contains(&conduit)) continue;
    check_direction(manifest, conduit, findings);
    check_deadline(manifest, conduit, findings);
  }
  check_servers(manifest, findings);
}

}  // namespace bulwatt::manifest
