// Linked with the probe's own main: a probe whose lock-down lacks one layer.
#include "tests/sandbox/removed.hpp"

namespace {
[[maybe_unused]] const bool kRemoved = bulwatt::mutant::remove(BULWATT_REMOVED);
}
