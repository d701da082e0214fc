#include "tests/conformance/instances.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "libs/json/raw.hpp"

namespace bulwatt::conformance {
namespace {

using nlohmann::json;

constexpr std::int64_t kMaxMillionths = 9'000'000'000'000'000'000;
constexpr std::int64_t kFirstMoment = -62'135'596'800'000;  // year 1
constexpr std::int64_t kLastMoment = 253'402'300'799'999;   // year 9999
constexpr std::size_t kOften = 3;                           // elements of a usual list

bool is_raw(const Shape& shape) { return shape.rows.size() == 1 && shape.rows[0].name == bulwatt::json::kRawName; }

void put_text(const Shape& shape, void* value, std::string_view text) {
  shape.set_length(value, text.size());
  if (!text.empty()) std::memcpy(shape.at(value, 0), text.data(), text.size());
}

std::size_t most_chars(const Shape& shape, const Facts& facts, std::uint8_t version) {
  if (facts.wider_since != 0 && version < facts.wider_since) return facts.chars_before;
  return facts.max == LLONG_MAX ? shape.capacity : static_cast<std::size_t>(facts.max);
}

std::int64_t least_of(const Shape& shape) {
  return shape.is_signed ? (shape.width == 8 ? INT64_MIN : -(std::int64_t{1} << (8 * shape.width - 1))) : 0;
}

std::int64_t most_of(const Shape& shape) {
  const int bits = 8 * shape.width - (shape.is_signed ? 1 : 0);
  return bits >= 63 ? INT64_MAX : (std::int64_t{1} << bits) - 1;
}

void fill_record(Chance& chance, const Shape& shape, void* value, std::uint8_t version) {
  if (is_raw(shape)) {
    const Row& row = shape.rows[0];
    std::string text = chance.something().dump();
    if (text.size() > row.shape->capacity) text = "{}";
    return put_text(*row.shape, row.at(value), text);
  }
  for (const Row& row : shape.rows) {
    if (version < row.facts->since || version > row.facts->until) continue;
    fill(chance, *row.shape, *row.facts, row.at(value), version);
  }
}

void fill_list(Chance& chance, const Shape& shape, const Facts& facts, void* value, std::uint8_t version) {
  const std::size_t most = std::min<std::size_t>(
      shape.capacity, facts.max == LLONG_MAX ? shape.capacity : static_cast<std::size_t>(facts.max));
  shape.set_length(value, chance.length(facts.at_least, most));
  for (std::size_t i = 0; i < shape.length(value); ++i) {
    shape.element->reset(shape.at(value, i));
    fill(chance, *shape.element, Facts{}, shape.at(value, i), version);
  }
}

const json& resolve(const json& root, const json& schema) {
  if (!schema.contains("$ref")) return schema;
  const auto name = schema.at("$ref").get<std::string>();
  return root.at("definitions").at(name.substr(name.rfind('/') + 1));
}

bool required(const json& schema, const std::string& name) {
  const auto list = schema.value("required", json::array());
  return std::ranges::find(list, json(name)) != list.end();
}

json object_from(Chance& chance, const json& root, const json& schema, const Shape& shape) {
  json made = json::object();
  const auto properties = schema.value("properties", json::object());
  for (const auto& [name, member] : properties.items()) {
    if (name == "customData") {
      if (chance.one_in(20)) made[name] = {{"vendorId", "org.example"}, {"more", chance.anything()}};
      continue;
    }
    if (!required(schema, name) && chance.one_in(2)) continue;
    const auto row = std::ranges::find(shape.rows, std::string_view{name}, &Row::name);
    const Shape& described = row->shape->kind == Kind::optional ? *row->shape->element : *row->shape;
    made[name] = from_schema(chance, root, resolve(root, member), described);
  }
  return made;
}

json number_from(Chance& chance, const json& schema, const Shape& shape) {
  if (schema.value("type", "") == "integer") {
    const auto least = schema.contains("minimum") ? schema["minimum"].get<std::int64_t>() : least_of(shape);
    const auto most = schema.contains("maximum") ? schema["maximum"].get<std::int64_t>() : most_of(shape);
    return chance.integer(std::max(least, least_of(shape)), std::min(most, most_of(shape)));
  }
  const double least = schema.value("minimum", -1e9), most = schema.value("maximum", 1e9);
  return std::clamp(static_cast<double>(chance.between(-1'000'000'000'000, 1'000'000'000'000)) / 1000.0, least, most);
}

}  // namespace

std::size_t Chance::length(std::size_t least, std::size_t most) {
  if (one_in(40)) return one_in(2) ? least : most;
  return static_cast<std::size_t>(between(static_cast<std::int64_t>(least),
                                          static_cast<std::int64_t>(std::max(least, std::min(most, least + kOften)))));
}

std::int64_t Chance::integer(std::int64_t least, std::int64_t most) {
  switch (between(0, 5)) {
    case 0: return least;
    case 1: return most;
    case 2: return std::clamp<std::int64_t>(0, least, most);
    case 3: return std::clamp<std::int64_t>(between(-100, 100), least, most);
    default: return between(least, most);
  }
}

std::string Chance::character() {
  static constexpr std::array<const char*, 12> kOdd{"\"",   "\\", "/",      "\n",     "\t",         "\x01",
                                                    "\x7f", "é",  "\u20ac", "\u2028", "\U0001f50c", "\U0010ffff"};
  if (one_in(6)) return kOdd[static_cast<std::size_t>(between(0, kOdd.size() - 1))];
  return std::string(1, static_cast<char>(between(' ', '~')));
}

std::string Chance::text(std::size_t least, std::size_t chars, std::size_t bytes) {
  const std::size_t wanted = one_in(40)
                                 ? chars
                                 : static_cast<std::size_t>(between(
                                       static_cast<std::int64_t>(least),
                                       static_cast<std::int64_t>(std::max(least, std::min<std::size_t>(chars, 24)))));
  std::string made;
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::string next = character();
    if (made.size() + next.size() > bytes) break;
    made += next;
  }
  while (made.size() < least) made += 'x';
  return made;
}

std::string Chance::moment() {
  static constexpr std::array<const char*, 5> kZones{"Z", "z", "+00:00", "-11:30", "+14:00"};
  std::array<char, 32> date{};
  std::snprintf(date.data(), date.size(), "%04d-%02d-%02dT%02d:%02d:%02d", static_cast<int>(between(1970, 2199)),
                static_cast<int>(between(1, 12)), static_cast<int>(between(1, 28)), static_cast<int>(between(0, 23)),
                static_cast<int>(between(0, 59)), static_cast<int>(between(0, 59)));
  std::string made = date.data();
  if (const auto digits = between(0, 9); digits > 0) {
    made += '.';
    for (std::int64_t i = 0; i < digits; ++i) made += static_cast<char>('0' + between(0, 9));
  }
  return made + kZones[static_cast<std::size_t>(between(0, kZones.size() - 1))];
}

json Chance::anything(int depth) {
  switch (between(0, depth < 3 ? 6 : 4)) {
    case 0: return nullptr;
    case 1: return one_in(2);
    case 2: return between(-1'000'000, 1'000'000);
    case 3: return static_cast<double>(between(-1000, 1000)) / 8;
    case 4: return text(0, 12, 48);
    case 5: return json::array({anything(depth + 1), anything(depth + 1)});
    default: return {{text(1, 5, 20), anything(depth + 1)}};
  }
}

json Chance::something() {
  json made = anything();
  return made.is_null() ? json::object() : made;
}

void fill(Chance& chance, const Shape& shape, const Facts& facts, void* value, std::uint8_t version) {
  switch (shape.kind) {
    case Kind::boolean: *static_cast<bool*>(value) = chance.one_in(2); return;
    case Kind::enumeration:
      *static_cast<std::uint8_t*>(value) =
          static_cast<std::uint8_t>(chance.between(0, static_cast<std::int64_t>(shape.texts.size()) - 1));
      return;
    case Kind::integer:
      return store_integer(shape, value,
                           chance.integer(std::max<std::int64_t>(facts.min, least_of(shape)),
                                          std::min<std::int64_t>(facts.max, most_of(shape))));
    case Kind::decimal: {
      const auto whole = [](long long limit) {
        return std::clamp<long long>(limit, -kMaxMillionths / Decimal::kScale, kMaxMillionths / Decimal::kScale) *
               Decimal::kScale;
      };
      static_cast<Decimal*>(value)->millionths = chance.integer(whole(facts.min), whole(facts.max));
      return;
    }
    case Kind::timestamp: static_cast<Timestamp*>(value)->unix_ms = chance.integer(kFirstMoment, kLastMoment); return;
    case Kind::text:
      return put_text(shape, value, chance.text(facts.at_least, most_chars(shape, facts, version), shape.capacity));
    case Kind::list: return fill_list(chance, shape, facts, value, version);
    case Kind::optional:
      shape.set_length(value, chance.one_in(2) ? 1 : 0);
      if (shape.length(value) == 1) fill(chance, *shape.element, facts, shape.at(value, 0), version);
      return;
    case Kind::record: return fill_record(chance, shape, value, version);
    case Kind::octets:
    case Kind::fixed_octets:
    case Kind::choice: return;  // no message of OCPP has one
  }
}

json from_schema(Chance& chance, const json& root, const json& schema, const Shape& shape) {
  const auto type = schema.value("type", "anything");
  if (type == "object") return object_from(chance, root, schema, shape);
  if (type == "array") {
    json made = json::array();
    const auto count = chance.length(schema.value("minItems", 0U),
                                     std::min<std::size_t>(shape.capacity, schema.value("maxItems", shape.capacity)));
    for (std::size_t i = 0; i < count; ++i)
      made.push_back(from_schema(chance, root, resolve(root, schema.at("items")), *shape.element));
    return made;
  }
  if (type == "string" && schema.contains("enum"))
    return schema["enum"]
                 [static_cast<std::size_t>(chance.between(0, static_cast<std::int64_t>(schema["enum"].size()) - 1))];
  if (type == "string" && schema.contains("format")) return chance.moment();
  if (type == "string")
    return chance.text(schema.value("minLength", 0U), schema.value("maxLength", shape.capacity), shape.capacity);
  if (type == "boolean") return chance.one_in(2);
  if (type == "integer" || type == "number") return number_from(chance, schema, shape);
  return chance.something();
}

}  // namespace bulwatt::conformance
