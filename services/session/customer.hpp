// What is stored about the holder of one token, and how it is forgotten.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

GetCustomer::Customer customer(const Context& c, const IdToken& token);
/// Takes the token out of the cache; whether it was there. The shell writes the whole state anew afterwards.
bool forget_customer(const Context& c, const IdToken& token);

}  // namespace bulwatt::session
