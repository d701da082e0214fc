#include "tests/simulation/callers.hpp"

#include "tests/simulation/chance.hpp"

namespace bulwatt::simulation {
namespace {
using namespace std::chrono_literals;
using session::EventType;
constexpr int kEventsPerTurn = 8;

std::string encode(const session::TransactionEvent& event) {
  std::string bytes(wire::max_size<session::TransactionEvent>(), '\0');
  bytes.resize(wire::encode(event, std::as_writable_bytes(std::span{bytes})));
  return bytes;
}
/// What the event says of its own moment: the last event repeats the first sample and those in between before it.
const session::Sample* own_sample(const session::TransactionEvent& event) {
  for (const auto& sample : event.samples) {
    if (event.type != EventType::ended || sample.context == session::SampleContext::transaction_end) return &sample;
  }
  return nullptr;
}
}  // namespace

// ---- the story as the backend has it

void Backend::commit(const session::TransactionEvent& event) {
  const auto* last = events.empty() ? nullptr : &events.back();
  const auto wrong = [&](std::string_view what) {
    broken("event " + std::to_string(event.number) + ": " + std::string{what});
  };
  if (event.number != events.size() + 1) wrong("its number does not follow the one before");
  const std::string id{event.transaction.view()};
  if (event.type == EventType::started) {
    if (last != nullptr && last->type != EventType::ended) wrong("a transaction started inside another one");
    if (event.seq_no != 0) wrong("a transaction does not start with seqNo 0");
    if (event.remote_start_id == kForgedStart) wrong("session obeyed a message that was not granted");
    if (begin_of.contains(id)) wrong("a transaction id was used twice");
    if (!event.token || !good_token(event.token->id.view())) wrong("a transaction started without an accepted token");
    begin_of[id] = event.samples.empty() ? 0 : event.samples[0].import_mwh;
  } else {
    if (last == nullptr || last->type == EventType::ended) wrong("no transaction is running");
    else if (last->transaction != event.transaction) wrong("it is of another transaction than the one running");
    else if (event.seq_no != last->seq_no + 1) wrong("its seqNo does not follow the one before");
  }
  if (event.stopped.has_value() != (event.type == EventType::ended)) wrong("only an end has a reason");
  const auto* own = own_sample(event);
  if (own != nullptr) {
    if (own->import_mwh > register_mwh()) wrong("it bills energy that never flowed");
    for (auto past = events.rbegin(); past != events.rend(); ++past) {
      const auto* before = own_sample(*past);
      if (before == nullptr) continue;
      if (own->import_mwh < before->import_mwh) wrong("the register runs backwards");
      break;
    }
  }
  if (event.type == EventType::ended) {
    ++ended;
    if (own != nullptr) billed_mwh += static_cast<std::uint64_t>(own->import_mwh - begin_of[id]);
  }
  events.push_back(event);
  encoded.push_back(encode(event));
}

void Backend::compare(const session::TransactionEvent& event) {
  const auto at = static_cast<std::size_t>(event.number) - 1;
  if (at < encoded.size() && encoded[at] != encode(event)) {
    broken("event " + std::to_string(event.number) + " is not what it was when it was fetched before");
  }
}

// ---- its process

BackendProcess::BackendProcess(const Launch& launch, Backend& backend)
    : Process(grants::ocpp::kService, launch.entry, launch.control, launch.ends), backend_(backend) {}

std::optional<int> BackendProcess::set_up() {
  session_.emplace(loop_.use<grants::ocpp::session>(*this));
  ledger_.emplace(loop_.use<grants::ocpp::ledger>(*this));
  loop_.use<grants::ocpp::meter>(*this);
  loop_.use<grants::ocpp::vault>(*this);
  loop_.on_peer<grants::ocpp::session>(runtime::Delegate<bool>::to<&BackendProcess::restarted>(*this));
  loop_.at(timer_, os::now(), runtime::Action::to<&BackendProcess::settle>(*this));
  return std::nullopt;
}

void BackendProcess::restarted(bool alive) {
  if (!alive) return;
  told_online_.reset();
  judged_.reset();
  look_ = true;
}

void BackendProcess::settle() {
  loop_.at(timer_, os::now() + between(20ms, 400ms), runtime::Action::to<&BackendProcess::settle>(*this));
  if (told_online_ != backend_.online) {
    const bool online = backend_.online;
    told_online_.reset();  // a call that was given up may still be obeyed
    if (!session_->call(session::SetLink{online})) return;
    told_online_ = online;
  }
  if (!fetch()) return;
  if (backend_.online) authorize();
  if (!backend_.commands.empty() && backend_.online) {
    const auto command = backend_.commands.front();
    backend_.commands.pop_front();
    command(*session_);
  }
}

bool BackendProcess::fetch() {
  if (!look_ && !one_in(8)) return true;
  look_ = false;
  if (one_in(16) && backend_.fetched() > 0) {  // what is still there must be what it was
    const auto again = session_->call(
        session::FetchEvent{backend_.fetched() - 1 - pick(std::min<std::uint64_t>(backend_.fetched(), 4))});
    if (again && again->event) backend_.compare(*again->event);
  }
  for (int i = 0; i < kEventsPerTurn; ++i) {
    const auto fetched = session_->call(session::FetchEvent{backend_.fetched()});
    if (!fetched) {
      look_ = true;
      return false;
    }
    if (!fetched->event) break;
    look_ = true;
    backend_.commit(*fetched->event);
    acknowledge_at_ = os::now() + between(0ms, 3s);
    // What came with the start is judged again with the answer to it.
    if (fetched->event->type == EventType::started && backend_.online && backend_.changes_its_mind && one_in(4)) {
      const bool yes = !one_in(4);
      const auto status = yes ? session::AuthorizationStatus::accepted : session::AuthorizationStatus::blocked;
      static_cast<void>(session_->call(session::AnswerTransaction{fetched->event->transaction, {status, {}}}));
    }
  }
  if (os::now() < acknowledge_at_) {
    look_ = true;
    return true;
  }
  return session_->call(session::AcknowledgeEvents{backend_.fetched()}).has_value();
}

void BackendProcess::authorize() {
  const auto pending = session_->call(session::NextAuthorization{});
  if (!pending || pending->request == 0) return;
  if (!judged_ || judged_->request != pending->request) {
    std::optional<session::Authorization> answer{};
    const bool yes = good_token(pending->token.id.view());
    if (!one_in(10))
      answer = session::Authorization{
          yes ? session::AuthorizationStatus::accepted : session::AuthorizationStatus::invalid, {}};
    judged_ = Judged{pending->request, answer, os::now() + (one_in(12) ? Duration{1min} : between(0ms, 2s))};
  }
  if (os::now() >= judged_->at)
    static_cast<void>(session_->call(session::AnswerAuthorization{judged_->request, judged_->answer}));
}

// ---- the reader

HmiProcess::HmiProcess(const Launch& launch, Desk& desk)
    : Process(grants::hmi::kService, launch.entry, launch.control, launch.ends), desk_(desk) {}

std::optional<int> HmiProcess::set_up() {
  session_.emplace(loop_.use<grants::hmi::session>(*this));
  ledger_.emplace(loop_.use<grants::hmi::ledger>(*this));
  return std::nullopt;
}

void HmiProcess::device_ready() {
  if (desk_.break_in) {
    desk_.break_in = false;
    // As a taken-over process would: a whole, well-formed call that was never granted to it.
    std::array<std::byte, 512> frame{};
    const auto id = session::Session::id_of<session::RemoteStart>();
    const session::RemoteStart wish{1, {kLocalToken, session::TokenType::central}, kForgedStart, false};
    wire::Writer writer{frame};
    writer.put(ipc::Header{id, ipc::Kind::request, 0, 1});
    writer.put(wish);
    os::send(handle_of(grants::hmi::session::kFacts.index), std::span{frame}.first(writer.size()));
    return;
  }
  const auto card = desk_.cards.front();
  desk_.cards.pop_front();
  const auto verdict = session_->call(session::PresentToken{1, card});
  if (verdict)
    static_cast<void>(
        ledger_->call(ledger::Append{ledger::Subject::authorization, ledger::Severity::info, "CardSeen", {}}));
}

}  // namespace bulwatt::simulation
