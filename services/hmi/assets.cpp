#include "services/hmi/assets.hpp"

// Paths come from CMakeLists.txt; the script is made of console/main.ts by esbuild.
#define BULWATT_ASSET(name, path)                                                                                  \
  asm(".section .rodata\n.balign 16\n" #name "_begin:\n.incbin \"" path "\"\n" #name "_end:\n.byte 0\n.previous\n"); \
  extern "C" const char name##_begin[];                                                                            \
  extern "C" const char name##_end[]

BULWATT_ASSET(asset_page, BULWATT_PAGE);
BULWATT_ASSET(asset_style, BULWATT_STYLE);
BULWATT_ASSET(asset_script, BULWATT_SCRIPT);

namespace bulwatt::hmi {
namespace {
std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }
}  // namespace
std::string_view page() { return between(asset_page_begin, asset_page_end); }
std::string_view style() { return between(asset_style_begin, asset_style_end); }
std::string_view script() { return between(asset_script_begin, asset_script_end); }
}  // namespace bulwatt::hmi
