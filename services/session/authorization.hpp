// Who may charge: the owner's list, the backend, and the rules for the time without backend.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

TokenVerdict present_token(const Context& c, const IdToken& token);
RemoteStart::Answer remote_start(const Context& c, const RemoteStart& request);
RemoteStart::Answer remote_stop(const Context& c, const TransactionId& id);

/// The backend's answer; absent: it could not be asked. An answer to a question nobody has any more is dropped.
void answer_authorization(const Context& c, std::uint32_t request, const std::optional<Authorization>& answer);
/// The backend's judgement on the token of a running transaction.
void answer_transaction(const Context& c, const TransactionId& id, const Authorization& answer);

/// Ends questions the backend did not answer in time and grants nobody used in time.
void authorization_timeouts(const Context& c);

}  // namespace bulwatt::session
