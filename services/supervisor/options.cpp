#include "services/supervisor/options.hpp"

namespace bulwatt::supervisor {
namespace {
using Fault = Line<200>;
std::unexpected<Fault> fault(auto... parts) { return std::unexpected(Fault{parts...}); }

std::expected<Mask, Fault> services_named(const sandbox::SystemTable& table, std::string_view text) {
  Mask mask = 0;
  while (!text.empty()) {
    const auto name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    Mask found = 0;
    for (std::size_t i = 0; i < table.services.size(); ++i) {
      if (table.services[i].name == name) found = Mask{1} << i;
    }
    if (found == 0) return fault("there is no service '", name, "'");
    mask |= found;
  }
  return mask;
}
}  // namespace

std::expected<Options, Line<200>> parse_options(const sandbox::SystemTable& table, std::span<char* const> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view key{arguments[i]};
    if (key == "--help" || key == "-h") {
      options.help = true;
      return options;
    }
    if (i + 1 == arguments.size()) return fault(key, " needs a value, or is not an option");
    const char* const value = arguments[++i];
    if (key == "--config") {
      options.config = value;
    } else if (key == "--run") {
      if (!Path::fits(value) || value[0] != '/')
        return fault("--run needs an absolute path of at most ", kMaxPath, " bytes");
      options.run_folder = Path{value};
    } else if (key == "--profile") {
      options.profile = enum_from_text<ProfileChoice>(value);
      if (!options.profile) return fault("--profile is production or developer, not '", std::string_view{value}, "'");
    } else if (key == "--mode") {
      options.mode = enum_from_text<ModeChoice>(value);
      if (!options.mode) return fault("--mode is root, rootless or auto, not '", std::string_view{value}, "'");
    } else if (key == "--only") {
      const auto named = services_named(table, value);
      if (!named) return std::unexpected(named.error());
      options.only = *named;
    } else {
      return fault("there is no option '", key, "'");
    }
  }
  if (options.config == nullptr) return fault("--config is missing");
  return options;
}

}  // namespace bulwatt::supervisor
