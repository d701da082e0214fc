// Who may charge: the owner's list, the backend and its lists, and the rules for the time without backend.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// `evse` 0: the one the token fits best.
TokenVerdict present_token(const Context& c, std::uint8_t evse, const IdToken& token);
RemoteStart::Answer remote_start(const Context& c, const RemoteStart& request);
RemoteStart::Answer remote_stop(const Context& c, const TransactionId& id);

/// The backend's answer; absent: it could not be asked. An answer to a question nobody has any more is dropped.
void answer_authorization(const Context& c, std::uint32_t request, const std::optional<Authorization>& answer);
/// The backend's judgement on a token that a transaction event carried.
void answer_transaction(const Context& c, const AnswerTransaction& answer);
/// A car wants to be authorized by its contract. False: not decided, to be asked again. True: the question is open, or was
/// answered: granted, or refused.
bool present_contract(const At& c, const VehicleContract& contract);
NextAuthorization::Pending next_authorization(const Station& state);

/// Ends questions the backend did not answer in time and grants nobody used in time.
void authorization_timeouts(const At& c);
/// Without authorization everybody whose cable is in may charge.
void authorize_everybody(const At& c);

}  // namespace bulwatt::session
