// Modbus TCP on the loopback address by libmodbus: several clients in one epoll loop. A frame is handed to libmodbus only
// when it is complete, so that a slow client can never hold up the others.
#pragma once
#include <map>
#include <memory>
#include <random>

#include "peers/metersim/meter.hpp"
#include "peers/simbus/loop.hpp"

struct _modbus;
struct _modbus_mapping_t;

namespace bulwatt::metersim {

/// How requests are treated; the link faults of the meter.
enum class Manner : std::uint8_t { answer, silent, garbage, exception };

inline constexpr std::size_t kClientsMax = 16;

class ModbusServer {
 public:
  /// Called before every answer; returns the registers to show.
  using OnRead = std::function<Image()>;

  /// Listens on 127.0.0.1:`port` (0: any free one). Throws std::runtime_error with a sentence.
  ModbusServer(simbus::Loop& loop, int port, int unit, std::uint32_t serial, OnRead on_read);
  ~ModbusServer();
  ModbusServer(const ModbusServer&) = delete;
  ModbusServer& operator=(const ModbusServer&) = delete;

  int port() const { return port_; }
  std::size_t clients() const { return clients_.size(); }
  std::uint64_t requests() const { return requests_; }

  void set_manner(Manner manner) { manner_ = manner; }
  /// Absent: closes everything and refuses connections. Present again on the same port; throws if that was taken.
  void set_present(bool present);

 private:
  void open_listener();
  void accept_all();
  void ready(int fd);
  bool serve_one(int fd);
  bool refuse(int fd, std::size_t frame_size, unsigned exception);
  bool answer(int fd);
  bool send_garbage(int fd);
  void drop(int fd);

  struct FreeModbus {
    void operator()(_modbus* modbus) const;
  };
  struct FreeMapping {
    void operator()(_modbus_mapping_t* mapping) const;
  };

  simbus::Loop& loop_;
  int port_;
  int unit_;
  OnRead on_read_;
  std::unique_ptr<_modbus, FreeModbus> modbus_;
  std::unique_ptr<_modbus_mapping_t, FreeMapping> mapping_;
  simbus::Fd listener_;
  std::map<int, simbus::Fd> clients_;
  Manner manner_ = Manner::answer;
  std::uint64_t requests_ = 0;
  std::minstd_rand random_{1};
};

}  // namespace bulwatt::metersim
