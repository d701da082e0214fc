// Random valid objects: of any described type, and as JSON of any schema of OCPP. The same seed gives the same objects.
#pragma once
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "libs/fields/shape.hpp"

namespace bulwatt::conformance {

/// Lists and texts are short most of the time, so that thousands can be looked at; now and then they are as long as allowed.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : source_(seed) {}

  /// From `least` to `most`, both possible.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>{least, most}(source_);
  }
  bool one_in(std::int64_t n) { return between(1, n) == 1; }
  std::size_t length(std::size_t least, std::size_t most);
  /// An integer, often at or near an end of its range.
  std::int64_t integer(std::int64_t least, std::int64_t most);
  /// UTF-8 of `least` to `chars` characters in at most `bytes` bytes; quotes, control characters and all planes occur.
  std::string text(std::size_t least, std::size_t chars, std::size_t bytes);
  /// RFC 3339, with any zone and any number of digits of a second.
  std::string moment();
  /// Any JSON value.
  nlohmann::json anything(int depth = 0);
  /// The same without null, which OCPP never has as a member.
  nlohmann::json something();

 private:
  std::string character();
  std::mt19937_64 source_;
};

/// Fills `value`, an object of the type that `shape` describes, with what its description allows in `version`.
void fill(Chance& chance, const Shape& shape, const Facts& facts, void* value, std::uint8_t version);

/// A JSON value that the schema allows and the storage behind `shape` has room for. `root` holds the definitions.
nlohmann::json from_schema(Chance& chance, const nlohmann::json& root, const nlohmann::json& schema,
                           const Shape& shape);

}  // namespace bulwatt::conformance
