// A thousand random objects of every message against the published schema of the same name, and the other way round.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <vector>

#include "libs/json/json.hpp"
#include "peers/csms/schema.hpp"
#include "protocols/ocpp/rpc.hpp"
#include "protocols/ocpp/v201/actions.hpp"
#include "tests/conformance/instances.hpp"

namespace bulwatt::conformance {
namespace {

using nlohmann::json;
using ocpp::Payload;

constexpr std::size_t kRoom = 1 << 20;
constexpr auto kVersion = ocpp::Version::v201;

std::uint64_t instances() {
  const char* count = std::getenv("BULWATT_INSTANCES");
  return count != nullptr ? std::strtoull(count, nullptr, 10) : 1000;
}

std::filesystem::path schema_folder() {
  const char* data = std::getenv("BULWATT_SHARED_DATA");
  const auto root = data != nullptr ? std::filesystem::path{data}
                                    : std::filesystem::path{BULWATT_SOURCE_ROOT} / ".." / "shared" / "data";
  return root / "ocpp" / "schemas" / "2.0.1";
}

bool have_schemas() {
  if (std::filesystem::is_directory(schema_folder())) return true;
  static bool said = false;
  if (!std::exchange(said, true))
    std::cout << "skipped: no schemas in " << schema_folder().lexically_normal().string() << "\n";
  return false;
}

void for_every_payload(const std::function<void(const std::string&, const Payload&)>& look) {
  for (const auto& action : ocpp::v201::actions()) {
    look(std::string{action.name} + "Request", action.request);
    look(std::string{action.name} + "Response", action.response);
  }
}

// Storage for one payload of a type known at run time.
class Slot {
 public:
  explicit Slot(const Payload& payload) : bytes_(payload.size + payload.alignment), payload_(payload) { clear(); }
  void clear() {
    void* place = bytes_.data();
    std::size_t space = bytes_.size();
    value_ = payload_.make(std::align(payload_.alignment, payload_.size, place, space));
  }
  void* value() { return value_; }

 private:
  std::vector<std::byte> bytes_;
  const Payload& payload_;
  void* value_ = nullptr;
};

std::string words(const bulwatt::json::Error& error) {
  std::array<char, 200> line{};
  return std::string{bulwatt::json::describe(error, line)};
}

struct Codec {
  std::vector<char> buffer = std::vector<char>(kRoom);
  bulwatt::json::Options options = [] {
    auto made = ocpp::payload_options(kVersion);
    made.max_bytes = kRoom;
    return made;
  }();
  std::string encode(const Payload& payload, const void* value) {
    const auto text = bulwatt::json::encode(*payload.shape, value, buffer, options);
    REQUIRE_MESSAGE(text.has_value(), words(text.error()));
    return std::string{*text};
  }
  std::expected<void, bulwatt::json::Error> decode(const Payload& payload, void* value, std::string_view text) const {
    return bulwatt::json::decode(*payload.shape, value, text, options);
  }
};

}  // namespace

TEST_CASE("random objects of every message come back from their JSON as they were") {
  Codec codec;
  for_every_payload([&](const std::string& name, const Payload& payload) {
    CAPTURE(name);
    Chance chance{std::hash<std::string>{}(name)};
    Slot made{payload}, read{payload};
    for (std::uint64_t i = 0; i < instances() / 10; ++i) {
      made.clear();
      read.clear();
      fill(chance, *payload.shape, Facts{}, made.value(), static_cast<std::uint8_t>(kVersion));
      const auto text = codec.encode(payload, made.value());
      const auto decoded = codec.decode(payload, read.value(), text);
      REQUIRE_MESSAGE(decoded.has_value(), words(decoded.error()) << " in " << text);
      REQUIRE(codec.encode(payload, read.value()) == text);
    }
  });
}

TEST_CASE("random objects of every message are allowed by its schema") {
  if (!have_schemas()) return;
  const csms::Schemas schemas{schema_folder()};
  Codec codec;
  for_every_payload([&](const std::string& name, const Payload& payload) {
    CAPTURE(name);
    REQUIRE(schemas.has(name));
    Chance chance{std::hash<std::string>{}(name) + 1};
    Slot made{payload};
    for (std::uint64_t i = 0; i < instances(); ++i) {
      made.clear();
      fill(chance, *payload.shape, Facts{}, made.value(), static_cast<std::uint8_t>(kVersion));
      const auto text = codec.encode(payload, made.value());
      const auto fault = schemas.check(name, json::parse(text));
      REQUIRE_MESSAGE(!fault.has_value(), fault->sentence() << " in " << text);
    }
  });
}

TEST_CASE("random values that a schema allows are read, and say the same when written") {
  if (!have_schemas()) return;
  const csms::Schemas schemas{schema_folder()};
  Codec codec;
  for_every_payload([&](const std::string& name, const Payload& payload) {
    CAPTURE(name);
    std::ifstream file{schema_folder() / (name + ".json")};
    const json schema = json::parse(file);
    Chance chance{std::hash<std::string>{}(name) + 2};
    Slot read{payload}, again{payload};
    for (std::uint64_t i = 0; i < instances(); ++i) {
      read.clear();
      again.clear();
      const json value = from_schema(chance, schema, schema, *payload.shape);
      REQUIRE_FALSE(schemas.check(name, value).has_value());
      const auto text = value.dump();
      const auto decoded = codec.decode(payload, read.value(), text);
      REQUIRE_MESSAGE(decoded.has_value(), words(decoded.error()) << " in " << text);
      const auto written = codec.encode(payload, read.value());
      REQUIRE_FALSE(schemas.check(name, json::parse(written)).has_value());
      REQUIRE(codec.decode(payload, again.value(), written).has_value());
      REQUIRE(codec.encode(payload, again.value()) == written);
    }
  });
}

TEST_CASE("the maker of random objects reaches for the limits") {
  if (!have_schemas()) return;
  const auto* action = ocpp::v201::find_action("DataTransfer");
  REQUIRE(action != nullptr);
  Chance chance{1};
  Slot made{action->request};
  Codec codec;
  std::size_t longest = 0;
  for (int i = 0; i < 1000; ++i) {
    made.clear();
    fill(chance, *action->request.shape, Facts{}, made.value(), static_cast<std::uint8_t>(kVersion));
    const json value = json::parse(codec.encode(action->request, made.value()));
    std::size_t chars = 0;
    for (const char c : value["vendorId"].get<std::string>())
      chars += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
    longest = std::max(longest, chars);
  }
  CHECK(longest > 200);  // of 255: the maker does reach for the limits
}

}  // namespace bulwatt::conformance
