// Every interface of the system, for the manifest compiler and for tests that walk all messages.
#pragma once
#include "interfaces/ledger.hpp"
#include "interfaces/meter.hpp"
#include "interfaces/power.hpp"
#include "interfaces/session.hpp"
#include "interfaces/vault.hpp"

namespace bulwatt::interfaces {

/// Calls f.template operator()<I>() for every interface. A new interface is added here and nowhere else.
template <class F>
constexpr void for_each(F&& f) {
  f.template operator()<power::Power>();
  f.template operator()<meter::Meter>();
  f.template operator()<ledger::Ledger>();
  f.template operator()<vault::Vault>();
  f.template operator()<session::Session>();
}

}  // namespace bulwatt::interfaces
