// bulwatt-bench-tls: what a handshake costs whose key is in another process, over a real conduit and through the vault's own
// logic; and what hybrid key exchange and post-quantum certificates cost. Every ratio is taken in one run, the two sides taking
// turns in small portions.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include "grants/ocpp.hpp"
#include "grants/vault.hpp"
#include "libs/remote_key/remote_key.hpp"
#include "libs/tls/session.hpp"
#include "libs/tls/test_certificates.hpp"
#include "services/vault/service.hpp"
#include "tools/bench/samples.hpp"

using namespace bulwatt;
using tls::testing::kNow;
using tls::testing::Made;
using tls::testing::make;

namespace {

constexpr int kTurns = 300;  // handshakes of each kind

template <class Grant>
struct Unlimited {
  using Interface = typename Grant::Interface;
  static constexpr ipc::ConduitFacts kFacts = [] {
    auto facts = Grant::kFacts;
    facts.per_s = 0;
    facts.index = 0;
    return facts;
  }();
};
using ServerGrant = Unlimited<grants::vault::ocpp>;
using ClientGrant = Unlimited<grants::ocpp::vault>;

// ---- the vault's side

struct Unrecorded final : vault::UseRecorder {
  void key_used(const vault::Use&, std::uint32_t) override {}
};

/// The vault's logic behind a conduit; other calls than those of a handshake are not made.
struct Server {
  vault::Service& service;
  auto on(const vault::GetKey& r) { return service.get_key("ocpp", r); }
  auto on(const vault::GetChain& r) { return service.get_chain("ocpp", r); }
  auto on(const vault::Sign& r) { return service.sign("ocpp", r, os::now()); }
  template <class Request>
  std::expected<typename Request::Reply, vault::Error> on(const Request&) {
    return std::unexpected(vault::Error::refused);
  }
};

/// One sealed key made by the vault's own means.
vault::Store store_with(const std::string& folder, vault::Algorithm algorithm) {
  vault::Ring ring{folder, vault::keys::Kind::software};
  if (!vault::provision(folder, ring, {"link", vault::Purpose::tls_client, algorithm}, "CS001", ""))
    throw std::runtime_error("cannot make a key");
  static std::vector<std::unique_ptr<vault::Ring>> kept;  // the store's keys live in it
  kept.push_back(std::make_unique<vault::Ring>(folder, vault::keys::Kind::software));
  vault::Config config;
  (void)config.keys.push_back({"link", vault::Purpose::tls_client, algorithm, "ocpp", 6000, 1000});
  auto store = vault::open_store(folder, config, *kept.back());
  if (!store) throw std::runtime_error(store.error());
  store->keys[0].rate = {60'000, 60'000};  // a bench is quicker than any car
  return std::move(*store);
}

[[noreturn]] void serve(os::Handle conduit, vault::Store store) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Unrecorded unrecorded;
  vault::Service service{std::move(store), unrecorded};
  Server server{service};
  ipc::Link link{ServerGrant::kFacts, conduit};
  for (;;) {
    if (os::wait_readable(conduit, os::now() + std::chrono::seconds{10}))
      (void)ipc::Server<ServerGrant>::serve_one(link, server, control::Phase::idle);
    if (::getppid() == 1) ::_exit(0);
  }
}

struct Remote final : remote_key::Signer {
  explicit Remote(ipc::Client<ClientGrant> vault_side) : vault(vault_side) {}
  ipc::Client<ClientGrant> vault;
  std::expected<vault::Signature, vault::Error> sign(const vault::Sign& request) override {
    auto signature = vault.call(request);
    if (!signature) return std::unexpected(vault::Error::failed);
    return *signature;
  }
  std::expected<std::uint32_t, vault::Error> submit(const vault::Sign&) override {
    return std::unexpected(vault::Error::refused);
  }
  std::expected<std::optional<vault::Signature>, vault::Error> fetch(std::uint32_t) override {
    return std::unexpected(vault::Error::refused);
  }
};

// ---- handshakes

struct Pair {
  tls::Context client;
  tls::Context server;
  std::size_t server_bytes = 0;  ///< of the last handshake
};

std::string_view text_of(const std::string& text) { return text; }

/// Both ends in one process, to the first byte of the application.
void handshake(Pair& pair) {
  auto client = tls::Session::client(pair.client, {.host = "csms.example", .now_unix_s = kNow});
  auto server = tls::Session::server(pair.server, {.now_unix_s = kNow});
  if (!client || !server) throw std::runtime_error("no session");
  pair.server_bytes = 0;
  for (int i = 0; i < 10 && !(client->established() && server->established()); ++i) {
    const auto up = server->feed(client->output());
    client->consume_output(client->output().size());
    pair.server_bytes += server->output().size();
    const auto down = client->feed(server->output());
    server->consume_output(server->output().size());
    if (!up || !down) throw std::runtime_error("a handshake failed");
  }
  if (!client->established() || !server->established()) throw std::runtime_error("a handshake did not end");
}

tls::Context context(const tls::ContextOptions& options) {
  auto made = tls::Context::make(options);
  if (!made) throw std::runtime_error("no context: " + std::string{enum_text(made.error().reason)});
  return std::move(*made);
}

/// A public key infrastructure of one algorithm: root, server, client.
struct Pki {
  Made root;
  Made server;
  Made client;
  explicit Pki(const std::string& algorithm)
      : root(make({.algorithm = algorithm, .common_name = "root", .authority = true})),
        server(make({.algorithm = algorithm, .alternatives = {"DNS:csms.example"}}, &root)),
        client(make({.algorithm = algorithm, .common_name = "CS001"}, &root)) {}
};

Pair pair_of(const Pki& pki, tls::Policy policy, EVP_PKEY* client_key = nullptr, std::string_view client_chain = {},
             OSSL_LIB_CTX* library = nullptr) {
  tls::ContextOptions client{.policy = policy, .trust_anchors_pem = text_of(pki.root.certificate_pem)};
  client.chain_pem = client_chain.empty() ? text_of(pki.client.certificate_pem) : client_chain;
  client.key = client_key != nullptr ? client_key : pki.client.key.get();
  client.library = library;
  client.properties = library != nullptr ? remote_key::kProperties : nullptr;
  const tls::ContextOptions server{.role = tls::Role::server,
                                   .policy = policy,
                                   .trust_anchors_pem = text_of(pki.root.certificate_pem),
                                   .chain_pem = text_of(pki.server.certificate_pem),
                                   .key = pki.server.key.get(),
                                   .require_client_certificate = true};
  return {context(client), context(server)};
}

/// Two ways taking turns, compared by their lower quartiles: handshakes that nothing else on the machine got in the way of. The one
/// that needs two processes to be scheduled is disturbed more often, and that says nothing about what it costs. `clock`: CPU
/// or wall time.
template <class Clock>
double ratio(Pair& a, Pair& b, Clock clock) {
  std::array<std::vector<std::int64_t>, 2> took;
  for (int i = 0; i < kTurns; ++i) {
    for (std::size_t which = 0; which < 2; ++which) {
      const auto start = clock();
      handshake(which == 0 ? a : b);
      took[which].push_back(clock() - start);
    }
  }
  for (auto& samples : took) std::ranges::sort(samples);
  constexpr auto kQuartile = static_cast<std::size_t>(kTurns / 4);
  return static_cast<double>(took[0][kQuartile]) / static_cast<double>(took[1][kQuartile]);
}

/// CPU time of this process and of the one that serves the key: what a handshake costs whatever else the machine does.
struct CpuOfBoth {
  clockid_t other{};
  explicit CpuOfBoth(pid_t server) {
    if (::clock_getcpuclockid(server, &other) != 0) throw std::runtime_error("no CPU clock of the server");
  }
  std::int64_t operator()() const {
    timespec theirs{};
    ::clock_gettime(other, &theirs);
    return bench::cpu_ns() + std::int64_t{theirs.tv_sec} * 1'000'000'000 + theirs.tv_nsec;
  }
};

/// A client key that lies behind the conduit, with a certificate of this infrastructure.
struct RemoteSide {
  std::string folder;
  pid_t server = -1;
  OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
  std::unique_ptr<ipc::Link> link;
  std::unique_ptr<Remote> signer;
  std::optional<remote_key::Provider> provider;
  remote_key::KeyPtr key;
  Made certificate;

  RemoteSide(const Pki& pki, vault::Algorithm algorithm, const std::string& name) {
    std::string pattern = (std::filesystem::temp_directory_path() / "bench-tls-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    auto store = store_with(folder, algorithm);
    const auto info = store.keys[0].info;
    const auto conduit = *os::make_conduit();
    server = ::fork();
    if (server == 0) serve(conduit[1], std::move(store));
    link = std::make_unique<ipc::Link>(ClientGrant::kFacts, conduit[0]);
    signer = std::make_unique<Remote>(ipc::Client<ClientGrant>{*link});
    auto loaded = remote_key::Provider::load(library, *signer);
    if (!loaded) throw std::runtime_error("no provider");
    provider.emplace(std::move(*loaded));
    auto made = provider->make_key(info);
    if (!made) throw std::runtime_error("no remote key");
    key = std::move(*made);
    certificate = certify(info, pki, name);
  }
  ~RemoteSide() {
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
    std::filesystem::remove_all(folder);
  }

  static Made certify(const vault::KeyInfo& info, const Pki& pki, const std::string& name) {
    Made out = make({.algorithm = name, .common_name = "CS001"}, &pki.root);
    const auto* der = reinterpret_cast<const unsigned char*>(info.public_key.data.data());
    EVP_PKEY* public_half = d2i_PUBKEY(nullptr, &der, info.public_key.size);
    X509_set_pubkey(out.certificate.get(), public_half);
    EVP_PKEY_free(public_half);
    const bool hashes = EVP_PKEY_is_a(pki.root.key.get(), "EC") == 1;
    if (X509_sign(out.certificate.get(), pki.root.key.get(), hashes ? EVP_sha256() : nullptr) <= 0)
      throw std::runtime_error("cannot certify");
    const tls::BioPtr text{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509(text.get(), out.certificate.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(text.get(), &data);
    out.certificate_pem.assign(data, static_cast<std::size_t>(size));
    return out;
  }
};

double per_second(Pair& pair) {
  const auto start = bench::now_ns();
  constexpr int kCount = 300;
  for (int i = 0; i < kCount; ++i) handshake(pair);
  return kCount * 1e9 / static_cast<double>(bench::now_ns() - start);
}

void run() {
  const Pki classical{"P-256"};
  const Pki quantum{"ML-DSA-65"};
  auto hybrid = pair_of(classical, tls::Policy::hybrid_required);
  auto plain = pair_of(classical, tls::Policy::classical);
  auto level5 = pair_of(classical, tls::Policy::level5);
  auto quantum_pair = pair_of(quantum, tls::Policy::hybrid_required);
  RemoteSide far{classical, vault::Algorithm::ecdsa_p256, "P-256"};
  RemoteSide far_quantum{quantum, vault::Algorithm::ml_dsa_65, "ML-DSA-65"};
  auto remote = pair_of(classical, tls::Policy::hybrid_required, far.key.get(),
                        text_of(far.certificate.certificate_pem), far.library);
  auto remote_quantum = pair_of(quantum, tls::Policy::hybrid_required, far_quantum.key.get(),
                                text_of(far_quantum.certificate.certificate_pem), far_quantum.library);
  for (auto* pair : {&hybrid, &plain, &level5, &quantum_pair, &remote, &remote_quantum}) handshake(*pair);
  const auto chain_bytes = quantum_pair.server_bytes;
  const double remote_vs_local = ratio(remote, hybrid, bench::now_ns);
  const double remote_vs_local_cpu = ratio(remote, hybrid, CpuOfBoth{far.server});
  const double remote_vs_local_mldsa = ratio(remote_quantum, quantum_pair, bench::now_ns);
  const double hybrid_cost = ratio(hybrid, plain, bench::cpu_ns);
  const double level5_cost = ratio(level5, plain, bench::cpu_ns);
  std::printf(
      "tls: remote_vs_local=%.2f remote_vs_local_cpu=%.2f remote_vs_local_mldsa65=%.2f hybrid768_vs_classical_cpu=%.2f "
      "level5_vs_classical_cpu=%.2f "
      "mldsa65_chain_bytes=%zu handshakes_per_s=%.0f\n",
      remote_vs_local, remote_vs_local_cpu, remote_vs_local_mldsa, hybrid_cost, level5_cost, chain_bytes,
      per_second(remote));
}

}  // namespace

int main() {
  try {
    run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bulwatt-bench-tls: %s\n", error.what());
    return 1;
  }
  return 0;
}
