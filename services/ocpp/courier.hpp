// Carries what the ledger has for its witness and its mirror, and carries the answers back (interfaces/ledger.hpp, FetchErrand). Knows
// the way and nothing of what it carries: the ledger checks every signature.
#pragma once
#include "grants/ocpp.hpp"
#include "services/ocpp/backoff.hpp"
#include "services/ocpp/core.hpp"
#include "services/ocpp/post_line.hpp"
#include "services/ocpp/resolver.hpp"
#include "services/ocpp/tls_side.hpp"

namespace bulwatt::ocpp {

class Courier final : public PostUser {
 public:
  using Ledger = ipc::Client<grants::ocpp::ledger>;
  static constexpr Duration kPatience = std::chrono::seconds{30};  ///< for the way there and one answer
  static constexpr Duration kPace =
      std::chrono::milliseconds{50};  ///< from one errand to the next: others use the conduit too

  Courier(runtime::Loop& loop, const Config& config, Store& store, Network& network, TlsSide& tls, Resolver& resolver);
  void attach(Core& core, Ledger& ledger) {
    core_ = &core;
    ledger_ = &ledger;
  }
  /// The ledger has something.
  void errand_due();
  void key_ready() {
    if (line_) line_->key_ready();
  }

 private:
  void post_answered(int status, std::string_view type, std::string_view body) override;
  void post_ended(std::string_view why) override;
  void next();
  void connect();
  void resolved();
  void connect_to(const Endpoint& endpoint);
  bool secure(PostTarget& target);
  bool at_backend() const;
  void ask();
  void met();
  void wait(Duration how_long);
  void failed(std::string_view why);
  void too_late();

  runtime::Loop& loop_;
  const Config& config_;
  Store& store_;
  Network& network_;
  TlsSide& tls_;
  Resolver& resolver_;
  Core* core_ = nullptr;
  Ledger* ledger_ = nullptr;
  std::optional<FileAddress> to_{};
  std::optional<ledger::FetchErrand::Errand> errand_{};  ///< on the way
  std::optional<tls::Context> context_{};
  std::optional<PostLine> line_{};
  bool met_ = false;  ///< of this connection: an answer has come
  bool busy_ = false;
  BackOff back_off_{};
  Text<160> last_failure_{};
  Text<390> last_met_{};
  runtime::TimerId step_timer_ = runtime::kNoTimer;
  runtime::TimerId deadline_ = runtime::kNoTimer;
};

}  // namespace bulwatt::ocpp
