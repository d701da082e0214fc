// The smart card daemon of the machine by its client library. Its calls wait for the daemon, which answers soon or is not well; then
// the supervisor sees no beat and starts the service again.
#pragma once
#include "services/cards/watch.hpp"

namespace bulwatt::cards {

class Pcsclite final : public Daemon {
 public:
  /// Before the lock-down: makes the library load what it needs, and leaves nothing open.
  static void warm_up();

  std::expected<void, Trouble> open() override;
  void close() override;
  std::expected<Readers, Trouble> look() override;
  std::expected<CardAnswer, Trouble> ask(const ReaderName& reader, std::span<const std::uint8_t> command) override;

 private:
  long context_ = 0;
};

}  // namespace bulwatt::cards
