// What session has stored about a customer, and the order to forget it.  Part of the session interface.
#pragma once
#include "interfaces/session_backend.hpp"

namespace bulwatt::session {

/// What the authorization cache holds, too old to be believed or not.
struct CustomerCacheEntry {
  Authorization info{};
  Timestamp stored{};
  static constexpr auto fields() {
    using C = CustomerCacheEntry;
    return list(field<&C::info>("info"), field<&C::stored>("stored"));
  }
};
/// An EVSE that the token has to do with.
struct CustomerPlace {
  std::uint8_t evse{};
  bool leave{};                                ///< it may charge there now
  bool cable{};                                ///< the cable stays locked there until the token comes back
  std::optional<TransactionId> transaction{};  ///< that it began and that runs
  static constexpr auto fields() {
    using C = CustomerPlace;
    return list(field<&C::evse>("evse"), field<&C::leave>("leave"), field<&C::cable>("cable"),
                field<&C::transaction>("transaction"));
  }
};

/// Only looks.
struct GetCustomer {
  struct Customer {
    std::optional<CustomerCacheEntry> cached{};
    std::optional<Authorization> listed{};  ///< the backend's local authorization list
    bool owner{};                           ///< named by the owner in the station's configuration
    List<CustomerPlace, power::kMaxEvses> places{};
    List<std::int32_t, kReservations> reservations{};  ///< their ids
    std::uint32_t events{};  ///< transaction events that name it and have not been acknowledged here
    static constexpr auto fields() {
      using C = Customer;
      return list(field<&C::cached>("cached"), field<&C::listed>("listed"), field<&C::owner>("owner"),
                  field<&C::places>("places"), field<&C::reservations>("reservations"), field<&C::events>("events"));
    }
  };
  using Reply = Customer;
  IdToken token{};
  static constexpr auto fields() { return list(field<&GetCustomer::token>("token")); }
};
/// Forgets what was only kept for convenience: the cache entry. Lists, reservations, what runs and what has not been told
/// stay. Answered when the state on disk has been written anew without it; error storage: it may come back.
struct ForgetCustomer {
  struct Forgotten {
    bool cached{};  ///< there was an entry
    static constexpr auto fields() { return list(field<&Forgotten::cached>("cached")); }
  };
  using Reply = Forgotten;
  IdToken token{};
  static constexpr auto fields() { return list(field<&ForgetCustomer::token>("token")); }
};

}  // namespace bulwatt::session
