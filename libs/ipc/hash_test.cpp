#include "libs/ipc/hash.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "interfaces/registry.hpp"

namespace bulwatt::ipc {
namespace {

enum class Error : std::uint8_t { broken };
constexpr auto enum_names(Error) { return names("broken"); }
enum class OtherError : std::uint8_t { broken, worse };
constexpr auto enum_names(OtherError) { return names("broken", "worse"); }

struct Plain {
  using Reply = Done;
  std::uint16_t number{};
  static constexpr auto fields() { return list(field<&Plain::number>("number")); }
};
struct Renamed {
  using Reply = Done;
  std::uint16_t count{};
  static constexpr auto fields() { return list(field<&Renamed::count>("count")); }
};
struct Wider {
  using Reply = Done;
  std::uint32_t number{};
  static constexpr auto fields() { return list(field<&Wider::number>("number")); }
};
struct Signed {
  using Reply = Done;
  std::int16_t number{};
  static constexpr auto fields() { return list(field<&Signed::number>("number")); }
};
struct Limited {
  using Reply = Done;
  std::uint16_t number{};
  static constexpr auto fields() { return list(field<&Limited::number>("number", {.max = 10})); }
};
struct Optional {
  using Reply = Done;
  std::optional<std::uint16_t> number{};
  static constexpr auto fields() { return list(field<&Optional::number>("number")); }
};
struct Answered {
  using Reply = Plain;
  std::uint16_t number{};
  static constexpr auto fields() { return list(field<&Answered::number>("number")); }
};
template <std::size_t N>
struct Texts {
  using Reply = Done;
  Text<N> text{};
  static constexpr auto fields() { return list(field<&Texts::text>("text")); }
};

template <class Message, Name N = "test", class E = Error, Name M = "Say", std::uint8_t Id = 1>
constexpr std::uint64_t call_hash() {
  return interface_hash<Interface<N, E, Call<Id, M, Message>>>();
}

TEST_CASE("anything that two ends could disagree about changes the hash of an interface") {
  const std::vector<std::uint64_t> hashes{
      call_hash<Plain>(),
      call_hash<Renamed>(),
      call_hash<Wider>(),
      call_hash<Signed>(),
      call_hash<Limited>(),
      call_hash<Optional>(),
      call_hash<Answered>(),
      call_hash<Texts<8>>(),
      call_hash<Texts<9>>(),
      call_hash<Plain, "rest">(),
      call_hash<Plain, "test", OtherError>(),
      call_hash<Plain, "test", Error, "Tell">(),
      call_hash<Plain, "test", Error, "Say", 2>(),
      interface_hash<Interface<"test", Error, Pulse<1, "Say", Plain>>>(),
      interface_hash<Interface<"test", Error, Call<1, "Say", Plain>, Call<2, "Also", Plain>>>(),
  };
  CHECK(std::set(hashes.begin(), hashes.end()).size() == hashes.size());
}

TEST_CASE("the hash is known when compiling and depends on nothing but the interface") {
  static_assert(call_hash<Plain>() == interface_hash<Interface<"test", Error, Call<1, "Say", Plain>>>());
  std::set<std::uint64_t> all;
  std::size_t count = 0;
  interfaces::for_each([&]<class I>() {
    all.insert(interface_hash<I>());
    ++count;
  });
  CHECK(all.size() == count);
}

TEST_CASE("hashing is FNV-1a") {
  Fnv hash;
  CHECK(hash.value() == 0xcbf29ce484222325);
  hash.add('a');
  CHECK(hash.value() == 0xaf63dc4c8601ec8c);  // published test value for "a"
}

}  // namespace
}  // namespace bulwatt::ipc
