//===- Manual.cpp - A program's manual page -------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Manual.h"

#include "OptionTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace onnx_split;
using llvm::StringRef;

/// All that is installed with a page of its own.
static constexpr StringRef Programs[] = {"onnx-split", "onnx-split-bench",
                                         "onnx-split-opt", "onnx-split-run",
                                         "onnx-split-translate"};

/// Text in which nothing is a command of roff, and what can be typed stays what
/// it is when it is copied from the page.
static std::string escape(StringRef text) {
  std::string result;
  // At the start of a line these begin a command.
  if (text.starts_with(".") || text.starts_with("'"))
    result = "\\&";
  for (char c : text) {
    StringRef special = llvm::StringSwitch<StringRef>(StringRef(&c, 1))
                            .Case("\\", "\\e")
                            .Case("-", "\\-")
                            .Case("'", "\\(aq")
                            .Case("`", "\\(ga")
                            .Case("^", "\\(ha")
                            .Case("~", "\\(ti")
                            .Default("");
    if (special.empty())
      result += c;
    else
      result += special;
  }
  return result;
}

/// Lines that stay apart.
static void printLines(StringRef text, llvm::raw_ostream &os) {
  llvm::SmallVector<StringRef> lines;
  text.split(lines, '\n');
  for (auto [index, line] : llvm::enumerate(lines))
    os << (index ? ".br\n" : "") << escape(line) << "\n";
}

/// A term and, indented below it, what it means.
static void printRow(const OptionRow &row, llvm::raw_ostream &os) {
  os << ".TP\n\\fB" << escape(row.name) << "\\fR";
  if (!row.value.empty()) {
    StringRef join = StringRef(row.name).starts_with("--") ? "=" : " ";
    os << (row.isValueOptional ? "[" : "") << join << "\\fI"
       << escape(row.value) << "\\fR" << (row.isValueOptional ? "]" : "");
  }
  os << "\n";
  printLines(row.meaning, os);
}

void onnx_split::printManual(const ProgramHelp &help, StringRef program,
                             llvm::raw_ostream &os) {
  // No date: the same sources give the same page.
  os << ".TH " << program.upper() << " 1 \"\" \"onnx\\-split "
     << ONNX_SPLIT_VERSION << "\" \"User Commands\"\n";
  // The line that apropos lists takes no sentence.
  StringRef purpose = help.purpose;
  std::string brief = purpose.rtrim('.').str();
  brief[0] = llvm::toLower(brief[0]);
  os << ".SH NAME\n"
     << escape(program) << " \\- " << escape(brief) << "\n.SH SYNOPSIS\n"
     << escape(help.usage) << "\n.SH DESCRIPTION\n"
     << escape(purpose) << "\n.SH OPTIONS\n";
  for (const OptionGroup &group : listOptions(help)) {
    os << ".SS " << escape(group.name) << "\n";
    for (const OptionRow &row : group.rows)
      printRow(row, os);
  }
  os << ".SH EXIT STATUS\n";
  llvm::SmallVector<StringRef> statuses;
  help.statuses.split(statuses, "; ");
  for (StringRef status : statuses) {
    auto [number, meaning] = status.split(' ');
    os << ".TP\n" << number << "\n" << escape(meaning) << "\n";
  }
  if (!help.examples.empty())
    os << ".SH EXAMPLES\n.EX\n";
  for (StringRef example : help.examples)
    os << escape(example) << "\n";
  if (!help.examples.empty())
    os << ".EE\n";
  os << ".SH SEE ALSO\n";
  const char *comma = "";
  for (StringRef other : Programs) {
    if (other == program)
      continue;
    os << comma << "\\fB" << escape(other) << "\\fR(1)";
    comma = ",\n";
  }
  os << "\n";
}
