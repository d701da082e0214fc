// What bulwatt-sandbox-proof and the probe say to each other on the control conduit.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::probe {

/// Names of things that exist outside and that the probe must not reach.
struct World {
  std::uint8_t service{};     ///< index into the system table
  std::uint32_t user{};       ///< its own user, as seen inside
  std::uint32_t neighbour{};  ///< a process of the same user, outside
  std::uint16_t granted_port{};
  std::uint16_t other_port{};  ///< somebody listens there too
  Text<160> outside_file{};    ///< readable for everyone
  Text<100> outside_socket{};  ///< a named local socket, open for everyone
  Text<60> abstract_socket{};  ///< its name without the leading zero
  static constexpr auto fields() {
    return list(field<&World::service>("service"), field<&World::user>("user"), field<&World::neighbour>("neighbour"),
                field<&World::granted_port>("granted_port"), field<&World::other_port>("other_port"),
                field<&World::outside_file>("outside_file"), field<&World::outside_socket>("outside_socket"),
                field<&World::abstract_socket>("abstract_socket"));
  }
};
struct Try {
  std::uint16_t operation{};  ///< index into kOperations
  static constexpr auto fields() { return list(field<&Try::operation>("operation")); }
};
/// Do what a service does before READY.
struct LockDown {
  static constexpr auto fields() { return list(); }
};
using Question = std::variant<World, Try, LockDown>;
struct Ask {
  Question body{};
  static constexpr auto fields() { return list(field<&Ask::body>("body")); }
};

/// To Try: the outcome. To LockDown and World: 0 and the layers, or the SelfFault and its detail.
struct Answer {
  std::int16_t outcome{};
  std::uint32_t layers{};
  std::int32_t detail{};
  static constexpr auto fields() {
    return list(field<&Answer::outcome>("outcome"), field<&Answer::layers>("layers"), field<&Answer::detail>("detail"));
  }
};

inline constexpr int kControl = 3;
inline constexpr int kFirstConduit = 4;

}  // namespace bulwatt::probe
