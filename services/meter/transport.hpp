// What a line of meters needs of its transport: one request at a time, nothing that waits.
#pragma once
#include "libs/os/clock.hpp"
#include "protocols/meters/read_plan.hpp"

namespace bulwatt::meter {

enum class LinkError : std::uint8_t { garbled, exception };
constexpr auto enum_names(LinkError) { return names("garbled", "exception"); }

/// How far something is. broken: the line is gone.
enum class Progress : std::uint8_t { waiting, done, broken };
constexpr auto enum_names(Progress) { return names("waiting", "done", "broken"); }

class Transport {
 public:
  /// Begins to open; false: it cannot.
  virtual bool open() = 0;
  virtual Progress opened() = 0;
  virtual void close() = 0;
  /// What still lies in the line from before is dropped first.
  virtual bool ask(std::uint8_t unit, meters::Table table, meters::Block block) = 0;
  /// done: answer() will not wait.
  virtual Progress heard() = 0;
  /// The registers of the answer to the last request; valid until the next call.
  virtual std::expected<std::span<const std::uint16_t>, LinkError> answer() = 0;
  /// How long request and answer of so many registers are on their way.
  virtual Duration travel(std::uint16_t words) const = 0;
  /// Silence that must be between two frames.
  virtual Duration gap() const = 0;

 protected:
  ~Transport() = default;
};

}  // namespace bulwatt::meter
