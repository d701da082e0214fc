// tls-peer ROLE PORT --policy NAME --roots FILE [--chain FILE --key FILE] [--small yes] [--say TEXT --expect TEXT]
// Our end of one TLS connection, for tests against other people's: ROLE is client (to localhost:PORT) or server (PORT 0: any, told
// on standard error). One line of JSON: what was negotiated, or why not. Code 0: connected, and what was expected has come.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>

#include "libs/json/json.hpp"
#include "libs/tls/session.hpp"

using namespace bulwatt;

namespace {

constexpr int kPatienceMs = 10'000;
using Options = std::map<std::string, std::string>;

std::string file(const std::string& path) {
  std::stringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

/// Of the report, what a row is about.
struct Negotiated {
  Text<16> version{};
  Text<32> group{};
  Text<48> cipher{};
  Text<32> signature{};
  bool resumed{};
  static constexpr auto fields() {
    using N = Negotiated;
    return list(field<&N::version>("version"), field<&N::group>("group"), field<&N::cipher>("cipher"),
                field<&N::signature>("signature"), field<&N::resumed>("resumed"));
  }
};

template <class T>
int tell(const T& what, int code) {
  std::array<char, 4096> room{};
  const auto text = json::encode(what, std::span{room});
  if (!text) return 2;
  std::fwrite(text->data(), 1, text->size(), stdout);
  std::fputc('\n', stdout);
  return code;
}
int refused(const tls::Refusal& why) { return tell(why, 1); }

sockaddr_in local(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto to = local(port);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 ? fd : -1;
}

/// The first who comes.
int accept_on(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto at = local(port);
  socklen_t size = sizeof at;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&at), size) != 0 || ::listen(fd, 1) != 0) return -1;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
  std::fprintf(stderr, "%d\n", ntohs(at.sin_port));
  pollfd ready{fd, POLLIN, 0};
  return ::poll(&ready, 1, kPatienceMs) == 1 ? ::accept(fd, nullptr, nullptr) : -1;
}

void flush(int fd, tls::Session& session) {
  while (!session.output().empty()) {
    const auto sent = ::send(fd, session.output().data(), session.output().size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    session.consume_output(static_cast<std::size_t>(sent));
  }
}

/// Until `done`, the end, or nothing comes any more. False: the other side is gone or silent.
template <class Done>
std::expected<bool, tls::Refusal> go_on(int fd, tls::Session& session, Done done) {
  std::array<std::byte, 16384> chunk{};
  for (;;) {
    flush(fd, session);
    if (done()) return true;
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, kPatienceMs) != 1) return false;
    const auto size = ::recv(fd, chunk.data(), chunk.size(), 0);
    if (size <= 0) return false;
    const auto fed = session.feed(std::span{chunk}.first(static_cast<std::size_t>(size)));
    if (!fed) {
      flush(fd, session);  // the alert
      return std::unexpected(fed.error());
    }
  }
}

int converse(int fd, tls::Session& session, Options& options) {
  const auto established = go_on(fd, session, [&] { return session.established(); });
  if (!established) return refused(established.error());
  if (!*established) return refused({tls::Reason::protocol, 0, "the other side is gone or silent"});
  const auto& say = options["--say"];
  if (!say.empty() && !session.write(std::as_bytes(std::span{say}))) return 2;
  std::string heard;
  const auto& expected = options["--expect"];
  const auto told = go_on(fd, session, [&] {
    const auto plain = session.plain();
    heard.append(reinterpret_cast<const char*>(plain.data()), plain.size());
    session.consume_plain(plain.size());
    return heard.find(expected) != std::string::npos;
  });
  if (!told) return refused(told.error());  // TLS 1.3: the server's refusal of a client comes after the handshake
  if (!*told) return refused({tls::Reason::protocol, 0, "what was expected did not come"});
  session.close();
  flush(fd, session);
  const auto& report = session.report();
  return tell(Negotiated{report.version, report.group, report.cipher, report.signature, report.resumed}, 0);
}

int run(const std::string& role, std::uint16_t port, Options options) {
  const auto policy = enum_from_text<tls::Policy>(options["--policy"]);
  if (!policy) return 64;
  const auto roots = file(options["--roots"]);
  const auto chain = options["--chain"].empty() ? std::string{} : file(options["--chain"]);
  const auto key = options["--key"].empty() ? std::string{} : file(options["--key"]);
  const bool client = role == "client";
  const auto context = tls::Context::make({.role = client ? tls::Role::client : tls::Role::server,
                                           .policy = *policy,
                                           .trust_anchors_pem = roots,
                                           .chain_pem = chain,
                                           .key_pem = key});
  if (!context) return refused(context.error());
  const tls::SessionOptions wanted{
      .host = "localhost", .now_unix_s = std::time(nullptr), .small_hello = options["--small"] == "yes"};
  const int fd = client ? connect_to(port) : accept_on(port);
  if (fd < 0) return refused({tls::Reason::protocol, 0, "no connection"});
  auto session = client ? tls::Session::client(*context, wanted) : tls::Session::server(*context, wanted);
  if (!session) return refused(session.error());
  const int code = converse(fd, *session, options);
  ::close(fd);
  return code;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3 || count % 2 == 0) return 64;
  Options options;
  for (int i = 3; i + 1 < count; i += 2) options[arguments[i]] = arguments[i + 1];
  return run(arguments[1], static_cast<std::uint16_t>(std::atoi(arguments[2])), std::move(options));
}
