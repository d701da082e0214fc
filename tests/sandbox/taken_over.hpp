// What a service that was taken over is told to try.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::takeover {

enum class Attack : std::uint8_t {
  none,
  ungranted_call,
  unknown_message,
  reply_unasked,
  malformed_call,
  hidden_conduit
};
constexpr auto enum_names(Attack) {
  return names("none", "ungranted_call", "unknown_message", "reply_unasked", "malformed_call", "hidden_conduit");
}

struct Config {
  Attack attack{};
  static constexpr auto fields() { return list(field<&Config::attack>("attack")); }
};

}  // namespace bulwatt::takeover
