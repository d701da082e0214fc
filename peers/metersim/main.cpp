// bulwatt-metersim: a simulated energy meter on Modbus TCP or RTU.
#include <cmath>

#include "peers/metersim/app.hpp"
#include "peers/simbus/options.hpp"

namespace {

using bulwatt::simbus::Options;

bulwatt::metersim::AppConfig config_of(const Options& options) {
  constexpr double kMwhPerKwh = 1e6;
  bulwatt::metersim::AppConfig config;
  config.bus = options.text("bus");
  config.model = options.text("model");
  config.evse = static_cast<int>(options.integer("evse", 1, 4));
  config.tty = options.text("tty");
  if (config.tty.empty() && options.text("port").empty())
    throw bulwatt::simbus::BadUsage("give --port N or --tty PATH");
  if (config.tty.empty()) config.port = static_cast<int>(options.integer("port", 0, 65535));
  config.port_file = options.text("port-file");
  config.unit = static_cast<int>(options.integer("unit", 1, 247));
  config.serial = static_cast<std::uint32_t>(options.integer("serial", 0, 0xFFFF'FFFF));
  config.speed = options.number("speed", 0.01, 100'000);
  config.state_file = options.text("state");
  config.start.mwh = std::llround(options.number("energy-kwh", 0, 1e9) * kMwhPerKwh);
  config.exit_with_bus = options.flag("exit-with-bus");
  return config;
}

void run(const Options& options) {
  const bulwatt::metersim::AppConfig config = config_of(options);
  bulwatt::simbus::Loop loop;
  const bulwatt::metersim::App app(loop, config);
  loop.run();
}

}  // namespace

int main(int argc, char** argv) {
  Options options("bulwatt-metersim",
                  "A simulated energy meter on Modbus TCP (127.0.0.1 only) or on a serial line (Modbus RTU).",
                  {{"bus", "PATH", "socket of bulwatt-simbus", "", true},
                   {"model", "NAME", bulwatt::metersim::Face::names(), "sdm630"},
                   {"evse", "N", "the EVSE it measures; draws and faults are for one EVSE", "1"},
                   {"port", "N", "TCP port, 0 for any free one"},
                   {"tty", "PATH", "a serial line under this name, instead of a port"},
                   {"port-file", "PATH", "write the port there once it listens"},
                   {"unit", "N", "Modbus unit identifier", "1"},
                   {"serial", "N", "serial number", "21031847"},
                   {"energy-kwh", "N", "energy register of a new meter", "100"},
                   {"state", "PATH", "keep the energy in this file over restarts"},
                   {"speed", "N", "energy flows N times as fast, for draws that do not say so themselves", "1"},
                   {"exit-with-bus", "", "end when the bus closes"}});
  return bulwatt::simbus::run_program(argc, argv, std::move(options), run);
}
