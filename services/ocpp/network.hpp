// The network connection profiles: what is in which slot, whether a new one may be taken, and which is tried next.
#pragma once
#include "protocols/ocpp/v201/provisioning.hpp"
#include "services/ocpp/address.hpp"
#include "services/ocpp/store.hpp"

namespace bulwatt::ocpp {

/// What the vault has for connections to the backend.
struct Keys {
  bool trust = false;        ///< a root certificate to know the backend by
  bool certificate = false;  ///< a certificate of the station
};

class Network {
 public:
  /// `store` is open. A configuration that names another backend than before wins over all that was set since.
  Network(const Config& config, Store& store);

  /// What is in a slot; nothing in an empty one. Slot 1 is the configuration's until something else is put there.
  std::optional<StoredProfile> profile(std::uint8_t slot) const;
  std::uint8_t security_profile() const;

  /// Why a profile is not taken, in words; empty when it is good.
  std::string_view refuse(std::int32_t slot, const v201::NetworkConnectionProfile& profile) const;
  /// A profile that was not refused. Durable when true is returned; used from the next start on.
  bool put(std::uint8_t slot, const v201::NetworkConnectionProfile& profile);
  /// Why an order of slots is not taken, as a reason code of OCPP; empty when it is good.
  std::string_view refuse_order(std::string_view order, const Keys& keys) const;

  // What the connection is made with.
  /// Once, before the first attempt.
  void start(std::string_view order);
  const StoredProfile& current() const { return current_; }
  /// The address was quantum safe once: it is never to be less again.
  bool pinned() const;
  void pin();
  /// An attempt failed; `attempts` are made with each profile before the next one. True when another one is current now.
  bool failed(std::uint32_t attempts);
  /// How many profiles are tried in turn.
  std::uint32_t choices() const { return std::max<std::uint32_t>(1, order_.size); }
  struct Raised {
    bool changed = false;  ///< the security profile is higher now, and lower profiles are gone
    Text<16> order{};      ///< what is left of the order of slots
  };
  /// A connection stands.
  Raised connected();

 private:
  void use(std::uint8_t slot);
  const Config& config_;
  Store& store_;
  List<std::uint8_t, kSlots> order_{};
  std::size_t at_ = 0;          ///< in order_; beyond it: the last that worked
  std::uint32_t attempts_ = 0;  ///< failed with the current one since it is current or worked
  StoredProfile current_{};
};

}  // namespace bulwatt::ocpp
