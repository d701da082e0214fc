// Eastron SDM630 (Modbus, MID): three phases, all values IEEE 754 single precision in input registers.
#pragma once
#include "protocols/meters/register_map.hpp"

namespace bulwatt::meters {

namespace detail {

inline constexpr Scale kUnits{1'000, 1};          // V, A, W, Hz
inline constexpr Scale kKilounits{1'000'000, 1};  // kWh

inline constexpr auto kSdm630Rows = std::to_array<Row>({
    {Quantity::voltage_l1, 0x0000, Encoding::float32, kUnits},
    {Quantity::voltage_l2, 0x0002, Encoding::float32, kUnits},
    {Quantity::voltage_l3, 0x0004, Encoding::float32, kUnits},
    {Quantity::current_l1, 0x0006, Encoding::float32, kUnits},
    {Quantity::current_l2, 0x0008, Encoding::float32, kUnits},
    {Quantity::current_l3, 0x000A, Encoding::float32, kUnits},
    {Quantity::power_l1, 0x000C, Encoding::float32, kUnits},
    {Quantity::power_l2, 0x000E, Encoding::float32, kUnits},
    {Quantity::power_l3, 0x0010, Encoding::float32, kUnits},
    {Quantity::power_total, 0x0034, Encoding::float32, kUnits},
    {Quantity::frequency, 0x0046, Encoding::float32, kUnits},
    {Quantity::energy_import, 0x0048, Encoding::float32, kKilounits},
    {Quantity::energy_export, 0x004A, Encoding::float32, kKilounits},
    {Quantity::energy_total, 0x0156, Encoding::float32, kKilounits},
});

}  // namespace detail

/// Facts: the maker's public "SDM630 Modbus protocol" list. Energy is a float in kWh and does not wrap.
/// The meter refuses more than 40 parameters (80 registers) in one request and answers registers between the rows
/// (power factors, angles, averages), so that one request covers 0x0000 to 0x004B.
inline constexpr RegisterMap kSdm630{
    .model = "Eastron SDM630",
    .table = Table::input,
    .order = WordOrder::high_first,
    .absence = Absence::none,
    .words_max = 80,
    .gap_max = 40,
    .rows = detail::kSdm630Rows,
    .serial = SerialRow{Table::holding, 0xFC00, Encoding::uint32, 0},
};
static_assert(well_formed(kSdm630));

}  // namespace bulwatt::meters
