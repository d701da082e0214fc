// The C++ that a build gets from the manifest.
#pragma once
#include <filesystem>

#include "tools/manifest/layout.hpp"

namespace bulwatt::manifest {

/// system_table.hpp: bulwatt::kSystem, the supervisor's whole knowledge of the system.
std::string emit_system_table(const Layout& layout);
/// grants/<service>.hpp: what one service may do, as types.
std::string emit_grants(const Layout& layout, const Placed& placed);
/// probe_expectations.hpp: what bulwatt-sandbox-probe must find under each service's entry.
std::string emit_probe_expectations(const Layout& layout);
/// Writes everything below `folder`; a file whose content is the same is left alone, so that nothing is rebuilt for it.
void emit_all(const Layout& layout, const std::filesystem::path& folder);

/// The two programs of a service as C++ initialisers.
std::string filter_initialiser(const std::vector<sandbox::Instruction>& program);
/// "session_state" -> "SessionState"
std::string upper_camel(std::string_view snake);

}  // namespace bulwatt::manifest
