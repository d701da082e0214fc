// One end of the simulation bus for a simulated part of the world. Never blocks, connects again by itself.
//
//   simbus::Client bus("/run/bulwatt/sim", "board", {.on_event = …, .on_command = …});
//   loop.watch(bus.fd(), EPOLLIN, [&](std::uint32_t) { bus.ready(); });   // or poll() on bus.fd()
//   bus.publish({{"event", "board"}, {"pilot", "B2"}, {"duty_permille", 533}, {"contactor", false}});
//
// Single-threaded. Callbacks run inside ready() only. Commands and events: peers/README.md.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "peers/simbus/lines.hpp"
#include "peers/simbus/socket.hpp"

namespace bulwatt::simbus {

/// A command somebody gave to the simulated world: `fault no_diode` is {"fault", {"no_diode"}}.
struct Command {
  std::string name;
  std::vector<std::string> args;  // numbers arrive as their text
  Json line;                      // the whole line, should a command carry more
};

/// Answers of on_command. `ok()` may be extended with members: `Json answer = ok(); answer["soc"] = 20;`
Json ok();
Json refused(const std::string& sentence);
/// What on_command gives when the answer comes later, by Client::answer().
Json later();

struct Handlers {
  /// Any event of another participant, with "from"; "replayed": true for the state found on joining. Also the hub's own
  /// events "joined", "left", "dropped" (from "hub"), and "error" about something this end sent.
  std::function<void(const Json& event)> on_event = {};
  /// A command. Nothing means "not mine", so that the caller quickly hears if nobody feels meant.
  /// `status` comes here too; answer ok() with the members that describe the present state.
  std::function<std::optional<Json>(const Command& command)> on_command = {};
  /// Answer to a command this end gave; "id" is what command() returned.
  std::function<void(const Json& answer)> on_answer = {};
  /// Joined (true) or lost the bus (false). Called on every change.
  std::function<void(bool joined)> on_link = {};
};

class Client {
 public:
  /// Begins to connect to the hub's socket at once; throws only on an impossible path.
  Client(std::string path, std::string name, Handlers handlers);

  /// One descriptor for the whole life of the client, readable whenever ready() has work.
  int fd() const { return epoll_.get(); }
  void ready();

  bool joined() const { return joined_; }
  /// The name the hub gave: the wanted one, or with "-2" if it was taken. Empty until joined.
  const std::string& name() const { return given_name_; }

  /// Tells an event {"event": kind, …}. The last one of each kind is present state: the hub gives it to newcomers, and
  /// this end says it again after it had to reconnect.
  void publish(Json event);
  /// The same for something that happens and is over (a swipe): told to those present, never repeated.
  void publish_once(Json event);
  /// The answer to a command for which on_command gave later(); `line` is Command::line. The hub waits for 2 s.
  void answer(const Json& line, Json answer);
  /// Gives a command to all other participants, or to the one named `to`; returns the id of its answer. 0 if there is no
  /// bus now.
  std::uint64_t command(const std::string& name, const std::vector<std::string>& args = {}, const std::string& to = {});

 private:
  void connect();
  void lose();
  void read_lines();
  void take(const Json& line);
  void take_command(const Json& line);
  void take_hub_event(const Json& line);
  void send(const Json& line);
  void flush();
  void watch(int op, std::uint32_t events);

  std::string path_;
  std::string wanted_name_;
  std::string given_name_;
  Handlers handlers_;
  Fd epoll_;
  Fd retry_;
  Fd socket_;
  LineBuffer in_;
  std::string out_;
  bool joined_ = false;
  std::map<std::string, Json> state_;
  std::uint64_t next_id_ = 1;
};

/// Connects, gives one command line ({"command": "plug"}, optional "args"), waits at most `timeout_ms` for its answer.
/// Throws std::runtime_error with a sentence if there is no hub or no answer. For command lines and tests.
Json ask(const std::string& path, Json command, int timeout_ms = 5000);

}  // namespace bulwatt::simbus
