// Watchdogs of others that reset the machine, or restart the supervisor, when nobody feeds them: the kernel's /dev/watchdog
// and the service manager. One interface; who feeds them when is services/supervisor/guardian.hpp.
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>

#include "libs/os/clock.hpp"

namespace bulwatt::os {

struct Watchdog {
  /// False: it does not take it any more.
  virtual bool feed() = 0;
  /// Disarms it where that is possible. Not calling it leaves it running: it will bite.
  virtual void release() = 0;
  /// Bites after so long without food.
  virtual Duration patience() const = 0;

 protected:
  ~Watchdog() = default;
};

enum class WatchdogError : std::uint8_t {
  cannot_open,     ///< no such device, no rights, or somebody else has it
  not_a_watchdog,  ///< a device of another kind
  patience,        ///< it does not accept, nor come near, the time asked for
  no_magic_close,  ///< once armed it could never be released; refused, as an ordered stop would reset the machine
};

/// What the kernel offers for a watchdog device; a fake stands in for it in tests.
struct WatchdogLine {
  virtual bool open(const char* path) = 0;
  virtual bool set_seconds(int& seconds) = 0;  ///< in: wanted, out: granted
  virtual bool supports(bool& magic_close) = 0;
  virtual bool keep_alive() = 0;
  virtual bool write(char byte) = 0;
  virtual void close() = 0;

 protected:
  ~WatchdogLine() = default;
};

/// linux/watchdog.h by ioctl.
class LinuxWatchdogLine final : public WatchdogLine {
 public:
  bool open(const char* path) override;
  bool set_seconds(int& seconds) override;
  bool supports(bool& magic_close) override;
  bool keep_alive() override;
  bool write(char byte) override;
  void close() override;

 private:
  int file_ = -1;
};

/// The machine's watchdog. Armed from open() on; a process that ends without release() leaves it armed.
class MachineWatchdog final : public Watchdog {
 public:
  explicit MachineWatchdog(WatchdogLine& line) : line_(line) {}
  std::expected<void, WatchdogError> open(const char* path, int seconds);
  bool feed() override { return open_ && line_.keep_alive(); }
  /// The magic close: the letter V, then the end.
  void release() override;
  Duration patience() const override { return patience_; }
  bool armed() const { return open_; }

 private:
  WatchdogLine& line_;
  Duration patience_{};
  bool open_ = false;
};

/// The service manager (sd_notify's protocol, without its library): one datagram per message to $NOTIFY_SOCKET.
class ServiceManager final : public Watchdog {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Without the first everything below does nothing.
  void open();
  void open(const char* socket, const char* watchdog_us, const char* watchdog_pid);
  bool there() const { return socket_ >= 0; }
  bool wants_beats() const { return there() && patience_ > Duration::zero(); }
  bool say(std::string_view message);
  bool feed() override { return say("WATCHDOG=1"); }
  void release() override {}  ///< a stopping unit is not watched
  Duration patience() const override { return patience_; }

 private:
  int socket_ = -1;
  Duration patience_{};
};

}  // namespace bulwatt::os
