#include <array>

#include "protocols/iso15118_session/sequence.hpp"
#include "protocols/iso15118_session/sequence_table.hpp"

namespace bulwatt::iso15118 {
namespace {
using enum Request;

// DC only, paid by other means than a contract. What the specification defines and does not use is in no row.
// clang-format off
constexpr Table kTable = table({
    {Stage::connected,          {session_setup}},
    {Stage::set_up,             {service_discovery, session_stop}},
    {Stage::discovered,         {payment_service_selection, session_stop}},
    {Stage::selected_external,  {authorization, session_stop}},
    {Stage::authorizing,        {authorization, session_stop}},
    {Stage::authorized,         {charge_parameter_discovery, session_stop}},
    {Stage::parameters_ongoing, {charge_parameter_discovery, session_stop}},
    {Stage::parameters_dc,      {cable_check, session_stop}},
    {Stage::cable_checking,     {cable_check, session_stop}},
    {Stage::cable_checked,      {pre_charge, session_stop}},
    {Stage::precharging,        {pre_charge, power_delivery, session_stop}},
    {Stage::charging_dc,        {current_demand, power_delivery}},
    {Stage::stopped_dc,         {welding_detection, session_stop}},
    {Stage::over,               {}},
});
// clang-format on
}  // namespace

bool may_follow_din(Stage stage, Request request) { return contains(kTable, stage, request); }

}  // namespace bulwatt::iso15118
