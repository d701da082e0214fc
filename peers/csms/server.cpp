#include "peers/csms/server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "libs/http/encoding.hpp"

namespace bulwatt::csms {
namespace {

constexpr std::array<std::string_view, 1> kSubprotocols{"ocpp2.0.1"};

/// The last segment of the path, decoded; nothing when it is no identity of OCPP.
std::optional<std::string> identity_of(std::string_view path) {
  const auto segment = path.substr(path.rfind('/') + 1);
  std::array<char, kIdentityMax> buffer{};
  const auto decoded = http::percent_decode(segment, buffer);
  if (!decoded || decoded->empty()) return std::nullopt;
  const auto allowed = [](char c) {
    constexpr std::string_view kOthers = "*-_=+|@.";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kOthers.find(c) != std::string_view::npos;
  };
  if (!std::ranges::all_of(*decoded, allowed)) return std::nullopt;
  return std::string{*decoded};
}

simbus::Fd listen_on(const std::string& address, std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1)
    throw std::runtime_error("'" + address + "' is no IPv4 address to listen on");
  simbus::Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (listener) ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!listener || ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
      ::listen(listener.get(), 16) != 0)
    simbus::throw_errno("cannot listen on " + address + ":" + std::to_string(port));
  return listener;
}

}  // namespace

Server::Server(simbus::Loop& loop, ListenOptions options, Surroundings surroundings,
               std::optional<tls::Context> context)
    : loop_(loop),
      options_(std::move(options)),
      surroundings_(std::move(surroundings)),
      context_(std::move(context)),
      deadline_(loop, [this] { tick(); }),
      reaper_(loop, [this] { std::erase_if(links_, [](const auto& one) { return one.second.ended; }); }),
      probe_(loop, [this] { probe_over(); }) {
  const Json last = surroundings_.store.query("SELECT max(connection) AS last FROM messages");
  if (last[0]["last"].is_number()) next_link_ = last[0]["last"].get<std::uint64_t>() + 1;
  port_ = options_.port;
  listen();
}

Server::~Server() {
  if (listener_) loop_.forget(listener_.get());
}

void Server::listen() {
  listener_ = listen_on(options_.address, port_);
  sockaddr_in where{};
  socklen_t size = sizeof where;
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&where), &size);
  port_ = ntohs(where.sin_port);
  loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
}

void Server::set_network(bool up) {
  if (up == network_up()) return;
  log("", up ? "network up" : "network down");
  if (up) return listen();
  loop_.forget(listener_.get());
  listener_.reset();
  for (auto& [id, entry] : links_)
    if (!entry.ended) entry.link->cut("the network is down");
}

void Server::accept() {
  simbus::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) return;
  if (links_.size() >= kLinksMax) return log("", "too many connections, one refused");
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::uint64_t id = next_link_++;
  Link::Handlers handlers;
  handlers.on_request = [this, id](const auto& request, const auto& offer) { return decide(id, request, offer); };
  handlers.on_post = options_.on_post;
  handlers.on_open = [this, id] { opened(id); };
  handlers.on_texts = [this, id](const std::vector<std::string>& texts) {
    links_.at(id).probed = false;
    known(links_.at(id).identity).receive(texts, simbus::now_ms());
    schedule();
  };
  handlers.on_pong = [this, id] {
    auto& entry = links_.at(id);
    if (std::exchange(entry.probed, false))
      known(entry.identity).violate({"second_connection", "another connection came while this one is alive"});
  };
  handlers.on_end = [this, id](const std::string& why) { ended(id, why); };
  auto& entry = links_[id];
  entry.link = std::make_unique<Link>(loop_, std::move(socket), context_ ? &*context_ : nullptr, std::move(handlers));
}

Decision Server::decide(std::uint64_t id, const http::Request& request, const websocket::UpgradeOffer& offer) {
  const auto identity = identity_of(request.path());
  if (!identity) return {404};
  auto& entry = links_.at(id);
  if (!credentials_hold(*identity, request, entry.link->report())) {
    log(*identity, "refused: its credentials do not hold");
    return {401};
  }
  const auto subprotocol = websocket::choose_subprotocol(offer, kSubprotocols);
  if (subprotocol.empty()) {
    log(*identity, "offers no ocpp2.0.1");
    return {101};
  }
  if (!make_room(*identity)) return {409};
  entry.identity = *identity;
  return {101, std::string{subprotocol}};
}

//= OCPP-2.0.1 A00.FR.204
//= OCPP-2.0.1 A00.FR.405
bool Server::credentials_hold(const std::string& identity, const http::Request& request,
                              const tls::Report* report) const {
  if (options_.security_profile == 0) return true;
  if (options_.security_profile == 3) return report != nullptr && report->peer_name.view() == identity;
  const auto authorization = request.headers.only("authorization");
  const auto credentials = http::parse_basic(authorization.value_or(""));
  auto wanted = options_.passwords.find(identity);
  if (wanted == options_.passwords.end()) wanted = options_.passwords.find("*");
  if (!credentials || wanted == options_.passwords.end() || credentials->user.view() != identity) return false;
  return http::equal_in_constant_time(credentials->password.view(), std::as_bytes(std::span{wanted->second}));
}

/// False when the identity is taken by a connection that may be alive.
bool Server::make_room(const std::string& identity) {
  const auto live = live_.find(identity);
  if (live == live_.end()) return true;
  auto& entry = links_.at(live->second);
  if (options_.takeover) {
    log(identity, "a new connection replaces the old one");
    entry.link->cut("replaced by a new connection");
    return true;
  }
  log(identity, "second connection refused while the first may be alive");
  entry.probed = true;
  entry.link->ping();
  probe_.arm(kProbeTimeoutMs);
  return false;
}

void Server::probe_over() {
  for (auto& [id, entry] : links_)
    if (entry.probed && !entry.ended)
      entry.link->cut("no answer to a ping while another connection asked for its place");
}

void Server::opened(std::uint64_t id) {
  auto& entry = links_.at(id);
  live_[entry.identity] = id;
  Connected connection;
  connection.number = static_cast<std::int64_t>(id);
  connection.send = [link = entry.link.get()](const std::string& text) { link->send_text(text); };
  connection.close = [link = entry.link.get()](std::uint16_t code, const std::string& why) { link->close(code, why); };
  known(entry.identity).connect(std::move(connection), simbus::now_ms());
  if (const auto* report = entry.link->report())
    log(entry.identity, std::string{report->version.view()} + " " + std::string{report->group.view()} + " " +
                            std::string{report->cipher.view()} + " certificate of '" +
                            std::string{report->peer_name.view()} + "'");
  schedule();
}

void Server::ended(std::uint64_t id, const std::string& why) {
  auto& entry = links_.at(id);
  entry.ended = true;
  reaper_.arm(0);
  log(entry.identity, "connection ended: " + why);
  if (const auto& refusal = entry.link->refusal())
    surroundings_.publish({{"event", "tls_refused"}, {"once", true}, {"reason", refusal->detail.view()}});
  const auto live = live_.find(entry.identity);
  if (live == live_.end() || live->second != id) return;
  live_.erase(live);
  known(entry.identity).disconnect();
}

Surroundings Server::surroundings_of(const std::string& identity) const {
  Surroundings own = surroundings_;
  own.log = [this, identity](const std::string& line) { log(identity, line); };
  return own;
}

Station& Server::known(const std::string& identity) {
  auto& station = stations_[identity];
  if (!station) station = std::make_unique<Station>(identity, surroundings_of(identity));
  return *station;
}

Station& Server::station(const std::string& identity) {
  if (!identity.empty()) {
    const auto found = stations_.find(identity);
    if (found == stations_.end()) throw std::runtime_error("no station '" + identity + "' has been here");
    return *found->second;
  }
  if (live_.empty()) throw std::runtime_error("no station is connected");
  if (live_.size() > 1) throw std::runtime_error("several stations are connected; name one");
  return known(live_.begin()->first);
}

std::map<std::string, bool> Server::stations() const {
  std::map<std::string, bool> all;
  for (const auto& [identity, station] : stations_) all[identity] = station->connected();
  return all;
}

void Server::call(const std::string& identity, const std::string& action, const Json& payload,
                  Station::OnAnswer on_answer) {
  station(identity).call(action, payload, std::move(on_answer), simbus::now_ms());
  schedule();
}

void Server::schedule() {
  std::optional<std::int64_t> next;
  for (const auto& [identity, station] : stations_)
    if (const auto at = station->deadline_ms()) next = std::min(next.value_or(*at), *at);
  if (next) deadline_.arm(*next - simbus::now_ms());
}

void Server::tick() {
  for (const auto& [identity, station] : stations_) station->tick(simbus::now_ms());
  schedule();
}

void Server::log(const std::string& who, const std::string& what) const {
  surroundings_.log((who.empty() ? std::string{"-"} : who) + " " + what);
}

}  // namespace bulwatt::csms
