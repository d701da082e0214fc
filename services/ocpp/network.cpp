#include "services/ocpp/network.hpp"

#include "libs/base/line.hpp"
#include "libs/http/head.hpp"
#include "services/ocpp/variables.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr std::uint8_t kFromConfiguration = 1;  ///< the slot
constexpr std::int32_t kLongestMessageTimeout = 600;

StoredProfile of(const Config& config) {
  return {kFromConfiguration, config.csms_url, config.security_profile, config.message_timeout_s, 0};
}

bool may_connect(const Config& config, const Address& address) {
  const auto own = parse_url(config.csms_url.view());
  return (own && own->port == address.port) || (config.second_port != 0 && config.second_port == address.port);
}

}  // namespace

Network::Network(const Config& config, Store& store) : config_(config), store_(store), current_(of(config)) {
  const auto& known = store_.network();
  if (known.configured_url == config_.csms_url && known.configured_security == config_.security_profile) return;
  // The owner has changed the configuration at the station: begin anew from there.
  if (!known.configured_url.empty()) {
    for (std::uint8_t slot = 1; slot <= kSlots; ++slot) store_.set_profile({slot, {}, 0, 0, 0});
    store_.forget_variable(kNetworkPriority);
  }
  store_.change_network([&](StoredNetwork& n) {
    n.configured_url = config_.csms_url;
    n.configured_security = config_.security_profile;
    n.security_profile = 0;
    n.last_good = 0;
  });
  store_.set_profile(of(config_));
  static_cast<void>(store_.commit());
}

std::optional<StoredProfile> Network::profile(std::uint8_t slot) const {
  const auto& all = store_.profiles();
  const auto found = std::ranges::find(all, slot, &StoredProfile::slot);
  if (found == all.end() || found->url.empty()) return std::nullopt;
  return *found;
}

//= OCPP-2.0.1 A00.FR.001
//= OCPP-2.0.1 A00.FR.004
std::uint8_t Network::security_profile() const {
  const auto raised = store_.network().security_profile;
  return raised != 0 ? raised : config_.security_profile;
}

//= OCPP-2.0.1 B09.FR.02
//= OCPP-2.0.1 B09.FR.04
//= OCPP-2.0.1 B09.FR.05
std::string_view Network::refuse(std::int32_t slot, const v201::NetworkConnectionProfile& profile) const {
  if (slot < 1 || slot > kSlots) return "there is no such configuration slot";
  if (profile.ocpp_version != v201::OCPPVersionEnum::ocpp20) return "this station speaks OCPP 2.0.1 only";
  if (profile.ocpp_transport != v201::OCPPTransportEnum::json) return "this station speaks OCPP over JSON only";
  if (profile.apn || profile.vpn) return "the station sets up neither a modem nor a VPN";
  if (profile.security_profile < 1 || profile.security_profile > 3) return "the security profile is 1, 2 or 3";
  //= OCPP-2.0.1 A00.FR.005
  if (profile.security_profile < security_profile()) return "a lower security profile than the one in use";
  if (profile.message_timeout < 1 || profile.message_timeout > kLongestMessageTimeout)
    return "the message timeout is 1 to 600 s";
  if (!Text<kMaxUrl>::fits(profile.ocpp_csms_url.view())) return "the address is longer than 200 characters";
  const auto address = parse_url(profile.ocpp_csms_url.view());
  if (!address) return "the address is not ws://host[:port]/path or wss://host[:port]/path";
  if (address->secure != (profile.security_profile > 1)) return "address and security profile do not agree";
  if (!may_connect(config_, *address)) return "the owner of the station allows connections to other ports only";
  return {};
}

//= OCPP-2.0.1 B09.FR.01
bool Network::put(std::uint8_t slot, const v201::NetworkConnectionProfile& profile) {
  const auto before = this->profile(slot).value_or(StoredProfile{slot, {}, 0, 0, 0});
  store_.set_profile({slot, profile.ocpp_csms_url.view(), static_cast<std::uint8_t>(profile.security_profile),
                      static_cast<std::uint32_t>(profile.message_timeout),
                      static_cast<std::uint8_t>(profile.ocpp_interface)});
  if (store_.commit()) return true;
  store_.set_profile(before);
  return false;
}

//= OCPP-2.0.1 A05.FR.02
//= OCPP-2.0.1 A05.FR.03
//= OCPP-2.0.1 A05.FR.04
//= OCPP-2.0.1 B10.FR.01
//= OCPP-2.0.1 B10.FR.02
std::string_view Network::refuse_order(std::string_view order, const Keys& keys) const {
  std::string_view reason;
  std::uint32_t seen = 0;
  const bool stopped = http::any_list_item(order, [&](std::string_view item) {
    const auto slot = integer_of(item).value_or(0);
    if (slot < 1 || slot > kSlots || (seen >> slot & 1U) != 0) reason = "InvalidValue";
    else if (const auto one = profile(static_cast<std::uint8_t>(slot)); !one) reason = "NotFound";
    else if (one->security_profile < security_profile()) reason = "ValueTooLow";
    else if (one->security_profile > security_profile() && !keys.trust) reason = "InvalidCertificate";
    else if (one->security_profile == 3 && security_profile() < 3 && !keys.certificate) reason = "InvalidCertificate";
    seen |= 1U << slot;
    return !reason.empty();
  });
  return stopped || seen != 0 ? reason : "InvalidValue";
}

//= OCPP-2.0.1 A05.FR.05
//= OCPP-2.0.1 B10.FR.04
void Network::start(std::string_view order) {
  static_cast<void>(http::any_list_item(order, [&](std::string_view item) {
    const auto slot = static_cast<std::uint8_t>(integer_of(item).value_or(0));
    if (profile(slot)) static_cast<void>(order_.push_back(slot));
    return false;
  }));
  for (std::uint8_t slot = 1; order_.empty() && slot <= kSlots; ++slot) {
    if (profile(slot)) static_cast<void>(order_.push_back(slot));
  }
  if (!order_.empty()) use(order_[0]);
}

void Network::use(std::uint8_t slot) {
  attempts_ = 0;
  if (const auto found = profile(slot)) current_ = *found;
}

bool Network::pinned() const {
  return store_.facts().quantum_safe_url == current_.url ||
         std::ranges::find(store_.network().quantum_safe, current_.url) != store_.network().quantum_safe.end();
}

void Network::pin() {
  if (pinned()) return;
  store_.change_network([&](StoredNetwork& n) {
    const auto gone = [&](const auto& url) {
      return std::ranges::find(store_.profiles(), url, &StoredProfile::url) == store_.profiles().end();
    };
    const auto old = std::ranges::find_if(n.quantum_safe, gone);
    if (n.quantum_safe.full() && old != n.quantum_safe.end())
      n.quantum_safe.erase(static_cast<std::size_t>(old - n.quantum_safe.begin()));
    static_cast<void>(n.quantum_safe.push_back(current_.url));  // there are more places than slots
  });
}

/// After the last of the order, the one that worked last is tried; then all over again, for ever.
//= OCPP-2.0.1 B10.FR.03
//= OCPP-2.0.1 B10.FR.07
bool Network::failed(std::uint32_t attempts) {
  if (++attempts_ < attempts) return false;
  const auto before = current_.slot;
  const auto last_good = store_.network().last_good;
  ++at_;
  if (at_ >= order_.size && (at_ > order_.size || !profile(last_good))) at_ = 0;
  if (at_ < order_.size) use(order_[at_]);
  else use(last_good);
  return current_.slot != before;
}

//= OCPP-2.0.1 A05.FR.06
Network::Raised Network::connected() {
  attempts_ = 0;
  const auto found = std::ranges::find(order_, current_.slot);
  if (found != order_.end()) at_ = static_cast<std::size_t>(found - order_.begin());
  Raised raised{};
  const auto before = security_profile();
  store_.change_network([&](StoredNetwork& n) {
    n.last_good = current_.slot;
    if (current_.security_profile > before) n.security_profile = current_.security_profile;
  });
  if (current_.security_profile <= before) return raised;
  raised.changed = true;
  for (std::uint8_t slot = 1; slot <= kSlots; ++slot) {
    const auto one = profile(slot);
    if (one && one->security_profile < current_.security_profile) store_.set_profile({slot, {}, 0, 0, 0});
  }
  Line<16> order;
  for (std::size_t i = 0; i < order_.size;) {
    if (!profile(order_[i])) {
      order_.erase(i);
      continue;
    }
    order.add(i == 0 ? "" : ",", order_[i]);
    ++i;
  }
  at_ = 0;
  raised.order = order.view();
  return raised;
}

}  // namespace bulwatt::ocpp
