// Stands for `ocpp`, the one service that talks to the world, after somebody took it over: it runs under ocpp's own entry in the
// authority graph, with its conduits, sandbox and configuration, and asks the vault for everything that an attacker would
// want. What became of each attempt is one line of the log: "attack NAME: ANSWER".
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "grants/ocpp.hpp"
#include "libs/base/line.hpp"
#include "libs/runtime/process.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::ocpp;
using vault::Digest;
using vault::KeyName;

namespace {

constexpr Duration kPace = std::chrono::milliseconds{40};  // below what the conduit takes
constexpr int kMostUses = 200;
constexpr int kTries = 5;  // on a busy machine a reply may come too late
const KeyName kOwn{"csms-client"};
const KeyName kMeter{"meter"};
const KeyName kCheckpoint{"checkpoint"};

struct Deaf {
  template <class Message>
  void on(const Message&) {}
};

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto view = std::as_bytes(std::span{text});
  return {view.begin(), view.end()};
}

/// What TLS 1.3 has a client sign: the one thing that the own key is for.
std::vector<std::byte> handshake() {
  std::string text(64, ' ');
  text += "TLS 1.3, client CertificateVerify";
  text += '\0';
  text += std::string(32, 'h');
  return bytes_of(text);
}

/// CertificationRequestInfo for a key of the attacker's, in the name of another station.
std::vector<std::byte> foreign_request() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509_REQ* request = X509_REQ_new();
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("OTHER-STATION"), -1, -1, 0);
  X509_REQ_set_pubkey(request, key);
  unsigned char* der = nullptr;
  const int size = i2d_re_X509_REQ_tbs(request, &der);
  std::vector<std::byte> out;
  if (size > 0) {
    const auto view = std::as_bytes(std::span{der, static_cast<std::size_t>(size)});
    out.assign(view.begin(), view.end());
  }
  OPENSSL_free(der);
  X509_REQ_free(request);
  EVP_PKEY_free(key);
  return out;
}

class Thief {
 public:
  explicit Thief(runtime::Loop& loop)
      : loop_(loop), vault_(loop.use<grant::vault>(deaf_)), ledger_(loop.use<grant::ledger>(deaf_)) {
    loop.use<grant::session>(deaf_);
    loop.use<grant::meter>(deaf_);
    request_ = foreign_request();  // while everything is still allowed
    loop.at(timer_, os::now(), runtime::Action::to<&Thief::next>(*this));
  }

 private:
  template <class Request>
  std::string_view answer(const Request& request) {
    std::string_view failure;
    for (int i = 0; i < kTries; ++i) {
      const auto got = vault_.call(request);
      if (got) return "GRANTED";
      if (got.error().failure == ipc::Failure::none) return enum_text(got.error().error);
      failure = enum_text(got.error().failure);
    }
    return failure;
  }
  static void tell(std::string_view attack, std::string_view what) {
    runtime::log(Line<200>{"attack ", attack, ": ", what}.view());
  }
  std::string_view sign(const KeyName& key, const std::vector<std::byte>& content) {
    return answer(vault::Sign{key, Digest::sha256, Octets<vault::kMaxToSign>{content}});
  }
  static std::string_view open(const char* path) {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? "not there" : std::strerror(errno);
    ::close(fd);
    return "OPENED";
  }

  /// One attempt a turn, at a pace that the conduit takes.
  void next() {
    if (step_ < kSteps) one(step_++);
    else if (uses_ < kMostUses) use();
    else return tell("end", "done");
    loop_.at(timer_, os::now() + kPace, runtime::Action::to<&Thief::next>(*this));
  }
  void one(int step) {
    switch (step) {
      case 0: return tell("firmware manifest", sign(kOwn, bytes_of("{\"firmware\":\"evil-9.9\",\"sha256\":\"00\"}")));
      case 1:
        return tell("meter record",
                    sign(kOwn, bytes_of("{\"FV\":\"1.0\",\"GI\":\"X\",\"PG\":\"T1\",\"RD\":[{\"RV\":1.0}]}")));
      case 2: return tell("checkpoint", sign(kOwn, bytes_of("bulwatt.example/log\n7\nAAAAAAAAAAAAAAAAAAAAAA==\n")));
      case 3: return tell("request of another station", sign(kOwn, request_));
      case 4: return tell("meter's key", sign(kMeter, bytes_of("{\"FV\":\"1.0\",\"RD\":[{\"RV\":1.0}]}")));
      case 5: return tell("ledger's key", sign(kCheckpoint, bytes_of("bulwatt.example/log\n7\nAAAA\n")));
      case 6: return tell("no key", sign(KeyName{"root"}, handshake()));
      case 7: return tell("other name", answer(vault::SubmitRequest{kOwn, "OTHER-STATION", ""}));
      case 8: return tell("request with meter's key", answer(vault::SubmitRequest{kMeter, "BULWATT-0001", ""}));
      case 9:
        return tell("slow way", answer(vault::SubmitSign{
                                    kOwn, Digest::sha256, Octets<vault::kMaxToSign>{bytes_of("firmware")}, {}}));
      case 10: return tell("somebody's signature", answer(vault::FetchSign{4711}));
      case 11: return tell("renewal of meter's key", answer(vault::RenewKey{kMeter}));
      case 12: return tell("meter's chain", answer(vault::GetChain{kMeter}));
      case 13: return tell("what a key says of itself", export_key());
      default: return open_files();
    }
  }
  /// There is no call for it: all that a key gives is its public half.
  std::string_view export_key() {
    const auto info = vault_.call(vault::GetKey{kOwn});
    if (!info) return "nothing";
    const auto* der = reinterpret_cast<const unsigned char*>(info->public_key.data.data());
    EVP_PKEY* key = d2i_PUBKEY(nullptr, &der, info->public_key.size);
    const bool all =
        der == reinterpret_cast<const unsigned char*>(info->public_key.data.data()) + info->public_key.size;
    EVP_PKEY_free(key);
    return key != nullptr && all ? "its public half" : "SOMETHING ELSE";
  }
  static void open_files() {
    for (const auto* path : {"/state/csms-client.key", "/state/seal.secret", "/state/../vault/csms-client.key",
                             "/vault/csms-client.key", "/dev/tpmrm0", "/dev/tpm0", "/proc/1/mem", "/proc/self/mem"})
      tell(Line<80>{"file ", path}.view(), open(path));
  }
  /// The one use that is granted, until it is not any more.
  void use() {
    const auto said = sign(kOwn, handshake());
    if (said == "GRANTED") {
      ++uses_;
      return;
    }
    tell("rate", Line<60>{said, " after ", uses_}.view());
    uses_ = kMostUses;
  }

  static constexpr int kSteps = 15;
  runtime::Loop& loop_;
  Deaf deaf_{};
  ipc::Client<grant::vault> vault_;
  ipc::Client<grant::ledger> ledger_;
  std::vector<std::byte> request_{};
  runtime::TimerId timer_ = runtime::kNoTimer;
  int step_ = 0;
  int uses_ = 0;
};

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  Thief thief{loop};
  return runtime::run(loop, grant::kProcess, *found);
}
