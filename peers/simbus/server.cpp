#include "peers/simbus/server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace bulwatt::simbus {

Server::Server(Loop& loop, std::string path)
    : loop_(loop), path_(std::move(path)), listener_(listen_unix(path_)), timer_(loop, [this] {
        hub_.tick(now_ms());
        act();
      }) {
  loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_all(); });
}

Server::~Server() {
  for (const auto& [id, connection] : connections_) loop_.forget(connection->fd.get());
  loop_.forget(listener_.get());
  ::unlink(path_.c_str());
}

void Server::accept_all() {
  while (true) {
    Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) break;
    const ClientId id = next_id_++;
    const int raw = fd.get();
    auto connection = std::make_unique<Connection>();
    connection->fd = std::move(fd);
    connections_[id] = std::move(connection);
    loop_.watch(raw, EPOLLIN, [this, id](std::uint32_t events) { ready(id, events); });
    hub_.connect(id);
  }
  act();
}

void Server::ready(ClientId id, std::uint32_t events) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = *found->second;
  if ((events & EPOLLOUT) != 0 && !flush(connection)) drop(id, "");
  else if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_lines(id, connection);
  act();
}

void Server::read_lines(ClientId id, Connection& connection) {
  std::array<char, 16 * 1024> bytes{};
  const ssize_t count = ::recv(connection.fd.get(), bytes.data(), bytes.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return drop(id, "");
  connection.in.push({bytes.data(), static_cast<std::size_t>(count)});
  while (const auto line = connection.in.next()) hub_.receive(id, *line, now_ms());
  if (connection.in.overflowed()) drop(id, "a line was longer than " + std::to_string(kLineMax) + " bytes");
}

/// Writes what the socket takes; false if the connection is gone.
bool Server::flush(Connection& connection) {
  while (!connection.out.empty()) {
    const ssize_t count = ::send(connection.fd.get(), connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count < 0) return false;
    connection.out.erase(0, static_cast<std::size_t>(count));
  }
  loop_.change(connection.fd.get(), connection.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
  return true;
}

void Server::drop(ClientId id, const std::string& reason) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  loop_.forget(found->second->fd.get());
  connections_.erase(found);
  hub_.disconnect(id, reason, now_ms());
}

/// Does what the hub decided, and what follows from it (a drop makes new actions).
void Server::act() {
  for (auto actions = hub_.take_actions(); !actions.empty(); actions = hub_.take_actions()) {
    for (const Action& action : actions) {
      const auto found = connections_.find(action.client);
      if (found == connections_.end()) continue;
      Connection& connection = *found->second;
      connection.out += to_line(action.line);
      if (!flush(connection) || action.close) drop(action.client, "");
      else if (connection.out.size() > kQueueMax) drop(action.client, "it did not read fast enough");
    }
  }
  arm();
}

void Server::arm() {
  if (const auto deadline = hub_.deadline_ms()) timer_.arm(*deadline - now_ms());
  else timer_.disarm();
}

}  // namespace bulwatt::simbus
