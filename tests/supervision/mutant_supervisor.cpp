// The real supervisor with one layer of its launch taken away: started as `--without LAYER [its own arguments]`.
#include "services/supervisor/program.hpp"
#include "system_table.hpp"
#include "tests/sandbox/removed.hpp"

int main(int argc, char** argv) {
  constexpr int kWrongUse = 94;
  if (argc < 2 || !bulwatt::mutant::remove(argv[1])) return kWrongUse;
  return bulwatt::supervisor::run_program(bulwatt::kSystem, argc - 1, argv + 1);
}
