// A checked manifest in other forms: for people, for drawings, for the documentation, for QNX, for the sandbox probe.
#pragma once
#include "tools/manifest/layout.hpp"
#include "tools/sandbox_probe/operations.hpp"

namespace bulwatt::manifest {

/// One paragraph per service, in plain words.
std::string show_all(const Layout& layout);
/// Everything one service may do, and what may be asked of it.
std::string show_service(const Layout& layout, const Placed& placed);
/// Drawings of zones, services and conduits; arrows point from caller to callee.
std::string graph_dot(const Layout& layout);
std::string graph_mermaid(const Layout& layout);
/// The page docs/zones-and-conduits.md.
std::string zones_and_conduits(const Layout& layout);
/// A QNX security policy with the same connect rules.
std::string qnx_policy(const Layout& layout);
/// What sandbox-probe must find: service by operation and stage, allowed or how it is refused. JSON.
std::string probe_matrix(const Layout& layout);
/// "allowed", "killed", "EACCES", …
std::string outcome_text(probe::Outcome outcome);

/// "a, b and c" of the words of a manifest.
std::string enumerated(const std::vector<Word>& words);

}  // namespace bulwatt::manifest
