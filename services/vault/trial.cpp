#include "services/vault/trial.hpp"

#include <openssl/crypto.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "libs/base/hex.hpp"
#include "libs/base/line.hpp"
#include "libs/json/json.hpp"
#include "libs/os/clock.hpp"
#include "libs/remote_key/remote_key.hpp"
#include "libs/tls/session.hpp"
#include "services/vault/files.hpp"
#include "services/vault/self_test.hpp"
#include "services/vault/service.hpp"

namespace bulwatt::vault {
namespace {

constexpr std::string_view kUser = "trial";
constexpr const char* kHost = "trial.bulwatt.example";
constexpr int kTurns = 10;
constexpr int kEndpointPatienceMs = 10'000;
constexpr std::uint16_t kPerMinute = 6000;

struct Unrecorded final : UseRecorder {
  void key_used(const Use&, std::uint32_t) override {}
};

/// Keys behind the provider, as in every other process, but in this one.
class Here final : public remote_key::Signer {
 public:
  explicit Here(Service& service) : service_(service) {}
  std::expected<Signature, Error> sign(const Sign& request) override {
    return service_.sign(kUser, request, os::now());
  }
  std::expected<std::uint32_t, Error> submit(const Sign&) override { return std::unexpected(Error::refused); }
  std::expected<std::optional<Signature>, Error> fetch(std::uint32_t) override {
    return std::unexpected(Error::unknown_ticket);
  }

 private:
  Service& service_;
};

struct FreeLibrary {
  void operator()(OSSL_LIB_CTX* library) const { OSSL_LIB_CTX_free(library); }
};

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::string sentence(const tls::Refusal& refusal) {
  return Line<200>{enum_text(refusal.reason), " ", refusal.detail.view()}.c_str();
}

bool used(const tls::ProfileEntry& entry) {
  return entry.state == tls::ProfileState::active || entry.state == tls::ProfileState::test;
}

/// Both ends in one process. Empty when it came about, else why not; `report` is the client's.
std::string shake_hands(const tls::Context& client_side, const tls::Context& server_side, std::int64_t now,
                        tls::Report& report) {
  auto client = tls::Session::client(client_side, {.host = kHost, .now_unix_s = now});
  auto server = tls::Session::server(server_side, {.now_unix_s = now});
  if (!client) return sentence(client.error());
  if (!server) return sentence(server.error());
  for (int i = 0; i < kTurns && !(client->established() && server->established()); ++i) {
    if (const auto fed = server->feed(client->output()); !fed) return "server: " + sentence(fed.error());
    client->consume_output(client->output().size());
    if (const auto fed = client->feed(server->output()); !fed) return "client: " + sentence(fed.error());
    server->consume_output(server->output().size());
  }
  if (!client->established() || !server->established()) return "the handshake does not end";
  report = client->report();
  return {};
}

/// With somebody else, over a connected socket.
std::string shake_hands(tls::Session& session, int socket, std::int64_t until_ms) {
  std::array<std::byte, 16 * 1024> room{};
  while (!session.established()) {
    while (!session.output().empty()) {
      const auto sent = ::send(socket, session.output().data(), session.output().size(), MSG_NOSIGNAL);
      if (sent <= 0) return "the endpoint does not take what is sent";
      session.consume_output(static_cast<std::size_t>(sent));
    }
    const auto left = until_ms - os::now().time_since_epoch() / std::chrono::milliseconds{1};
    pollfd waiting{socket, POLLIN, 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) return "the endpoint does not answer in time";
    const auto got = ::recv(socket, room.data(), room.size(), 0);
    if (got <= 0) return "the endpoint hangs up";
    if (const auto fed = session.feed(std::span{room}.first(static_cast<std::size_t>(got))); !fed)
      return sentence(fed.error());
  }
  return {};
}

class Run {
 public:
  Run(const TrialOptions& options, TrialListener& listener) : options_(options), listener_(listener) {}

  TrialResult all() {
    const auto registry = read();
    if (!registry) return result_;
    known();
    const auto* link = tls::profile_of(*registry, tls::LinkUse::csms);
    if (link == nullptr) {
      say("link csms", false, "the profile does not speak of the one link that a profile rules");
      return result_;
    }
    const auto narrowed = tls::narrow(options_.policy, *link, tls::Trial::yes);
    say("goes with the policy", narrowed.has_value(), narrowed ? "" : enum_text(narrowed.error()));
    if (!narrowed) return result_;
    const bool keys = open_keys(*link);
    for (const auto& signature : link->signatures) {
      if (keys && used(signature)) with_signature(*link, *narrowed, signature.name.view());
    }
    if (options_.endpoint >= 0) with_endpoint(*narrowed);
    return result_;
  }

 private:
  void say(std::string_view what, bool passed, std::string_view detail) {
    listener_.step({what, passed, detail});
    if (!passed && result_.failed.empty()) {
      result_.failed = Line<160>{what, ": ", detail}.view();
      result_.passed = false;
    }
  }
  std::optional<std::vector<std::byte>> file(const std::string& name) const {
    auto bytes = read_file(options_.folder + "/" + name);
    if (!bytes) return std::nullopt;
    return std::move(*bytes);
  }

  std::optional<tls::Registry> read() {
    const auto text = file("profile.json");
    const auto signature = file("profile.sig");
    const auto authority = file("profile-authority.pem");
    if (!text || !signature || !authority) {
      say("readable", false, "profile, signatures or authority are missing");
      return std::nullopt;
    }
    result_.digest = digest_of(*text);
    auto registry = tls::read_registry(text_of(*text), text_of(*signature), text_of(*authority), 0);
    if (registry) {
      result_.number = registry->number;
      result_.passed = true;  // until something fails
    }
    say("signed and well-formed", registry.has_value(), registry ? "" : enum_text(registry.error()));
    if (!registry) return std::nullopt;
    return *registry;
  }

  void known() {
    for (const auto& test : test_library()) say(test.name.view(), test.passed, "");
  }

  /// A vault with one key for each signature that the profile lets us make.
  bool open_keys(const tls::LinkProfile& link) {
    Config config;
    for (const auto& signature : link.signatures) {
      const auto algorithm = algorithm_of(signature.name.view());
      if (!used(signature) || !algorithm) continue;
      const KeyName name{trial_key(*algorithm)};
      if (std::ranges::any_of(config.keys, [&](const KeyConfig& key) { return key.name == name; })) continue;
      (void)config.keys.push_back({name, Purpose::tls_client, *algorithm, kUser, kPerMinute, 1000});
    }
    auto store = open_store(options_.folder, config, ring_);
    if (store) service_.emplace(std::move(*store), unrecorded_);
    if (service_) here_.emplace(*service_);
    if (here_) {
      auto loaded = remote_key::Provider::load(library_.get(), *here_);
      if (loaded) provider_.emplace(std::move(*loaded));
    }
    say("a vault of its own", provider_.has_value(), store ? "" : store.error());
    return provider_.has_value();
  }

  void with_signature(const tls::LinkProfile& link, const std::shared_ptr<const tls::NarrowRules>& narrowed,
                      std::string_view signature) {
    const auto algorithm = algorithm_of(signature);
    if (!narrowed->may_use_own(signature)) {
      listener_.step({Line<100>{signature, ", left out"}.view(), true, "the policy does not allow it"});
      return;
    }
    if (!algorithm) {
      listener_.step({Line<100>{signature, ", left out"}.view(), true, "no key of the vault signs so"});
      return;
    }
    for (const auto& group : link.groups) {
      if (used(group)) one(link, narrowed, signature, *algorithm, group);
    }
  }

  /// A server that knows this one group and shows a certificate of this one kind.
  void one(const tls::LinkProfile& link, const std::shared_ptr<const tls::NarrowRules>& narrowed,
           std::string_view signature, Algorithm algorithm, const tls::ProfileEntry& group) {
    const Line<100> what{"handshake ", group.name.view(), ", ", signature};
    auto theirs = link;
    theirs.groups.clear();
    (void)theirs.groups.push_back(group);
    const auto only = tls::narrow(options_.policy, theirs, tls::Trial::yes);
    if (!only) {
      listener_.step({what.view(), true, "left out: the policy does not allow it"});
      return;
    }
    const auto name = trial_key(algorithm);
    const auto root = file(name + "-root.pem");
    const auto chain = file(name + "-server.pem");
    const auto server_key = file(name + "-server-key.pem");
    const auto own_chain = service_->get_chain(kUser, {KeyName{name}});
    const auto info = service_->get_key(kUser, {KeyName{name}});
    if (!root || !chain || !server_key || !own_chain || !info) return say(what.view(), false, "its keys are missing");
    const auto key = provider_->make_key(*info);
    if (!key) return say(what.view(), false, enum_text(key.error()));
    const auto client = tls::Context::make(
        {.policy = options_.policy,
         .trust_anchors_pem = text_of(*root),
         .chain_pem = {reinterpret_cast<const char*>(own_chain->pem.data.data()), own_chain->pem.size},
         .key = key->get(),
         .narrowed = narrowed,
         .library = library_.get(),
         .properties = remote_key::kProperties});
    const auto server = tls::Context::make({.role = tls::Role::server,
                                            .policy = options_.policy,
                                            .trust_anchors_pem = text_of(*root),
                                            .chain_pem = text_of(*chain),
                                            .key_pem = text_of(*server_key),
                                            .narrowed = *only,
                                            .require_client_certificate = true});
    if (!client) return say(what.view(), false, sentence(client.error()));
    if (!server) return say(what.view(), false, sentence(server.error()));
    tls::Report report;
    const auto why = shake_hands(*client, *server, options_.now_unix_s, report);
    say(what.view(), why.empty(), why.empty() ? report.cipher.view() : std::string_view{why});
  }

  void with_endpoint(const std::shared_ptr<const tls::NarrowRules>& narrowed) {
    const Line<100> what{"live handshake with ", options_.host};
    const auto trust = file("endpoint-trust.pem");
    if (!trust) return say(what.view(), false, "there is nobody to believe");
    const auto context =
        tls::Context::make({.policy = options_.policy, .trust_anchors_pem = text_of(*trust), .narrowed = narrowed});
    if (!context) return say(what.view(), false, sentence(context.error()));
    auto session = tls::Session::client(*context, {.host = options_.host, .now_unix_s = options_.now_unix_s});
    if (!session) return say(what.view(), false, sentence(session.error()));
    const auto until = os::now().time_since_epoch() / std::chrono::milliseconds{1} + kEndpointPatienceMs;
    const auto why = shake_hands(*session, options_.endpoint, until);
    if (!why.empty()) return say(what.view(), false, why);
    const Line<160> met{session->report().version.view(), ' ', session->report().group.view(), ' ',
                        session->report().signature.view()};
    result_.endpoint = Line<160>{options_.host, ' ', met.view()}.view();
    say(what.view(), true, met.view());
  }

  const TrialOptions& options_;
  TrialListener& listener_;
  TrialResult result_{};
  Unrecorded unrecorded_{};
  Ring ring_{options_.folder, keys::Kind::software};
  std::optional<Service> service_{};
  std::optional<Here> here_{};
  std::unique_ptr<OSSL_LIB_CTX, FreeLibrary> library_{OSSL_LIB_CTX_new()};
  std::optional<remote_key::Provider> provider_{};
};

}  // namespace

std::optional<Algorithm> algorithm_of(std::string_view signature) {
  struct Row {
    std::string_view signature;
    Algorithm algorithm;
  };
  constexpr std::array kRows{Row{"ecdsa_secp256r1_sha256", Algorithm::ecdsa_p256},
                             Row{"ecdsa_secp384r1_sha384", Algorithm::ecdsa_p384},
                             Row{"ecdsa_secp521r1_sha512", Algorithm::ecdsa_p521},
                             Row{"ed25519", Algorithm::ed25519},
                             Row{"mldsa44", Algorithm::ml_dsa_44},
                             Row{"mldsa65", Algorithm::ml_dsa_65},
                             Row{"mldsa87", Algorithm::ml_dsa_87},
                             Row{"rsa_pss_rsae_sha256", Algorithm::rsa_3072},
                             Row{"rsa_pss_rsae_sha384", Algorithm::rsa_3072},
                             Row{"rsa_pss_rsae_sha512", Algorithm::rsa_3072}};
  const auto* row = std::ranges::find(kRows, signature, &Row::signature);
  if (row == kRows.end()) return std::nullopt;
  return row->algorithm;
}

std::string trial_key(Algorithm algorithm) {
  std::string name{enum_text(algorithm)};
  std::ranges::replace(name, '_', '-');
  return name;
}

TrialResult try_profile(const TrialOptions& options, TrialListener& listener) { return Run{options, listener}.all(); }

Text<64> digest_of(std::span<const std::byte> bytes) {
  const auto made = keys::hash(Digest::sha256, bytes);
  return made ? Text<64>{hex_line<32>(*made).view()} : Text<64>{};
}

std::vector<std::byte> trial_text(const TrialResult& result) {
  std::array<char, 2048> room{};
  const auto text = json::encode(result, std::span{room});
  if (!text) return {};
  const auto bytes = std::as_bytes(std::span{*text});
  return {bytes.begin(), bytes.end()};
}

std::optional<TrialResult> read_trial(std::string_view text) {
  const auto result = json::decode<TrialResult>(text);
  if (!result) return std::nullopt;
  return *result;
}

}  // namespace bulwatt::vault
