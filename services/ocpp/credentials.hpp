// Which password to use: the configured one, or what the backend has set since. After a change the new one is tried first
// and the old one when it is refused, in turn, until a connection was made; only then the other is forgotten.
#pragma once
#include "services/ocpp/store.hpp"

namespace bulwatt::ocpp {

class Credentials {
 public:
  Credentials(const Config& config, Store& store) : config_(config), store_(store) {}

  std::string_view password() const { return changed() && !old_turn_ ? store_.credential().next.view() : current(); }
  /// A connection was made with password().
  //= OCPP-2.0.1 A01.FR.03
  void accepted() {
    if (changed() && !old_turn_) {
      auto credential = store_.credential();
      credential.current = credential.next;
      credential.next = {};
      store_.set_credential(credential);
      static_cast<void>(store_.commit());
    }
  }
  /// password() was refused.
  void refused() { old_turn_ = changed() && !old_turn_; }
  /// The backend has set a new one: that one first.
  void renewed() { old_turn_ = false; }

 private:
  /// A password in the configuration that is newer than the backend's wins.
  bool overridden() const { return store_.credential().configured != config_.basic_auth_password; }
  bool changed() const { return !overridden() && !store_.credential().next.empty(); }
  std::string_view current() const {
    const auto& stored = store_.credential();
    return overridden() || stored.current.empty() ? config_.basic_auth_password.view() : stored.current.view();
  }
  const Config& config_;
  Store& store_;
  bool old_turn_ = false;
};

}  // namespace bulwatt::ocpp
