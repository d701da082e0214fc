// Carlo Gavazzi EM340 (and EM330, ET330, ET340, which share the list): three phases, integers in tenths, low word first.
#pragma once
#include "protocols/meters/register_map.hpp"

namespace bulwatt::meters {

namespace detail {

inline constexpr Scale kTenths{100, 1};            // V, W and Hz in tenths
inline constexpr Scale kThousandths{1, 1};         // A in thousandths
inline constexpr Scale kTenthsOfKilo{100'000, 1};  // kWh in tenths
/// Energy is counted in eight digits, of which the register shows tenths of a kilowatt-hour.
inline constexpr std::uint64_t kEm340Wraps = 100'000'000;

inline constexpr auto kEm340Rows = std::to_array<Row>({
    {Quantity::voltage_l1, 0x0000, Encoding::int32, kTenths},
    {Quantity::voltage_l2, 0x0002, Encoding::int32, kTenths},
    {Quantity::voltage_l3, 0x0004, Encoding::int32, kTenths},
    {Quantity::current_l1, 0x000C, Encoding::int32, kThousandths},
    {Quantity::current_l2, 0x000E, Encoding::int32, kThousandths},
    {Quantity::current_l3, 0x0010, Encoding::int32, kThousandths},
    {Quantity::power_l1, 0x0012, Encoding::int32, kTenths},
    {Quantity::power_l2, 0x0014, Encoding::int32, kTenths},
    {Quantity::power_l3, 0x0016, Encoding::int32, kTenths},
    {Quantity::power_total, 0x0028, Encoding::int32, kTenths},
    {Quantity::frequency, 0x0033, Encoding::int16, kTenths},
    {Quantity::energy_import, 0x0034, Encoding::int32, kTenthsOfKilo, kNoScale, kEm340Wraps},
    {Quantity::energy_export, 0x004E, Encoding::int32, kTenthsOfKilo, kNoScale, kEm340Wraps},
});

}  // namespace detail

/// Facts: the maker's "EM300 and ET300 series communication protocol": word order least significant first, V*10, A*1000,
/// W*10, Hz*10, kWh*10, total imported at 0034h, total exported at 004Eh, serial number as letters at 5000h, an overflow
/// ("EEE") has 7FFFh in its highest word; functions 3 and 4 read the same. Others read 80 registers from such a meter in one
/// request; older issues of the list allow 50 at most, so that this is the limit here.
inline constexpr RegisterMap kEm340{
    .model = "Carlo Gavazzi EM340",
    .table = Table::input,
    .order = WordOrder::low_first,
    .absence = Absence::top,
    .words_max = 50,
    .gap_max = 24,
    .rows = detail::kEm340Rows,
    .serial = SerialRow{Table::holding, 0x5000, Encoding::uint16, 7},
};
static_assert(well_formed(kEm340));

}  // namespace bulwatt::meters
