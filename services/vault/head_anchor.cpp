#include "services/vault/head_anchor.hpp"

namespace bulwatt::vault {

std::string_view HeadAnchor::tend(Instant now) {
  if (counter_ == nullptr || every_ == Duration::zero() || now < next_) return {};
  const auto what = anchor();
  next_ = now + (what == Said::nothing ? every_ : kAgain);
  return say(what);
}

HeadAnchor::Said HeadAnchor::anchor() {
  const auto counter = counter_->read();
  if (!counter) return Said::no_counter;
  const auto wanted = ledger_.anchor(*counter);
  if (!wanted) return Said::no_ledger;
  if (!wanted->raise) return Said::nothing;
  const auto raised = counter_->increment();
  return raised && *raised == wanted->next ? Said::nothing : Said::not_raised;
}

std::string_view HeadAnchor::say(Said what) {
  if (what == said_) return {};
  said_ = what;
  switch (what) {
    case Said::nothing: return "the ledger is anchored in the TPM again";
    case Said::no_counter:
      return "the TPM does not tell the counter of the ledger, so an older picture of the disk is not found by it; was "
             "the "
             "vault provisioned (`bulwatt provision`) since there is one?";
    case Said::no_ledger: return "the ledger could not record its anchor in the TPM; it is tried again";
    case Said::not_raised: break;
  }
  return "the TPM did not raise the counter of the ledger; it is tried again";
}

}  // namespace bulwatt::vault
