// A car on the control pilot (IEC 61851-1, mode 3) with a battery. Pure: time in milliseconds of any monotonic clock is
// handed in, and every input first lets the time before it pass. The speed factor multiplies energy, never reactions.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace bulwatt::ev {

/// How quickly the car reacts. The standard's limits: 3 s to stop drawing when the signal goes away, 5 s to adapt.
inline constexpr std::int64_t kReadyDelayMs = 1000;   ///< offer seen to state C
inline constexpr std::int64_t kReactionMs = 800;      ///< change of the signal to the begin of a reaction
inline constexpr std::int64_t kStartDelayMs = 500;    ///< voltage at the inlet to the first ampere
inline constexpr std::int64_t kReleaseDelayMs = 300;  ///< last ampere to state B
inline constexpr std::int32_t kRiseMaPerS = 8'000;
inline constexpr std::int32_t kFallMaPerS = 40'000;  ///< from 80 A to nothing in 2 s
/// While current flows or changes, the car has something new to tell this often.
inline constexpr std::int64_t kTickMs = 200;

inline constexpr int kResistanceB = 2740;
inline constexpr int kResistanceC = 882;
inline constexpr int kResistanceD = 246;

struct CarConfig {
  double battery_kwh = 60;
  double soc_percent = 20;
  std::int32_t max_current_ma = 32'000;  ///< of the on-board charger, per phase
  int phases = 3;                        ///< 1, 2 or 3
  int cable_a = 32;                      ///< 13, 20, 32 or 63: the resistor in the plug
  bool ventilation = false;              ///< asks by state D instead of C
  double speed = 1;
};

/// What the station sees of the car.
struct Face {
  bool plugged = false;
  std::optional<int> resistance_ohm;  ///< nothing: open
  bool diode = true;
  std::optional<int> pp_ohm;
  bool operator==(const Face&) const = default;
};

struct Draw {
  std::array<std::int32_t, 3> current_ma{};
  std::array<std::int32_t, 3> voltage_mv{};  ///< at the inlet; 0 while the contactor is open
  bool operator==(const Draw&) const = default;
};

enum class Fault : std::uint8_t { short_pilot, no_diode, keeps_drawing };
inline constexpr std::array<const char*, 3> kFaultNames{"short_pilot", "no_diode", "keeps_drawing"};
std::optional<Fault> fault_of(const std::string& name);

/// What a duty cycle (in permille) says to a car.
struct Offer {
  enum class Kind : std::uint8_t { none, digital, invalid, current } kind = Kind::none;
  std::int32_t current_ma = 0;
  bool operator==(const Offer&) const = default;
};
Offer read_duty(int duty_permille);

/// Agreed by messages in place of the duty cycle.
struct Agreed {
  bool ready = false;  ///< the switch: state C or D
  std::int32_t limit_ma = 0;
  bool operator==(const Agreed&) const = default;
};

/// What a DC supply gives, as the station's board tells it.
struct DcFlow {
  std::int32_t current_ma = 0;
  std::int32_t voltage_mv = 0;
  bool operator==(const DcFlow&) const = default;
};

class Car {
 public:
  Car(const CarConfig& config, std::int64_t now_ms);

  void advance(std::int64_t now_ms);
  void plug(bool in, std::int64_t now_ms);
  void see_station(int duty_permille, bool contactor_closed, std::int64_t now_ms);
  /// The station is one of direct current: what flows is its supply's business, whatever the duty cycle. Nothing: alternating current.
  void see_supply(std::optional<DcFlow> flow, std::int64_t now_ms);
  void set_soc(double percent, std::int64_t now_ms);
  void set_demand(bool on, std::int64_t now_ms);
  /// What the car's communication controller has agreed; counts while the signal says 5 %. Nothing: it does not speak.
  void set_agreed(std::optional<Agreed> agreed, std::int64_t now_ms);
  void set_max_current(std::int32_t current_ma, std::int64_t now_ms);
  void set_fault(Fault fault, bool on, std::int64_t now_ms);

  Face face() const;
  Draw draw() const;
  /// In how many milliseconds advance() may change something by itself; nothing if only an input can.
  std::optional<std::int64_t> next_change_in_ms() const;

  double soc_percent() const { return soc_percent_; }
  double drawn_mwh() const { return drawn_mwh_; }  ///< from the station, since the car exists
  bool has_fault(Fault fault) const { return faults_[static_cast<std::size_t>(fault)]; }
  /// One sentence on what the car does or waits for.
  std::string doing() const;

 private:
  void step(std::int64_t step_ms);
  void follow_offer(std::int64_t step_ms);
  void follow_switch(std::int64_t step_ms);
  void follow_current(std::int64_t step_ms);
  void charge(std::int64_t step_ms);
  bool wants_energy() const;
  bool speaks() const { return agreed_ && offer().kind == Offer::Kind::digital; }
  Offer offer() const;
  std::int32_t target_ma() const;
  std::int32_t taper_ma() const;
  bool defies() const { return has_fault(Fault::keeps_drawing) && ready_ && current_ma_ > 0; }

  CarConfig config_;
  std::int64_t at_ms_;
  double soc_percent_;
  double drawn_mwh_ = 0;
  bool plugged_ = false;
  bool demand_ = true;
  bool ready_ = false;  // the car's own switch: state C or D
  std::optional<Agreed> agreed_;
  int duty_permille_ = 1000;
  bool contactor_closed_ = false;
  std::optional<DcFlow> supply_;
  std::array<bool, kFaultNames.size()> faults_{};
  std::int32_t current_ma_ = 0;
  std::int32_t applied_ma_ = 0;       // the offer the charger obeys now
  std::int32_t seen_ma_ = 0;          // the offer seen latest
  std::int64_t since_offer_ms_ = 0;   // how long it has been the same
  std::int64_t since_wanted_ms_ = 0;  // how long energy is wanted and offered
  std::int64_t since_closed_ms_ = 0;  // how long there is voltage
  std::int64_t since_idle_ms_ = 0;    // how long ready without drawing or wanting
};

}  // namespace bulwatt::ev
