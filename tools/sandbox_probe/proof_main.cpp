#include "tools/sandbox_probe/proof.hpp"

int main(int argc, char** argv) { return bulwatt::probe::run_proof({argv + 1, argv + argc}); }
