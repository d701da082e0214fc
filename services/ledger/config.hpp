// What the owner of a station may set for this service.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::ledger {

struct Config {
  std::uint32_t segment_kib = 1024;
  std::uint32_t segments = 1024;
  static constexpr auto fields() {
    return list(
        field<&Config::segment_kib>("segment",
                                    {.min = 64,
                                     .max = 16'384,
                                     .unit = "KiB",
                                     .doc = "size of one file of records; its room is taken when it is begun"}),
        field<&Config::segments>(
            "segments",
            {.min = 2, .max = 65'536, .doc = "greatest number of files; when they are full nothing more is recorded"}));
  }
};

}  // namespace bulwatt::ledger
