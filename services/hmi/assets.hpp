// The page's files, linked into the program: the service can open none.
#pragma once
#include <string_view>

namespace bulwatt::hmi {
std::string_view page();
std::string_view style();
std::string_view script();
}  // namespace bulwatt::hmi
