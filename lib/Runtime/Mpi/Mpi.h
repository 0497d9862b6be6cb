//===- Mpi.h - What the files of this folder need of MPI --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_MPI_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_MPI_H

#include "Waker.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <mpi.h>

namespace onnx_split::runtime {

/// Nanoseconds of the host's monotonic clock.
int64_t hostNow();

/// Nanoseconds of processor time that the calling thread has used.
int64_t threadCpuNs();

/// Bytes of memory that the process has resident, at most until now.
int64_t peakResidentBytes();

/// Bytes of memory that the process has resident now.
int64_t residentBytes();

/// Waits for requests without spinning. False after `seconds`. A waker that is
/// kept knows the sockets already; `sending` is as in Waker::wait.
bool waitFor(llvm::MutableArrayRef<MPI_Request> requests, double seconds);
bool waitFor(llvm::MutableArrayRef<MPI_Request> requests, double seconds,
             Waker &waker, bool sending);

/// Whether every rank got here within `seconds`.
bool meet(MPI_Comm comm, double seconds);

/// The number of rank 0, on every rank; nothing where it did not come within
/// `seconds`. Collective.
std::optional<int64_t> shareNumber(int64_t number, MPI_Comm comm,
                                   double seconds);

/// The texts of all ranks, in their order, on every rank. Empty vector where
/// some rank did not call this within `seconds`.
std::vector<std::string> gatherTexts(const std::string &text, MPI_Comm comm,
                                     double seconds);

/// Numbers of all ranks on rank 0, by rank; nothing on the others. Collective.
std::vector<std::vector<int64_t>> gatherNumbers(llvm::ArrayRef<int64_t> numbers,
                                                MPI_Comm comm);

/// The same for figures: structs of nothing but 64-bit integers, which travel
/// as those do, so that ranks may differ in the order of bytes.
template <typename T>
std::vector<std::vector<T>> gatherFigures(llvm::ArrayRef<T> figures,
                                          MPI_Comm comm) {
  static_assert(std::is_trivially_copyable_v<T> &&
                    sizeof(T) % sizeof(int64_t) == 0 &&
                    alignof(T) == alignof(int64_t),
                "figures are 64-bit integers");
  std::vector<int64_t> numbers(figures.size() * sizeof(T) / sizeof(int64_t));
  if (!figures.empty())
    std::memcpy(numbers.data(), figures.data(), figures.size() * sizeof(T));
  std::vector<std::vector<T>> all;
  for (const std::vector<int64_t> &received : gatherNumbers(numbers, comm)) {
    size_t count = received.size() * sizeof(int64_t) / sizeof(T);
    std::vector<T> &theirs = all.emplace_back(count);
    if (count > 0)
      // Default values of members make a type that GCC would not fill so.
      std::memcpy(static_cast<void *>(theirs.data()), received.data(),
                  count * sizeof(T));
  }
  return all;
}

/// What to add to this rank's clock to get that of rank 0. Collective.
int64_t measureClockOffset(MPI_Comm comm);

/// Ranks on this host. Collective.
int countLocalRanks();

/// Threads of a session where the user does not say: the host's, shared among
/// its ranks. Collective.
unsigned shareThreads();

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_MPI_H
