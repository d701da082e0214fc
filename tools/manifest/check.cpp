#include "tools/manifest/model.hpp"

namespace bulwatt::manifest {

void check(const Manifest&, Findings&) {}

}  // namespace bulwatt::manifest
