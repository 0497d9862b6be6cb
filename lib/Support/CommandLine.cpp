//===- CommandLine.cpp - What all programs say of their options -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/CommandLine.h"

#include "Completion.h"
#include "Manual.h"
#include "OptionErrors.h"
#include "OptionTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace onnx_split;
using llvm::StringRef;
namespace cl = llvm::cl;

/// Lines of help are no longer, and what an option does begins here.
static constexpr size_t Width = 100, Indent = 30;

/// Words of the text, line by line from `Indent` on; the first line goes on
/// from `column`.
static void wrap(StringRef text, size_t column, llvm::raw_ostream &os) {
  if (column + 2 > Indent) {
    os << "\n";
    column = 0;
  }
  llvm::SmallVector<StringRef> paragraphs;
  text.split(paragraphs, '\n');
  for (StringRef paragraph : paragraphs) {
    os.indent(Indent - column);
    column = Indent;
    llvm::SmallVector<StringRef> words;
    paragraph.split(words, ' ', -1, /*KeepEmpty=*/false);
    bool isFirst = true;
    for (StringRef word : words) {
      if (!isFirst && column + 1 + word.size() > Width) {
        os << "\n";
        os.indent(Indent);
        column = Indent;
        isFirst = true;
      }
      os << (isFirst ? "" : " ") << word;
      column += word.size() + !isFirst;
      isFirst = false;
    }
    os << "\n";
    column = 0;
  }
}

static void printHelp(const ProgramHelp &help, llvm::raw_ostream &os) {
  os << "usage: " << help.usage << "\n\n" << help.purpose << "\n";
  for (const OptionGroup &group : listOptions(help)) {
    os << "\n" << group.name << ":\n";
    for (const OptionRow &row : group.rows) {
      std::string text = "  " + row.spell();
      os << text;
      wrap(row.meaning, text.size(), os);
    }
  }
  if (!help.examples.empty())
    os << "\nExamples:\n";
  for (StringRef example : help.examples)
    os << "  " << example << "\n";
  os << "\nExit status: " << help.statuses << "\n";
}

/// The own option that was most likely meant, or nothing.
static std::string findNearest(StringRef name, const ProgramHelp &help) {
  for (auto [other, own] : help.synonyms)
    if (name == other)
      return own.str();
  // A letter or two, or a third of a long name.
  constexpr unsigned few = 2, share = 3;
  unsigned least = std::max<unsigned>(few, name.size() / share) + 1;
  std::string nearest;
  auto compare = [&](StringRef own) {
    unsigned distance = name.edit_distance(own);
    // As many changes as there are letters make any word of any other.
    if (distance < least && distance < own.size()) {
      least = distance;
      nearest = own.str();
    }
  };
  for (const OptionGroup &group : listOptions(help))
    for (const OptionRow &row : group.rows)
      compare(StringRef(row.name).ltrim('-'));
  return nearest;
}

namespace {
/// What the arguments are, without their values.
struct Arguments {
  /// The first that looks like an option and is none.
  std::optional<StringRef> unknown;
  std::vector<FreeArgument> free;
};
} // namespace

static Arguments classify(llvm::ArrayRef<char *> arguments,
                          const ProgramHelp &help) {
  llvm::StringSet<> later;
  later.insert(help.later.begin(), help.later.end());
  for (const HelpGroup &group : help.values)
    for (const auto &entry : group.entries)
      later.insert(entry.first);
  const auto &known = cl::getRegisteredOptions();
  Arguments result;
  bool isBehind = false;
  StringRef before;
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef argument = arguments[i];
    if (argument == "--" && !isBehind) {
      isBehind = true;
      continue;
    }
    if (isBehind || !argument.starts_with("-") || argument == "-") {
      result.free.push_back({argument, before});
      before = "";
      continue;
    }
    before = "";
    StringRef name = argument.ltrim('-').split('=').first;
    if (later.contains(name))
      continue;
    if (later.contains((name + "=").str())) {
      i += !argument.contains('=');
      continue;
    }
    auto found = known.find(name);
    if (found == known.end()) {
      if (!result.unknown)
        result.unknown = name;
      continue;
    }
    // Its value may begin with a dash.
    if (!argument.contains('=') &&
        found->second->getValueExpectedFlag() == cl::ValueRequired)
      ++i;
    else if (!argument.contains('=') && !found->second->ValueStr.empty())
      before = name;
  }
  return result;
}

/// What is wrong, as far as it can be seen before options are read; or nothing.
static std::string findFault(llvm::ArrayRef<char *> arguments,
                             StringRef program, const ProgramHelp &help) {
  Arguments found = classify(arguments, help);
  if (found.unknown) {
    std::string nearest = findNearest(*found.unknown, help);
    return "there is no option '" + dashed(*found.unknown) + "'; " +
           (nearest.empty() ? program.str() + " --help lists the options"
                            : "did you mean '" + dashed(nearest) + "'?");
  }
  if (help.readsStandardInput && found.free.size() > 1)
    return describeTooMany(found.free) + "; usage: " + help.usage.str();
  for (const FreeArgument &file : found.free)
    if (!help.refused.first.empty() && file.text.ends_with(help.refused.first))
      return file.text.str() + " " + help.refused.second.str();
  if (!help.needsValue)
    return "";
  std::vector<std::string> values;
  for (const HelpGroup &group : help.values)
    for (const auto &entry : group.entries)
      values.push_back(dashed(entry.first));
  bool hasValue = llvm::any_of(arguments, [&](StringRef argument) {
    return argument.starts_with("-") &&
           llvm::is_contained(values, dashed(argument.ltrim('-')));
  });
  return hasValue ? "" : "say what is to be done: " + llvm::join(values, ", ");
}

std::optional<int> onnx_split::answerCommandLine(int argc, char **argv,
                                                 const ProgramHelp &help) {
  llvm::MutableArrayRef<char *> arguments(argv + 1, argv + argc);
  StringRef program = llvm::sys::path::filename(argv[0]);
  if (arguments.empty() && (!help.readsStandardInput ||
                            llvm::sys::Process::StandardInIsUserInput())) {
    llvm::errs() << "usage: " << help.usage << "\n"
                 << help.purpose << "\n"
                 << program << " --help lists the options.\n";
    return 1;
  }
  auto has = [&](StringRef wanted) {
    return llvm::is_contained(arguments, wanted);
  };
  if (has("--help") || has("-help") || has("-h")) {
    printHelp(help, llvm::outs());
    return 0;
  }
  if (has("--version") || has("-version")) {
    llvm::outs() << program
                 << " " ONNX_SPLIT_VERSION "\nLLVM " LLVM_VERSION_STRING "\n"
                 << help.versions;
    return 0;
  }
  if (has("--print-man")) {
    printManual(help, program, llvm::outs());
    return 0;
  }
  for (StringRef argument : arguments)
    if (argument.consume_front("--print-completion=")) {
      if (printCompletion(help, program, argument, llvm::outs()))
        return 0;
      llvm::errs() << program
                   << ": error: --print-completion takes bash, zsh or fish, "
                      "not '"
                   << argument << "'\n";
      return 1;
    }
  static char allOptions[] = "--help";
  for (char *&argument : arguments)
    if (argument == StringRef("--help-mlir")) {
      argument = allOptions;
      return std::nullopt;
    }
  std::string wrong = findFault(arguments, program, help);
  if (wrong.empty())
    return std::nullopt;
  llvm::errs() << program << ": error: " << wrong << "\n";
  return 1;
}

std::optional<int> onnx_split::readCommandLine(int argc, char **argv,
                                               const ProgramHelp &help) {
  if (std::optional<int> status = answerCommandLine(argc, argv, help))
    return status;
  std::string overview = (help.purpose + "\n").str();
  bool isRead = true;
  std::string found = captureErrors([&] {
    isRead = cl::ParseCommandLineOptions(argc, argv, overview, &llvm::errs());
  });
  llvm::errs() << rewordErrors(
      found, llvm::sys::path::filename(argv[0]), help.usage,
      classify(llvm::ArrayRef(argv + 1, argv + argc), help).free);
  return isRead ? std::nullopt : std::optional(1);
}
