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

/// "oca:base16:asn1:" and the key: how the OCPP community writes a public key. Empty: there is none.
Text<200> public_key_text(std::span<const std::byte> key);
/// Why a value goes without its signed record. data_too_long, key_too_long: OCPP 2.0.1 has no room for it, and nothing is cut.
enum class Unsigned : std::uint8_t { record_gone, data_too_long, key_too_long };
constexpr auto enum_names(Unsigned) { return names("record_gone", "data_too_long", "key_too_long"); }

/// A signed meter record as OCPP carries it; with the key or without.
std::expected<v201::SignedMeterValue, Unsigned> signed_value(std::span<const std::byte> payload,
                                                             std::span<const std::byte> signature,
                                                             std::string_view key);
/// Puts it to the energy register of this context; nowhere when the backend wants no such value.
void attach(v201::TransactionEventRequest& request, session::SampleContext context,
            const v201::SignedMeterValue& value);

/// `request` is cleared first.
void fill(v201::TransactionEventRequest& request, const session::TransactionEvent& event, const Model& model);

}  // namespace bulwatt::ocpp
