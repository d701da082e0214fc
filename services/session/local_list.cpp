#include "services/session/local_list.hpp"

namespace bulwatt::session {
namespace {

template <class Entries>
std::optional<std::size_t> place_of(const Entries& entries, const IdToken& token) {
  for (std::size_t i = 0; i < entries.size; ++i) {
    if (same_token(entries[i].token, token)) return i;
  }
  return std::nullopt;
}

}  // namespace

const Authorization* LocalList::find(const IdToken& token) const {
  const auto& entries = lists_[present_];
  const auto place = place_of(entries, token);
  return place && entries[*place].info ? &*entries[*place].info : nullptr;
}

void LocalList::restore(std::int32_t version) {
  lists_[present_].clear();
  version_ = version;
  open_ = false;
}

bool LocalList::begin(const UpdateLocalList& part) {
  draft().clear();
  named_.clear();
  if (!part.full) draft() = lists_[present_];
  open_version_ = part.version;
  open_full_ = part.full;
  return true;
}

// for OCPP-2.0.1 D01.FR.06
// for OCPP-2.0.1 D01.FR.16
// for OCPP-2.0.1 D01.FR.17
bool LocalList::add(const LocalEntry& entry, bool full) {
  const bool twice = std::ranges::any_of(named_, [&](const auto& token) { return same_token(token, entry.token); });
  if (twice || !named_.push_back(entry.token)) return false;
  const auto place = full ? std::nullopt : place_of(draft(), entry.token);
  if (!entry.info) {
    if (full) return false;  // a full list says something of every token
    if (place) draft().erase(*place);
    return true;
  }
  if (!place) return draft().push_back(entry);
  draft()[*place] = entry;
  return true;
}

// for OCPP-2.0.1 D01.FR.04
// for OCPP-2.0.1 D01.FR.05
// for OCPP-2.0.1 D01.FR.15
// for OCPP-2.0.1 D01.FR.18
// for OCPP-2.0.1 D01.FR.19
//= OCPP-2.0.1 D01.FR.09
UpdateVerdict LocalList::take(const UpdateLocalList& part) {
  if (part.version <= 0) return UpdateVerdict::failed;
  if (part.first) {
    open_ = false;
    if (!part.full && part.version <= version_) return UpdateVerdict::version_mismatch;
    open_ = begin(part);
  }
  if (!open_ || part.version != open_version_ || part.full != open_full_) {
    open_ = false;
    return UpdateVerdict::failed;
  }
  for (const auto& entry : part.entries) {
    if (add(entry, part.full)) continue;
    open_ = false;
    return UpdateVerdict::failed;
  }
  if (!part.last) return UpdateVerdict::accepted;
  open_ = false;
  present_ = 1 - present_;
  version_before_ = std::exchange(version_, part.version);
  return UpdateVerdict::accepted;
}

void LocalList::rollback() {
  present_ = 1 - present_;
  version_ = version_before_;
}

}  // namespace bulwatt::session
