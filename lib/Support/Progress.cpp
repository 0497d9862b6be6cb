//===- Progress.cpp - Progress of long work on a terminal -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Progress.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

#include <pthread.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace onnx_split;
using Clock = std::chrono::steady_clock;

/// To the start of the line, and away with what stands there.
static constexpr char StartOver[] = "\r\x1b[K";

static constexpr std::chrono::milliseconds Tick(100);

/// The one line, and all work that lives. A thread writes it while there is
/// some.
class onnx_split::ProgressLine {
public:
  /// Never destroyed: a thread may still read it at the end of the program.
  static ProgressLine &get() {
    static auto *line = new ProgressLine;
    return *line;
  }

  bool isEnabled() const { return enabled; }
  void begin(Progress *work);
  void end(Progress *work);
  void show(Progress *work, std::string text);
  void pause() {
    mutex.lock();
    clear();
  }
  void resume() { mutex.unlock(); }

private:
  ProgressLine();
  void run();
  void draw();
  void clear();
  static void write(const std::string &text);

  std::atomic<bool> enabled;
  /// Guards all that follows, and the terminal.
  /// Whoever prints may also say how far it is.
  std::recursive_mutex mutex;
  std::condition_variable_any wake;
  /// The innermost last.
  std::vector<Progress *> works;
  /// What stands on the terminal.
  std::string drawn;
  std::thread writer;
};

// What the handler of a signal needs, which takes no lock.

/// Something stands on the terminal.
static std::atomic<bool> isDrawn = false;
/// Ctrl-C was pressed: nothing is drawn any more.
static std::atomic<bool> isAbandoned = false;
/// What SIGINT did before there was a line.
static struct sigaction beforeLine;

/// Leaves an empty line to the shell's prompt, and the signal to whom it was
/// for.
static void onInterruptedLine(int) {
  isAbandoned = true;
  if (isDrawn) {
    ssize_t written = ::write(STDERR_FILENO, StartOver, sizeof StartOver - 1);
    (void)written;
  }
  ::sigaction(SIGINT, &beforeLine, nullptr);
  ::raise(SIGINT);
}

static void clearLineOnInterrupt() {
  ::sigaction(SIGINT, nullptr, &beforeLine);
  // Whoever ignores it goes on, and so does the line.
  if (beforeLine.sa_handler == SIG_IGN)
    return;
  struct sigaction own = {};
  own.sa_handler = onInterruptedLine;
  own.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &own, nullptr);
}

ProgressLine::ProgressLine() : enabled(llvm::errs().is_displayed()) {
  if (!enabled)
    return;
  clearLineOnInterrupt();
  // A child has no writer, and must not find the lock taken by it.
  ::pthread_atfork([] { get().mutex.lock(); }, [] { get().mutex.unlock(); },
                   [] {
                     get().enabled = false;
                     get().mutex.unlock();
                   });
}

void ProgressLine::write(const std::string &text) {
  // In one piece, past the buffers of streams.
  ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  (void)written;
}

void ProgressLine::begin(Progress *work) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  works.push_back(work);
  if (writer.joinable())
    return draw();
  writer = std::thread([this] { run(); });
}

void ProgressLine::end(Progress *work) {
  std::thread ended;
  {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    llvm::erase(works, work);
    clear();
    if (!works.empty())
      return;
    ended = std::move(writer);
  }
  wake.notify_all();
  ended.join();
}

void ProgressLine::show(Progress *work, std::string text) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  work->doing = std::move(text);
}

void ProgressLine::run() {
  std::unique_lock<std::recursive_mutex> lock(mutex);
  while (!wake.wait_for(lock, Tick, [this] { return works.empty(); }))
    draw();
}

/// The lock must be held.
void ProgressLine::draw() {
  Clock::time_point now = Clock::now();
  if (isAbandoned || now - works.front()->start < std::chrono::seconds(1))
    return;
  auto innermost =
      std::find_if(works.rbegin(), works.rend(),
                   [](const Progress *work) { return !work->doing.empty(); });
  if (innermost == works.rend())
    return clear();
  std::string text = (*innermost)->doing;
  // Names may hold anything; a terminal must not obey it.
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      '?');
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
      now - (*innermost)->start);
  std::string tail =
      seconds.count() > 0 ? ", " + std::to_string(seconds.count()) + " s" : "";
  // One that goes over the edge could not be taken away.
  struct winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 &&
      size.ws_col > tail.size() + 1 &&
      text.size() + tail.size() + 1 > size.ws_col) {
    text.resize(size.ws_col - tail.size() - 1);
    // Not in the middle of a UTF-8 sequence.
    while (!text.empty() && (text.back() & 0xC0) == 0x80)
      text.pop_back();
    if (!text.empty() && (text.back() & 0x80))
      text.pop_back();
  }
  text += tail;
  if (text == drawn)
    return;
  drawn = text;
  isDrawn = true;
  write(StartOver + text);
}

/// The lock must be held.
void ProgressLine::clear() {
  if (!drawn.empty())
    write(StartOver);
  drawn.clear();
  isDrawn = false;
}

Progress::Progress(std::string text)
    : isShown(ProgressLine::get().isEnabled()), doing(std::move(text)),
      start(Clock::now()) {
  if (isShown)
    ProgressLine::get().begin(this);
}

Progress::~Progress() {
  if (isShown && ProgressLine::get().isEnabled())
    ProgressLine::get().end(this);
}

void Progress::show(const llvm::Twine &text) {
  if (isShown && ProgressLine::get().isEnabled())
    ProgressLine::get().show(this, text.str());
}

Progress::Pause::Pause() : isNeeded(ProgressLine::get().isEnabled()) {
  if (isNeeded)
    ProgressLine::get().pause();
}

Progress::Pause::~Pause() {
  if (isNeeded)
    ProgressLine::get().resume();
}
