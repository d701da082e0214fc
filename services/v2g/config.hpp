// Configuration of v2g.
#pragma once
#include "interfaces/session.hpp"
#include "interfaces/vault.hpp"
#include "protocols/iso15118_session/timers.hpp"

namespace bulwatt::v2g {

inline constexpr std::size_t kMaxLinks = 4;

/// One interface to cars, of one outlet.
struct LinkConfig {
  Text<15> interface{};
  std::uint8_t evse = 1;
  std::uint8_t connector = 1;
  Text<37> evse_id{"ZZ*BWT*E1"};
  std::uint16_t tcp_port = 61'341;
  std::uint16_t tls_port = 64'109;
  static constexpr auto fields() {
    using L = LinkConfig;
    return list(
        field<&L::interface>(
            "interface",
            {.at_least = 1,
             .doc = "network interface on which the outlet's car is met, such as the one of its power line modem"}),
        field<&L::evse>("evse", {.min = 1, .max = power::kMaxEvses, .doc = "number of the EVSE"}),
        field<&L::connector>("connector", {.min = 1, .max = power::kMaxConnectors, .doc = "number of its connector"}),
        field<&L::evse_id>("evse_id",
                           {.at_least = 7, .doc = "what the car is told as the identifier of the EVSE (EVSEID)"}),
        field<&L::tcp_port>("tcp_port", {.min = 49'152, .doc = "TCP port for cars without TLS"}),
        field<&L::tls_port>("tls_port", {.min = 49'152, .doc = "TCP port for cars with TLS"}));
  }
};

inline constexpr std::size_t kMaxCertificates = 4;  ///< each under another V2G root

struct Config {
  List<LinkConfig, kMaxLinks> links{};
  List<vault::KeyName, kMaxCertificates> keys{1, {vault::KeyName{"secc"}}};
  bool require_tls = false;
  bool plug_and_charge = true;
  std::uint32_t receipt_every_wh = 1'000;
  bool iso15118_2 = true;
  bool din70121 = true;
  iso15118::Timers timers{};
  static constexpr auto fields() {
    using C = Config;
    return list(
        field<&C::links>("link", {.doc = "interfaces to cars; without one the service is not run and cars are "
                                         "told their current by the duty cycle"}),
        field<&C::keys>("keys", {.doc = "keys of the vault with a certificate for cars, purpose secc_server and user "
                                        "v2g; the first is shown to a car that names no root it trusts. Without "
                                        "one in the vault there is no TLS"}),
        field<&C::require_tls>("require_tls", {.doc = "speak with no car without TLS, whatever it asks for"}),
        field<&C::plug_and_charge>("plug_and_charge",
                                   {.doc = "let cars pay by contract (ISO 15118-2 over TLS) where the vault has "
                                           "a root for contracts"}),
        field<&C::receipt_every_wh>("receipt_every",
                                    {.unit = "Wh",
                                     .doc = "after how much energy a car that pays by contract is asked to sign "
                                            "the meter's reading; 0: never"}),
        field<&C::iso15118_2>("iso15118_2", {.doc = "speak ISO 15118-2 with cars that offer it"}),
        field<&C::din70121>("din70121",
                            {.doc = "speak DIN SPEC 70121 with cars that offer it, at outlets of direct current"}),
        field<&C::timers>("timers", {.doc = "times of the protocols; the defaults are the standards'"}));
  }
};

/// What is wrong with the links, as a sentence; empty when nothing is.
constexpr std::string_view links_error(const Config& config) {
  for (std::size_t i = 0; i < config.links.size; ++i) {
    const auto& a = config.links[i];
    if (a.tcp_port == a.tls_port) return "a link has one port for TCP and TLS; give it two";
    for (std::size_t j = 0; j < i; ++j) {
      const auto& b = config.links[j];
      if (a.interface == b.interface) return "two links have the same interface; a car is met on one of its own";
      if (a.evse == b.evse && a.connector == b.connector) return "two links serve the same outlet; give each its own";
    }
  }
  return {};
}

}  // namespace bulwatt::v2g
