#include "services/meter/modbus_link.hpp"

#include <modbus/modbus.h>

#include <cerrno>

namespace bulwatt::meter {
namespace {
constexpr std::uint8_t kReadHolding = 3;
constexpr std::uint8_t kReadInput = 4;
constexpr std::uint8_t kExceptionBit = 0x80;
constexpr std::uint32_t kByteTimeoutUs = 30'000;  // between the first and the last byte of one answer
}  // namespace

ModbusLink::ModbusLink(const Config& config)
    : context_(::modbus_new_tcp(std::string{config.address.view()}.c_str(), config.port)), unit_(config.unit) {
  if (context_ == nullptr) return;
  ::modbus_set_slave(context_, unit_);
  ::modbus_set_response_timeout(context_, 0, config.answer_ms * 1000U);
  ::modbus_set_byte_timeout(context_, 0, kByteTimeoutUs);
}

ModbusLink::~ModbusLink() {
  disconnect();
  if (context_ != nullptr) ::modbus_free(context_);
}

std::expected<int, LinkError> ModbusLink::connect() {
  disconnect();
  if (context_ == nullptr || ::modbus_connect(context_) != 0) return std::unexpected(LinkError::unreachable);
  connected_ = true;
  return ::modbus_get_socket(context_);
}

void ModbusLink::disconnect() {
  if (connected_) ::modbus_close(context_);
  connected_ = false;
}

bool ModbusLink::request(meters::Table table, std::uint16_t address, std::uint16_t count) {
  function_ = table == meters::Table::input ? kReadInput : kReadHolding;
  expected_ = count;
  const std::array<std::uint8_t, 6> frame{unit_, function_, static_cast<std::uint8_t>(address >> 8), static_cast<std::uint8_t>(address),
                                          static_cast<std::uint8_t>(count >> 8), static_cast<std::uint8_t>(count)};
  return ::modbus_send_raw_request(context_, const_cast<std::uint8_t*>(frame.data()), static_cast<int>(frame.size())) > 0;
}

std::expected<std::span<const std::uint16_t>, LinkError> ModbusLink::answer() {
  std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> frame{};
  const int size = ::modbus_receive_confirmation(context_, frame.data());
  if (size < 0) {
    return std::unexpected(errno == ECONNRESET || errno == EPIPE || errno == EBADF ? LinkError::closed : LinkError::garbled);
  }
  const auto head = static_cast<std::size_t>(::modbus_get_header_length(context_));
  if (size < static_cast<int>(head) + 2) return std::unexpected(LinkError::garbled);
  if (frame[head] == (function_ | kExceptionBit)) return std::unexpected(LinkError::exception);
  const std::size_t bytes = frame[head + 1];
  if (frame[head] != function_ || bytes != 2U * expected_ || static_cast<std::size_t>(size) != head + 2 + bytes) {
    return std::unexpected(LinkError::garbled);
  }
  for (std::size_t i = 0; i < expected_; ++i) {
    const auto at = head + 2 + 2 * i;
    words_[i] = static_cast<std::uint16_t>((frame[at] << 8) | frame[at + 1]);
  }
  return std::span<const std::uint16_t>{words_}.first(expected_);
}

}  // namespace bulwatt::meter
