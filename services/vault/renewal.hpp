// A key pair and certificate in place of the ones a station has: two slots per key, `<name>` and `<name>.b`. A new pair is made
// in the slot that holds no certificate; once its certificate is there it is the newest and used first, and the other stays
// until a connection was made with one of the two. Whatever is cut off in between, one slot stays good.
//   <name>.b.key, <name>.b.pem   the second slot
//   <name>.first                 name of the slot whose certificate came last
#pragma once
#include "services/vault/anchors.hpp"
#include "services/vault/store.hpp"

namespace bulwatt::vault {

inline constexpr std::string_view kSecondSlot = ".b";

class Renewal {
 public:
  /// `store` is what the vault signs with; its list of keys changes here and nowhere else.
  /// `counter` where a TPM counts what was stored.
  Renewal(std::string folder, const Config& config, Ring& ring, Store& store, const Anchors& anchors,
          Counter* counter = nullptr)
      : folder_(std::move(folder)), config_(config), ring_(ring), store_(store), anchors_(anchors), counter_(counter) {}

  /// The second slots that are there. A sentence when one is damaged.
  std::expected<void, Complaint> open();

  /// Takes the wish for a new pair; make() does it, since a device may take its time.
  std::expected<RenewKey::Started, Error> begin(std::string_view user, const RenewKey& request);
  bool has_work() const { return wanted_.has_value(); }
  /// A device is at it: nothing is signed meanwhile, it does one thing at a time.
  bool making() const { return wanted_ && wanted_->begun; }
  /// Moves it on: the key that is used by SubmitRequest then, or false when it could not be made. Nothing: not done yet.
  std::optional<bool> make();
  /// Becomes readable when make() has something to do; -1: call it in the next turn.
  int wait_descriptor() const { return ring_.wait_descriptor(); }

  InstallChain::Reply install(std::string_view user, const InstallChain& request);
  std::expected<ListOwn::Owned, Error> list(std::string_view user, const ListOwn& request) const;
  /// The present connection was made with this certificate: the other slot of the same key goes. True when something went.
  bool confirm(std::string_view user, const KeyName& slot);

 private:
  const KeyConfig* configured(std::string_view user, const KeyName& name) const;
  StoredKey* find(const KeyName& slot) const;
  StoredKey* pending(const KeyConfig& config) const;
  std::expected<StoredKey, Complaint> load(const KeyConfig& config, const KeyName& slot, const Index* index) const;
  std::optional<Flaw> flaw_of(const std::vector<CertificatePtr>& chain, const StoredKey& key,
                              const InstallChain& request) const;
  bool is_below_an_anchor(const std::vector<CertificatePtr>& chain, std::optional<Timestamp> now) const;
  void discard(const KeyName& slot);
  bool begin_making();
  bool keep(std::span<const std::byte> file);
  std::string path(const KeyName& slot, std::string_view ending) const;

  std::string folder_;
  const Config& config_;
  Ring& ring_;
  Store& store_;
  const Anchors& anchors_;
  Counter* counter_;
  struct Wanted {
    const KeyConfig* config;
    KeyName slot;
    bool begun = false;
    Identity who() const { return {slot, config->purpose, config->algorithm}; }
  };
  std::optional<Wanted> wanted_{};
  std::vector<KeyName> first_{};  ///< slots whose certificate came last
};

}  // namespace bulwatt::vault
