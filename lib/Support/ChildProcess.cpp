//===- ChildProcess.cpp - Work that may crash -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/ChildProcess.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace onnx_split;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// SharedNumber
//===----------------------------------------------------------------------===//

SharedNumber::SharedNumber() : place(&own) {
  void *memory = ::mmap(nullptr, sizeof(*place), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED)
    place = new (memory) std::atomic<int64_t>(0);
}

SharedNumber::~SharedNumber() {
  if (place != &own)
    ::munmap(place, sizeof(*place));
}

//===----------------------------------------------------------------------===//
// The two processes
//===----------------------------------------------------------------------===//

namespace {
/// The last byte of what the child writes, which says what the others are.
enum Kind : char { Result = 'r', Failure = 'f' };
} // namespace

/// The child's surroundings; see the header for what is promised.
static void setUpChild(pid_t parent) {
  // LLVM's handlers would print a stack and ask for a bug report.
  for (int signal = 1; signal < NSIG; ++signal)
    std::signal(signal, SIG_DFL);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have gone before that was said.
  if (::getppid() != parent)
    ::_exit(1);
  struct rlimit none = {0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || ::dup2(null, STDIN_FILENO) < 0 ||
      ::dup2(null, STDOUT_FILENO) < 0)
    ::_exit(1);
  // Anyone may offer a process of his own; where that is not so, the system
  // chooses by size.
  int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0 && ::write(score, "1000", 4) < 0)
    errno = 0;
}

/// False where the reader is gone.
static bool writeAll(int pipe, StringRef bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(pipe, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    bytes = bytes.drop_front(written);
  }
  return true;
}

/// Without destructors of objects that belong to the parent.
[[noreturn]] static void
runChild(pid_t parent, int pipe,
         llvm::function_ref<llvm::Expected<std::string>()> work) {
  setUpChild(parent);
  llvm::Expected<std::string> result = work();
  std::string answer = result
                           ? *result + char(Result)
                           : llvm::toString(result.takeError()) + char(Failure);
  ::_exit(writeAll(pipe, answer) ? 0 : 1);
}

/// All that the child writes, until its end of the pipe is closed.
static std::string readAll(int pipe, llvm::function_ref<void()> waiting) {
  constexpr int pollMs = 100;
  std::string answer;
  std::string chunk(64 << 10, '\0');
  while (true) {
    struct pollfd ready = {pipe, POLLIN, 0};
    int count = ::poll(&ready, 1, pollMs);
    if (count <= 0) {
      if (waiting)
        waiting();
      if (count < 0 && errno != EINTR && errno != EAGAIN)
        return answer;
      continue;
    }
    ssize_t got = ::read(pipe, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return answer;
    answer.append(chunk, 0, got);
  }
}

//===----------------------------------------------------------------------===//
// How it ended
//===----------------------------------------------------------------------===//

char ChildDied::ID = 0;

void ChildDied::log(llvm::raw_ostream &os) const { os << text; }

std::error_code ChildDied::convertToErrorCode() const {
  return llvm::inconvertibleErrorCode();
}

static bool isRequest(int signal) {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP;
}

bool ChildDied::hasCrashed() const {
  return signal != 0 && signal != SIGKILL && !isRequest(signal);
}

/// How a process ended that gave no answer.
static llvm::Error describeEnd(int status) {
  auto died = [](const llvm::Twine &message, int signal) {
    return llvm::make_error<ChildDied>(message.str(), signal);
  };
  if (!WIFSIGNALED(status))
    return died("the child process ended with status " +
                    llvm::Twine(WEXITSTATUS(status)),
                0);
  int signal = WTERMSIG(status);
  if (signal == SIGKILL)
    return died("the child process was killed, perhaps because the machine's "
                "memory ran out",
                signal);
  if (isRequest(signal))
    return died("the child process was asked to end", signal);
  return died("the child process crashed (" + llvm::Twine(::strsignal(signal)) +
                  ")",
              signal);
}

llvm::Expected<std::string>
onnx_split::runInChild(llvm::function_ref<llvm::Expected<std::string>()> work,
                       llvm::function_ref<void()> waiting) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return llvm::createStringError("no pipe can be made: " +
                                   llvm::sys::StrError());
  // What lies in buffers would be written twice.
  llvm::outs().flush();
  llvm::errs().flush();
  pid_t parent = ::getpid();
  pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    runChild(parent, ends[1], work);
  }
  std::string why = child < 0 ? llvm::sys::StrError() : "";
  ::close(ends[1]);
  std::string answer;
  if (child > 0)
    answer = readAll(ends[0], waiting);
  ::close(ends[0]);
  if (child < 0)
    return llvm::createStringError("no process can be started: " + why);

  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    // Whoever started this process may have said that children are no matter.
    if (errno != EINTR)
      break;
  if (status != 0)
    return describeEnd(status);
  if (answer.empty())
    return llvm::make_error<ChildDied>(
        "the child process ended without an answer", 0);
  char kind = answer.back();
  answer.pop_back();
  if (kind == Failure)
    return llvm::createStringError(answer);
  return answer;
}
