// What the owner of a station may set for this service.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::ledger {

/// What must stand for records before they may be dropped, beside the station's own signed checkpoint.
enum class Receipt : std::uint8_t { none, witness, mirror };
constexpr auto enum_names(Receipt) { return names("none", "witness", "mirror"); }

struct Config {
  std::uint32_t segment_kib = 1024;
  std::uint32_t segments = 1024;
  std::uint32_t keep_days = 0;
  std::uint32_t seal_s = 10;
  Text<80> origin{"bulwatt.invalid/station"};
  Receipt receipt = Receipt::mirror;
  static constexpr auto fields() {
    using C = Config;
    return list(
        field<&C::segment_kib>("segment",
                               {.min = 64,
                                .max = 16'384,
                                .unit = "KiB",
                                .doc = "size of one file of records; its room is taken before it is needed"}),
        field<&C::segments>("segments",
                            {.min = 2,
                             .max = 65'536,
                             .doc = "greatest number of files; nothing new is charged while the last is filled, "
                                    "and when it is full nothing more is recorded"}),
        field<&C::keep_days>("keep_days",
                             {.min = 0,
                              .max = 36'500,
                              .unit = "d",
                              .doc = "the oldest files are dropped, under a signed checkpoint, when all are used and "
                                     "their records are older than this; 0: nothing is ever dropped"}),
        field<&C::seal_s>("seal",
                          {.min = 1,
                           .max = 3600,
                           .unit = "s",
                           .doc = "how often what was recorded is sealed and its head signed; at once when critical"}),
        field<&C::origin>("origin",
                          {.at_least = 1,
                           .doc = "name of this station's log in the world, such as example.org/station-1; no "
                                  "blanks and no plus sign"}),
        field<&C::receipt>("receipt",
                           {.doc = "what must have signed for records before keep_days may drop them: mirror (it holds "
                                   "them all), witness (it saw their head) or none. Without it they stay, and when all "
                                   "files are used nothing new is charged"}));
  }
};

}  // namespace bulwatt::ledger
