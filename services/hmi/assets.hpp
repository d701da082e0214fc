// The page's files, linked into the program: the service can open none.
#pragma once
#include <string_view>

namespace bulwatt::hmi {
std::string_view page();
std::string_view style();
std::string_view script();
std::string_view installer_page();
std::string_view installer_script();
}  // namespace bulwatt::hmi
