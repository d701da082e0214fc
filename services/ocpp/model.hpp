// The device model with its values: reads, writes, and what a write changes. Values are kept as the texts OCPP sends.
#pragma once
#include "libs/os/clock.hpp"
#include "services/ocpp/store.hpp"
#include "services/ocpp/variables.hpp"

namespace bulwatt::ocpp {

/// What is known at the moment and not stored.
struct Live {
  Timestamp time{};
  const session::Snapshot* snapshot = nullptr;  ///< null: session has not answered yet
};

/// What follows from written variables; done after the answer was sent.
struct Consequences {
  bool settings = false;  ///< session has to be told
  bool password = false;  ///< connect anew
  bool clock = false;     ///< timers depend on it
};

class Model {
 public:
  Model(const Config& config, Store& store);

  std::int64_t number(Var var) const { return integer_of(text(var)).value_or(0); }
  Duration seconds(Var var) const { return std::chrono::seconds{number(var)}; }
  bool flag(Var var) const { return text(var) == "true"; }
  std::string_view text(Var var) const { return values_[static_cast<std::size_t>(var)].view(); }
  session::Settings settings() const;
  /// The backend has set something that session obeys. Before that, session keeps to its own configuration.
  bool settings_from_backend() const;
  /// Set by the station itself; not stored.
  void set(Var var, std::int64_t value);

  void get(const v201::GetVariableData& asked, const Live& live, v201::GetVariableResult& result) const;
  /// All elements of one request; what was accepted is durable when it returns.
  Consequences set(const v201::SetVariablesRequest& asked, v201::SetVariablesResponse& response);
  /// One row of a report; the value of a write-only variable stays out.
  v201::ReportData report(const Row& row, const Live& live) const;

 private:
  Text<kMaxValue> value_of(const Row& row, const Live& live) const;
  Text<kMaxValue> initial(const Row& row) const;
  void set_one(const v201::SetVariableData& asked, v201::SetVariableResult& result, Consequences& consequences);
  void set_password(std::string_view password);

  const Config& config_;
  Store& store_;
  std::array<Text<kMaxValue>, kVariables> values_{};
};

/// "OCPPCommCtrlr.MessageTimeout(Default)": how a variable is named on disk.
Text<kMaxVariableKey> key_of(const Row& row);

/// RFC 3339 with milliseconds, UTC.
Text<32> time_text(Timestamp time);

}  // namespace bulwatt::ocpp
