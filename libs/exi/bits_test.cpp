#include "libs/exi/bits.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace bulwatt::exi;

TEST_CASE("what is put bit by bit is read at every position, in any width") {
  for (unsigned width = 1; width <= 57; ++width) {
    std::vector<std::byte> bytes(512);
    BitOutput out{bytes};
    Cursor c{};
    std::uint64_t value = 0x9e3779b97f4a7c15;
    std::vector<std::uint64_t> put;
    for (int i = 0; i < 40; ++i) {
      value = value * 6364136223846793005U + 1442695040888963407U;
      put.push_back(value >> (64 - width));
      c = out.put(c, put.back(), width);
    }
    const std::size_t size = out.finish(c);
    CHECK(size == (40 * width + 7) / 8);
    const BitInput in{std::span{bytes}.first(size)};
    for (std::size_t i = 0; i < put.size(); ++i) CHECK((in.window(i * width) >> (64 - width)) == put[i]);
  }
}

TEST_CASE("behind the end there are zeros") {
  const std::array<std::byte, 3> bytes{std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
  const BitInput in{bytes};
  CHECK(in.window(20) == 0xf000'0000'0000'0000);
  CHECK(in.window(24) == 0);
  CHECK(in.window(1000) == 0);
}

TEST_CASE("runs of bytes are copied from and to any bit") {
  std::array<std::byte, 23> from{};
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::byte>(i * 11 + 3);
  for (unsigned shift = 1; shift <= 8; ++shift) {
    std::array<std::byte, 32> bytes{};
    BitOutput out{bytes};
    const Cursor c = out.put_bytes(out.put({}, 1, shift), from.data(), from.size());
    const std::size_t size = out.finish(c);
    std::array<std::byte, 23> back{};
    BitInput{std::span{bytes}.first(size)}.copy(shift, back.data(), back.size());
    CHECK(back == from);
  }
}

TEST_CASE("a full buffer is noticed, and not a byte is written behind it") {
  for (std::size_t room = 0; room < 20; ++room) {
    std::vector<std::byte> bytes(room);
    BitOutput out{bytes};
    Cursor c{};
    for (int i = 0; i < 20; ++i) c = out.put(c, 0xff, 8);
    static_cast<void>(out.finish(c));
    CHECK(out.full());
  }
}
