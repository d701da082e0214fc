// Command line of bulwatt-supervisor. People use `bulwatt run`, which writes the configuration and then becomes this.
#pragma once
#include <expected>
#include <optional>
#include <span>

#include "libs/base/line.hpp"
#include "services/supervisor/core.hpp"
#include "services/supervisor/station.hpp"

namespace bulwatt::supervisor {

struct Options {
  const char* config = nullptr;      ///< a file, or the number of an open descriptor
  std::optional<Path> run_folder{};  ///< the rest goes before what the configuration says
  std::optional<ProfileChoice> profile{};
  std::optional<ModeChoice> mode{};
  Mask only = ~Mask{0};
  bool help = false;
};

inline constexpr std::string_view kUsage =
    "usage: bulwatt-supervisor --config FILE|DESCRIPTOR [--run FOLDER] [--profile production|developer]\n"
    "                          [--mode root|rootless|auto] [--only SERVICE[,SERVICE…]]\n"
    "Runs the services of one station. `bulwatt run` writes the configuration and starts this.\n";

/// One sentence on failure.
std::expected<Options, Line<200>> parse_options(const sandbox::SystemTable& table, std::span<char* const> arguments);

}  // namespace bulwatt::supervisor
