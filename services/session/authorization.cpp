#include "services/session/authorization.hpp"

#include "services/session/transaction.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;

struct Question {
  IdToken token{};
  Purpose purpose{};
  std::optional<std::int32_t> remote_start_id{};
};

void remember(const Context& c, const IdToken& token, const Authorization& answer) {
  const CachedToken entry{token, answer.group, answer.status, c.moment.time};
  c.state.cache.put(entry, c.config.cache_entries);
  if (c.config.cache_entries > 0) static_cast<void>(c.actions.cached.push_back(entry));
}

void refuse(const Context& c, const IdToken& token, std::string_view why, std::string_view message) {
  note(c, Subject::authorization, Severity::notice, "TokenRefused", "token=", masked(token), " why=", why);
  tell(c, message);
}

bool accept(const Context& c, const Question& asked, const std::optional<IdToken>& group, std::string_view how) {
  note(c, Subject::authorization, Severity::info, "TokenAccepted", "token=", masked(asked.token), " how=", how);
  if (asked.purpose == Purpose::stop) {
    if (!c.state.ongoing.transaction || !same_group(group, c.state.ongoing.transaction->grant.group)) {
      refuse(c, asked.token, "other_group", "Another card started this session.");
      return false;
    }
    end_transaction(c, Trigger::stop_authorized, StoppedReason::local, asked.token);
    return true;
  }
  grant(c, {asked.token, group, asked.remote_start_id});
  return true;
}

//= OCPP-2.0.1 C15.FR.01
//= OCPP-2.0.1 C13.FR.04
bool judge_offline(const Context& c, const Question& asked) {
  const auto* known = c.state.cache.find(asked.token, c.moment.time, c.config.cache_lifetime_s);
  if (known != nullptr && known->status != AuthorizationStatus::accepted) {
    refuse(c, asked.token, enum_text(known->status), "This card is not accepted.");
    return false;
  }
  if (known != nullptr && c.state.settings.local_authorize_offline) return accept(c, asked, known->group, "cache");
  const bool unknown_allowed =
      known == nullptr && c.state.settings.offline_tx_for_unknown_id && asked.purpose != Purpose::stop;
  if (unknown_allowed) return accept(c, asked, {}, "offline_unknown");
  refuse(c, asked.token, "offline", "No connection: this card cannot be checked now.");
  return false;
}

void ask_backend(const Context& c, const Question& asked) {
  auto& s = c.state;
  if (++s.last_request == 0) ++s.last_request;  // 0 means: nothing to ask
  s.pending = PendingAuthorization{s.last_request, asked.token, asked.purpose, asked.remote_start_id,
                                   c.now() + seconds(c.config.authorization_timeout_s)};
  c.actions.work_available = true;
  tell(c, "One moment, your card is being checked.", seconds(c.config.authorization_timeout_s));
}

TokenVerdict authorize(const Context& c, const Question& asked) {
  if (asked.purpose != Purpose::stop && in_local_list(c.config, asked.token)) {
    accept(c, asked, {}, "local_list");
    return TokenVerdict::started;
  }
  if (c.state.online) {
    ask_backend(c, asked);
    return TokenVerdict::asked_backend;
  }
  if (!judge_offline(c, asked)) return TokenVerdict::refused;
  return asked.purpose == Purpose::stop ? TokenVerdict::stopped : TokenVerdict::started;
}

//= OCPP-2.0.1 E07.FR.01
//= OCPP-2.0.1 E07.FR.02
TokenVerdict token_while_charging(const Context& c, const IdToken& token) {
  if (c.state.ongoing.transaction->ending) return TokenVerdict::nothing_to_do;
  const auto& owner = c.state.ongoing.transaction->grant;
  const auto* known = c.state.cache.find(token, c.moment.time, c.config.cache_lifetime_s);
  const bool of_group =
      known != nullptr && known->status == AuthorizationStatus::accepted && same_group(known->group, owner.group);
  if (same_token(token, owner.token) || of_group) {
    end_transaction(c, Trigger::stop_authorized, StoppedReason::local, token);
    return TokenVerdict::stopped;
  }
  if (c.state.pending) return TokenVerdict::nothing_to_do;
  if (owner.group && c.state.online) return authorize(c, {token, Purpose::stop, {}});
  refuse(c, token, "other_token", "Another card started this session.");
  return TokenVerdict::refused;
}

TokenVerdict token_after_grant(const Context& c, const IdToken& token) {
  if (!same_token(token, c.state.ongoing.grant->token)) {
    refuse(c, token, "other_token", "Another card has unlocked this station.");
    return TokenVerdict::refused;
  }
  withdraw_grant(c, "same_token_again");
  return TokenVerdict::stopped;
}

}  // namespace

TokenVerdict present_token(const Context& c, const IdToken& token) {
  if (c.state.ongoing.transaction) return token_while_charging(c, token);
  if (c.state.ongoing.grant) return token_after_grant(c, token);
  if (c.state.pending)
    return same_token(c.state.pending->token, token) ? TokenVerdict::asked_backend : TokenVerdict::nothing_to_do;
  if (const auto why = why_not(c); !why.empty()) {
    refuse(c, token, "not_available", why);
    return TokenVerdict::refused;
  }
  return authorize(c, {token, Purpose::start, {}});
}

//= OCPP-2.0.1 F01.FR.01
//= OCPP-2.0.1 F01.FR.02
//= OCPP-2.0.1 F01.FR.23
//= OCPP-2.0.1 F01.FR.24
RemoteStart::Answer remote_start(const Context& c, const RemoteStart& request) {
  const auto& s = c.state;
  note(c, Subject::remote_command, Severity::info, "RemoteStart", "token=", masked(request.token),
       " id=", request.remote_start_id);
  if (s.ongoing.transaction) return {RemoteVerdict::rejected, s.ongoing.transaction->id};
  if (s.ongoing.grant || s.pending || !why_not(c).empty()) return {RemoteVerdict::rejected, {}};
  const Question question{request.token, Purpose::remote_start, request.remote_start_id};
  if (request.ask_first || s.settings.authorize_remote_start) {
    if (authorize(c, question) == TokenVerdict::refused) return {RemoteVerdict::rejected, {}};
  } else {
    accept(c, question, {}, "remote_start");
  }
  return {RemoteVerdict::accepted, {}};
}

//= OCPP-2.0.1 F03.FR.03
//= OCPP-2.0.1 F03.FR.07
//= OCPP-2.0.1 F03.FR.08
RemoteStart::Answer remote_stop(const Context& c, const TransactionId& id) {
  note(c, Subject::remote_command, Severity::info, "RemoteStop", "id=", id);
  if (!c.state.ongoing.transaction || c.state.ongoing.transaction->id != id) return {RemoteVerdict::rejected, {}};
  end_transaction(c, Trigger::remote_stop, StoppedReason::remote);
  return {RemoteVerdict::accepted, id};
}

void answer_authorization(const Context& c, std::uint32_t request, const std::optional<Authorization>& answer) {
  if (!c.state.pending || c.state.pending->request != request) return;
  const Question asked{c.state.pending->token, c.state.pending->purpose, c.state.pending->remote_start_id};
  c.state.pending.reset();
  c.state.message = {};
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
  accept(c, asked, answer->group, "backend");
}

//= OCPP-2.0.1 E05.FR.02
//= OCPP-2.0.1 E05.FR.10
//= OCPP-2.0.1 C10.FR.05
void answer_transaction(const Context& c, const TransactionId& id, const Authorization& answer) {
  auto& s = c.state;
  if (!s.ongoing.transaction || s.ongoing.transaction->id != id) return;
  auto& transaction = *s.ongoing.transaction;
  remember(c, transaction.grant.token, answer);
  if (answer.status == AuthorizationStatus::accepted) {
    if (answer.group && !same_group(answer.group, transaction.grant.group)) {
      transaction.grant.group = answer.group;
      c.actions.write_ongoing = true;
    }
    return;
  }
  note(c, Subject::authorization, Severity::notice, "TokenRefused", "token=", masked(transaction.grant.token),
       " why=", enum_text(answer.status));
  tell(c, "This card is not accepted.");
  if (transaction.ending) return;
  if (s.settings.stop_tx_on_invalid_id) {
    end_transaction(c, Trigger::deauthorized, StoppedReason::de_authorized);
  } else if (!transaction.deauthorized) {
    transaction.deauthorized = true;
    c.actions.write_ongoing = true;
  }
}

//= OCPP-2.0.1 E03.FR.05
void authorization_timeouts(const Context& c) {
  auto& s = c.state;
  if (s.pending && (c.now() >= s.pending->until || !s.online))
    answer_authorization(c, s.pending->request, std::nullopt);
  if (s.pending) c.wake(s.pending->until);
  if (!s.ongoing.grant || s.settings.ev_connection_timeout_s == 0) return;
  if (c.now() >= s.grant_until) {
    withdraw_grant(c, "ev_connection_timeout");
    tell(c, "No car was plugged in. Please start again.");
  } else {
    c.wake(s.grant_until);
  }
}

}  // namespace bulwatt::session
