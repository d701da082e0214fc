// Modbus through libmodbus, one request at a time. An answer is handed to the library when all of it is there, so that
// nothing waits: not for a connection, not for a slow meter, not for one that sends its answer byte by byte.
#pragma once
#include "services/meter/config.hpp"
#include "services/meter/transport.hpp"

struct _modbus;

namespace bulwatt::meter {

class ModbusLink : public Transport {
 public:
  ModbusLink(const ModbusLink&) = delete;
  ModbusLink& operator=(const ModbusLink&) = delete;

  bool ask(std::uint8_t unit, meters::Table table, meters::Block block) override;
  std::expected<std::span<const std::uint16_t>, LinkError> answer() override;

 protected:
  /// `tail`: bytes behind the registers (checksum).
  ModbusLink(_modbus* context, std::size_t tail) : context_(context), tail_(tail) {}
  ~ModbusLink();
  bool valid() const { return context_ != nullptr; }
  void use(int fd);
  int fd() const { return fd_; }
  std::uint16_t expected() const { return expected_; }
  virtual void before_asking() = 0;

 private:
  _modbus* context_;
  std::size_t tail_;
  int fd_ = -1;
  std::uint8_t function_ = 0;
  std::uint16_t expected_ = 0;
  std::array<std::uint16_t, meters::kModbusWordsMax> words_{};
};

/// Modbus TCP to one address and port.
class TcpLink final : public ModbusLink {
 public:
  TcpLink(std::string_view address, std::uint16_t port);
  ~TcpLink() { close(); }
  bool open() override;
  Progress opened() override;
  void close() override;
  Progress heard() override;
  Duration travel(std::uint16_t) const override { return Duration::zero(); }
  Duration gap() const override { return Duration::zero(); }

  static bool is_address(std::string_view address);

 private:
  void before_asking() override {}
  std::uint32_t address_ = 0;  ///< in network order
  std::uint16_t port_;
};

/// Modbus RTU on a serial line that the supervisor opened; the service never names a device.
class SerialLink final : public ModbusLink {
 public:
  /// fd may be closed: the line is then out of reach.
  SerialLink(int fd, const Bus& bus);
  ~SerialLink() = default;
  bool open() override;
  Progress opened() override { return Progress::done; }
  void close() override {}
  Progress heard() override;
  Duration travel(std::uint16_t words) const override;
  Duration gap() const override;

  static bool is_baud(std::uint32_t baud);

 private:
  void before_asking() override;
  Duration characters(std::uint32_t count) const;

  int line_;
  Bus bus_;
  bool set_up_ = false;
  int seen_ = 0;  ///< bytes at the last look
  int quiet_looks_ = 0;
};

}  // namespace bulwatt::meter
