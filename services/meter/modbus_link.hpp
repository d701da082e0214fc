// Modbus TCP through libmodbus, one request at a time, driven by readiness: nothing waits longer than Config::answer_ms.
#pragma once
#include <memory>
#include <string>

#include "protocols/meters/register_map.hpp"
#include "services/meter/config.hpp"

struct _modbus;

namespace bulwatt::meter {

enum class LinkError : std::uint8_t { unreachable, closed, garbled, exception };
constexpr auto enum_names(LinkError) { return names("unreachable", "closed", "garbled", "exception"); }

class ModbusLink {
 public:
  /// Opens nothing yet. nullptr inside when the address is none.
  explicit ModbusLink(const Config& config);
  ~ModbusLink();
  ModbusLink(const ModbusLink&) = delete;
  ModbusLink& operator=(const ModbusLink&) = delete;

  bool valid() const { return context_ != nullptr; }
  /// Connects; waits at most answer_ms. The descriptor to watch.
  std::expected<int, LinkError> connect();
  void disconnect();
  bool request(meters::Table table, std::uint16_t address, std::uint16_t count);
  /// Call when the descriptor is readable. The registers of the answer to the last request.
  std::expected<std::span<const std::uint16_t>, LinkError> answer();

 private:
  _modbus* context_;
  bool connected_ = false;
  std::uint8_t unit_;
  std::uint8_t function_ = 0;
  std::uint16_t expected_ = 0;
  std::array<std::uint16_t, meters::kModbusWordsMax> words_{};
};

}  // namespace bulwatt::meter
