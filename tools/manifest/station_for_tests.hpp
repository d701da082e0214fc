// The manifest of this source tree, for tests.
#pragma once
#include <doctest/doctest.h>

#include <fstream>

#include "tools/manifest/model.hpp"

namespace bulwatt::manifest {

inline std::string station_text() {
  std::ifstream in{BULWATT_SOURCE_DIR "/system/bulwatt.toml"};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline Manifest station(const std::string& text = station_text()) {
  auto result = read("system/bulwatt.toml", text);
  REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error()));
  return *std::move(result);
}

}  // namespace bulwatt::manifest
