// The hub's sockets: accepts, cuts lines, writes what the hub decides, drops who does not read.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "peers/simbus/hub.hpp"
#include "peers/simbus/loop.hpp"

namespace bulwatt::simbus {

class Server {
 public:
  /// Listens at `path` (mode 0600) and removes it when it ends. Throws std::runtime_error with a sentence.
  Server(Loop& loop, std::string path);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  struct Connection {
    Fd fd;
    LineBuffer in;
    std::string out;
  };

  void accept_all();
  void ready(ClientId id, std::uint32_t events);
  void read_lines(ClientId id, Connection& connection);
  bool flush(Connection& connection);
  void drop(ClientId id, const std::string& reason);
  void act();
  void arm();

  Loop& loop_;
  std::string path_;
  Fd listener_;
  Hub hub_;
  Timer timer_;
  std::map<ClientId, std::unique_ptr<Connection>> connections_;
  ClientId next_id_ = 1;
};

}  // namespace bulwatt::simbus
