#include "services/supervisor/assurance.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

using namespace bulwatt;
using namespace bulwatt::supervisor;
using sandbox::Layer;

namespace {
std::string status(std::string_view privs, std::string_view filter, std::string_view caps, std::string_view threads) {
  std::string s = "Name:\tx\n";
  for (const auto* key : {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"})
    s += std::string{key} + "\t" + std::string{caps} + "\n";
  return s + "Threads:\t" + std::string{threads} + "\nNoNewPrivs:\t" + std::string{privs} + "\nSeccomp:\t" +
         std::string{filter} + "\nSeccomp_filters:\t2\n";
}
constexpr auto kAll = sandbox::bits(Layer::no_new_privileges, Layer::filter_steady, Layer::no_capabilities);
constexpr std::string_view kZero = "0000000000000000";
}  // namespace

TEST_CASE("a locked service agrees with its claim") {
  CHECK(status_disagreement(status("1", "2", kZero, "1"), kAll).empty());
}

TEST_CASE("every difference has its sentence") {
  CHECK(status_disagreement(status("0", "2", kZero, "1"), kAll) == "no_new_privs is not set");
  CHECK(status_disagreement(status("1", "0", kZero, "1"), kAll) == "no system call filter");
  CHECK(status_disagreement(status("1", "2", "0000000000000400", "1"), kAll) == "capabilities are left");
  CHECK(status_disagreement(status("1", "2", kZero, "2"), kAll) == "more than one thread");
  CHECK(status_disagreement("", kAll) == "no_new_privs is not set");
}

TEST_CASE("what is not claimed is not held against a service") {
  CHECK(status_disagreement(status("0", "0", "00000000ffffffff", "1"), 0).empty());
}

TEST_CASE("a process in our own namespaces is seen as such") {
  CHECK(look_at(::getpid(), {.layers = bit(Layer::mount_view), .granted_descriptors = 64, .own_descriptors = 64})
            .disagreement == "it shares our file view");
  CHECK(look_at(::getpid(), {.layers = 0, .granted_descriptors = 0, .own_descriptors = 0}).disagreement ==
        "more descriptors than granted");
  const auto fine = look_at(::getpid(), {.layers = 0, .granted_descriptors = 64, .own_descriptors = 64});
  CHECK(fine.disagreement.empty());
  CHECK(fine.everything);
}

TEST_CASE("a process that is gone is neither confirmed nor accused") {
  const auto seen = look_at(0x7fff'fff0, {.layers = ~0U, .granted_descriptors = 0, .own_descriptors = 0});
  CHECK(seen.disagreement.empty());
  CHECK_FALSE(seen.everything);
}
