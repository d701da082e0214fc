// Modbus TCP on the loopback address by libmodbus: several clients in one epoll loop. A frame is handed to libmodbus only
// when it is complete, so that a slow client can never hold up the others.
#pragma once
#include <map>

#include "peers/metersim/server.hpp"

namespace bulwatt::metersim {

inline constexpr std::size_t kClientsMax = 16;

class ModbusServer final : public Server {
 public:
  /// Listens on 127.0.0.1:`port` (0: any free one). Throws std::runtime_error with a sentence.
  ModbusServer(simbus::Loop& loop, int port, int unit, std::uint16_t words_max, OnRead on_read);
  ~ModbusServer() override;
  ModbusServer(const ModbusServer&) = delete;
  ModbusServer& operator=(const ModbusServer&) = delete;

  int port() const override { return port_; }
  std::size_t clients() const override { return clients_.size(); }
  /// Absent: closes everything and refuses connections. Present again on the same port; throws if that was taken.
  void set_present(bool present) override;

 private:
  void open_listener();
  void accept_all();
  void ready(int fd);
  bool serve_one(int fd);
  bool refuse(int fd, std::size_t frame_size, unsigned exception);
  bool answer(int fd);
  bool send_garbage(int fd);
  void drop(int fd);

  simbus::Loop& loop_;
  int port_;
  simbus::Fd listener_;
  std::map<int, simbus::Fd> clients_;
};

}  // namespace bulwatt::metersim
