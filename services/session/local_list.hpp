// The local authorization list of the backend, and its update in parts: the list changes at the last part or not at all.
#pragma once
#include "services/session/tokens.hpp"

namespace bulwatt::session {

class LocalList {
 public:
  /// Takes one part. `accepted` on the last one means: the new list is in force, and rollback() brings the old one back.
  UpdateVerdict take(const UpdateLocalList& part);
  /// The new list could not be stored: the one before it is in force again.
  void rollback();

  std::int32_t version() const { return version_; }
  std::span<const LocalEntry> entries() const { return lists_[present_].view(); }
  /// Null when the list does not name it.
  const Authorization* find(const IdToken& token) const;

  // replay
  void restore(std::int32_t version);
  bool restore(const LocalEntry& entry) { return lists_[present_].push_back(entry); }

 private:
  using Entries = List<LocalEntry, kLocalListEntries>;
  Entries& draft() { return lists_[1 - present_]; }
  bool begin(const UpdateLocalList& part);
  bool add(const LocalEntry& entry, bool full);
  std::array<Entries, 2> lists_{};
  std::size_t present_ = 0;
  std::int32_t version_ = 0;
  std::int32_t version_before_ = 0;
  bool open_ = false;  ///< an update is under way
  std::int32_t open_version_ = 0;
  bool open_full_ = false;
  List<IdToken, kLocalListEntries> named_{};  ///< by the update under way; a token named twice spoils it
};

}  // namespace bulwatt::session
