#include "interfaces/control.hpp"
#include "libs/ipc/grant.hpp"
#include "tools/manifest/catalog.hpp"
#include "tools/manifest/check.hpp"

namespace bulwatt::manifest {
namespace {

std::string name_of(const Conduit& conduit) {
  return cat("conduit ", conduit.client.text, " to ", conduit.server.text);
}

void check_ends(const Manifest& manifest, const Conduit& conduit, Findings& findings) {
  const auto known = names_of(manifest.services);
  const auto check_end = [&](const Word& end, std::string_view which) {
    if (manifest.service(end.text) != nullptr) return;
    findings.add(end.line, name_of(conduit), " has the unknown ", which, " \"", end.text, "\"",
                 suggestion(end.text, known));
  };
  check_end(conduit.client, "client");
  check_end(conduit.server, "server");
  if (conduit.client.text == conduit.server.text) {
    findings.add(conduit.line, name_of(conduit),
                 " joins a service with itself; a service needs no conduit to its own code.");
  }
  for (const auto& other : manifest.conduits) {
    if (other.line < conduit.line && other.client.text == conduit.client.text &&
        other.server.text == conduit.server.text && other.interface.text == conduit.interface.text) {
      findings.add(conduit.line, name_of(conduit), " stands twice for interface ", conduit.interface.text,
                   ", also in line ", other.line, "; put all messages into one.");
    }
  }
}

void check_messages(const Conduit& conduit, const InterfaceInfo& interface, const std::vector<Word>& messages,
                    bool calls, Findings& findings) {
  std::vector<std::string_view> known;
  for (const auto& message : interface.messages) {
    if (message.is_call == calls) known.push_back(message.name);
  }
  const std::string_view wanted = calls ? "call" : "pulse";
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto& word = messages[i];
    const auto* message = interface.message(word.text);
    const auto earlier =
        std::ranges::find(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(i), word.text, &Word::text);
    if (message == nullptr) {
      findings.add(word.line, "interface ", interface.name, " has no ", wanted, " \"", word.text, "\"",
                   suggestion(word.text, known));
    } else if (message->is_call != calls) {
      findings.add(word.line, "\"", word.text, "\" of interface ", interface.name, " is a ", calls ? "pulse" : "call",
                   ", not a ", wanted, "; list it under ", calls ? "pulses_to_server or pulses_to_client." : "calls.");
    } else if (earlier != messages.begin() + static_cast<std::ptrdiff_t>(i)) {
      findings.add(word.line, name_of(conduit), " lists \"", word.text, "\" twice.");
    }
  }
}

void check_phases(const Manifest& manifest, const Conduit& conduit, Findings& findings) {
  std::vector<std::string_view> phases;
  for (const auto& phase : manifest.phases) phases.push_back(phase.text);
  std::vector<std::string_view> granted;
  for (const auto* words : {&conduit.calls, &conduit.pulses_to_server}) {
    for (const auto& word : *words) granted.push_back(word.text);
  }
  for (const auto& rule : conduit.phases) {
    if (std::ranges::find(phases, rule.phase.text) == phases.end()) {
      findings.add(rule.phase.line, name_of(conduit), " has a rule for the unknown phase \"", rule.phase.text, "\"",
                   suggestion(rule.phase.text, phases));
    }
    for (const auto& word : rule.messages) {
      if (std::ranges::find(granted, word.text) != granted.end()) continue;
      findings.add(word.line, name_of(conduit), " allows \"", word.text, "\" in phase ", rule.phase.text,
                   " but does not grant it at all; add it to calls or remove it here.");
    }
  }
}

// In the safe state the conduits into the zone of the highest target are what decides whether energy can flow. What may
// still be asked there is written down, and it is less than otherwise.
void check_safe_phase(const Manifest& manifest, const Conduit& conduit, Findings& findings) {
  const auto* server = manifest.service(conduit.server.text);
  const auto* zone = server == nullptr ? nullptr : manifest.zone(server->zone.text);
  if (zone == nullptr || (conduit.calls.empty() && conduit.pulses_to_server.empty())) return;
  for (const auto& other : manifest.zones) {
    if (other.sl_target > zone->sl_target) return;
  }
  for (const auto& rule : conduit.phases) {
    const auto all = conduit.calls.size() + conduit.pulses_to_server.size();
    if (rule.phase.text != "safe") continue;
    if (rule.messages.size() == all && all > 1) {
      findings.add(rule.phase.line, name_of(conduit), " allows everything in phase safe, which would then change ",
                   "nothing; leave out what gives energy.");
    }
    return;
  }
  findings.add(conduit.line, name_of(conduit), " does not say what may still be asked of zone ", zone->name,
               " in the safe state; add phase.safe without what gives energy.");
}

void check_numbers(const Manifest& manifest, const Conduit& conduit, Findings& findings) {
  if (!enum_from_text<ipc::Overflow>(conduit.overflow.text)) {
    findings.add(conduit.overflow.line, name_of(conduit), " has the unknown overflow \"", conduit.overflow.text, "\"",
                 suggestion(conduit.overflow.text, {"fail", "drop", "close"}));
  }
  const auto* client = manifest.service(conduit.client.text);
  if (client != nullptr && conduit.deadline_ms >= client->watchdog.patience_ms()) {
    findings.add(conduit.deadline_line, name_of(conduit), " may take ", conduit.deadline_ms, " ms, but after ",
                 client->watchdog.patience_ms(), " ms of silence the supervisor takes ", client->name,
                 " for dead; shorten deadline_ms.");
  }
}

}  // namespace

void check_conduits(const Manifest& manifest, Findings& findings) {
  for (const auto& conduit : manifest.conduits) {
    check_ends(manifest, conduit, findings);
    check_phases(manifest, conduit, findings);
    check_safe_phase(manifest, conduit, findings);
    check_numbers(manifest, conduit, findings);
    if (conduit.calls.empty() && conduit.pulses_to_server.empty() && conduit.pulses_to_client.empty()) {
      findings.add(conduit.line, name_of(conduit), " grants no message; remove it.");
    }
    const auto* interface = find_interface(conduit.interface.text);
    if (interface == nullptr) {
      findings.add(conduit.interface.line, name_of(conduit), " has the unknown interface \"", conduit.interface.text,
                   "\"", suggestion(conduit.interface.text, names_of(catalog())));
      continue;
    }
    check_messages(conduit, *interface, conduit.calls, true, findings);
    check_messages(conduit, *interface, conduit.pulses_to_server, false, findings);
    check_messages(conduit, *interface, conduit.pulses_to_client, false, findings);
  }
}

}  // namespace bulwatt::manifest
