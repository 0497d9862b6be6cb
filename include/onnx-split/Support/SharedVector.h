//===- SharedVector.h - A vector that copies share --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A std::vector whose copies share its elements until one of them is changed
/// (copy on write).
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_SHAREDVECTOR_H
#define ONNX_SPLIT_SUPPORT_SHAREDVECTOR_H

#include <atomic>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace onnx_split {

/// Used like a std::vector<T>. Copying takes constant time; what is not const
/// here counts as a change, and the first change of elements that are shared
/// copies them all. So whoever only reads does so through a const object.
/// References and iterators last until the next change or copy. Threads may
/// read and copy one object at once, and do anything with objects of their own.
template <typename T> class SharedVector {
public:
  using value_type = T;
  using size_type = size_t;
  using iterator = typename std::vector<T>::iterator;
  using const_iterator = typename std::vector<T>::const_iterator;

  SharedVector() = default;
  SharedVector(std::initializer_list<T> list)
      : SharedVector(std::vector<T>(list)) {}
  SharedVector(std::vector<T> elements)
      : shared(std::make_shared<std::vector<T>>(std::move(elements))) {}

  const std::vector<T> &get() const {
    static const std::vector<T> none;
    return shared ? *shared : none;
  }
  size_t size() const { return get().size(); }
  bool empty() const { return get().empty(); }
  const T &operator[](size_t i) const { return (*shared)[i]; }
  const T *data() const { return get().data(); }
  const_iterator begin() const { return get().begin(); }
  const_iterator end() const { return get().end(); }

  /// The elements, no longer shared.
  std::vector<T> &edit() {
    if (!shared)
      shared = std::make_shared<std::vector<T>>();
    else if (shared.use_count() > 1)
      shared = std::make_shared<std::vector<T>>(*shared);
    // Whoever shared them until now has read them before.
    std::atomic_thread_fence(std::memory_order_acquire);
    return *shared;
  }
  T &operator[](size_t i) { return edit()[i]; }
  iterator begin() { return edit().begin(); }
  iterator end() { return edit().end(); }
  void reserve(size_t count) { edit().reserve(count); }
  void push_back(const T &element) { edit().push_back(element); }
  template <typename Iterator>
  void insert(const_iterator at, Iterator first, Iterator last) {
    auto offset = at - std::as_const(*this).begin();
    edit().insert(edit().begin() + offset, first, last);
  }
  template <typename... Arguments> void assign(Arguments... arguments) {
    edit().assign(arguments...);
  }
  void clear() { shared.reset(); }

  bool operator==(const SharedVector &other) const {
    return get() == other.get();
  }
  bool operator!=(const SharedVector &other) const { return !(*this == other); }

private:
  std::shared_ptr<std::vector<T>> shared;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_SHAREDVECTOR_H
