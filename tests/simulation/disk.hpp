// The medium below one service's folder. It outlives processes; a process that was killed cannot write any more.
#pragma once
#include "libs/journal/memory_storage.hpp"

namespace bulwatt::simulation {

struct Disk {
  journal::MemoryStorage medium{};
  bool lies = false;  ///< a planted defect: sync says done without doing it, so everything is acknowledged too early
};

/// One process's view of it.
class Mount final : public journal::Storage {
 public:
  explicit Mount(Disk& disk) : disk_(disk) {}
  void detach() { attached_ = false; }

  template <class T>
  using Result = std::expected<T, journal::Error>;
  Result<std::uint64_t> size(std::uint32_t file) override {
    if (!attached_) return refused();
    return disk_.medium.size(file);
  }
  Result<std::size_t> read(std::uint32_t file, std::uint64_t at, std::span<std::byte> into) override {
    if (!attached_) return refused();
    return disk_.medium.read(file, at, into);
  }
  Result<void> write(std::uint32_t file, std::uint64_t at, std::span<const std::byte> bytes) override {
    if (!attached_) return refused();
    return disk_.medium.write(file, at, bytes);
  }
  Result<void> reserve(std::uint32_t file, std::uint64_t bytes) override {
    if (!attached_) return refused();
    return disk_.medium.reserve(file, bytes);
  }
  Result<void> sync(std::uint32_t file) override {
    if (!attached_) return refused();
    if (disk_.lies) return {};
    return disk_.medium.sync(file);
  }
  Result<void> remove(std::uint32_t file) override {
    if (!attached_) return refused();
    return disk_.medium.remove(file);
  }
  Result<std::optional<journal::FileRange>> range(std::uint32_t least, std::uint32_t most) override {
    if (!attached_) return refused();
    return disk_.medium.range(least, most);
  }

 private:
  static std::unexpected<journal::Error> refused() { return std::unexpected(journal::Error::storage); }
  Disk& disk_;
  bool attached_ = true;
};

}  // namespace bulwatt::simulation
