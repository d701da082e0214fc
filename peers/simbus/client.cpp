#include "peers/simbus/client.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "peers/simbus/loop.hpp"

namespace bulwatt::simbus {

namespace {

/// How long to wait before the next attempt to reach the hub.
constexpr long kRetryNanos = 100'000'000;

std::vector<std::string> args_of(const Json& line) {
  std::vector<std::string> args;
  const auto found = line.find("args");
  if (found == line.end() || !found->is_array()) return args;
  for (const Json& arg : *found) args.push_back(arg.is_string() ? arg.get<std::string>() : arg.dump());
  return args;
}

}  // namespace

Json ok() { return {{"ok", true}}; }

Json refused(const std::string& sentence) { return {{"ok", false}, {"error", sentence}}; }

Json later() { return {{"later", true}}; }

Client::Client(std::string path, std::string name, Handlers handlers)
    : path_(std::move(path)),
      wanted_name_(std::move(name)),
      handlers_(std::move(handlers)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      retry_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (!epoll_ || !retry_) throw_errno("cannot prepare the connection to the simulation bus");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = retry_.get();
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, retry_.get(), &event) != 0) throw_errno("cannot watch a timer");
  connect();
}

void Client::connect() {
  socket_ = connect_unix(path_);
  if (!socket_) {
    itimerspec soon{};
    soon.it_value.tv_nsec = kRetryNanos;
    ::timerfd_settime(retry_.get(), 0, &soon, nullptr);
    return;
  }
  watch(EPOLL_CTL_ADD, EPOLLIN);
  out_ = to_line({{"hello", wanted_name_}});
  for (const auto& [kind, event] : state_) out_ += to_line(event);
  flush();
}

void Client::lose() {
  socket_.reset();  // leaves the epoll set by itself
  in_.clear();
  out_.clear();
  given_name_.clear();
  const bool was_joined = std::exchange(joined_, false);
  connect();
  if (was_joined && handlers_.on_link) handlers_.on_link(false);
}

void Client::ready() {
  std::array<epoll_event, 2> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == retry_.get()) {
      std::uint64_t expirations = 0;
      if (::read(retry_.get(), &expirations, sizeof expirations) > 0 && !socket_) connect();
    } else if (event.data.fd == socket_.get()) {
      if ((event.events & EPOLLOUT) != 0) flush();
      if (socket_ && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_lines();
    }
  }
}

void Client::read_lines() {
  std::array<char, 16 * 1024> bytes{};
  const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return lose();
  in_.push({bytes.data(), static_cast<std::size_t>(count)});
  while (socket_) {
    const auto line = in_.next();
    if (!line) break;
    if (const auto object = parse_object(*line)) take(*object);
  }
  if (in_.overflowed()) lose();
}

void Client::take(const Json& line) {
  if (line.contains("event")) {
    if (text_of(line, "from") == "hub") take_hub_event(line);
    if (handlers_.on_event) handlers_.on_event(line);
  } else if (line.contains("command")) {
    take_command(line);
  } else if (line.contains("ok") && handlers_.on_answer) {
    handlers_.on_answer(line);
  }
}

void Client::take_hub_event(const Json& line) {
  if (text_of(line, "event") != "joined" || !line.contains("you")) return;
  given_name_ = text_of(line, "name");
  joined_ = true;
  if (handlers_.on_link) handlers_.on_link(true);
}

void Client::take_command(const Json& line) {
  std::optional<Json> answer;
  if (handlers_.on_command) answer = handlers_.on_command({text_of(line, "command"), args_of(line), line});
  if (!answer) answer = Json{{"pass", true}};
  if (!answer->contains("later")) this->answer(line, std::move(*answer));
}

void Client::answer(const Json& line, Json answer) {
  answer["id"] = line.value("id", Json(nullptr));
  send(answer);
}

void Client::publish(Json event) {
  send(event);
  state_[text_of(event, "event")] = std::move(event);
}

void Client::publish_once(Json event) {
  event["once"] = true;
  send(event);
}

std::uint64_t Client::command(const std::string& name, const std::vector<std::string>& args, const std::string& to) {
  if (!socket_) return 0;
  const std::uint64_t id = next_id_++;
  Json line{{"id", id}, {"command", name}, {"args", args}};
  if (!to.empty()) line["to"] = to;
  send(line);
  return id;
}

void Client::send(const Json& line) {
  if (!socket_) return;
  out_ += to_line(line);
  flush();
}

/// Writes what the socket takes. A hub that does not read, or is gone, shows as end of stream in read_lines():
/// callbacks must not run inside publish().
void Client::flush() {
  while (!out_.empty()) {
    const ssize_t count = ::send(socket_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) out_.clear();
    if (count < 0) break;
    out_.erase(0, static_cast<std::size_t>(count));
  }
  if (out_.size() > kQueueMax) ::shutdown(socket_.get(), SHUT_RDWR);
  watch(EPOLL_CTL_MOD, out_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void Client::watch(int op, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket_.get();
  if (::epoll_ctl(epoll_.get(), op, socket_.get(), &event) != 0) throw_errno("cannot watch the simulation bus");
}

Json ask(const std::string& path, Json command, int timeout_ms) {
  const Fd socket = connect_unix(path);
  if (!socket) throw std::runtime_error("no simulation bus listens on '" + path + "'");
  command["id"] = 1;
  const std::string line = to_line(command);
  if (::send(socket.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
    throw_errno("cannot write to the simulation bus");
  }
  LineBuffer in;
  const std::int64_t end = now_ms() + timeout_ms;
  for (std::int64_t left = timeout_ms; left > 0; left = end - now_ms()) {
    pollfd waiting{socket.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(left)) <= 0) continue;
    std::array<char, 16 * 1024> bytes{};
    const ssize_t count = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
    if (count == 0) throw std::runtime_error("the simulation bus closed the connection");
    if (count > 0) in.push({bytes.data(), static_cast<std::size_t>(count)});
    while (const auto text = in.next()) {
      const auto answer = parse_object(*text);
      if (answer && answer->contains("ok")) return *answer;
    }
  }
  throw std::runtime_error("the simulation bus gave no answer within " + std::to_string(timeout_ms) + " ms");
}

}  // namespace bulwatt::simbus
