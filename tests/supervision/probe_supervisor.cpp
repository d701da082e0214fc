// The real supervisor with the tests' authority graph.
#include "services/supervisor/program.hpp"
#include "system_table.hpp"

int main(int argc, char** argv) { return bulwatt::supervisor::run_program(bulwatt::kSystem, argc, argv); }
