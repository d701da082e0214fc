#include "services/session/meter_records.hpp"

#include "services/session/billing.hpp"
#include "services/session/events.hpp"

namespace bulwatt::session {
namespace {

constexpr Duration kAskAgain = std::chrono::seconds{1};

SignedRecord next_record(const At& c) {
  c.changed();
  c.actions.write_station = true;
  c.evse.next_ask = c.now();
  return {c.state.kept.next_record++};
}

/// OCMF's words for what a token is.
std::string_view type_of(TokenType type) {
  switch (type) {
    case TokenType::iso14443: return "ISO14443";
    case TokenType::iso15693: return "ISO15693";
    case TokenType::emaid: return "EMAID";
    case TokenType::central: return "CENTRAL";
    case TokenType::key_code: return "KEY_CODE";
    case TokenType::local: return "LOCAL";
    case TokenType::mac_address: return "UNDEFINED";
    case TokenType::no_authorization: break;
  }
  return "NONE";
}

bool is_card(TokenType type) { return type == TokenType::iso14443 || type == TokenType::iso15693; }

/// A card's number is hearsay: anybody can make a card that says it. What the backend orders is trusted as far as the backend.
void identify(const Transaction& transaction, meter::AskRecord& request) {
  const auto& token = *transaction.token;
  request.type = type_of(token.type);
  request.identification = token.id.view();
  if (token.type == TokenType::no_authorization) return;
  request.assurance = transaction.remote ? meter::Assurance::trusted : meter::Assurance::hearsay;
  if (is_card(token.type) && !transaction.remote) static_cast<void>(request.flags.push_back("RFID_PLAIN"));
  if (transaction.remote) static_cast<void>(request.flags.push_back("OCPP_RS"));
}

/// What OCMF calls this end.
meter::Stage end_stage(const Ending& ending) {
  using Reason = StoppedReason;
  using meter::Stage;
  switch (ending.reason) {
    case Reason::power_loss: return Stage::power_failure;
    case Reason::local:
    case Reason::master_pass: return Stage::ended_locally;
    case Reason::remote:
    case Reason::de_authorized: return Stage::ended_remotely;
    case Reason::emergency_stop:
    case Reason::ground_fault:
    case Reason::overcurrent_fault:
    case Reason::power_quality: return Stage::aborted;
    default: break;
  }
  if (ending.trigger == Trigger::reset_command) return Stage::ended_remotely;
  return ending.trigger == Trigger::abnormal_condition ? Stage::aborted : Stage::end;
}

/// Why there ought to be a record now, in the middle of a transaction.
std::optional<meter::Stage> middle_due(const At& c) {
  const auto& transaction = *c.transaction();
  const auto& bill = c.evse.bill;
  if (transaction.other_meter) return meter::Stage::exception;
  if (tariff::energy_element(bill.account, bill.schedule) != transaction.priced_by) return meter::Stage::tariff_change;
  if (c.config.record_interval_s == 0) return std::nullopt;
  if (c.now() >= c.evse.next_middle) return meter::Stage::intermediate;
  c.wake(c.evse.next_middle);
  return std::nullopt;
}

void tell_middle(const At& c, std::uint64_t number) {
  c.transaction()->middle_record.reset();
  if (c.archive.outbox.room() <= Outbox::kKept) return;  // it is on the shelf and in the ledger
  auto event = next_event(c, EventType::updated, Trigger::signed_data_received);
  static_cast<void>(event.samples.push_back(sample_of(c.evse.meter, SampleContext::other)));
  event.middle_record = number;
  publish(c, event);
}

void ask(const At& c, meter::Stage stage, std::uint64_t number) {
  if (c.now() >= c.evse.next_ask) {
    meter::AskRecord request{};
    request.evse = c.number;
    request.asked = static_cast<std::uint32_t>(number);
    request.stage = stage;
    request.transaction = c.transaction()->id;
    identify(*c.transaction(), request);
    request.tariff = tariff::text(c.evse.bill.schedule);
    static_cast<void>(c.actions.records.push_back(request));
    c.evse.next_ask = c.now() + kAskAgain;
  }
  c.wake(c.evse.next_ask);
}

}  // namespace

std::optional<WantedRecord> wanted_record(const At& c) {
  const auto& transaction = c.transaction();
  if (!transaction) return std::nullopt;
  if (transaction->end_record && !transaction->end_record->made)
    return WantedRecord{transaction->end_record->number, end_stage(*transaction->ending), transaction->id};
  if (transaction->begin_record && !transaction->begin_record->made)
    return WantedRecord{transaction->begin_record->number, meter::Stage::begin, transaction->id};
  if (transaction->middle_record)
    return WantedRecord{transaction->middle_record->number, transaction->middle_stage, transaction->id};
  return std::nullopt;
}

void record_made(const At& c, std::uint64_t number, const meter::FetchRecord::Made& made) {
  auto& transaction = c.transaction();
  if (!transaction) return;
  for (auto* record : {&transaction->begin_record, &transaction->end_record}) {
    if (*record && (*record)->number == number)
      *record = SignedRecord{number, true, made.register_mwh, made.ledger_record};
  }
  if (transaction->begin_record && transaction->begin_record->number == number)
    begin_bill_at(c, made.register_mwh + c.evse.meter.import_mwh - c.evse.meter.register_mwh);
  if (transaction->middle_record && transaction->middle_record->number == number) tell_middle(c, number);
  c.changed();
}

std::optional<std::int64_t> signed_energy(const Transaction& transaction) {
  const auto& begin = transaction.begin_record;
  const auto& end = transaction.end_record;
  if (!begin || !begin->made || !end || !end->made || end->register_mwh < begin->register_mwh) return std::nullopt;
  return end->register_mwh - begin->register_mwh;
}

void ask_begin_record(const At& c) {
  auto& transaction = c.transaction();
  // No energy flows before somebody is known to whom it can be said to belong.
  if (!c.config.meter_records || !transaction || !transaction->token || transaction->ending) return;
  if (!transaction->begin_record) {
    transaction->begin_record = next_record(c);
    transaction->remote = c.grant() && c.grant()->remote_start_id.has_value();
    transaction->priced_by = tariff::energy_element(c.evse.bill.account, c.evse.bill.schedule);
    c.evse.next_middle = c.now() + seconds(c.config.record_interval_s);
  }
  if (!transaction->begin_record->made) ask(c, meter::Stage::begin, transaction->begin_record->number);
}

void ask_middle_record(const At& c) {
  auto& transaction = c.transaction();
  if (!c.config.meter_records || !transaction || transaction->ending || c.evse.recovering) return;
  if (!transaction->begin_record || !transaction->begin_record->made) return;
  if (!transaction->middle_record) {
    const auto stage = middle_due(c);
    if (!stage) return;
    transaction->middle_record = next_record(c);
    transaction->middle_stage = *stage;
    transaction->priced_by = tariff::energy_element(c.evse.bill.account, c.evse.bill.schedule);
    transaction->other_meter = false;
    c.evse.next_middle = c.now() + seconds(c.config.record_interval_s);
  }
  ask(c, transaction->middle_stage, transaction->middle_record->number);
}

bool waits_for_end_record(const At& c) {
  auto& transaction = *c.transaction();
  transaction.middle_record.reset();  // the end says more
  if (!c.config.meter_records || !transaction.begin_record || !transaction.begin_record->made) return false;
  if (!transaction.end_record) {
    transaction.end_record = next_record(c);
    c.evse.record_until = c.now() + kRecordPatience;
  }
  if (transaction.end_record->made || c.now() >= c.evse.record_until) return false;
  ask(c, end_stage(*transaction.ending), transaction.end_record->number);
  c.wake(c.evse.record_until);
  return true;
}

void name_records(const At& c, TransactionEvent& event) {
  const auto& transaction = *c.transaction();
  const auto made = [](const std::optional<SignedRecord>& record) {
    return record && record->made ? std::optional{record->number} : std::nullopt;
  };
  event.begin_record = made(transaction.begin_record);
  event.end_record = made(transaction.end_record);
  if (!c.config.meter_records || !transaction.token || (event.begin_record && event.end_record)) return;
  note(c, ledger::Subject::meter, ledger::Severity::warning, "MeterRecordMissing", "id=", transaction.id,
       " begin=", event.begin_record ? 1 : 0, " end=", event.end_record ? 1 : 0);
}

}  // namespace bulwatt::session
