// Lines of JSON over a byte stream: cutting, bounds, reading. Shared by both ends of the simulation bus.
#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace bulwatt::simbus {

using Json = nlohmann::json;

/// Longest line either end accepts, without its line feed.
inline constexpr std::size_t kLineMax = 64 * 1024;
/// Deepest nesting of a line; everything on the bus is flatter by far.
inline constexpr int kDepthMax = 16;
/// Bytes that may wait to be written to one peer before it counts as too slow.
inline constexpr std::size_t kQueueMax = 1024 * 1024;

/// Collects bytes and hands out whole lines. Once `overflowed`, the stream can't be resumed.
class LineBuffer {
 public:
  void push(std::string_view bytes);
  /// The next whole line without line feed (and without a carriage return before it).
  std::optional<std::string> next();
  bool overflowed() const { return overflowed_; }
  void clear();

 private:
  std::string bytes_;
  std::size_t scanned_ = 0;
  bool overflowed_ = false;
};

/// An object, or nothing if the text is not one JSON object within kDepthMax.
std::optional<Json> parse_object(std::string_view line);

/// One line with its line feed. Text that is not UTF-8 is replaced, never thrown at.
std::string to_line(const Json& object);

/// The string member `key`, or an empty string if it is missing or no string.
std::string text_of(const Json& object, const char* key);

}  // namespace bulwatt::simbus
