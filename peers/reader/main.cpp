// bulwatt-reader: a simulated serial RFID reader on a pseudo terminal.
#include <sys/epoll.h>

#include <optional>

#include "peers/reader/pty.hpp"
#include "peers/reader/token.hpp"
#include "peers/simbus/client.hpp"
#include "peers/simbus/loop.hpp"
#include "peers/simbus/options.hpp"

namespace {

using namespace bulwatt;
using simbus::Json;

struct App {
  simbus::Loop loop;
  reader::Pty pty;
  std::uint64_t swipes = 0;
  simbus::Client bus;

  explicit App(const simbus::Options& options)
      : pty(options.text("tty")),
        bus(options.text("bus"), "reader",
            {.on_command = [this](const simbus::Command& line) { return command(line); },
             .on_link =
                 [this, exits = options.flag("exit-with-bus")](bool joined) {
                   if (!joined && exits) loop.stop();
                 }}) {
    loop.watch(bus.fd(), EPOLLIN, [this](std::uint32_t) { bus.ready(); });
    loop.watch(pty.fd(), EPOLLIN, [this](std::uint32_t) { pty.discard_input(); });
  }

  std::optional<Json> command(const simbus::Command& command) try {
    if (command.name == "status") return Json{{"ok", true}, {"swipes", swipes}};
    if (command.name != "swipe") return std::nullopt;
    const reader::Swipe swipe = reader::swipe_of(command.args);
    if (!pty.write_line(swipe.token)) return simbus::refused("nobody reads the reader's line");
    ++swipes;
    bus.publish_once({{"event", "swipe"}, {"token", swipe.token}, {"type", swipe.type}});
    return simbus::ok();
  } catch (const simbus::BadUsage& mistake) {
    return simbus::refused(mistake.what());
  }
};

void run(const simbus::Options& options) { App(options).loop.run(); }

}  // namespace

int main(int argc, char** argv) {
  simbus::Options options("bulwatt-reader",
                          "A simulated serial RFID reader: `swipe TOKEN` becomes a line on its terminal.",
                          {{"bus", "PATH", "socket of bulwatt-simbus", "", true},
                           {"tty", "PATH", "symbolic link to make to the terminal", "", true},
                           {"exit-with-bus", "", "end when the bus closes"}});
  return simbus::run_program(argc, argv, std::move(options), run);
}
