#include <array>

#include "protocols/iso15118_session/sequence.hpp"
#include "protocols/iso15118_session/sequence_table.hpp"

namespace bulwatt::iso15118 {
namespace {
using enum Request;

// Renegotiation of DC leads through cable check and precharge by the standard; cars that go on at once are let.
// clang-format off
constexpr Table kTable = table({
    {Stage::connected,          {session_setup}},
    {Stage::set_up,             {service_discovery, session_stop}},
    {Stage::discovered,         {service_detail, payment_service_selection, session_stop}},
    {Stage::selected_external,  {authorization, session_stop}},
    {Stage::selected_contract,  {certificate_installation, certificate_update, payment_details, session_stop}},
    {Stage::certificate_given,  {payment_details, session_stop}},
    {Stage::details_given,      {authorization, session_stop}},
    {Stage::authorizing,        {authorization, session_stop}},
    {Stage::authorized,         {charge_parameter_discovery, session_stop}},
    {Stage::parameters_ongoing, {charge_parameter_discovery, session_stop}},
    {Stage::parameters_ac,      {power_delivery, session_stop}},
    {Stage::parameters_dc,      {cable_check, session_stop}},
    {Stage::renegotiated_dc,    {cable_check, power_delivery, session_stop}},
    {Stage::cable_checking,     {cable_check, session_stop}},
    {Stage::cable_checked,      {pre_charge, session_stop}},
    {Stage::precharging,        {pre_charge, power_delivery, session_stop}},
    {Stage::charging_ac,        {charging_status, power_delivery}},
    {Stage::charging_dc,        {current_demand, power_delivery}},
    {Stage::receipt_due_ac,     {metering_receipt, power_delivery}},
    {Stage::receipt_due_dc,     {metering_receipt, power_delivery}},
    {Stage::renegotiating,      {charge_parameter_discovery, session_stop}},
    {Stage::stopped_ac,         {session_stop}},
    {Stage::stopped_dc,         {welding_detection, session_stop}},
    {Stage::over,               {}},
});
// clang-format on
}  // namespace

bool may_follow_iso2(Stage stage, Request request) { return contains(kTable, stage, request); }

}  // namespace bulwatt::iso15118
