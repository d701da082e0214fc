// SHA-256 (FIPS 180-4) of sixteen messages side by side, one in each lane of AVX-512 registers. Only for many.cpp.
#pragma once
// GCC 12 takes the deliberately undefined operands inside its own intrinsics for mistakes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include <array>
#include <cstdint>
#include <cstring>

#include "libs/merkle/hash.hpp"

namespace bulwatt::merkle {

inline constexpr std::size_t kLanes = 16;
inline constexpr std::size_t kBlock = 64;

inline constexpr std::array<std::uint32_t, 8> kBegin{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
inline constexpr std::array<std::uint32_t, 64> kRound{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

struct Lanes {
  alignas(kBlock) std::array<std::array<std::uint32_t, kLanes>, 8> state;  ///< [word][lane]
  alignas(
      kBlock) std::array<std::array<std::byte, kBlock>, kLanes> rooms;  ///< for blocks that do not lie anywhere whole
  std::array<const std::byte*, kLanes> block;                           ///< where the next one lies
  void clear() {
    state = {};
    for (std::size_t lane = 0; lane < kLanes; ++lane) block[lane] = rooms[lane].data();
    rooms = {};
  }
  void begin_all() {
    for (std::size_t i = 0; i < state.size(); ++i) state[i].fill(kBegin[i]);
  }
  void begin(std::size_t lane) {
    for (std::size_t i = 0; i < state.size(); ++i) state[i][lane] = kBegin[i];
  }
  void take(std::size_t lane, Hash& hash) const {
    for (std::size_t i = 0; i < state.size(); ++i) {
      const auto word = __builtin_bswap32(state[i][lane]);
      std::memcpy(hash.data() + sizeof word * i, &word, sizeof word);
    }
  }
};

inline bool has_sixteen() {
  static const bool kHas = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0;
  return kHas;
}

#define BULWATT_SIXTEEN __attribute__((target("avx512f,avx512bw"), always_inline)) inline

namespace sixteen {

using V = __m512i;
/// std::array drops the attributes of its element.
template <std::size_t N>
struct Row {
  V it[N];
  V& operator[](std::size_t i) { return it[i]; }
};
BULWATT_SIXTEEN V sum(V a, V b) { return _mm512_add_epi32(a, b); }
/// Truth tables of f(a, b, c) in the order in which the instruction counts.
BULWATT_SIXTEEN V choose(V e, V f, V g) { return _mm512_ternarylogic_epi32(e, f, g, 0xca); }
BULWATT_SIXTEEN V majority(V a, V b, V c) { return _mm512_ternarylogic_epi32(a, b, c, 0xe8); }
BULWATT_SIXTEEN V parity(V a, V b, V c) { return _mm512_ternarylogic_epi32(a, b, c, 0x96); }
template <int A, int B, int C>
BULWATT_SIXTEEN V turned(V x) {
  return parity(_mm512_ror_epi32(x, A), _mm512_ror_epi32(x, B), _mm512_ror_epi32(x, C));
}
template <int A, int B, int Shift>
BULWATT_SIXTEEN V mixed(V x) {
  return parity(_mm512_ror_epi32(x, A), _mm512_ror_epi32(x, B), _mm512_srli_epi32(x, Shift));
}

/// Rows of sixteen words become columns.
BULWATT_SIXTEEN void transpose(Row<kLanes>& r) {
  Row<kLanes> t;
#pragma GCC unroll 8
  for (std::size_t i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
    r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
    r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
  }
}

}  // namespace sixteen

/// One block of each lane.
__attribute__((target("avx512f,avx512bw"))) inline void compress(Lanes& lanes) {
  using namespace sixteen;
  const V turn = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));  // big-endian words
  Row<kLanes> w;
  Row<8> s;
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kLanes; ++i) w[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(lanes.block[i]), turn);
  transpose(w);
#pragma GCC unroll 8
  for (std::size_t i = 0; i < 8; ++i) s[i] = _mm512_load_si512(lanes.state[i].data());
  for (std::size_t round = 0; round < kRound.size(); round += 16) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 16; ++i) {
      if (round != 0)
        w[i] =
            sum(sum(w[i], mixed<7, 18, 3>(w[(i + 1) & 15])), sum(w[(i + 9) & 15], mixed<17, 19, 10>(w[(i + 14) & 15])));
      auto& [a, b, c, d, e, f, g, h] = s.it;
      const V added = sum(_mm512_set1_epi32(static_cast<int>(kRound[round + i])), w[i]);
      const V first = sum(sum(sum(h, turned<6, 11, 25>(e)), choose(e, f, g)), added);
      const V second = sum(turned<2, 13, 22>(a), majority(a, b, c));
      h = g;
      g = f;
      f = e;
      e = sum(d, first);
      d = c;
      c = b;
      b = a;
      a = sum(first, second);
    }
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < 8; ++i)
    _mm512_store_si512(lanes.state[i].data(), sum(s[i], _mm512_load_si512(lanes.state[i].data())));
}

#undef BULWATT_SIXTEEN

}  // namespace bulwatt::merkle
