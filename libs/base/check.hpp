// BULWATT_ASSERT: a broken invariant ends the process; the supervisor is the handler. Stays in release builds.
#pragma once

namespace bulwatt {
/// Writes one line to standard error and ends the process. Async-signal-safe.
[[noreturn]] void broken_invariant(const char* what, const char* file, int line) noexcept;
}  // namespace bulwatt

#define BULWATT_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::bulwatt::broken_invariant(#condition, __FILE_NAME__, __LINE__))
#ifndef __FILE_NAME__
#define __FILE_NAME__ __FILE__
#endif

/// For buffers that are written before they are read; everything else is zeroed by the compiler.
#define BULWATT_UNINITIALIZED __attribute__((uninitialized))
