//===- OptionErrors.cpp - What LLVM finds wrong with options --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OptionErrors.h"

#include "OptionTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

#include <sys/mman.h>
#include <unistd.h>

using namespace onnx_split;
using llvm::StringRef;
namespace cl = llvm::cl;

std::string onnx_split::captureErrors(llvm::function_ref<void()> work) {
  llvm::errs().flush();
  int own = ::dup(STDERR_FILENO);
  int file = ::memfd_create("errors", MFD_CLOEXEC);
  bool isCaptured = own >= 0 && file >= 0 && ::dup2(file, STDERR_FILENO) >= 0;
  work();
  llvm::errs().flush();
  std::string text;
  if (isCaptured) {
    ::dup2(own, STDERR_FILENO);
    char chunk[4096];
    off_t offset = 0;
    for (ssize_t got; (got = ::pread(file, chunk, sizeof chunk, offset)) > 0;
         offset += got)
      text.append(chunk, got);
  }
  for (int descriptor : {own, file})
    if (descriptor >= 0)
      ::close(descriptor);
  return text;
}

/// "a, b or c" for "a|b|c".
static std::string listChoices(StringRef choices) {
  llvm::SmallVector<StringRef> names;
  choices.split(names, '|');
  StringRef last = names.pop_back_val();
  return names.empty() ? last.str()
                       : llvm::join(names, ", ") + " or " + last.str();
}

/// What a figure of one of LLVM's types is.
static StringRef describeNumber(StringRef type) {
  return llvm::StringSwitch<StringRef>(type)
      .Cases({"uint", "ulong", "ullong"}, "a whole number from 0")
      .Cases({"integer", "long", "llong"}, "a whole number")
      .Default("a number");
}

/// What is said of an option, from its name on.
static std::string rewordOption(const cl::Option &option, StringRef message) {
  std::string name = dashed(option.ArgStr);
  auto quoted = [&] { return message.split('\'').second.rsplit('\'').first; };
  if (message.contains("must be specified"))
    return makeRow(option).spell() +
           " is missing: " + StringRef(option.HelpStr).take_front().lower() +
           StringRef(option.HelpStr).drop_front().str();
  if (message.starts_with("requires a value"))
    return name + " needs a value: " + makeRow(option).spell();
  if (message.starts_with("does not allow a value"))
    return name + " takes no value, but there is '" + quoted().str() + "'";
  if (message.starts_with("Cannot find option named"))
    return name + " takes " + listChoices(option.ValueStr) + ", not '" +
           quoted().str() + "'";
  if (message.contains("invalid value for boolean"))
    return name + " takes true or false, not '" + quoted().str() + "'";
  auto [value, type] = message.split("' value invalid for ");
  if (!type.empty())
    return name + " takes " + describeNumber(type.split(' ').first).str() +
           ", not '" + value.ltrim('\'').str() + "'";
  return name + ": " + message.str();
}

std::string onnx_split::describeTooMany(llvm::ArrayRef<FreeArgument> free) {
  FreeArgument one = free.empty() ? FreeArgument() : free.back();
  for (const FreeArgument &other : free)
    if (!other.option.empty())
      one = other;
  std::string text = "'" + one.text.str() + "' is one argument too many";
  if (!one.option.empty())
    text += "; a value of " + dashed(one.option) + " is written " +
            dashed(one.option) + "=" + one.text.str();
  return text;
}

std::string onnx_split::rewordErrors(StringRef text, StringRef program,
                                     StringRef usage,
                                     llvm::ArrayRef<FreeArgument> free) {
  std::string result;
  llvm::SmallVector<StringRef> lines;
  text.split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    std::string start = (program + ": error: ").str();
    StringRef rest = line;
    rest.consume_front(program);
    rest.consume_front(": ");
    StringRef name;
    if (rest.consume_front("for the "))
      std::tie(name, rest) = rest.split(" option: ");
    name = name.ltrim('-');
    auto known = cl::getRegisteredOptions().find(name);
    if (!name.empty() && known != cl::getRegisteredOptions().end())
      result += start + rewordOption(*known->second, rest) + "\n";
    else if (rest.starts_with("Too many positional"))
      result +=
          start + describeTooMany(free) + "; usage: " + usage.str() + "\n";
    else if (rest.starts_with("Not enough positional"))
      result += start +
                "the file to work on is missing; usage: " + usage.str() + "\n";
    else if (!rest.contains("specify at "))
      result += line.str() + "\n";
  }
  return result;
}
