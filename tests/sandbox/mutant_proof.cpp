// bulwatt-sandbox-proof with one layer of the launch taken away: sandbox-mutant --without LAYER [the proof's options].
#include <cstdio>

#include "tests/sandbox/removed.hpp"
#include "tools/sandbox_probe/proof.hpp"

int main(int argc, char** argv) {
  if (argc < 3 || std::string_view{argv[1]} != "--without" || !bulwatt::mutant::remove(argv[2])) {
    std::fputs("sandbox-mutant: --without LAYER comes first; layers are in tests/sandbox/removed.hpp\n", stderr);
    return bulwatt::probe::kWrongUse;
  }
  return bulwatt::probe::run_proof({argv + 3, argv + argc});
}
