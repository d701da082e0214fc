#include "tools/manifest/filter.hpp"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace bulwatt::manifest {
namespace {

using Filter = std::unique_ptr<void, decltype([](void* context) { seccomp_release(context); })>;

void must(int result, std::string_view what) {
  if (result < 0) throw std::runtime_error(cat("libseccomp: ", what, ": ", std::strerror(-result)));
}

// Calls that some rule allows whatever their arguments are; their conditional rules then say nothing.
std::set<std::string_view> unconditional(const std::vector<const sandbox::SyscallSet*>& sets) {
  std::set<std::string_view> out;
  for (const auto* set : sets) {
    for (const auto& rule : set->rules) {
      if (rule.when.empty()) out.insert(rule.name);
    }
  }
  return out;
}

// A call that this architecture does not have (it has another one for the same job) has no number of its own.
std::optional<int> number_of(std::string_view name) {
  const auto number = seccomp_syscall_resolve_name(std::string{name}.c_str());
  if (number == __NR_SCMP_ERROR) throw std::runtime_error(cat("libseccomp does not know the system call ", name));
  return number < 0 ? std::nullopt : std::optional{number};
}

void add_rule(void* context, const sandbox::SyscallRule& rule) {
  const auto number = number_of(rule.name);
  if (!number) return;
  std::vector<scmp_arg_cmp> conditions;
  for (const auto& when : rule.when) {
    conditions.push_back({when.index, SCMP_CMP_MASKED_EQ, when.mask, when.value});
  }
  const auto added = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, *number, static_cast<unsigned>(conditions.size()),
                                            conditions.data());
  if (added != -EEXIST) must(added, rule.name);
}

std::vector<sandbox::Instruction> export_program(void* context) {
  const int file = memfd_create("filter", MFD_CLOEXEC);
  if (file < 0) throw std::runtime_error("no memory for a filter");
  const auto exported = seccomp_export_bpf(context, file);
  const auto bytes = lseek(file, 0, SEEK_END);
  std::vector<sandbox::Instruction> program(static_cast<std::size_t>(bytes) / sizeof(sandbox::Instruction));
  const auto got = pread(file, program.data(), program.size() * sizeof(sandbox::Instruction), 0);
  close(file);
  must(exported, "export");
  if (got != bytes) throw std::runtime_error("a filter could not be read back");
  return program;
}

std::vector<const sandbox::SyscallSet*> find_all(const std::vector<std::string_view>& names) {
  std::vector<const sandbox::SyscallSet*> out;
  for (const auto name : names) out.push_back(sandbox::find_syscall_set(name));
  return out;
}

std::vector<std::string_view> steady_names(const Service& service) {
  std::vector<std::string_view> names;
  for (const auto& word : service.syscalls) names.push_back(word.text);
  if (service.writes_files()) names.push_back("files_write");
  const auto is_module = [](const File& file) { return file.name.text == "token_module"; };
  if (std::ranges::any_of(service.files, is_module)) names.push_back("token_locks");
  if (service.network.udp_dns) names.push_back("net_dns");
  return names;
}

}  // namespace

std::vector<const sandbox::SyscallSet*> steady_sets(const Service& service) { return find_all(steady_names(service)); }

std::vector<const sandbox::SyscallSet*> launch_sets(const Service& service) {
  auto names = steady_names(service);
  names.push_back("launch");
  if (!service.libraries.empty()) names.push_back("launch_ld");
  return find_all(names);
}

std::vector<sandbox::Instruction> compile_filter(const std::vector<const sandbox::SyscallSet*>& sets,
                                                 Otherwise otherwise) {
  const auto refusal = otherwise == Otherwise::kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(ENOSYS);
  const Filter filter{seccomp_init(refusal)};
  if (!filter) throw std::runtime_error("libseccomp cannot make a filter");
  must(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "architecture check");
  // A tree instead of a list: no call waits behind forty comparisons.
  must(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimise");
  const auto plain = unconditional(sets);
  for (const auto* set : sets) {
    for (const auto& rule : set->rules) {
      if (rule.when.empty() || !plain.contains(rule.name)) add_rule(filter.get(), rule);
    }
  }
  return export_program(filter.get());
}

}  // namespace bulwatt::manifest
