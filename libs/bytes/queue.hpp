// A bounded byte queue between a reactor and whoever moves its bytes.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace bulwatt::bytes {

/// First in, first out. Allocates while it grows, never holds more than its limit. Single-threaded.
class Queue {
 public:
  explicit Queue(std::size_t limit) : limit_(limit) {}

  /// False, and nothing changed, when the bytes do not fit.
  [[nodiscard]] bool push(std::span<const std::byte> bytes) {
    if (bytes.size() > room()) return false;
    if (head_ > 0 && head_ >= data_.size() / 2) {
      data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    data_.insert(data_.end(), bytes.begin(), bytes.end());
    return true;
  }
  /// Valid until the next push or consume.
  std::span<const std::byte> view() const { return std::span{data_}.subspan(head_); }
  /// Takes at most `count` bytes off the front.
  void consume(std::size_t count) {
    head_ += count < size() ? count : size();
    if (head_ < data_.size()) return;
    data_.clear();
    head_ = 0;
  }
  std::size_t size() const { return data_.size() - head_; }
  bool empty() const { return size() == 0; }
  std::size_t room() const { return limit_ - size(); }
  void clear() { consume(size()); }

 private:
  std::vector<std::byte> data_;
  std::size_t head_ = 0;
  std::size_t limit_;
};

}  // namespace bulwatt::bytes
