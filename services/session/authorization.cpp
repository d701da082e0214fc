#include "services/session/authorization.hpp"

#include "services/session/choice.hpp"
#include "services/session/known.hpp"
#include "services/session/reservations.hpp"
#include "services/session/transaction.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;

void refuse(const At& c, const IdToken& token, std::string_view why, std::string_view message) {
  note(c, Subject::authorization, Severity::notice, "TokenRefused", "token=", masked(token), " why=", why);
  tell(c, message);
}

//= OCPP-2.0.1 C16.FR.02
bool stop_by_master(const Context& c, const IdToken& token) {
  bool any = false;
  for_each_evse(c, [&](const At& at) {
    if (!at.transaction() || at.transaction()->ending) return;
    any = true;
    end_authorization(at, {Trigger::stop_authorized, StoppedReason::master_pass, token});
  });
  return any;
}

//= OCPP-2.0.1 C09.FR.03
bool accept_stop(const At& c, const Question& asked, const Authorization& info) {
  const auto& owner = c.grant();
  if (is_master(c, info.group)) return stop_by_master(c, asked.token);
  if (!owner || !same_group(info.group, owner->group)) {
    refuse(c, asked.token, "other_group", "Another card started this session.");
    return false;
  }
  end_authorization(c, {Trigger::stop_authorized, StoppedReason::local, asked.token});
  return true;
}

bool accept(const At& c, const Question& asked, const Authorization& info, std::string_view how) {
  if (asked.purpose == Purpose::stop) return accept_stop(c, asked, info);
  //= OCPP-2.0.1 C12.FR.09
  //= OCPP-2.0.1 C16.FR.03
  if (is_master(c, info.group)) {
    if (asked.purpose == Purpose::start && stop_by_master(c, asked.token)) return true;
    refuse(c, asked.token, "master_pass", "This card ends sessions and starts none.");
    return false;
  }
  if (!allows_evse(info, c.number)) {
    refuse(c, asked.token, "not_at_this_evse", "This card may not charge at this outlet.");
    return false;
  }
  const auto group = info.group ? info.group : asked.group;
  if (held_for_other(c, asked.token, group)) {
    refuse(c, asked.token, "reserved", "This outlet is reserved for somebody else.");
    return false;
  }
  note(c, Subject::authorization, Severity::info, "TokenAccepted", "token=", masked(asked.token), " how=", how);
  // The lifetime of what is remembered counts from its last use.
  //= OCPP-2.0.1 C10.FR.08
  if (how == enum_text(Source::cache)) remember(c, asked.token, info);
  grant(c, {asked.token, group, asked.remote_start_id, use_reservation(c, asked.token, group), asked.movable});
  return true;
}

//= OCPP-2.0.1 C13.FR.04
//= OCPP-2.0.1 C15.FR.01
//= OCPP-2.0.1 C15.FR.08
//= OCPP-2.0.1 C13.FR.06
//= OCPP-2.0.1 C13.FR.03
bool judge_offline(const At& c, const Question& asked) {
  const auto& settings = c.state.settings;
  const auto entry = known(c, asked.token);
  if (entry && !entry->accepted()) {
    refuse(c, asked.token, entry->expired ? "expired" : enum_text(entry->info.status), "This card is not accepted.");
    return false;
  }
  if (entry && settings.local_authorize_offline) return accept(c, asked, entry->info, enum_text(entry->source));
  if (!entry && settings.offline_tx_for_unknown_id && asked.purpose != Purpose::stop)
    return accept(c, asked, {}, "offline_unknown");
  refuse(c, asked.token, "offline", "No connection: this card cannot be checked now.");
  return false;
}

//= OCPP-2.0.1 C01.FR.02
//= OCPP-2.0.1 C01.FR.04
//= OCPP-2.0.1 C06.FR.03
void ask_backend(const At& c, const Question& asked) {
  auto& last = c.state.last_request;
  if (++last == 0) ++last;  // 0 means: nothing to ask
  c.evse.pending = PendingAuthorization{last, asked, c.now() + seconds(c.config.authorization_timeout_s)};
  c.actions.work_available = true;
  tell(c, "One moment, your card is being checked.", seconds(c.config.authorization_timeout_s));
}

/// Whether what is known here decides without the backend, though it could be asked.
//= OCPP-2.0.1 C14.FR.02
//= OCPP-2.0.1 C14.FR.04
//= OCPP-2.0.1 C01.FR.05
bool decided_here(const Settings& settings, const std::optional<Known>& entry) {
  if (!entry) return settings.disable_remote_authorization;
  if (entry->source == Source::owner || settings.disable_remote_authorization) return true;
  if (entry->accepted()) return settings.local_pre_authorize;
  //= OCPP-2.0.1 C10.FR.03
  //= OCPP-2.0.1 C12.FR.05
  //= OCPP-2.0.1 C14.FR.03
  return entry->source == Source::local_list ? settings.list_disable_post_authorize
                                             : settings.cache_disable_post_authorize;
}

TokenVerdict verdict_of(const Question& asked, bool accepted) {
  if (!accepted) return TokenVerdict::refused;
  return asked.purpose == Purpose::stop ? TokenVerdict::stopped : TokenVerdict::started;
}

TokenVerdict authorize(const At& c, const Question& asked) {
  const auto entry = known(c, asked.token);
  if (entry && entry->source == Source::owner && asked.purpose != Purpose::stop)
    return verdict_of(asked, accept(c, asked, entry->info, "owners_list"));
  if (!c.state.online) return verdict_of(asked, judge_offline(c, asked));
  if (!decided_here(c.state.settings, entry)) {
    ask_backend(c, asked);
    return TokenVerdict::asked_backend;
  }
  if (entry && entry->accepted()) return verdict_of(asked, accept(c, asked, entry->info, enum_text(entry->source)));
  refuse(c, asked.token, entry ? enum_text(entry->info.status) : "unknown", "This card is not accepted.");
  return TokenVerdict::refused;
}

//= OCPP-2.0.1 C01.FR.03
//= OCPP-2.0.1 C09.FR.07
//= OCPP-2.0.1 C09.FR.11
//= OCPP-2.0.1 E07.FR.01
//= OCPP-2.0.1 E08.FR.01
//= OCPP-2.0.1 E08.FR.02
//= OCPP-2.0.1 E08.FR.04
TokenVerdict token_while_authorized(const At& c, const IdToken& token) {
  const auto owner = *c.grant();
  const auto entry = known(c, token);
  const bool of_group = entry && entry->accepted() && same_group(entry->info.group, owner.group);
  if (same_token(token, owner.token) || of_group) {
    c.evse.pending.reset();
    end_authorization(c, {Trigger::stop_authorized, StoppedReason::local, token});
    return TokenVerdict::stopped;
  }
  if (c.evse.pending) return TokenVerdict::nothing_to_do;
  //= OCPP-2.0.1 C09.FR.05
  const bool ask = c.state.online && (!entry || !entry->accepted());
  if (c.transaction() && ask) return authorize(c, {.token = token, .purpose = Purpose::stop});
  refuse(c, token, "other_token",
         c.transaction() ? "Another card started this session." : "Another card has unlocked this station.");
  return TokenVerdict::refused;
}

TokenVerdict token_of_holder(const At& c, const IdToken& token) {
  if (!same_token(*c.evse.kept.holder, token)) {
    refuse(c, token, "cable_held", "The cable in this outlet waits for its owner's card.");
    return TokenVerdict::refused;
  }
  c.evse.kept.holder.reset();
  c.changed();
  return TokenVerdict::stopped;
}

TokenVerdict present_at(const At& c, const IdToken& token, bool movable) {
  if (c.transaction() && c.transaction()->ending) return TokenVerdict::nothing_to_do;
  //= OCPP-2.0.1 C16.FR.04
  //= OCPP-2.0.1 C16.FR.05
  if (const auto entry = known(c, token); entry && entry->accepted() && is_master(c, entry->info.group)) {
    if (stop_by_master(c, token)) return TokenVerdict::stopped;
  }
  if (c.evse.kept.holder) return token_of_holder(c, token);
  if (c.grant()) return token_while_authorized(c, token);
  if (c.evse.pending)
    return same_token(c.evse.pending->question.token, token) ? TokenVerdict::asked_backend
                                                             : TokenVerdict::nothing_to_do;
  //= OCPP-2.0.1 C01.FR.23
  if (c.transaction() && c.transaction()->token && !same_token(*c.transaction()->token, token)) {
    refuse(c, token, "other_token", "Another card started this session.");
    return TokenVerdict::refused;
  }
  if (const auto why = why_not(c); !why.empty()) {
    refuse(c, token, "not_available", why);
    return TokenVerdict::refused;
  }
  return authorize(c, {.token = token, .purpose = Purpose::start, .movable = movable});
}

}  // namespace

TokenVerdict present_token(const Context& c, std::uint8_t evse, const IdToken& token) {
  const bool chosen = evse == 0;
  return present_at(c.at(chosen ? place_for_token(c, token) : evse - 1U), token, chosen && c.evses() > 1);
}

namespace {
/// What is known here of a contract is for the time without backend only.
//= OCPP-2.0.1 C07.FR.01
void ask_or_judge(const At& c, const Question& asked) {
  if (c.state.online) ask_backend(c, asked);
  else static_cast<void>(judge_offline(c, asked));
}
}  // namespace

bool present_contract(const At& c, const VehicleContract& contract) {
  if (c.grant()) return true;  // somebody has authorized the car already
  if (c.evse.pending || c.evse.kept.holder || (c.transaction() && c.transaction()->ending)) return false;
  const IdToken token{contract.emaid.view(), TokenType::emaid};
  const auto why = why_not(c);
  if (!why.empty()) refuse(c, token, "not_available", why);
  else if (c.transaction() && c.transaction()->token && !same_token(*c.transaction()->token, token))
    refuse(c, token, "other_token", "Another card started this session.");
  else ask_or_judge(c, {.token = token, .purpose = Purpose::start, .certificates = contract.certificates});
  return true;
}

//= OCPP-2.0.1 F01.FR.01
//= OCPP-2.0.1 F01.FR.02
//= OCPP-2.0.1 F01.FR.23
//= OCPP-2.0.1 F01.FR.24
//= OCPP-2.0.1 F02.FR.22
//= OCPP-2.0.1 F02.FR.23
//= OCPP-2.0.1 F02.FR.24
//= OCPP-2.0.1 F02.FR.25
//= OCPP-2.0.1 F02.FR.26
//= OCPP-2.0.1 F01.FR.04
//= OCPP-2.0.1 F01.FR.06
//= OCPP-2.0.1 F01.FR.20
//= OCPP-2.0.1 F01.FR.21
//= OCPP-2.0.1 F01.FR.22
//= OCPP-2.0.1 F02.FR.09
//= OCPP-2.0.1 F02.FR.10
//= OCPP-2.0.1 F02.FR.12
//= OCPP-2.0.1 F02.FR.14
RemoteStart::Answer remote_start(const Context& c, const RemoteStart& request) {
  note(c, Subject::remote_command, Severity::info, "RemoteStart", "token=", masked(request.token),
       " id=", request.remote_start_id);
  const auto at = c.at(request.evse == 0 ? place_for_start(c, request.token, request.group) : request.evse - 1U);
  RemoteStart::Answer answer{RemoteVerdict::rejected, {}};
  if (at.transaction()) answer.transaction = at.transaction()->id;
  if (at.grant() || at.evse.pending || at.evse.kept.holder || !why_not(at).empty()) return answer;
  if (at.transaction() && (at.transaction()->ending || at.transaction()->token)) return answer;
  if (held_for_other(at, request.token, request.group)) return answer;
  const Question question{request.token, Purpose::remote_start, request.remote_start_id, request.group,
                          request.evse == 0 && c.evses() > 1};
  //= OCPP-2.0.1 C03.FR.01
  //= OCPP-2.0.1 C05.FR.01
  const bool checkable = request.token.type != TokenType::central && request.token.type != TokenType::no_authorization;
  if (checkable && (request.ask_first || c.state.settings.authorize_remote_start)) {
    if (authorize(at, question) == TokenVerdict::refused) return answer;
  } else if (!accept(at, question, Authorization{.group = request.group}, "remote_start")) {
    return answer;
  }
  answer.verdict = RemoteVerdict::accepted;
  return answer;
}

//= OCPP-2.0.1 F03.FR.02
//= OCPP-2.0.1 F03.FR.03
//= OCPP-2.0.1 F03.FR.07
//= OCPP-2.0.1 F03.FR.08
RemoteStart::Answer remote_stop(const Context& c, const TransactionId& id) {
  note(c, Subject::remote_command, Severity::info, "RemoteStop", "id=", id);
  RemoteStart::Answer answer{RemoteVerdict::rejected, {}};
  for_each_evse(c, [&](const At& at) {
    if (!at.transaction() || at.transaction()->id != id) return;
    answer = {RemoteVerdict::accepted, id};
    end_authorization(at, {Trigger::remote_stop, StoppedReason::remote, {}});
  });
  return answer;
}

NextAuthorization::Pending next_authorization(const Station& state) {
  NextAuthorization::Pending oldest{};
  Instant until = kNever;
  for (std::size_t i = 0; i < state.evses.size; ++i) {
    const auto& pending = state.evses[i].pending;
    if (!pending || pending->until >= until) continue;
    until = pending->until;
    oldest = {pending->request, static_cast<std::uint8_t>(i + 1), pending->question.token,
              pending->question.certificates};
  }
  return oldest;
}

namespace {

void answered(const At& c, const std::optional<Authorization>& answer) {
  const auto asked = c.evse.pending->question;
  c.evse.pending.reset();
  c.evse.message = {};
  if (!answer) {
    judge_offline(c, asked);
    return;
  }
  remember(c, asked.token, *answer);
  if (answer->status != AuthorizationStatus::accepted) {
    refuse(c, asked.token, enum_text(answer->status), "This card is not accepted.");
    return;
  }
  // What forbids a start may have come up while the backend thought; then nothing is granted that could start much later.
  if (const auto why = why_not(c); asked.purpose != Purpose::stop && !why.empty()) {
    refuse(c, asked.token, "not_available", why);
    return;
  }
  accept(c, asked, *answer, "backend");
}

//= OCPP-2.0.1 E05.FR.02
//= OCPP-2.0.1 E05.FR.03
//= OCPP-2.0.1 E05.FR.09
//= OCPP-2.0.1 E05.FR.10
//= OCPP-2.0.1 C15.FR.03
//= OCPP-2.0.1 C15.FR.04
//= OCPP-2.0.1 C15.FR.05
//= OCPP-2.0.1 E05.FR.11
//= OCPP-2.0.1 E06.FR.04
void judged(const At& c, const Authorization& answer) {
  auto& transaction = *c.transaction();
  if (answer.status == AuthorizationStatus::accepted) {
    if (c.grant() && answer.group && !same_group(answer.group, c.grant()->group)) {
      c.grant()->group = answer.group;
      c.changed();
    }
    return;
  }
  note(c, Subject::authorization, Severity::notice, "TokenRefused",
       "token=", transaction.token ? masked(*transaction.token) : Text<8>{"none"}, " why=", enum_text(answer.status));
  tell(c, "This card is not accepted.");
  if (transaction.ending) return;
  if (c.state.settings.stop_tx_on_invalid_id) {
    const auto owner = transaction.token;
    end_authorization(c, {Trigger::deauthorized, StoppedReason::de_authorized, {}});
    if (owner && (!c.transaction() || c.transaction()->ending)) hold_cable(c, *owner);
  } else if (!transaction.invalid) {
    transaction.invalid = true;
    c.changed();
  }
}

}  // namespace

void answer_authorization(const Context& c, std::uint32_t request, const std::optional<Authorization>& answer) {
  for_each_evse(c, [&](const At& at) {
    if (at.evse.pending && at.evse.pending->request == request) answered(at, answer);
  });
}

//= OCPP-2.0.1 C10.FR.05
void answer_transaction(const Context& c, const AnswerTransaction& answer) {
  bool found = false;
  for_each_evse(c, [&](const At& at) {
    const auto& transaction = at.transaction();
    if (!transaction || transaction->id != answer.transaction) return;
    found = true;
    const auto token = answer.token ? answer.token : transaction->token;
    if (token) remember(c, *token, answer.answer);
    // What is said of a token that only came to stop says nothing about the one that charges.
    if (!answer.token || !transaction->token || same_token(*answer.token, *transaction->token))
      judged(at, answer.answer);
  });
  if (!found && answer.token) remember(c, *answer.token, answer.answer);
}

//= OCPP-2.0.1 E03.FR.05
//= OCPP-2.0.1 E10.FR.02
//= OCPP-2.0.1 F02.FR.07
void authorization_timeouts(const At& c) {
  if (c.evse.pending && (c.now() >= c.evse.pending->until || !c.state.online)) answered(c, std::nullopt);
  if (c.evse.pending) c.wake(c.evse.pending->until);
  const auto timeout = c.state.settings.ev_connection_timeout_s;
  const bool in_use = c.plugged() && (c.transaction() || c.evse.permit.active);
  if (!c.grant() || in_use || timeout == 0 || c.evse.recovering) return;
  if (c.transaction() && c.transaction()->ending) return;
  if (c.now() < c.evse.grant_until) {
    c.wake(c.evse.grant_until);
    return;
  }
  tell(c, "No car was plugged in. Please start again.");
  if (c.transaction()) end_transaction(c, {Trigger::ev_connect_timeout, StoppedReason::timeout, {}});
  else withdraw_grant(c, "ev_connection_timeout");
}

void authorize_everybody(const At& c) {
  if (c.state.settings.authorization || !c.plugged() || c.grant() || c.transaction() || c.evse.kept.cable_used) return;
  const IdToken nobody{{}, TokenType::no_authorization};
  if (!why_not(c).empty() || held_for_other(c, nobody, {})) return;
  grant(c, {.token = nobody});
}

}  // namespace bulwatt::session
