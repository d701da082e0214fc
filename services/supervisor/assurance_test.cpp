#include "services/supervisor/assurance.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

using namespace bulwatt;
using namespace bulwatt::supervisor;
using sandbox::Layer;

namespace {
sandbox::ServiceEntry anyone() {
  sandbox::ServiceEntry entry{};
  entry.memory_kib = 1;
  return entry;
}
}  // namespace

TEST_CASE("this test is not a service, and every layer that can be seen says so") {
  const auto entry = anyone();
  const Places places;
  const auto denied = [&](Layer layer) {
    return look_at(::getpid(), {bit(layer), entry, places, os::Mode::root}).denial;
  };
  CHECK(denied(Layer::mount_view).sentence == "it sees a file or folder that was not granted");
  CHECK(denied(Layer::own_processes).sentence == "it shares our process numbers");
  CHECK(denied(Layer::own_names).sentence == "it shares our System V objects");
  CHECK(denied(Layer::no_network).sentence == "it shares our network");
  CHECK(denied(Layer::no_new_privileges).sentence == "no_new_privs is not set");
  CHECK(denied(Layer::filter_steady).layers != 0);
  CHECK(denied(Layer::limits).sentence == "a limit is higher than granted");
  if (::geteuid() != 0) CHECK(denied(Layer::not_dumpable).sentence == "its memory can be dumped");
  CHECK(denied(Layer::realtime).sentence == "it has no real-time priority");
}

TEST_CASE("a descriptor that is not of its kind is seen where descriptors can be listed") {
  const auto entry = anyone();
  const Places places;
  const int folder = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto seen = look_at(::getpid(), {0, entry, places, os::Mode::root});
  CHECK(seen.everything);
  CHECK((seen.denial.layers & bit(Layer::descriptors_checked)) != 0);
  ::close(folder);
}

TEST_CASE("a process that is gone is neither confirmed nor accused") {
  const auto entry = anyone();
  const Places places;
  const auto seen = look_at(0x7fff'fff0, {~0U, entry, places, os::Mode::root});
  CHECK(seen.denial.layers == 0);
  CHECK_FALSE(seen.everything);
}
