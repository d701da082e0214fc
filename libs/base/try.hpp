// TRY: keeps the happy path straight where std::expected has no monadic calls (GCC 12).
#pragma once
#include <expected>
#include <utility>

/// Binds `var` to the value of the std::expected `expr`, or returns its error from the enclosing function.
#define TRY(var, expr)                                                        \
  auto var##_result = (expr);                                                 \
  if (!var##_result) return std::unexpected(std::move(var##_result).error()); \
  auto& var = *var##_result

/// The same for an expression whose value is not needed.
#define TRY_VOID(expr)                                                                                \
  do {                                                                                                \
    if (auto try_result = (expr); !try_result) return std::unexpected(std::move(try_result).error()); \
  } while (false)
