#include "tools/manifest/command.hpp"

int main(int argc, char** argv) { return bulwatt::manifest::run_command({argv + 1, argv + argc}); }
