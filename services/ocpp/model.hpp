// The device model with its values: reads, writes, and what a write changes. Values are kept as the texts OCPP sends.
#pragma once
#include "libs/base/line.hpp"
#include "libs/os/clock.hpp"
#include "services/ocpp/network.hpp"
#include "services/ocpp/variables.hpp"

namespace bulwatt::ocpp {

/// What is known at the moment and not stored.
struct Live {
  Timestamp time{};
  std::span<const session::Snapshot> snapshots{};  ///< of every EVSE that session has told of

  const session::Snapshot* of(std::uint8_t evse) const {
    const auto found = std::ranges::find(snapshots, evse, &session::Snapshot::evse);
    return found == snapshots.end() ? nullptr : &*found;
  }
};

/// What follows from written variables; done after the answer was sent.
struct Consequences {
  bool settings = false;  ///< session has to be told
  bool password = false;  ///< connect anew
  bool clock = false;     ///< timers depend on it
  bool security = false;  ///< what the security of the connection rests on was changed
};

class Model {
 public:
  Model(const Config& config, Store& store, const Network& network);

  std::int64_t number(Var var) const { return integer_of(text(var)).value_or(0); }
  Duration seconds(Var var) const { return std::chrono::seconds{number(var)}; }
  bool flag(Var var) const { return text(var) == "true"; }
  /// Of a variable of the station, or of the first place that has it.
  std::string_view text(Var var) const { return values_[first_[static_cast<std::size_t>(var)]].view(); }
  session::Settings settings() const;
  /// Set by the station itself; not stored.
  void set(Var var, std::int64_t value) { set(var, std::string_view{Line<24>{value}.view()}); }
  void set(Var var, std::string_view value) { values_[first_[static_cast<std::size_t>(var)]] = value; }
  /// The same at every place that has it.
  void set_everywhere(Var var, std::string_view value);
  /// Set by the station itself, and kept as if the backend had set it.
  void keep(Var var, std::string_view value);

  const Topology& topology() const { return config_.topology; }
  /// Every variable at every place it is at; an index into it names one as long as the process lives.
  std::span<const Spot> spots() const { return spots_; }
  /// The index of the spot, and what is unknown otherwise.
  struct Found {
    std::optional<std::uint16_t> spot{};
    bool component = false;
  };
  Found find(const v201::Component& component, const v201::Variable& variable) const;
  /// Empty when it is not known, and for what nobody may read.
  Text<kMaxValue> value(std::uint16_t spot, const Live& live) const;
  /// A text that is another one after every change, also for what nobody may read.
  Text<kMaxValue> trace(std::uint16_t spot, const Live& live) const { return raw(spots_[spot], values_[spot], live); }
  struct Limits {
    std::optional<std::int64_t> least{};
    std::optional<std::int64_t> most{};
  };
  /// minLimit and maxLimit of the variable; of a text: characters.
  Limits limits_of(const Row& row) const;
  /// Whether the component of this spot meets the criterion.
  bool meets(v201::ComponentCriterionEnum criterion, std::uint16_t spot, const Live& live) const;

  void get(const v201::GetVariableData& asked, const Live& live, v201::GetVariableResult& result) const;
  /// All elements of one request; what was accepted is durable when it returns.
  Consequences set(const v201::SetVariablesRequest& asked, const Keys& keys, v201::SetVariablesResponse& response);
  /// One spot in a report; the value of a write-only variable stays out.
  v201::ReportData report(std::uint16_t spot, const Live& live) const;

 private:
  void lay_out();
  Text<kMaxValue> raw(const Spot& spot, const Text<kMaxValue>& stored, const Live& live) const;
  Text<kMaxValue> initial(const Row& row) const;
  void set_one(const v201::SetVariableData& asked, const Keys& keys, v201::SetVariableResult& result,
               Consequences& consequences);
  void set_password(std::string_view password);

  const Config& config_;
  Store& store_;
  const Network& network_;
  std::vector<Spot> spots_{};
  std::vector<Text<kMaxValue>> values_{};  ///< as many as spots
  std::array<std::uint16_t, kVariables> first_{};
  std::uint32_t passwords_ = 0;  ///< set since the start
};

/// "OCPPCommCtrlr.MessageTimeout(Default)", "EVSE.Power@1": how a variable is named on disk.
Text<kMaxVariableKey> key_of(const Spot& spot);

/// RFC 3339 with milliseconds, UTC.
Text<32> time_text(Timestamp time);

}  // namespace bulwatt::ocpp
