// What a car says by digital communication (DIN SPEC 70121, ISO 15118) and what it may be told.  Part of the session interface;
// for v2g only. One call carries both ways: v2g repeats the whole state of its link, session answers with the whole state of the
// outlet. Nothing is remembered of a link whose v2g falls silent: the energy stops, the signal falls back.
#pragma once
#include "interfaces/session_view.hpp"

namespace bulwatt::session {

/// What the car's session wants of the outlet. `close`: the AC contactor, or the DC supply at the target values.
enum class VehicleSupply : std::uint8_t { off, isolate, precharge, close };
constexpr auto enum_names(VehicleSupply) { return names("off", "isolate", "precharge", "close"); }

/// How often v2g repeats its report when nothing changes, and after what silence it counts as gone.
inline constexpr std::uint16_t kVehicleReportMs = 500;
inline constexpr std::uint16_t kVehicleReportDcMs =
    100;  ///< while a DC supply serves the car: it watches voltage and current
inline constexpr std::uint16_t kVehicleSilenceMs = 1'500;

/// open: nobody has decided yet.
enum class VehicleAuthorization : std::uint8_t { open, granted, refused };
constexpr auto enum_names(VehicleAuthorization) { return names("open", "granted", "refused"); }

/// A DC outlet: what its supply can give at most, and what there is now.
struct VehicleDcOutlet {
  std::int32_t max_mv{};
  std::int32_t min_mv{};
  std::int32_t max_ma{};
  std::int64_t max_mw{};  ///< of all limits the least
  std::int32_t present_mv{};
  std::int32_t present_ma{};
  power::Isolation isolation{};
  static constexpr auto fields() {
    using O = VehicleDcOutlet;
    return list(field<&O::max_mv>("max_voltage", {.unit = "mV"}), field<&O::min_mv>("min_voltage", {.unit = "mV"}),
                field<&O::max_ma>("max_current", {.unit = "mA"}), field<&O::max_mw>("max_power", {.unit = "mW"}),
                field<&O::present_mv>("present_voltage", {.unit = "mV"}),
                field<&O::present_ma>("present_current", {.unit = "mA"}), field<&O::isolation>("isolation"));
  }
};

/// What this outlet gives at the moment.
struct VehicleOutlet {
  power::Pilot pilot{};
  bool contactor_closed{};
  bool fault{};  ///< no energy may flow, whatever the car asks
  bool
      digital{};  ///< the control pilot signals 5 %, or will; else the car is told by its duty cycle and v2g has no say
  VehicleAuthorization authorization{};
  bool waits_for_person{};  ///< authorization is open until somebody does something
  bool free_of_charge{};
  bool stop{};               ///< the car is asked to stop
  std::uint32_t limit_ma{};  ///< per phase, of all limits the least; below 6000: nothing at the moment
  std::uint8_t phases{};
  Text<16> meter_id{};
  std::optional<std::int64_t> register_mwh{};
  std::optional<VehicleDcOutlet> dc{};  ///< nothing: alternating current
  static constexpr auto fields() {
    using O = VehicleOutlet;
    return list(field<&O::pilot>("pilot"), field<&O::contactor_closed>("contactor_closed"), field<&O::fault>("fault"),
                field<&O::digital>("digital"), field<&O::authorization>("authorization"),
                field<&O::waits_for_person>("waits_for_person"), field<&O::free_of_charge>("free_of_charge"),
                field<&O::stop>("stop"), field<&O::limit_ma>("limit", {.unit = "mA"}), field<&O::phases>("phases"),
                field<&O::meter_id>("meter_id"), field<&O::register_mwh>("register", {.unit = "mWh"}),
                field<&O::dc>("dc"));
  }
};

/// Plug & Charge: the contract that a car has shown and proved to hold; its chain is good.
struct VehicleContract {
  Text<15> emaid{};  ///< without hyphens, capital letters
  CertificateHashes certificates{};
  static constexpr auto fields() {
    using V = VehicleContract;
    return list(field<&V::emaid>("emaid"), field<&V::certificates>("certificates"));
  }
};

/// The state of the link of one outlet. Idempotent.
struct ReportVehicle {
  using Reply = VehicleOutlet;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  bool connected{};      ///< a car's session runs; false: v2g waits for one
  bool authorization{};  ///< the car waits for somebody to authorize it
  VehicleSupply supply{};
  std::int32_t target_mv{};  ///< DC
  std::int32_t target_ma{};
  bool paused{};                              ///< the car ended its session for a while
  std::optional<VehicleContract> contract{};  ///< by which the car wants to be authorized
  VehicleView car{};
  static constexpr auto fields() {
    using R = ReportVehicle;
    return list(field<&R::evse>("evse"), field<&R::connector>("connector"), field<&R::connected>("connected"),
                field<&R::authorization>("authorization"), field<&R::supply>("supply"),
                field<&R::target_mv>("target_voltage", {.min = 0, .max = 1'500'000, .unit = "mV"}),
                field<&R::target_ma>("target_current", {.min = 0, .max = 1'000'000, .unit = "mA"}),
                field<&R::paused>("paused"), field<&R::contract>("contract"), field<&R::car>("car"));
  }
};

}  // namespace bulwatt::session
