#include "services/meter/modbus_link.hpp"

#include <modbus/modbus.h>

#include <string>

namespace bulwatt::meter {
namespace {
constexpr std::uint8_t kReadHolding = 3;
constexpr std::uint8_t kReadInput = 4;
constexpr std::uint8_t kExceptionBit = 0x80;
constexpr std::uint32_t kByteTimeoutUs =
    20'000;  // ends an answer that is shorter than it says; no more bytes come then
}  // namespace

ModbusLink::~ModbusLink() {
  if (context_ != nullptr) ::modbus_free(context_);
}

void ModbusLink::use(int fd) {
  fd_ = fd;
  if (context_ == nullptr) return;
  ::modbus_set_socket(context_, fd);
  ::modbus_set_response_timeout(context_, 0, kByteTimeoutUs);
  ::modbus_set_byte_timeout(context_, 0, kByteTimeoutUs);
}

bool ModbusLink::ask(std::uint8_t unit, meters::Table table, meters::Block block) {
  if (context_ == nullptr || fd_ < 0) return false;
  before_asking();
  ::modbus_set_slave(context_, unit);
  function_ = table == meters::Table::input ? kReadInput : kReadHolding;
  expected_ = block.count;
  std::array<std::uint8_t, 6> frame{unit,
                                    function_,
                                    static_cast<std::uint8_t>(block.address >> 8),
                                    static_cast<std::uint8_t>(block.address),
                                    static_cast<std::uint8_t>(block.count >> 8),
                                    static_cast<std::uint8_t>(block.count)};
  return ::modbus_send_raw_request(context_, frame.data(), static_cast<int>(frame.size())) > 0;
}

std::expected<std::span<const std::uint16_t>, LinkError> ModbusLink::answer() {
  std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> frame{};
  const int size = ::modbus_receive_confirmation(context_, frame.data());
  const auto head = static_cast<std::size_t>(::modbus_get_header_length(context_));
  if (size < static_cast<int>(head) + 2) return std::unexpected(LinkError::garbled);
  if (frame[head] == (function_ | kExceptionBit)) return std::unexpected(LinkError::exception);
  const std::size_t bytes = frame[head + 1];
  if (frame[head] != function_ || bytes != 2U * expected_ ||
      static_cast<std::size_t>(size) != head + 2 + bytes + tail_) {
    return std::unexpected(LinkError::garbled);
  }
  for (std::size_t i = 0; i < expected_; ++i) {
    const auto at = head + 2 + 2 * i;
    words_[i] = static_cast<std::uint16_t>((frame[at] << 8) | frame[at + 1]);
  }
  return std::span<const std::uint16_t>{words_}.first(expected_);
}

}  // namespace bulwatt::meter
