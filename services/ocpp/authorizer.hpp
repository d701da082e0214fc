// Asks the backend about tokens that session wants judged, and carries the verdict back.
#pragma once
#include "protocols/ocpp/v201/authorization.hpp"
#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

session::Authorization verdict_of(const v201::IdTokenInfo& info);

class Authorizer final : public Source {
 public:
  explicit Authorizer(Base& base) : base_(base) {}

  /// What session wants asked now; request 0 is nothing.
  void take(const session::NextAuthorization::Pending& pending);
  /// Session was restarted: its requests are void.
  void forget();
  bool has_answer() const { return answered_; }
  /// False when session could not be told; to be tried again.
  bool deliver();

  bool wants(Instant, bool asked_only) const override {
    return !asked_only && pending_.request != 0 && !asking_ && !answered_;
  }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view payload) override;
  void failed(const CallFailure& why) override;
  void lost() override { asking_ = 0; }

 private:
  void answer(const std::optional<session::Authorization>& verdict);
  Base& base_;
  session::NextAuthorization::Pending pending_{};
  std::uint32_t asking_ = 0;  ///< request that is out
  bool answered_ = false;
  std::optional<session::Authorization> verdict_{};
};

}  // namespace bulwatt::ocpp
