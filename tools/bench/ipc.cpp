// bulwatt-bench-ipc: what a typed call costs, against a bare ping-pong over the same kind of socket and against MQTT QoS 2
// through mosquitto. One run, one processor, the three taking turns; both ends of the typed call under the production
// system call filters of the services `meter` and `session`.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mosquitto.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include "grants/meter.hpp"
#include "grants/session.hpp"
#include "interfaces/session.hpp"
#include "tools/bench/allocations.hpp"
#include "tools/bench/samples.hpp"

using namespace bulwatt;

namespace {

constexpr std::size_t kRounds = 4000;  // of each kind and turn
constexpr std::size_t kMqttRounds = 400;
constexpr int kTurns = 5;
constexpr int kWarmUp = 500;

void pin() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

// The grants of the real conduit, without the rate a bench would exceed.
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
using ServerGrant = Unlimited<grants::meter::session>;
using ClientGrant = Unlimited<grants::session::meter>;

struct FakeMeter {
  std::expected<meter::Reading, meter::Error> on(const meter::Read&) {
    meter::Reading reading{};
    reading.import_mwh = static_cast<std::int64_t>(bench::allocations());
    for (int i = 0; i < 3; ++i) (void)reading.lines.push_back({230'000, 16'000, 3'680'000});
    return reading;
  }
  // Granted too, and not what is measured.
  std::expected<ipc::Done, meter::Error> on(const meter::AskRecord&) {
    return std::unexpected(meter::Error::not_ready);
  }
  std::expected<meter::FetchRecord::Made, meter::Error> on(const meter::FetchRecord&) {
    return std::unexpected(meter::Error::not_ready);
  }
  std::expected<meter::FetchTwin::Twin, meter::Error> on(const meter::FetchTwin&) {
    return std::unexpected(meter::Error::not_ready);
  }
};

/// The service loop itself, under meter's filter.
[[noreturn]] void serve(os::Handle conduit, os::Handle control) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin();
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  static constexpr std::array kEnds{&ServerGrant::kFacts};
  static constexpr std::array<std::uint64_t, 1> kHashes{};
  static constexpr runtime::ServiceFacts kFacts{
      .name = "meter", .ends = kEnds, .interfaces = kHashes, .watchdog_interval_ms = 1000, .build = 0};
  FakeMeter meter;
  runtime::Loop loop{kFacts, control, conduit};
  loop.serve<ServerGrant>(meter);
  ::_exit(runtime::run(loop, {.filter = grants::meter::kFilterSteady}, sandbox::kAlwaysRequired));
}

void enter_filter(std::span<const sandbox::Instruction> filter) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()),
                           reinterpret_cast<sock_filter*>(const_cast<sandbox::Instruction*>(filter.data()))};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
    ::_exit(9);
}

struct Figures {
  std::int64_t p50 = 0;
  std::int64_t p99 = 0;
  double allocations = 0;
};

/// Runs `measure` in a child that may lock itself in, and brings its figures back.
template <class Measure>
Figures in_child(Measure measure) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin();
    const Figures figures = measure();
    const auto n = ::write(pipe[1], &figures, sizeof figures);
    ::_exit(n == sizeof figures ? 0 : 1);
  }
  ::close(pipe[1]);
  Figures figures;
  const bool whole = ::read(pipe[0], &figures, sizeof figures) == sizeof figures;
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  if (!whole) throw std::runtime_error("a measuring process ended early");
  return figures;
}

Figures typed_calls() {
  const auto conduit = *os::make_conduit();
  const auto control = *os::make_conduit();
  const pid_t server = ::fork();
  if (server == 0) serve(conduit[1], control[1]);
  const auto figures = in_child([&] {
    ipc::Link link{ClientGrant::kFacts, conduit[0]};
    ipc::Client<ClientGrant> client{link};
    bench::Samples samples{kRounds};
    enter_filter(grants::session::kFilterSteady);
    std::int64_t server_before = 0;
    std::uint64_t own_before = 0;
    std::int64_t server_after = 0;
    for (std::size_t i = 0; i < kRounds + kWarmUp; ++i) {
      const auto start = bench::now_ns();
      const auto reading = client.call(meter::Read{1});
      const auto took = bench::now_ns() - start;
      if (!reading) ::_exit(8);
      server_after = reading->import_mwh;
      if (i < kWarmUp) {
        server_before = server_after;
        own_before = bench::allocations();
      } else {
        samples.add(took);
      }
    }
    const auto allocations =
        bench::allocations() - own_before + static_cast<std::uint64_t>(server_after - server_before);
    return Figures{samples.percentile(0.5), samples.percentile(0.99), static_cast<double>(allocations) / kRounds};
  });
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  for (const auto fd : {conduit[0], conduit[1], control[0], control[1]}) ::close(fd);
  return figures;
}

Figures bare_ping_pong() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::runtime_error("cannot make a socket pair");
  constexpr std::size_t kBytes = 64;
  const pid_t server = ::fork();
  if (server == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin();
    std::array<char, kBytes> bytes{};
    while (::recv(ends[1], bytes.data(), bytes.size(), 0) > 0)
      ::send(ends[1], bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::_exit(0);
  }
  const auto figures = in_child([&] {
    std::array<char, kBytes> bytes{};
    bench::Samples samples{kRounds};
    for (std::size_t i = 0; i < kRounds + kWarmUp; ++i) {
      const auto start = bench::now_ns();
      ::send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (::recv(ends[0], bytes.data(), bytes.size(), 0) <= 0) ::_exit(8);
      if (i >= kWarmUp) samples.add(bench::now_ns() - start);
    }
    return Figures{samples.percentile(0.5), samples.percentile(0.99)};
  });
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  for (const auto fd : ends) ::close(fd);
  return figures;
}

// ---- MQTT: a request topic and a response topic, quality of service 2, as a message bus would carry a command.

struct Mqtt {
  mosquitto* client = nullptr;
  bool subscribed = false;
  int received = 0;
};

void join(Mqtt& mqtt, int port, const char* topic, void (*on_message)(mosquitto*, void*, const mosquitto_message*)) {
  mqtt.client = ::mosquitto_new(nullptr, true, &mqtt);
  ::mosquitto_int_option(mqtt.client, MOSQ_OPT_TCP_NODELAY, 1);
  ::mosquitto_message_callback_set(mqtt.client, on_message);
  ::mosquitto_subscribe_callback_set(
      mqtt.client, [](mosquitto*, void* self, int, int, const int*) { static_cast<Mqtt*>(self)->subscribed = true; });
  if (::mosquitto_connect(mqtt.client, "127.0.0.1", port, 60) != 0) ::_exit(7);
  ::mosquitto_subscribe(mqtt.client, nullptr, topic, 2);
  while (!mqtt.subscribed) {
    if (::mosquitto_loop(mqtt.client, 100, 1) != 0) ::_exit(7);
  }
}

[[noreturn]] void answer_mqtt(int port, int ready) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin();
  Mqtt mqtt;
  join(mqtt, port, "bench/request", [](mosquitto* m, void*, const mosquitto_message* g) {
    ::mosquitto_publish(m, nullptr, "bench/response", g->payloadlen, g->payload, 2, false);
  });
  [[maybe_unused]] const auto n = ::write(ready, "x", 1);
  while (::mosquitto_loop(mqtt.client, 1000, 1) == 0) {
  }
  ::_exit(0);
}

Figures mqtt_calls(int port) {
  std::array<int, 2> ready{};
  if (::pipe(ready.data()) != 0) throw std::runtime_error("cannot make a pipe");
  const pid_t server = ::fork();
  if (server == 0) answer_mqtt(port, ready[1]);
  char byte = 0;
  if (::read(ready[0], &byte, 1) != 1) throw std::runtime_error("the MQTT side did not start");
  const auto figures = in_child([&] {
    Mqtt mqtt;
    join(mqtt, port, "bench/response",
         [](mosquitto*, void* self, const mosquitto_message*) { ++static_cast<Mqtt*>(self)->received; });
    const std::array<char, 64> payload{};
    bench::Samples samples{kMqttRounds};
    for (std::size_t i = 0; i < kMqttRounds + kWarmUp / 10; ++i) {
      const auto start = bench::now_ns();
      const int before = mqtt.received;
      ::mosquitto_publish(mqtt.client, nullptr, "bench/request", payload.size(), payload.data(), 2, false);
      while (mqtt.received == before) {
        if (::mosquitto_loop(mqtt.client, 1000, 1) != 0) ::_exit(7);
      }
      if (i >= kWarmUp / 10) samples.add(bench::now_ns() - start);
    }
    return Figures{samples.percentile(0.5), samples.percentile(0.99)};
  });
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  return figures;
}

/// mosquitto on a free loopback port, ended with this object.
class Broker {
 public:
  Broker() : port_(free_port()), config_("/tmp/bulwatt-bench-mosquitto-" + std::to_string(::getpid()) + ".conf") {
    std::ofstream{config_}
        << "listener " << port_
        << " 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\nlog_type none\n";
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      pin();
      for (const char* program : {"/usr/sbin/mosquitto", "/usr/bin/mosquitto"})
        ::execl(program, "mosquitto", "-c", config_.c_str(), nullptr);
      ::_exit(127);
    }
    for (int tries = 0; tries < 100; ++tries) {
      if (reachable()) return;
      ::usleep(20'000);
    }
    throw std::runtime_error("mosquitto did not start; install the package mosquitto");
  }
  ~Broker() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    ::unlink(config_.c_str());
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  int port() const { return port_; }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
  }
  bool reachable() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const auto address = loopback(port_);
    const bool good = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return good;
  }
  int port_;
  std::string config_;
  pid_t pid_ = -1;
};

// ---- the codec

session::TransactionEvent full_event() {
  session::TransactionEvent event{};
  event.number = 4711;
  event.transaction = "7f0d3c52-8a55-4d67-9d0d-2a4f8f6d9b11";
  event.token = session::IdToken{"04A2B3C4D5E6F7", session::TokenType::iso14443};
  event.remote_start_id = 12;
  for (int i = 0; i < 2; ++i) {
    session::Sample sample{};
    sample.import_mwh = 123'456'789;
    for (int p = 0; p < 3; ++p) {
      (void)sample.current_ma.push_back(16'000);
      (void)sample.voltage_mv.push_back(230'000);
    }
    (void)event.samples.push_back(sample);
  }
  return event;
}

struct CodecCost {
  double encode_ns = 0;
  double decode_ns = 0;
};

CodecCost codec_cost() {
  constexpr int kRepeats = 200'000;
  auto event = full_event();
  wire::Buffer<session::TransactionEvent> buffer{};
  const auto size = wire::encode(event, buffer);
  const std::span<const std::byte> bytes = std::span{buffer}.first(size);
  CodecCost best{1e9, 1e9};
  std::uint64_t sum = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    auto start = bench::cpu_ns();
    for (int i = 0; i < kRepeats; ++i) {
      event.number = static_cast<std::uint64_t>(i);
      sum += wire::encode(event, buffer);
      asm volatile("" : : "r"(buffer.data()) : "memory");
    }
    best.encode_ns = std::min(best.encode_ns, static_cast<double>(bench::cpu_ns() - start) / kRepeats);
    start = bench::cpu_ns();
    for (int i = 0; i < kRepeats; ++i) {
      asm volatile("" : : "r"(buffer.data()) : "memory");
      const auto back = wire::decode<session::TransactionEvent>(bytes);
      sum += back->number;
    }
    best.decode_ns = std::min(best.decode_ns, static_cast<double>(bench::cpu_ns() - start) / kRepeats);
  }
  if (sum == 0) std::abort();
  return best;
}

int measure() {
  ::mosquitto_lib_init();
  Broker broker;
  std::vector<double> against_bare;
  std::vector<double> against_mqtt;
  Figures typical;
  for (int turn = 0; turn < kTurns; ++turn) {
    const auto bare = bare_ping_pong();
    const auto typed = typed_calls();
    const auto mqtt = mqtt_calls(broker.port());
    std::printf("turn %d: typed call p50 %.2f us p99 %.2f us; bare SEQPACKET p50 %.2f us; MQTT QoS 2 p50 %.1f us\n",
                turn + 1, static_cast<double>(typed.p50) / 1000, static_cast<double>(typed.p99) / 1000,
                static_cast<double>(bare.p50) / 1000, static_cast<double>(mqtt.p50) / 1000);
    against_bare.push_back(static_cast<double>(typed.p50) / static_cast<double>(bare.p50));
    against_mqtt.push_back(static_cast<double>(mqtt.p50) / static_cast<double>(typed.p50));
    if (turn == 0 || typed.p50 < typical.p50) typical = typed;
  }
  std::ranges::sort(against_bare);
  std::ranges::sort(against_mqtt);
  const auto codec = codec_cost();
  std::printf(
      "ipc: call_vs_seqpacket=%.2f call_vs_mqtt_qos2=%.1f call_p50_us=%.2f call_p99_us=%.2f encode_ns=%.0f "
      "decode_ns=%.0f allocs_per_call=%g\n",
      against_bare[kTurns / 2], against_mqtt[kTurns / 2], static_cast<double>(typical.p50) / 1000,
      static_cast<double>(typical.p99) / 1000, codec.encode_ns, codec.decode_ns, typical.allocations);
  return 0;
}

}  // namespace

int main() {
  try {
    return measure();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bulwatt-bench-ipc: %s\n", error.what());
    return 1;
  }
}
