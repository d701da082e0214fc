#include "tools/manifest/model.hpp"

namespace bulwatt::manifest {
namespace {

template <class T>
const T* named(const std::vector<T>& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &T::name);
  return found == all.end() ? nullptr : &*found;
}

template <class E, std::size_t N>
std::optional<E> from_words(const std::array<std::string_view, N>& words, std::string_view word) {
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<E>(found - words.begin());
}

bool contains(const std::vector<Word>& words, std::string_view text) {
  return std::ranges::find(words, text, &Word::text) != words.end();
}

}  // namespace

bool Service::may_do(std::string_view what) const { return contains(may, what); }
bool Service::uses(std::string_view syscall_set) const { return contains(syscalls, syscall_set); }
bool Service::writes_files() const {
  return std::ranges::any_of(files, [](const File& file) { return file.rights.text == "rw"; });
}

const Zone* Manifest::zone(std::string_view wanted) const { return named(zones, wanted); }
const Service* Manifest::service(std::string_view wanted) const { return named(services, wanted); }

// The order of the words is the order of the enumerators in libs/sandbox/table.hpp.
std::optional<sandbox::Policy> policy_of(std::string_view word) {
  return from_words<sandbox::Policy>(std::array<std::string_view, 2>{"other", "fifo"}, word);
}
std::optional<sandbox::Network> network_of(std::string_view word) {
  return from_words<sandbox::Network>(std::array<std::string_view, 4>{"none", "loopback", "client", "link"}, word);
}
std::optional<sandbox::RestartClass> restart_class_of(std::string_view word) {
  return from_words<sandbox::RestartClass>(std::array<std::string_view, 4>{"isolated", "pair", "zone", "station"},
                                           word);
}
std::optional<sandbox::Escalate> escalate_of(std::string_view word) {
  return from_words<sandbox::Escalate>(std::array<std::string_view, 3>{"none", "zone", "safe_state"}, word);
}
std::optional<sandbox::Rights> rights_of(std::string_view word) {
  return from_words<sandbox::Rights>(std::array<std::string_view, 2>{"r", "rw"}, word);
}

}  // namespace bulwatt::manifest
