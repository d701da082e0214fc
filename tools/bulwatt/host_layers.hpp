// Which layers of the sandbox this host and this user can have, for `bulwatt doctor`.
#pragma once

namespace bulwatt::cli {

/// One line per layer, and per feature of Landlock; what a missing one costs. False: a layer is missing without which the
/// production profile does not run a service.
bool print_host_layers();

}  // namespace bulwatt::cli
