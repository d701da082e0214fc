#include "protocols/ocpp/schema_check.hpp"

#include <algorithm>
#include <climits>
#include <set>

#include "libs/json/raw.hpp"

namespace bulwatt::ocpp {
namespace {

using nlohmann::json;

constexpr std::string_view kCustomData = "customData";

bool is_raw(const Shape& shape) { return shape.rows.size() == 1 && shape.rows[0].name == bulwatt::json::kRawName; }

std::set<std::string> texts_of(const Shape& shape) { return {shape.texts.begin(), shape.texts.end()}; }

bool required(const json& schema, const std::string& name) {
  const auto list = schema.value("required", json::array());
  return std::ranges::find(list, json(name)) != list.end();
}

}  // namespace

// Where the comparison is, and what it has found.
struct Schema::Walk {
  std::string path;
  std::vector<std::string> found;

  void differ(const std::string& what) { found.push_back(path + ": " + what); }
  template <class A, class B>
  void same(const std::string& what, const A& described, const B& schema) {
    if (!(json(described) == json(schema))) {
      differ(what + " is " + json(described).dump() + ", by the schema " + json(schema).dump());
    }
  }
};

const json* Schema::resolve(const json* schema) const {
  if (!schema->contains("$ref")) return schema;
  const auto name = schema->at("$ref").get<std::string>();
  return &root_.at("definitions").at(name.substr(name.rfind('/') + 1));
}

void Schema::compare_record(Walk& walk, const Shape& shape, const json& schema) const {
  const auto properties = schema.value("properties", json::object());
  if (schema.value("additionalProperties", true)) walk.differ("the schema allows members that nobody described");
  if (!properties.contains(kCustomData)) walk.differ("the schema has no customData, which is always skipped");
  std::set<std::string> described;
  for (const Row& row : shape.rows) {
    const std::string name{row.name};
    described.insert(name);
    if (!properties.contains(name)) {
      walk.differ(name + " is not in the schema");
      continue;
    }
    const bool optional = row.shape->kind == Kind::optional;
    if (optional == required(schema, name)) walk.differ(name + (optional ? " must be required" : " must be optional"));
    const std::string outer = walk.path;
    walk.path += "." + name;
    compare(walk, optional ? *row.shape->element : *row.shape, *row.facts, *resolve(&properties.at(name)));
    walk.path = outer;
  }
  for (const auto& [name, unused] : properties.items()) {
    if (name != kCustomData && !described.contains(name)) walk.differ(name + " is not described");
  }
}

void Schema::compare_text(Walk& walk, const Shape& shape, const Facts& facts, const json& schema) const {
  if (schema.value("type", "") != "string" || schema.contains("enum") || schema.contains("format")) {
    return walk.differ("described as text, which it is not");
  }
  const long long most = facts.max == LLONG_MAX ? static_cast<long long>(shape.capacity) : facts.max;
  walk.same("maxLength", most, schema.value("maxLength", json()));
  walk.same("minLength", facts.at_least, schema.value("minLength", 0));
}

void Schema::compare_list(Walk& walk, const Shape& shape, const Facts& facts, const json& schema) const {
  if (schema.value("type", "") != "array") return walk.differ("described as list, which it is not");
  walk.same("minItems", facts.at_least, schema.value("minItems", 0));
  walk.same("maxItems", facts.max, schema.value("maxItems", LLONG_MAX));
  if (static_cast<long long>(shape.capacity) > facts.max) walk.differ("stores more elements than there can be");
  walk.path += "[]";
  compare(walk, *shape.element, Facts{}, *resolve(&schema.at("items")));
}

void Schema::compare(Walk& walk, const Shape& shape, const Facts& facts, const json& schema) const {
  const std::string type = schema.value("type", "anything");
  const auto expect = [&](const std::string& described) { walk.same("type", described, type); };
  switch (shape.kind) {
    case Kind::boolean: return expect("boolean");
    case Kind::decimal:
    case Kind::integer:
      expect(shape.kind == Kind::decimal ? "number" : "integer");
      walk.same("minimum", facts.min, schema.contains("minimum") ? schema["minimum"].get<long long>() : LLONG_MIN);
      return walk.same("maximum", facts.max,
                       schema.contains("maximum") ? schema["maximum"].get<long long>() : LLONG_MAX);
    case Kind::timestamp: expect("string"); return walk.same("format", "date-time", schema.value("format", ""));
    case Kind::enumeration:
      expect("string");
      return walk.same("enum", texts_of(shape), schema.value("enum", std::set<std::string>{}));
    case Kind::text: return compare_text(walk, shape, facts, schema);
    case Kind::list: return compare_list(walk, shape, facts, schema);
    case Kind::record:
      if (is_raw(shape)) return expect("anything");
      expect("object");
      return compare_record(walk, shape, schema);
    default: return walk.differ("described by a type that no schema has");
  }
}

std::vector<std::string> Schema::differences(const Shape& shape) const {
  Walk walk{.path = "payload", .found = {}};
  compare(walk, shape, Facts{}, root_);
  return walk.found;
}

json Schema::make(const Shape& shape, const json& schema, bool optional_members) const {
  const auto type = schema.value("type", "anything");
  if (type == "object") {
    json made = json::object();
    for (const Row& row : shape.rows) {
      const std::string name{row.name};
      if (!optional_members && !required(schema, name)) continue;
      const Shape& member = row.shape->kind == Kind::optional ? *row.shape->element : *row.shape;
      made[name] = make(member, *resolve(&schema.at("properties").at(name)), optional_members);
    }
    return made;
  }
  if (type == "array") {
    const std::size_t count =
        optional_members ? std::min<std::size_t>(shape.capacity, schema.value("maxItems", 1024U)) : 1;
    json made = json::array();
    for (std::size_t i = 0; i < count; ++i)
      made.push_back(make(*shape.element, *resolve(&schema.at("items")), optional_members));
    return made;
  }
  if (type == "string" && schema.contains("enum")) return schema["enum"].back();
  if (type == "string" && schema.contains("format")) return "2024-02-29T23:59:58.125Z";
  if (type == "string") return std::string(std::min<std::size_t>(shape.capacity, schema.value("maxLength", 1U)), 'x');
  if (type == "integer") return schema.value("maximum", 2147483647);
  if (type == "number") return -12.5;
  if (type == "boolean") return true;
  return json{{"any", {1, "two", nullptr}}};
}

json Schema::example(const Shape& shape, bool optional_members) const { return make(shape, root_, optional_members); }

}  // namespace bulwatt::ocpp
