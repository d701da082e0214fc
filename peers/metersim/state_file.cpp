#include "peers/metersim/state_file.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "peers/simbus/lines.hpp"

namespace bulwatt::metersim {

using simbus::Json;

namespace {

/// No meter shows more (mWh), and no rest is near it.
constexpr std::uint64_t kGreatest = 1'000'000'000'000'000;

}  // namespace

std::optional<Energy> load_state(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    if (!std::filesystem::exists(path)) return std::nullopt;
    throw std::runtime_error("cannot read the state file '" + path + "'");
  }
  std::ostringstream text;
  text << file.rdbuf();
  const auto object = simbus::parse_object(text.str());
  const Json mwh = object ? object->value("import_mwh", Json(nullptr)) : Json(nullptr);
  const Json rest = object ? object->value("rest_mw_ms", Json(nullptr)) : Json(nullptr);
  const auto sound = [](const Json& value) { return value.is_number_unsigned() && value <= kGreatest; };
  if (!sound(mwh) || !sound(rest)) {
    throw std::runtime_error("the state file '" + path + "' holds no meter state; remove it to start a new meter");
  }
  return Energy{mwh.get<std::int64_t>(), rest.get<std::int64_t>()};
}

void save_state(const std::string& path, const Energy& energy) {
  const std::string fresh = path + ".new";
  {
    std::ofstream file(fresh, std::ios::trunc);
    file << simbus::to_line({{"import_mwh", energy.mwh}, {"rest_mw_ms", energy.rest_mw_ms}});
    file.flush();
    if (!file) throw std::runtime_error("cannot write the state file '" + fresh + "'");
  }
  std::error_code error;
  std::filesystem::rename(fresh, path, error);
  if (error) throw std::runtime_error("cannot replace the state file '" + path + "': " + error.message());
}

}  // namespace bulwatt::metersim
