// The rules of the system, by what they are about. Each says its findings as one sentence: what is wrong and what to do.
#pragma once
#include "tools/manifest/model.hpp"

namespace bulwatt::manifest {

/// [system], zones, names: phases as compiled in, names that make good identifiers, no empty zone, no service alone.
void check_system(const Manifest& manifest, Findings& findings);
/// What one service touches: system calls, devices, files, network, libraries, limits.
void check_belongings(const Manifest& manifest, Findings& findings);
/// How services run: policy, priorities, restart, escalation, special permissions.
void check_running(const Manifest& manifest, Findings& findings);
/// Conduits one by one: ends, interface, messages, phases, numbers.
void check_conduits(const Manifest& manifest, Findings& findings);
/// Conduits together: directions of calls, circles, deadlines within deadlines, one server of an interface.
void check_calls(const Manifest& manifest, Findings& findings);

/// The names of things, for suggestions.
template <class T>
std::vector<std::string_view> names_of(const std::vector<T>& things) {
  std::vector<std::string_view> out;
  for (const auto& thing : things) out.push_back(thing.name);
  return out;
}

}  // namespace bulwatt::manifest
