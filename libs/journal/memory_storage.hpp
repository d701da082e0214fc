// Storage for tests: in memory, counts operations, fails or loses power at any of them, and tears unsynced writes.
#pragma once
#include <map>
#include <random>
#include <vector>

#include "libs/journal/storage.hpp"

namespace bulwatt::journal {

class MemoryStorage final : public Storage {
 public:
  /// What becomes of writes that were not synced when the power went away.
  /// up_to_a_byte: in order, and of the first one that is not kept some bytes.
  enum class Cut : std::uint8_t { nothing_kept, all_kept, in_order, any_sectors, up_to_a_byte };
  static constexpr std::size_t kSector = 512;

  std::uint64_t operations() const { return operations_; }
  /// The operation with this number (from 0) happens half, and none after it.
  void lose_power_at(std::uint64_t operation) { power_until_ = operation; }
  /// The next write fails for want of room after `kept` bytes; `times` writes do.
  void refuse_room(std::size_t kept, int times = 1) {
    refuse_kept_ = kept;
    refuse_times_ = times;
  }
  void fail_syncs(int times) { failing_syncs_ = times; }
  /// Decides the fate of unsynced writes and gives the power back.
  void restart(Cut cut, std::mt19937& random) {
    for (auto& [number, file] : files_) settle(file, cut, random);
    power_until_ = UINT64_MAX;
  }
  /// Bytes as the medium has them; for flipping bits.
  std::vector<std::byte>& bytes(std::uint32_t file) { return files_[file].seen; }

  std::expected<std::uint64_t, Error> size(std::uint32_t file) override { return files_[file].seen.size(); }
  std::expected<std::size_t, Error> read(std::uint32_t file, std::uint64_t at, std::span<std::byte> into) override {
    const auto& all = files_[file].seen;
    if (at >= all.size()) return std::size_t{0};
    const auto n = std::min(into.size(), all.size() - static_cast<std::size_t>(at));
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(at), n, into.begin());
    return n;
  }
  std::expected<void, Error> write(std::uint32_t file, std::uint64_t at, std::span<const std::byte> bytes) override {
    const bool powered = step();
    if (!powered && operations_ - 1 != power_until_) return std::unexpected(Error::storage);
    if (powered && refuse_times_ > 0) {
      --refuse_times_;
      put(files_[file], at, bytes.first(std::min(refuse_kept_, bytes.size())));
      return std::unexpected(Error::full);
    }
    put(files_[file], at, powered ? bytes : bytes.first(bytes.size() / 2));
    if (!powered) return std::unexpected(Error::storage);
    return {};
  }
  std::expected<void, Error> reserve(std::uint32_t file, std::uint64_t bytes) override {
    auto& all = files_[file];
    if (all.seen.size() >= bytes) return {};
    if (!step()) return std::unexpected(Error::storage);
    all.seen.resize(static_cast<std::size_t>(bytes));
    all.durable.resize(static_cast<std::size_t>(bytes));
    return {};
  }
  std::expected<void, Error> sync(std::uint32_t file) override {
    if (!step()) return std::unexpected(Error::storage);
    if (failing_syncs_ > 0) {
      --failing_syncs_;
      return std::unexpected(Error::storage);
    }
    auto& all = files_[file];
    all.durable.resize(all.seen.size());
    for (const auto& write : all.pending)
      std::ranges::copy(write.bytes, all.durable.begin() + static_cast<std::ptrdiff_t>(write.at));
    all.pending.clear();
    return {};
  }
  std::expected<void, Error> remove(std::uint32_t file) override {
    if (!step()) return std::unexpected(Error::storage);
    files_.erase(file);
    return {};
  }
  std::expected<std::optional<FileRange>, Error> range(std::uint32_t least, std::uint32_t most) override {
    std::optional<FileRange> found;
    for (const auto& [number, file] : files_) {
      if (number < least || number > most || file.seen.empty()) continue;
      if (!found) found = FileRange{number, number};
      found->last = number;
    }
    return found;
  }

 private:
  struct Write {
    std::size_t at;
    std::vector<std::byte> bytes;
  };
  struct File {
    std::vector<std::byte> seen{};     ///< as a running program reads it
    std::vector<std::byte> durable{};  ///< as the medium has it for certain
    std::vector<Write> pending{};
  };
  bool step() { return operations_++ < power_until_; }
  static void put(File& file, std::uint64_t at, std::span<const std::byte> bytes) {
    const auto end = static_cast<std::size_t>(at) + bytes.size();
    if (file.seen.size() < end) file.seen.resize(end);
    std::ranges::copy(bytes, file.seen.begin() + static_cast<std::ptrdiff_t>(at));
    file.pending.push_back({static_cast<std::size_t>(at), {bytes.begin(), bytes.end()}});
  }
  static void settle(File& file, Cut cut, std::mt19937& random) {
    const bool ordered = cut == Cut::in_order || cut == Cut::up_to_a_byte;
    const auto keep_writes = ordered ? random() % (file.pending.size() + 1) : file.pending.size();
    file.durable.resize(file.seen.size());
    for (std::size_t i = 0; i < keep_writes && cut != Cut::nothing_kept; ++i) {
      const auto& write = file.pending[i];
      for (std::size_t k = 0; k < write.bytes.size();) {
        const auto n = std::min(kSector - (write.at + k) % kSector, write.bytes.size() - k);
        const bool keep = cut != Cut::any_sectors || random() % 2 == 0;
        if (keep)
          std::copy_n(write.bytes.begin() + static_cast<std::ptrdiff_t>(k), n,
                      file.durable.begin() + static_cast<std::ptrdiff_t>(write.at + k));
        k += n;
      }
    }
    if (cut == Cut::up_to_a_byte && keep_writes < file.pending.size()) {
      const auto& write = file.pending[keep_writes];
      const auto n = static_cast<std::ptrdiff_t>(random() % (write.bytes.size() + 1));
      std::copy_n(write.bytes.begin(), n, file.durable.begin() + static_cast<std::ptrdiff_t>(write.at));
    }
    file.pending.clear();
    file.seen = file.durable;
  }
  std::map<std::uint32_t, File> files_{};
  std::uint64_t operations_ = 0;
  std::uint64_t power_until_ = UINT64_MAX;
  std::size_t refuse_kept_ = 0;
  int refuse_times_ = 0;
  int failing_syncs_ = 0;
};

}  // namespace bulwatt::journal
