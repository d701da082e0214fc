#include "tools/manifest/check.hpp"

namespace bulwatt::manifest {
namespace {

// Services of a zone with a lower target may neither stop the station nor steer it: whoever breaks into one must not
// gain that by it.
constexpr int kTrustedLevel = 3;

const std::vector<std::string_view> kPolicies{"other", "fifo"};
const std::vector<std::string_view> kClasses{"isolated", "pair", "zone", "station"};
const std::vector<std::string_view> kEscalations{"none", "zone", "safe_state"};
const std::vector<std::string_view> kPermissions{"set_phase", "restart_station", "keep_acts"};

bool trusted(const Manifest& manifest, const Service& service) {
  const auto* zone = manifest.zone(service.zone.text);
  return zone == nullptr || zone->sl_target >= kTrustedLevel;  // an unknown zone has its own sentence
}

void check_schedule(const Manifest& manifest, const Service& service, Findings& findings) {
  const auto& schedule = service.schedule;
  if (!policy_of(schedule.policy.text)) {
    findings.add(schedule.policy.line, "service ", service.name, " has the unknown policy \"", schedule.policy.text,
                 "\"", suggestion(schedule.policy.text, kPolicies));
  }
  if (schedule.priority >= manifest.supervisor_priority) {
    findings.add(schedule.line, "service ", service.name, " has priority ", schedule.priority,
                 " but must stay below the supervisor's ", manifest.supervisor_priority,
                 ", which has to be able to stop it.");
  }
}

void check_restart(const Manifest& manifest, const Service& service, Findings& findings) {
  const auto& restart = service.restart;
  if (!restart_class_of(restart.restart_class.text)) {
    findings.add(restart.restart_class.line, "service ", service.name, " has the unknown restart class \"",
                 restart.restart_class.text, "\"", suggestion(restart.restart_class.text, kClasses));
  }
  if (!escalate_of(restart.escalate.text)) {
    findings.add(restart.escalate.line, "service ", service.name, " has the unknown escalation \"",
                 restart.escalate.text, "\"", suggestion(restart.escalate.text, kEscalations));
  } else if (restart.escalate.text == "safe_state" && !trusted(manifest, service)) {
    findings.add(restart.escalate.line, "service ", service.name, " may not escalate to safe_state from zone ",
                 service.zone.text, ", whose target is below ", kTrustedLevel,
                 "; who can crash it could switch the station off.");
  }
  if (!std::ranges::is_sorted(restart.backoff_ms)) {
    findings.add(restart.line, "service ", service.name, " has waits in backoff_ms that become shorter; order them.");
  }
}

// Who is restarted together with a service loses what it was doing whenever that one dies. So nobody may take along what is
// trusted more than itself: who can crash the one could then restart the other.
void check_group(const Manifest& manifest, const Service& service, Findings& findings) {
  const auto& restart = service.restart;
  const bool pair = restart.restart_class.text == "pair";
  if (restart.restart_class.text == "station" && !trusted(manifest, service)) {
    findings.add(restart.restart_class.line, "service ", service.name, " may not restart the station from zone ",
                 service.zone.text, ", whose target is below ", kTrustedLevel,
                 "; who can crash it could stop every session.");
  }
  if (pair && restart.with.empty()) {
    findings.add(restart.line, "service ", service.name,
                 " has the restart class pair but names nobody; add with = [\"…\"] or make it isolated.");
  }
  if (!pair && !restart.with.empty()) {
    findings.add(restart.line, "service ", service.name, " names whom to restart with it, which only class pair does; ",
                 "make it class = \"pair\" or remove \"with\".");
    return;
  }
  const auto* own = manifest.zone(service.zone.text);
  for (const auto& word : restart.with) {
    const auto* peer = manifest.service(word.text);
    if (word.text == service.name) {
      findings.add(word.line, "service ", service.name, " is to be restarted with itself; name another.");
      continue;
    }
    if (peer == nullptr) {
      findings.add(word.line, "service ", service.name, " is to be restarted with the unknown service \"", word.text,
                   "\"", suggestion(word.text, names_of(manifest.services)));
      continue;
    }
    const auto* zone = manifest.zone(peer->zone.text);
    if (own != nullptr && zone != nullptr && zone->sl_target > own->sl_target) {
      findings.add(word.line, "service ", service.name, " may not take along service ", peer->name, " of zone ",
                   peer->zone.text, ", whose target is above its own; who can crash it could restart that one.");
    }
  }
}

// One service gives the phase and one keeps the supervisor's acts, or nobody knows whom to believe.
void check_only_one(const Manifest& manifest, const Service& service, const Word& word, std::string_view permission,
                    std::string_view what, Findings& findings) {
  if (word.text != permission) return;
  for (const auto& other : manifest.services) {
    if (other.line >= service.line || !other.may_do(permission)) continue;
    findings.add(word.line, "service ", service.name, " may ", what, ", and so may service ", other.name,
                 "; only one service may.");
  }
}

void check_permissions(const Manifest& manifest, const Service& service, Findings& findings) {
  for (const auto& word : service.may) {
    if (std::ranges::find(kPermissions, word.text) == kPermissions.end()) {
      findings.add(word.line, "service ", service.name, " has the unknown permission \"", word.text, "\"",
                   suggestion(word.text, kPermissions));
    } else if (!trusted(manifest, service)) {
      findings.add(word.line, "service ", service.name, " may not have the permission ", word.text, " in zone ",
                   service.zone.text, ", whose target is below ", kTrustedLevel, ".");
    }
    check_only_one(manifest, service, word, "set_phase", "set the station's phase", findings);
    check_only_one(manifest, service, word, "keep_acts", "keep the supervisor's acts", findings);
  }
}

bool call_each_other(const Manifest& manifest, const Service& a, const Service& b) {
  return std::ranges::any_of(manifest.conduits, [&](const Conduit& c) {
    const bool joins =
        (c.client.text == a.name && c.server.text == b.name) || (c.client.text == b.name && c.server.text == a.name);
    return joins && c.has_calls();
  });
}

// Distinct priorities make one order of starting and one answer to who goes first. A call between two equal ones is
// refused by the rule about calls.
void check_distinct(const Manifest& manifest, const Service& service, Findings& findings) {
  for (const auto& other : manifest.services) {
    if (other.line >= service.line || other.schedule.priority != service.schedule.priority) continue;
    if (call_each_other(manifest, service, other)) continue;
    findings.add(service.schedule.line, "service ", service.name, " has the priority ", service.schedule.priority,
                 " of service ", other.name, "; give each service its own.");
  }
}

// Who is called must be there on every station; whether it is, is known only to the one that calls an absent one for nothing.
void check_optional(const Manifest& manifest, const Service& service, Findings& findings) {
  const auto serves = [&](const Conduit& c) { return c.server.text == service.name; };
  if (service.optional && std::ranges::any_of(manifest.conduits, serves)) {
    findings.add(service.optional_line, "service ", service.name,
                 " is optional but serves others, who would call nobody where it is left out; it may only call.");
  }
}

}  // namespace

void check_running(const Manifest& manifest, Findings& findings) {
  for (const auto& service : manifest.services) {
    check_schedule(manifest, service, findings);
    check_restart(manifest, service, findings);
    check_group(manifest, service, findings);
    check_permissions(manifest, service, findings);
    check_distinct(manifest, service, findings);
    check_optional(manifest, service, findings);
  }
}

}  // namespace bulwatt::manifest
