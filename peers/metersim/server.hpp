// What the two ways to ask the simulated meter have in common: manners, limits, registers for libmodbus.
#pragma once
#include <memory>
#include <random>

#include "peers/metersim/meter.hpp"
#include "peers/simbus/loop.hpp"

struct _modbus;
struct _modbus_mapping_t;

namespace bulwatt::metersim {

/// How requests are treated; the link faults of the meter.
enum class Manner : std::uint8_t { answer, silent, garbage, exception };

class Server {
 public:
  /// Called before every answer; returns the registers to show.
  using OnRead = std::function<Image()>;

  virtual ~Server();
  virtual int port() const { return 0; }
  virtual std::size_t clients() const = 0;
  virtual void set_present(bool present) = 0;
  std::uint64_t requests() const { return requests_; }
  void set_manner(Manner manner) { manner_ = manner; }

 protected:
  Server(int unit, std::uint16_t words_max, OnRead on_read);

  struct FreeModbus {
    void operator()(_modbus* modbus) const;
  };
  struct FreeMapping {
    void operator()(_modbus_mapping_t* mapping) const;
  };
  using Mapping = std::unique_ptr<_modbus_mapping_t, FreeMapping>;

  /// The exception that a request for `count` registers deserves; 0: none. A count of 0 stands for a malformed request.
  unsigned objection(std::uint8_t function, std::size_t count) const;
  Mapping registers() const;
  std::vector<std::uint8_t> garbage();

  int unit_;
  std::uint16_t words_max_;
  OnRead on_read_;
  std::unique_ptr<_modbus, FreeModbus> modbus_;
  Manner manner_ = Manner::answer;
  std::uint64_t requests_ = 0;

 private:
  std::minstd_rand random_{1};
};

}  // namespace bulwatt::metersim
