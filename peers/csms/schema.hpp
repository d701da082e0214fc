// The part of JSON Schema draft 06 that OCPP's schemas use, and the errors OCPP has for each kind of violation.
#pragma once
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace bulwatt::csms {

using Json = nlohmann::json;

struct SchemaError {
  std::string code;  ///< OCPP's: "TypeConstraintViolation", …
  std::string path;  ///< "/meterValue/0/timestamp"
  std::string what;
  std::string sentence() const { return path + ": " + what; }
};

class Schemas {
 public:
  /// No schemas: everything passes.
  Schemas() = default;
  /// Reads every *Request.json and *Response.json of a folder. Throws std::runtime_error with a sentence when there is
  /// none, or when one uses a keyword this validator does not know.
  explicit Schemas(const std::filesystem::path& folder);

  /// `name`: "BootNotificationRequest". Nothing when the payload is valid, or there are no schemas at all.
  std::optional<SchemaError> check(const std::string& name, const Json& payload) const;
  bool empty() const { return schemas_.empty(); }
  bool has(const std::string& name) const { return schemas_.contains(name); }
  std::size_t size() const { return schemas_.size(); }

 private:
  std::map<std::string, Json> schemas_;
};

}  // namespace bulwatt::csms
