// toml++ as this folder uses it: header-only, the one file that includes it.
#pragma once
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>
