// Sends transaction events out of the queue on disk: in order, one at a time, each until it is answered or given up.
#pragma once
#include "protocols/ocpp/v201/transactions.hpp"
#include "services/ocpp/readings.hpp"
#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

class TransactionSender final : public Source {
 public:
  explicit TransactionSender(Base& base) : base_(base) {}

  /// A verdict on a token has come back that session has not taken yet; the event stays in front until then.
  bool has_answer() const { return answer_.has_value(); }
  /// False when session could not be told; to be tried again.
  bool deliver();

  bool wants(Instant now, bool asked_only) const override {
    return !asked_only && !base_.store.events().empty() && !answer_ && !sending_ && now >= retry_;
  }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view payload) override;
  void failed(const CallFailure& why) override;
  void lost() override;
  Instant due() const override { return base_.store.events().empty() ? kNever : retry_; }

 private:
  void finished();
  void left_unsigned(const session::TransactionEvent& event, std::uint64_t record, Unsigned why) const;
  void sign(v201::TransactionEventRequest& request, const session::TransactionEvent& event) const;
  Base& base_;
  std::uint64_t number_ = 0;  ///< of the event in front when it was last sent
  std::uint32_t attempts_ = 0;
  bool sending_ = false;
  Instant retry_{};
  std::optional<session::AnswerTransaction> answer_{};
};

}  // namespace bulwatt::ocpp
