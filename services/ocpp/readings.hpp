// From the station's own units to meter values of OCPP, narrowed to the measurands that the backend wants.
#pragma once
#include "interfaces/meter.hpp"
#include "interfaces/session.hpp"
#include "protocols/ocpp/v201/meter_value.hpp"
#include "protocols/ocpp/v201/transactions.hpp"
#include "services/ocpp/model.hpp"

namespace bulwatt::ocpp {

/// The value of one enumeration in another that has the same texts in any order.
template <NamedEnum To, NamedEnum From>
To same_text(From from) {
  return enum_from_text<To>(enum_text(from)).value_or(To{});
}

/// `measurands` is a comma-separated list. No value is left when none is wanted or known.
v201::MeterValue meter_value(const session::Sample& sample, std::string_view measurands);
v201::MeterValue meter_value(const meter::Reading& reading, std::string_view measurands,
                             v201::ReadingContextEnum context, Timestamp time);

/// `request` is cleared first.
void fill(v201::TransactionEventRequest& request, const session::TransactionEvent& event, const Model& model);

}  // namespace bulwatt::ocpp
