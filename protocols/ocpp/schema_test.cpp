// The gate against slips of the hand: every message against the published JSON schema of the same name.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>

#include "libs/json/json.hpp"
#include "protocols/ocpp/rpc.hpp"
#include "protocols/ocpp/schema_check.hpp"
#include "protocols/ocpp/v201/actions.hpp"
#include "protocols/ocpp/v201/provisioning.hpp"

namespace bulwatt::ocpp {
namespace {

using nlohmann::json;

std::filesystem::path schema_folder() {
  const char* data = std::getenv("BULWATT_SHARED_DATA");
  const auto root = data != nullptr ? std::filesystem::path{data}
                                    : std::filesystem::path{BULWATT_SOURCE_ROOT} / ".." / "shared" / "data";
  return root / "ocpp" / "schemas" / "2.0.1";
}

struct Described {
  std::string name;
  Payload payload;
  json schema;
};

// Every payload type with its schema; empty, with one line printed once, when the schemas are not on this machine.
std::vector<Described> all_described() {
  std::vector<Described> all;
  if (!std::filesystem::is_directory(schema_folder())) {
    static bool said = false;
    if (!std::exchange(said, true))
      std::cout << "skipped: no schemas in " << schema_folder().lexically_normal().string() << "\n";
    return all;
  }
  for (const Action& action : v201::actions()) {
    for (const auto& [suffix, payload] : {std::pair{"Request", action.request}, {"Response", action.response}}) {
      const std::string name = std::string{action.name} + suffix;
      std::ifstream file{schema_folder() / (name + ".json")};
      REQUIRE_MESSAGE(file.good(), name << ".json cannot be read");
      all.push_back({name, payload, json::parse(file)});
    }
  }
  return all;
}

// Storage for one payload of a type known at run time.
class Slot {
 public:
  explicit Slot(const Payload& payload)
      : bytes_(static_cast<std::byte*>(::operator new(payload.size, std::align_val_t{payload.alignment})),
               Free{payload.alignment}),
        value_(payload.make(bytes_.get())) {}
  void* value() { return value_; }

 private:
  struct Free {
    std::size_t alignment;
    void operator()(std::byte* p) const { ::operator delete(p, std::align_val_t{alignment}); }
  };
  std::unique_ptr<std::byte, Free> bytes_;
  void* value_;
};

constexpr std::size_t kRoom = 512 * 1024;

std::expected<void, bulwatt::json::Error> decode(const Payload& payload, Slot& slot, const json& text) {
  auto options = payload_options(Version::v201);
  options.max_bytes = kRoom;
  return bulwatt::json::decode(*payload.shape, slot.value(), text.dump(), options);
}

// Visits every place of a schema that says something about a payload, so that a test can change it.
void visit(json& node, const std::function<void(json&)>& change) {
  if (node.is_object()) {
    change(node);
    for (auto& [key, value] : node.items()) {
      if (key != "CustomDataType") visit(value, change);
    }
  }
}

// All schemas that differ from `schema` by one small slip.
std::vector<std::pair<std::string, json>> slips(const json& schema) {
  std::vector<std::pair<std::string, json>> all;
  json work = schema;
  const auto add = [&](const char* what) { all.emplace_back(what, work); };
  visit(work, [&](json& node) {
    const json before = node;
    if (node.contains("enum") && node["enum"].is_array()) {
      node["enum"][0] = node["enum"][0].get<std::string>() + "s";
      add("an enumeration text misspelled");
      node = before;
      node["enum"].push_back("Another");
      add("an enumeration text more");
      node = before;
    }
    if (node.contains("maxLength")) {
      node["maxLength"] = node["maxLength"].get<int>() + 1;
      add("another maxLength");
      node = before;
    }
    if (node.contains("maxItems")) {
      node["maxItems"] = node["maxItems"].get<int>() + 1;
      add("another maxItems");
      node = before;
    }
    if (node.contains("required") && node["required"].is_array()) {
      node["required"].erase(0);
      add("a member optional that was required");
      node = before;
    }
    if (node.contains("type") && node["type"].is_string()) {
      node["type"] = node["type"] == "integer" ? "number" : "integer";
      add("another type");
      node = before;
    }
    if (node.contains("properties") && node["properties"].size() > 1) {
      node["properties"]["another"] = {{"type", "integer"}};
      add("a member more");
      node = before;
      node["properties"].erase(std::prev(node["properties"].end()));
      add("a member less");
      node = before;
    }
  });
  return all;
}

}  // namespace

TEST_CASE("the schema check finds a wrong name, a wrong enumeration, a wrong limit and a wrong need") {
  const char* const right = R"({"type": "object", "additionalProperties": false, "required": ["type"], "properties": {
    "customData": {}, "type": {"type": "string", "enum": ["Immediate", "OnIdle"]},
    "evseId": {"type": "integer"}}})";
  const Shape& shape = shape_of<v201::ResetRequest>();
  CHECK(Schema{json::parse(right)}.differences(shape).empty());
  const auto all = slips(json::parse(right));
  CHECK(all.size() >= 8);
  for (const auto& [what, schema] : all) {
    CAPTURE(what);
    CHECK_FALSE(Schema{schema}.differences(shape).empty());
  }
}

TEST_CASE("every message of OCPP 2.0.1 agrees with its schema") {
  for (const auto& [name, payload, schema] : all_described()) {
    CAPTURE(name);
    for (const std::string& difference : Schema{schema}.differences(*payload.shape)) FAIL_CHECK(difference);
  }
}

TEST_CASE("one slip anywhere in a schema is noticed") {
  std::size_t count = 0;
  for (const auto& [name, payload, schema] : all_described()) {
    CAPTURE(name);
    for (const auto& [what, slip] : slips(schema)) {
      CAPTURE(what);
      if (Schema{slip}.differences(*payload.shape).empty()) FAIL_CHECK("not noticed");
      ++count;
    }
  }
  if (count != 0) MESSAGE("schemas with one slip: " << count);
}

TEST_CASE("the table knows exactly the actions that have schemas") {
  if (all_described().empty()) return;
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator{schema_folder()}) {
    const std::string name = file.path().stem().string();
    if (!name.ends_with("Request")) continue;
    ++files;
    CHECK_MESSAGE(v201::find_action(name.substr(0, name.size() - 7)) != nullptr, name);
  }
  CHECK(files == v201::actions().size());
}

TEST_CASE("a payload made from the schema survives decoding and encoding") {
  std::vector<char> buffer(kRoom);
  for (const auto& [name, payload, schema] : all_described()) {
    CAPTURE(name);
    for (const bool optional_members : {false, true}) {
      const json example = Schema{schema}.example(*payload.shape, optional_members);
      Slot slot{payload};
      const auto decoded = decode(payload, slot, example);
      std::array<char, 200> line{};
      REQUIRE_MESSAGE(decoded.has_value(), bulwatt::json::describe(decoded.error(), line));
      const auto text = bulwatt::json::encode(*payload.shape, slot.value(), buffer, payload_options(Version::v201));
      REQUIRE(text.has_value());
      CHECK(json::parse(*text) == example);
    }
  }
}

TEST_CASE("a payload with a member missing, added, doubled or null is refused") {
  using bulwatt::json::ErrorKind;
  for (const auto& [name, payload, schema] : all_described()) {
    CAPTURE(name);
    const json example = Schema{schema}.example(*payload.shape, false);
    const auto refused = [&](const json& broken) {
      Slot slot{payload};
      const auto decoded = decode(payload, slot, broken);
      REQUIRE_FALSE(decoded.has_value());
      return decoded.error().kind;
    };
    for (const auto& [member, unused] : example.items()) {
      json broken = example;
      broken.erase(member);
      CHECK(refused(broken) == ErrorKind::missing_member);
      broken[member] = nullptr;
      CHECK(refused(broken) == ErrorKind::null_value);
    }
    json more = example;
    more["unheardOf"] = 1;
    CHECK(refused(more) == ErrorKind::unknown_member);
    json custom = example;
    custom["customData"] = {{"vendorId", "v"}, {"more", {1, 2}}};
    Slot slot{payload};
    CHECK(decode(payload, slot, custom).has_value());
  }
}

}  // namespace bulwatt::ocpp
