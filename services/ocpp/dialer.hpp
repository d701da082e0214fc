// Keeps one connection to the backend: when to try, where, with which password and first message, and what a failure means.
#pragma once
#include "services/ocpp/address.hpp"
#include "services/ocpp/backoff.hpp"
#include "services/ocpp/core.hpp"
#include "services/ocpp/credentials.hpp"
#include "services/ocpp/link.hpp"
#include "services/ocpp/refusals.hpp"
#include "services/ocpp/resolver.hpp"
#include "services/ocpp/tls_side.hpp"

namespace bulwatt::ocpp {

class Dialer final : public LinkUser {
 public:
  Dialer(runtime::Loop& loop, const Config& config, Store& store, Network& network, TlsSide& tls, Resolver& resolver)
      : loop_(loop),
        config_(config),
        store_(store),
        network_(network),
        tls_(tls),
        resolver_(resolver),
        credentials_(config, store) {}
  void attach(Core& core) { core_ = &core; }

  /// Once the core has said which network connection profile comes first.
  void start();
  bool send(std::string_view text) { return link_ && link_->send(text); }
  /// Closes what is open and connects anew at once.
  void reconnect(std::string_view why);
  void stop();
  /// A slow key may have signed.
  void key_ready() {
    if (link_) link_->key_ready();
  }

  void link_opened(const tls::Report* report) override;
  void link_text(std::string_view text) override { core_->received(text); }
  void link_ended(const Ended& ended) override;

 private:
  void dial();
  void resolved();
  void connect();
  bool prepare_tls(Destination& to);
  std::string_view url() const { return network_.current().url.view(); }
  void attempt_failed(std::string_view why);
  void next_profile();
  void too_late();
  void keep_alive();
  void close_now();
  void report(const Ended& ended);
  void say(std::string_view line);

  runtime::Loop& loop_;
  const Config& config_;
  Store& store_;
  Network& network_;
  TlsSide& tls_;
  Resolver& resolver_;
  Credentials credentials_;
  Core* core_ = nullptr;
  Address address_{};
  Endpoints endpoints_{};
  std::size_t endpoint_ = 0;
  std::optional<tls::Context> context_{};
  std::uint32_t profile_ = 0;  ///< of the crypto profile that it was made under
  std::optional<Link> link_{};
  BackOff back_off_{};
  bool small_hello_ = false;
  bool second_try_ = false;  ///< the small first message is tried at once, without a wait
  bool at_once_ = false;
  bool other_certificate_ = false;      ///< the one that a new one is to replace, since that does not work
  std::uint32_t with_certificate_ = 0;  ///< attempts in vain with the present choice
  bool probing_ = false;
  bool stopped_ = false;
  Text<50> last_event_{};  ///< security event of the latest failure; told once until a connection succeeds
  Text<200> last_said_{};
  runtime::TimerId dial_timer_ = runtime::kNoTimer;
  runtime::TimerId deadline_ = runtime::kNoTimer;
  runtime::TimerId alive_timer_ = runtime::kNoTimer;
};

}  // namespace bulwatt::ocpp
