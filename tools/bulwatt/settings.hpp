// TOML over field lists: the station's configuration is read into the same described types that the services receive, so
// names, limits, units and explanations stand once. An unknown key is an error with a guess what was meant.
#pragma once
#include <toml++/toml.h>

#include <string>
#include <vector>

#include "libs/fields/shape.hpp"

namespace bulwatt::settings {

/// One thing wrong: "station.toml:12: [ocpp] heartbeat_s: 0 is below the least, 1".
struct Finding {
  std::string text;
};

/// Reads `table` into `value`. Keys that are absent keep the value's default. `where` names the section for messages.
void read(const toml::table& table, const Shape& shape, void* value, const std::string& file, const std::string& where,
          std::vector<Finding>& findings);

template <Described T>
void read(const toml::table& table, T& value, const std::string& file, const std::string& where,
          std::vector<Finding>& findings) {
  read(table, shape_of<T>(), &value, file, where, findings);
}

/// Every key with its default, limits and explanation, as commented TOML.
std::string explain(const Shape& shape, const void* defaults, const std::string& section);

/// The candidate nearest to `word`, empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace bulwatt::settings
