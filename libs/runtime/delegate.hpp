// A callback without allocation: an object and one of its members, or a plain function.
#pragma once

namespace bulwatt::runtime {

template <class... Args>
class Delegate {
 public:
  constexpr Delegate() = default;
  template <auto Member, class T>
  static constexpr Delegate to(T& object) {
    return Delegate{[](void* o, Args... args) { (static_cast<T*>(o)->*Member)(args...); }, &object};
  }
  /// Any callable that outlives the delegate.
  template <class F>
  static constexpr Delegate of(F& callable) {
    return Delegate{[](void* o, Args... args) { (*static_cast<F*>(o))(args...); }, &callable};
  }
  constexpr explicit operator bool() const { return call_ != nullptr; }
  void operator()(Args... args) const {
    if (call_ != nullptr) call_(object_, args...);
  }

 private:
  using Function = void (*)(void*, Args...);
  constexpr Delegate(Function call, void* object) : call_(call), object_(object) {}
  Function call_ = nullptr;
  void* object_ = nullptr;
};

using Action = Delegate<>;

}  // namespace bulwatt::runtime
