// Configuration of cards.
#pragma once
#include "interfaces/session.hpp"

namespace bulwatt::cards {

struct Config {
  std::uint8_t evse = 0;
  bool random_ids = false;
  static constexpr auto fields() {
    using C = Config;
    return list(
        field<&C::evse>("evse", {.max = power::kMaxEvses,
                                 .doc = "the EVSE the card reader stands at; 0: the one a card fits best"}),
        field<&C::random_ids>(
            "random_ids", {.doc = "take cards that show another number every time; such a number identifies nobody"}));
  }
};

}  // namespace bulwatt::cards
