#include "peers/csms/schema.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "peers/csms/answers.hpp"

using namespace bulwatt::csms;

namespace {

/// A folder that goes with the test.
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("csms-schema-" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path / name) << text; }
};

constexpr const char* kSchema = R"({
  "$schema": "http://json-schema.org/draft-06/schema#",
  "definitions": {
    "Kind": {"type": "string", "enum": ["A", "B"]},
    "Part": {"type": "object", "additionalProperties": false, "required": ["kind"],
             "properties": {"kind": {"$ref": "#/definitions/Kind"}, "n": {"type": "integer", "minimum": 0, "maximum": 5}}}
  },
  "type": "object", "additionalProperties": false, "required": ["name"],
  "properties": {
    "name": {"type": "string", "maxLength": 4},
    "when": {"type": "string", "format": "date-time"},
    "limit": {"type": "number", "multipleOf": 0.1},
    "on": {"type": "boolean"},
    "parts": {"type": "array", "additionalItems": false, "items": {"$ref": "#/definitions/Part"}, "minItems": 1, "maxItems": 2}
  }})";

}  // namespace

TEST_CASE("gives OCPP's error for each way of breaking a schema") {
  const Folder folder;
  folder.write("XRequest.json", kSchema);
  const Schemas schemas(folder.path);
  struct Case {
    const char* payload;
    const char* code;  // nullptr: valid
    const char* path;
  };
  const Case cases[] = {
      {R"({"name":"abcd"})", nullptr, nullptr},
      {R"({"name":"äöüß"})", nullptr, nullptr},
      {R"({"name":"a","when":"2027-01-15T08:00:00Z","limit":1.3,"on":true,"parts":[{"kind":"A","n":5}]})", nullptr,
       nullptr},
      {R"({"name":"a","parts":[{"kind":"A","n":2.0}]})", nullptr, nullptr},
      {R"({})", "OccurrenceConstraintViolation", "/name"},
      {R"({"name":"abcde"})", "PropertyConstraintViolation", "/name"},
      {R"({"name":1})", "TypeConstraintViolation", "/name"},
      {R"({"name":"a","other":1})", "FormatViolation", "/other"},
      {R"({"name":"a","when":"yesterday"})", "FormatViolation", "/when"},
      {R"({"name":"a","limit":1.25})", "PropertyConstraintViolation", "/limit"},
      {R"({"name":"a","on":"true"})", "TypeConstraintViolation", "/on"},
      {R"({"name":"a","parts":[]})", "OccurrenceConstraintViolation", "/parts"},
      {R"({"name":"a","parts":[{"kind":"A"},{"kind":"A"},{"kind":"A"}]})", "OccurrenceConstraintViolation", "/parts"},
      {R"({"name":"a","parts":[{"kind":"C"}]})", "PropertyConstraintViolation", "/parts/0/kind"},
      {R"({"name":"a","parts":[{"kind":"A","n":6}]})", "PropertyConstraintViolation", "/parts/0/n"},
      {R"({"name":"a","parts":[{"kind":"A","n":-1}]})", "PropertyConstraintViolation", "/parts/0/n"},
      {R"({"name":"a","parts":[{"kind":"A","n":1.5}]})", "TypeConstraintViolation", "/parts/0/n"},
      {R"([])", "TypeConstraintViolation", "/"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.payload);
    const auto error = schemas.check("XRequest", Json::parse(c.payload));
    REQUIRE(error.has_value() == (c.code != nullptr));
    if (!error) continue;
    CHECK(error->code == c.code);
    CHECK(error->path == c.path);
  }
  CHECK(schemas.check("YRequest", Json::object())->code == "NotImplemented");
  CHECK_FALSE(Schemas().check("YRequest", Json::object()).has_value());
}

TEST_CASE("refuses a folder it cannot check everything of") {
  const Folder folder;
  CHECK_THROWS(Schemas(folder.path));
  CHECK_THROWS(Schemas(folder.path / "none"));
  folder.write("XRequest.json", R"({"type": "object", "patternProperties": {}})");
  CHECK_THROWS(Schemas(folder.path));
  folder.write("XRequest.json", "{");
  CHECK_THROWS(Schemas(folder.path));
}

TEST_CASE("the CSMS's own answers pass the published schemas") {
  const char* data = std::getenv("BULWATT_SHARED_DATA");
  const std::filesystem::path folder =
      (data != nullptr ? std::filesystem::path(data) : std::filesystem::path(BULWATT_SOURCE_ROOT) / "../shared/data") /
      "ocpp/schemas/2.0.1";
  if (!std::filesystem::is_directory(folder)) {
    MESSAGE("skipped: no OCPP schemas at " << folder.string());
    return;
  }
  const Schemas schemas(folder);
  CHECK(schemas.size() == 128);
  Settings settings;
  const Json token = {{"idToken", {{"idToken", "x"}, {"type", "Central"}}}};
  int checked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().stem();
    if (!name.ends_with("Request")) continue;
    const std::string action = name.substr(0, name.size() - 7);
    CHECK((is_station_action(action) || is_csms_action(action)));
    if (!is_station_action(action)) continue;
    for (const auto& payload : {token, Json{{"idToken", token["idToken"]}}}) {
      const auto error = schemas.check(action + "Response", answer_to(settings, action, payload, 0, true));
      CAPTURE(action);
      CHECK_FALSE(error.has_value());
    }
    ++checked;
  }
  CHECK(checked == 25);
}
