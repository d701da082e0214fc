#include "services/ocpp/transaction_sender.hpp"

#include "services/ocpp/authorizer.hpp"
#include "services/ocpp/readings.hpp"
#include "services/ocpp/receipt.hpp"

namespace bulwatt::ocpp {

//= OCPP-2.0.1 E04.FR.02
//= OCPP-2.0.1 C15.FR.02
//= OCPP-2.0.1 E08.FR.06
std::optional<std::string_view> TransactionSender::write(std::span<char> out, std::string_view id) {
  const auto& event = base_.store.events().front();
  if (event.number != number_) attempts_ = 0;
  number_ = event.number;
  auto request = std::make_unique<v201::TransactionEventRequest>();
  fill(*request, event, base_.model);
  sign(*request, event);
  auto text = written(out, id, *request);
  if (text && event.charge) text = with_receipt(out, *text, *event.charge).value_or(*text);
  if (!text) {
    // No attempt could ever succeed.
    base_.note(ledger::Subject::transaction, ledger::Severity::critical, "TransactionEventUnsendable",
               Line<60>{"number=", number_}.view());
    finished();
    return std::nullopt;
  }
  sending_ = true;
  base_.store.hold_first(true);
  return text;
}

void TransactionSender::left_unsigned(const session::TransactionEvent& event, std::uint64_t record,
                                      Unsigned why) const {
  base_.note(ledger::Subject::meter, ledger::Severity::warning, "SignedValueLeftOut",
             Line<160>{"id=", event.transaction.view(), " record=", record, " why=", enum_text(why)}.view());
}

/// Signed meter records stay with session and are fetched when they are sent. One that is gone, after very many transactions
/// without a backend, leaves a value that nobody signed; likewise one that OCPP has no room for. The ledger says why.
void TransactionSender::sign(v201::TransactionEventRequest& request, const session::TransactionEvent& event) const {
  const auto when = base_.model.text(Var::public_key_with_value);
  auto key = when == "Never" ? std::string_view{} : base_.model.text(Var::meter_public_key);
  const auto one = [&](std::optional<std::uint64_t> number, session::SampleContext context) {
    if (!number) return;
    const auto payload = base_.ports.call(session::GetMeterRecord{*number, session::RecordPart::payload});
    const auto signature = base_.ports.call(session::GetMeterRecord{*number, session::RecordPart::classical});
    const auto value = payload && signature ? signed_value(payload->bytes.view(), signature->bytes.view(), key)
                                            : std::unexpected(Unsigned::record_gone);
    if (!value) return left_unsigned(event, *number, value.error());
    attach(request, context, *value);
    if (when == "OncePerTransaction") key = {};
  };
  one(event.begin_record, session::SampleContext::transaction_begin);
  one(event.end_record, session::SampleContext::transaction_end);
  one(event.middle_record, session::SampleContext::other);
}

void TransactionSender::result(std::string_view payload) {
  sending_ = false;
  const auto response = understood<v201::TransactionEventResponse>(payload);
  if (!response) {
    // It was taken; only what came back with it is lost.
    base_.note(ledger::Subject::security_event, ledger::Severity::warning, "InvalidMessages",
               "answer to TransactionEvent");
  } else if (response->id_token_info) {
    const auto& event = base_.store.events().front();
    answer_ = session::AnswerTransaction{event.transaction, verdict_of(*response->id_token_info), event.token};
    return;
  }
  finished();
}

//= OCPP-2.0.1 E05.FR.10
bool TransactionSender::deliver() {
  if (!answer_) return true;
  const auto done = base_.ports.call(*answer_);
  if (!done && done.error().failure != ipc::Failure::none) return false;
  answer_.reset();
  finished();
  return true;
}

//= OCPP-2.0.1 E13.FR.02
//= OCPP-2.0.1 E13.FR.03
//= OCPP-2.0.1 E13.FR.04
//= OCPP-2.0.1 E13.FR.01
void TransactionSender::failed(const CallFailure& why) {
  sending_ = false;
  ++attempts_;
  if (attempts_ < base_.model.number(Var::message_attempts)) {
    base_.store.hold_first(false);
    retry_ = base_.now() + base_.model.seconds(Var::message_attempt_interval) * attempts_;
    return;
  }
  base_.note(ledger::Subject::transaction, ledger::Severity::critical, "TransactionEventGivenUp",
             Line<120>{"number=", number_, " attempts=", attempts_,
                       why.timed_out ? " no answer" : " code=", why.timed_out ? "" : enum_text(why.code)}
                 .view());
  finished();
}

/// Not an attempt: the backend may never have seen it.
void TransactionSender::lost() {
  sending_ = false;
  base_.store.hold_first(false);
}

void TransactionSender::finished() {
  base_.store.hold_first(false);
  base_.store.remove_event(number_);
  attempts_ = 0;
  retry_ = {};
}

}  // namespace bulwatt::ocpp
