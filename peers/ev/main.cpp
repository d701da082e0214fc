// bulwatt-ev: a simulated car on the control pilot.
#include "peers/ev/app.hpp"

namespace {

using bulwatt::simbus::Options;

bulwatt::ev::AppConfig config_of(const Options& options) {
  bulwatt::ev::AppConfig config;
  config.bus = options.text("bus");
  config.car.battery_kwh = options.number("battery-kwh", 0.1, 1000);
  config.car.soc_percent = options.number("soc", 0, 100);
  config.car.max_current_ma = static_cast<std::int32_t>(options.number("max-current", 0, 80) * 1000);
  config.car.phases = static_cast<int>(options.integer("phases", 1, 3));
  config.car.speed = options.number("speed", 0.01, 100'000);
  config.car.ventilation = options.flag("ventilation");
  config.car.cable_a = static_cast<int>(options.integer("cable", 13, 63));
  const int cable = config.car.cable_a;
  if (cable != 13 && cable != 20 && cable != 32 && cable != 63) {
    throw bulwatt::simbus::BadUsage("--cable must be 13, 20, 32 or 63");
  }
  config.plugged = options.flag("plugged");
  config.exit_with_bus = options.flag("exit-with-bus");
  return config;
}

void run(const Options& options) {
  const bulwatt::ev::AppConfig config = config_of(options);
  bulwatt::simbus::Loop loop;
  const bulwatt::ev::App app(loop, config);
  loop.run();
}

}  // namespace

int main(int argc, char** argv) {
  Options options("bulwatt-ev", "A simulated car on the control pilot, driven over the simulation bus.",
                  {{"bus", "PATH", "socket of bulwatt-simbus", "", true},
                   {"battery-kwh", "N", "battery size", "60"},
                   {"soc", "N", "state of charge in percent", "20"},
                   {"max-current", "N", "most current per phase in A", "32"},
                   {"phases", "N", "phases of the on-board charger", "3"},
                   {"cable", "N", "rated current of the cable in A: 13, 20, 32 or 63", "32"},
                   {"ventilation", "", "ask for ventilation (state D)"},
                   {"plugged", "", "begin plugged in"},
                   {"speed", "N", "energy flows N times as fast", "1"},
                   {"exit-with-bus", "", "end when the bus closes"}});
  return bulwatt::simbus::run_program(argc, argv, std::move(options), run);
}
