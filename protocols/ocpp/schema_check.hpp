// Compares a description with the JSON schema of the same message, and makes example payloads from a schema. Tests only.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libs/fields/shape.hpp"

namespace bulwatt::ocpp {

/// One schema file: a payload type and the definitions it refers to.
class Schema {
 public:
  explicit Schema(nlohmann::json root) : root_(std::move(root)) {}

  /// Every difference in one line: member names, required, types, enumeration texts, limits of texts, numbers and lists.
  std::vector<std::string> differences(const Shape& shape) const;

  /// A payload that the schema allows: all members or only the required ones; texts and lists as long as the schema and
  /// the storage behind `shape` allow.
  nlohmann::json example(const Shape& shape, bool optional_members) const;

 private:
  struct Walk;
  /// The schema itself, or the definition that it refers to.
  const nlohmann::json* resolve(const nlohmann::json* schema) const;
  void compare(Walk& walk, const Shape& shape, const Facts& facts, const nlohmann::json& schema) const;
  void compare_record(Walk& walk, const Shape& shape, const nlohmann::json& schema) const;
  void compare_text(Walk& walk, const Shape& shape, const Facts& facts, const nlohmann::json& schema) const;
  void compare_list(Walk& walk, const Shape& shape, const Facts& facts, const nlohmann::json& schema) const;
  nlohmann::json make(const Shape& shape, const nlohmann::json& schema, bool optional_members) const;

  nlohmann::json root_;
};

}  // namespace bulwatt::ocpp
