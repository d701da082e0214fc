#include "peers/csms/schema.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "peers/csms/clock.hpp"

namespace bulwatt::csms {
namespace {

using Found = std::optional<SchemaError>;

constexpr std::array<std::string_view, 25> kKeywords{
    "$schema",   "$id",       "id",       "comment",   "title",    "description",          "javaType",
    "default",   "type",      "enum",     "$ref",      "required", "properties",           "definitions",
    "items",     "minItems",  "maxItems", "minimum",   "maximum",  "additionalProperties", "additionalItems",
    "maxLength", "minLength", "format",   "multipleOf"};

constexpr const char* kType = "TypeConstraintViolation";
constexpr const char* kProperty = "PropertyConstraintViolation";
constexpr const char* kOccurrence = "OccurrenceConstraintViolation";
constexpr const char* kFormat = "FormatViolation";

/// A schema with a keyword nobody checks would be a check that is silently missing.
void refuse_unknown_keywords(const Json& schema, const std::string& file) {
  for (const auto& [keyword, value] : schema.items()) {
    if (std::ranges::find(kKeywords, keyword) == kKeywords.end())
      throw std::runtime_error("schema " + file + " uses '" + keyword + "', which this validator does not know");
    if (keyword == "properties" || keyword == "definitions")
      for (const auto& [name, member] : value.items()) refuse_unknown_keywords(member, file);
    if (keyword == "items") refuse_unknown_keywords(value, file);
  }
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "number") return value.is_number();
  if (type == "integer")
    return value.is_number_integer() || (value.is_number_float() && std::trunc(value.get<double>()) == value);
  return false;
}

std::size_t characters(const std::string& utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  Found check(const Json& schema, const Json& value, const std::string& path) const {
    if (const auto ref = schema.find("$ref"); ref != schema.end()) {
      constexpr std::string_view kLocal = "#/definitions/";
      return check(root_.at("definitions").at(ref->get<std::string>().substr(kLocal.size())), value, path);
    }
    if (const auto type = schema.find("type"); type != schema.end() && !has_type(value, *type))
      return error(kType, path, "is not of type " + type->get<std::string>());
    if (const auto allowed = schema.find("enum");
        allowed != schema.end() && std::ranges::find(*allowed, value) == allowed->end())
      return error(kProperty, path, "is not one of the allowed values");
    if (value.is_string()) return check_text(schema, value, path);
    if (value.is_number()) return check_number(schema, value.get<double>(), path);
    if (value.is_array()) return check_list(schema, value, path);
    if (value.is_object()) return check_object(schema, value, path);
    return std::nullopt;
  }

 private:
  static Found error(const char* code, const std::string& path, std::string what) {
    return SchemaError{code, path.empty() ? "/" : path, std::move(what)};
  }

  static Found check_text(const Json& schema, const std::string& text, const std::string& path) {
    const std::size_t size = characters(text);
    if (size > schema.value("maxLength", size))
      return error(kProperty, path, "is longer than " + schema["maxLength"].dump() + " characters");
    if (size < schema.value("minLength", size)) return error(kProperty, path, "is too short");
    const auto format = schema.value("format", std::string{});
    if (format == "date-time" && !from_rfc3339(text)) return error(kFormat, path, "is no RFC 3339 time");
    return std::nullopt;
  }

  static Found check_number(const Json& schema, double value, const std::string& path) {
    if (value < schema.value("minimum", value)) return error(kProperty, path, "is below the least value");
    if (value > schema.value("maximum", value)) return error(kProperty, path, "is above the greatest value");
    if (const auto step = schema.find("multipleOf"); step != schema.end()) {
      const double steps = value / step->get<double>();
      if (std::abs(steps - std::round(steps)) > 1e-6) return error(kProperty, path, "is no multiple of its step");
    }
    return std::nullopt;
  }

  Found check_list(const Json& schema, const Json& list, const std::string& path) const {
    if (list.size() < schema.value("minItems", list.size())) return error(kOccurrence, path, "has too few elements");
    if (list.size() > schema.value("maxItems", list.size())) return error(kOccurrence, path, "has too many elements");
    const auto items = schema.find("items");
    if (items == schema.end()) return std::nullopt;
    for (std::size_t i = 0; i < list.size(); ++i)
      if (auto found = check(*items, list[i], path + "/" + std::to_string(i))) return found;
    return std::nullopt;
  }

  Found check_object(const Json& schema, const Json& object, const std::string& path) const {
    for (const auto& name : schema.value("required", Json::array()))
      if (!object.contains(name.get<std::string>()))
        return error(kOccurrence, path + "/" + name.get<std::string>(), "is missing");
    const Json members = schema.value("properties", Json::object());
    for (const auto& [name, value] : object.items()) {
      const std::string at = path + "/" + name;
      if (const auto member = members.find(name); member != members.end()) {
        if (auto found = check(*member, value, at)) return found;
      } else if (schema.value("additionalProperties", true) == false) {
        return error(kFormat, at, "is not known here");
      }
    }
    return std::nullopt;
  }

  const Json& root_;
};

}  // namespace

Schemas::Schemas(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder))
    throw std::runtime_error("there is no folder of schemas at '" + folder.string() + "'");
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().stem();
    if (entry.path().extension() != ".json" || (!name.ends_with("Request") && !name.ends_with("Response"))) continue;
    std::ifstream file(entry.path());
    Json schema = Json::parse(file, nullptr, false);
    if (!schema.is_object()) throw std::runtime_error("schema '" + entry.path().string() + "' is not JSON");
    refuse_unknown_keywords(schema, name);
    schemas_.emplace(name, std::move(schema));
  }
  if (schemas_.empty()) throw std::runtime_error("the folder '" + folder.string() + "' has no OCPP schema");
}

Found Schemas::check(const std::string& name, const Json& payload) const {
  if (schemas_.empty()) return std::nullopt;
  const auto found = schemas_.find(name);
  if (found == schemas_.end()) return SchemaError{"NotImplemented", "/", "there is no schema " + name};
  return Validator(found->second).check(found->second, payload, "");
}

}  // namespace bulwatt::csms
