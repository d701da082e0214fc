#include "services/hmi/assets.hpp"

// Paths come from CMakeLists.txt; the scripts are made of console/*.ts by esbuild.
#define BULWATT_ASSET(name, path)                                                                                    \
  asm(".section .rodata\n.balign 16\n" #name "_begin:\n.incbin \"" path "\"\n" #name "_end:\n.byte 0\n.previous\n"); \
  extern "C" const char name##_begin[];                                                                              \
  extern "C" const char name##_end[]

BULWATT_ASSET(asset_page, BULWATT_PAGE);
BULWATT_ASSET(asset_style, BULWATT_STYLE);
BULWATT_ASSET(asset_script, BULWATT_SCRIPT);
BULWATT_ASSET(asset_installer_page, BULWATT_INSTALLER_PAGE);
BULWATT_ASSET(asset_installer_script, BULWATT_INSTALLER_SCRIPT);

namespace bulwatt::hmi {
namespace {
std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }
}  // namespace
std::string_view page() { return between(asset_page_begin, asset_page_end); }
std::string_view style() { return between(asset_style_begin, asset_style_end); }
std::string_view script() { return between(asset_script_begin, asset_script_end); }
std::string_view installer_page() { return between(asset_installer_page_begin, asset_installer_page_end); }
std::string_view installer_script() { return between(asset_installer_script_begin, asset_installer_script_end); }
}  // namespace bulwatt::hmi
