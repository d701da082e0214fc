#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "libs/os/conduit.hpp"
#include "libs/sandbox/self.hpp"
#include "tools/sandbox_probe/attempts.hpp"

namespace bulwatt::probe {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return to;
}

template <int kFamily, int kType>
int make_socket(const Surroundings&) {
  return call_open(SYS_socket, kFamily, kType | SOCK_CLOEXEC, kFamily == AF_INET && kType == SOCK_RAW ? 1 : 0);
}

/// Makes a socket, does one thing with it and closes it.
template <class Act>
int with_socket(int family, int type, Act act) {
  const long s = ::syscall(SYS_socket, family, type | SOCK_CLOEXEC, 0);
  if (s < 0) return errno;
  const int outcome = result(act(static_cast<int>(s)));
  ::close(static_cast<int>(s));
  return outcome;
}

int connect_to(std::uint16_t port) {
  return with_socket(AF_INET, SOCK_STREAM, [port](int s) {
    const auto to = loopback(port);
    return ::syscall(SYS_connect, s, &to, sizeof to);
  });
}

int connect_local(std::string_view name, bool abstract) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const auto at = abstract ? std::size_t{1} : std::size_t{0};
  const auto size = std::min(name.size(), sizeof to.sun_path - 1 - at);
  std::memcpy(to.sun_path + at, name.data(), size);
  return with_socket(AF_UNIX, SOCK_STREAM, [&](int s) {
    return ::syscall(SYS_connect, s, &to, offsetof(sockaddr_un, sun_path) + at + size);
  });
}

int udp_send(const Surroundings& here) {
  return with_socket(AF_INET, SOCK_DGRAM, [&](int s) {
    const auto to = loopback(here.facts.other_port);
    return ::syscall(SYS_sendto, s, "x", 1, 0, &to, sizeof to);
  });
}

int accept_one(const Surroundings& here) {
  const int listener = sandbox::first_listener(*here.service);
  const int error = call_open(SYS_accept4, listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  return error == EAGAIN ? 0 : error;
}

int send_descriptor(int conduit) {
  const char one = 1;
  iovec part{const_cast<char*>(&one), 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room.data();
  message.msg_controllen = room.size();
  auto* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int handed = 2;
  std::memcpy(CMSG_DATA(header), &handed, sizeof handed);
  return call(SYS_sendmsg, conduit, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int on_line(const Surroundings& here, unsigned long request, void* argument) {
  const int fd = kFirstConduit + static_cast<int>(here.service->ends.size());
  const bool serial = !here.service->devices.empty() && here.service->devices.front().serial;
  return call(SYS_ioctl, serial ? fd : 2, request, argument);
}

constexpr Attempt kNetwork[] = {
    {"tcp_socket", make_socket<AF_INET, SOCK_STREAM>},
    {"connect_granted", [](const Surroundings& here) { return connect_to(here.facts.granted_port); }},
    {"connect_other_port", [](const Surroundings& here) { return connect_to(here.facts.other_port); }},
    {"bind_port",
     [](const Surroundings&) {
       return with_socket(AF_INET, SOCK_STREAM, [](int s) {
         const auto any = loopback(0);
         return ::syscall(SYS_bind, s, &any, sizeof any);
       });
     }},
    {"listen",
     [](const Surroundings&) {
       return with_socket(AF_INET, SOCK_STREAM, [](int s) { return ::syscall(SYS_listen, s, 1); });
     }},
    {"accept", accept_one},
    {"udp_socket", make_socket<AF_INET, SOCK_DGRAM>},
    {"udp_send", udp_send},
    {"raw_socket", make_socket<AF_INET, SOCK_RAW>},
    {"packet_socket", make_socket<AF_PACKET, SOCK_RAW>},
    {"netlink_socket", make_socket<AF_NETLINK, SOCK_RAW>},
    {"crypto_socket", make_socket<AF_ALG, SOCK_SEQPACKET>},
    {"vsock_socket", make_socket<AF_VSOCK, SOCK_STREAM>},
    {"local_socket", make_socket<AF_UNIX, SOCK_STREAM>},
    {"connect_daemon", [](const Surroundings&) { return connect_local("/run/pcscd/pcscd.comm", false); }},
    {"replace_daemon", [](const Surroundings&) { return call(SYS_unlinkat, AT_FDCWD, "/run/pcscd/pcscd.comm", 0); }},
    {"abstract_socket",
     [](const Surroundings& here) { return connect_local(here.facts.abstract_socket.view(), true); }},
    {"named_socket", [](const Surroundings& here) { return connect_local(here.facts.outside_socket.view(), false); }},
    {"socket_pair",
     [](const Surroundings&) {
       std::array<int, 2> pair{};
       const int error = call(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data());
       for (const int end : pair) {
         if (error == 0) ::close(end);
       }
       return error;
     }},
    {"send_descriptor", [](const Surroundings&) { return send_descriptor(kFirstConduit); }},
    {"send_descriptor_up", [](const Surroundings&) { return send_descriptor(kControl); }},
    {"take_descriptors",
     [](const Surroundings&) {
       const int on = 1;
       return call(SYS_setsockopt, kFirstConduit, SOL_SOCKET, static_cast<int>(detail::kSealedOption), &on, sizeof on);
     }},
    {"line_settings",
     [](const Surroundings& here) {
       std::array<char, 256> settings{};
       return on_line(here, 0x5401, settings.data());
     }},
    {"type_into_terminal",
     [](const Surroundings& here) {
       char key = 'x';
       return on_line(here, 0x5412, &key);
     }},
    {"line_discipline",
     [](const Surroundings& here) {
       int discipline = 0;
       return on_line(here, 0x5423, &discipline);
     }},
};

}  // namespace

std::span<const Attempt> network_attempts() { return kNetwork; }

}  // namespace bulwatt::probe
