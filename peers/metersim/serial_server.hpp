// Modbus RTU on a pseudo terminal by libmodbus: the meter at the end of a serial line.
#pragma once
#include "peers/metersim/server.hpp"
#include "peers/reader/pty.hpp"

namespace bulwatt::metersim {

class SerialServer final : public Server {
 public:
  /// Makes a pseudo terminal and a link to it under `path`. Throws std::runtime_error with a sentence.
  SerialServer(simbus::Loop& loop, const std::string& path, int unit, std::uint16_t words_max, OnRead on_read);
  ~SerialServer() override;
  SerialServer(const SerialServer&) = delete;
  SerialServer& operator=(const SerialServer&) = delete;

  /// One line, whoever holds its other end.
  std::size_t clients() const override { return 1; }
  /// Absent: the meter is off, its line is quiet.
  void set_present(bool present) override { present_ = present; }

 private:
  void ready();
  void serve(std::vector<std::uint8_t> frame);

  simbus::Loop& loop_;
  reader::Pty line_;
  bool present_ = true;
  std::vector<std::uint8_t> heard_;
};

}  // namespace bulwatt::metersim
