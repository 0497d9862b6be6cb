//===- Completion.cpp - A program's options for shells --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Completion.h"

#include "OptionTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace onnx_split;
using llvm::StringRef;

/// The text with a backslash before each character of `special`.
static std::string escaped(StringRef text, StringRef special) {
  std::string result;
  for (char c : text) {
    if (special.contains(c))
      result += '\\';
    result += c;
  }
  return result;
}

/// As one word of a POSIX shell.
static std::string quoted(StringRef text) {
  std::string result = "'";
  for (char c : text)
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// Shells show a line; values that are listed below it are offered anyway.
static StringRef firstLine(const OptionRow &row) {
  return StringRef(row.meaning).split('\n').first;
}

/// "_onnx_split_run", the name of a function.
static std::string nameFunction(StringRef program) {
  std::string name = ("_" + program).str();
  llvm::replace(name, '-', '_');
  return name;
}

static std::vector<OptionRow> listRows(const ProgramHelp &help) {
  std::vector<OptionRow> rows;
  for (OptionGroup &group : listOptions(help))
    llvm::append_range(rows, group.rows);
  return rows;
}

//===----------------------------------------------------------------------===//
// bash
//===----------------------------------------------------------------------===//

/// What completes a value that begins with $cur.
static std::string completeInBash(const ValueKind &kind) {
  switch (kind.is) {
  case ValueKind::Choice:
    return "mapfile -t COMPREPLY < <(compgen -W '" +
           llvm::join(kind.words, " ") + "' -- \"$cur\")";
  case ValueKind::Folder:
    return "compopt -o filenames\n"
           "    mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")";
  case ValueKind::File: {
    std::string files = "compgen -f -- \"$cur\"";
    if (!kind.words.empty()) {
      files = "compgen -d -- \"$cur\"";
      for (const std::string &ending : kind.words)
        files += "; compgen -f -X '!*." + ending + "' -- \"$cur\"";
    }
    return "compopt -o filenames\n    mapfile -t COMPREPLY < <(" + files + ")";
  }
  case ValueKind::Other:
    return ":";
  }
  return "";
}

static void printBash(const ProgramHelp &help, StringRef program,
                      llvm::raw_ostream &os) {
  std::string function = nameFunction(program), names;
  std::vector<OptionRow> rows = listRows(help);
  for (const OptionRow &row : rows)
    names += (names.empty() ? "" : " ") + row.name +
             (row.value.empty() || row.isValueOptional || row.name.size() == 2
                  ? ""
                  : "=");
  os << "# Completion of " << program << " for bash.\n"
     << function << "() {\n"
     << R"(  local cur=${COMP_WORDS[COMP_CWORD]} i=$COMP_CWORD option
  COMPREPLY=()
  # "--option=NAME=VALUE" is five words.
  if [[ $cur == = ]]; then
    cur=
    ((i--))
  fi
  while ((i >= 2)) && [[ ${COMP_WORDS[i - 1]} == = ]]; do
    ((i -= 2))
  done
  if ((i < COMP_CWORD)) && [[ ${COMP_WORDS[i]} == -* ]]; then
    option=${COMP_WORDS[i]}=
  else
    option=${COMP_WORDS[i - 1]}
  fi
  case $option in
)";
  for (const OptionRow &row : rows) {
    if (row.value.empty())
      continue;
    // A value that need not be there is attached.
    os << "  " << row.name << "=" << (row.isValueOptional ? "" : "|" + row.name)
       << ")\n    " << completeInBash(classifyValue(row.value))
       << "\n    return\n    ;;\n";
  }
  os << "  esac\n"
     << "  if [[ $cur == -* ]]; then\n"
     << "    mapfile -t COMPREPLY < <(compgen -W '" << names
     << "' -- \"$cur\")\n"
     << "    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace\n"
     << "  else\n    " << completeInBash(classifyValue(help.file)) << "\n"
     << "  fi\n"
     << "}\n"
     << "complete -F " << function << " " << program << "\n";
}

//===----------------------------------------------------------------------===//
// zsh
//===----------------------------------------------------------------------===//

/// The action of _arguments for a value.
static std::string completeInZsh(const ValueKind &kind) {
  std::string files = "_files";
  if (!kind.words.empty())
    files += " -g \"*.(" + llvm::join(kind.words, "|") + ")\"";
  switch (kind.is) {
  case ValueKind::Choice:
    return "(" + llvm::join(kind.words, " ") + ")";
  case ValueKind::Folder:
    return "_files -/";
  case ValueKind::File:
    return kind.hasName ? "{compset -P \"*=\"; " + files + "}" : files;
  case ValueKind::Other:
    return " ";
  }
  return "";
}

static void printZsh(const ProgramHelp &help, StringRef program,
                     llvm::raw_ostream &os) {
  auto describe = [](StringRef value) {
    return ":" + escaped(value, "\\:") + ":" +
           completeInZsh(classifyValue(value));
  };
  std::string function = nameFunction(program);
  os << "#compdef " << program << "\n# Completion of " << program
     << " for zsh.\n"
     << function << "() {\n  _arguments \\\n";
  for (const OptionRow &row : listRows(help)) {
    std::string spec = (row.isRepeatable ? "*" : "") + row.name;
    // "=": attached or the next word; "=-": attached.
    if (!row.value.empty() && row.name.size() > 2)
      spec += row.isValueOptional ? "=-" : "=";
    spec += "[" + escaped(firstLine(row), "\\[]") + "]";
    if (!row.value.empty())
      spec += (row.isValueOptional ? ":" : "") + describe(row.value);
    os << "    " << quoted(spec) << " \\\n";
  }
  os << "    " << quoted("*" + describe(help.file))
     << "\n}\n"
     // The file is either the function itself, found by its name, or sourced.
     << "if [[ ${funcstack[1]} == _" << program << " ]]; then\n  " << function
     << " \"$@\"\nelse\n  compdef " << function << " " << program << "\nfi\n";
}

//===----------------------------------------------------------------------===//
// fish
//===----------------------------------------------------------------------===//

/// The options of `complete` for a value.
static std::string completeInFish(const ValueKind &kind) {
  switch (kind.is) {
  case ValueKind::Choice:
    return " -x -a '" + llvm::join(kind.words, " ") + "'";
  case ValueKind::Folder:
    return " -x -a '(__fish_complete_directories)'";
  case ValueKind::File:
    if (kind.words.empty())
      return " -r -F";
    return " -x -a '(__fish_complete_suffix ." + llvm::join(kind.words, " .") +
           ")'";
  case ValueKind::Other:
    return " -x";
  }
  return "";
}

static void printFish(const ProgramHelp &help, StringRef program,
                      llvm::raw_ostream &os) {
  os << "# Completion of " << program << " for fish.\n";
  ValueKind files = classifyValue(help.file);
  if (!files.words.empty())
    os << "complete -c " << program << completeInFish(files) << "\n";
  for (const OptionRow &row : listRows(help)) {
    os << "complete -c " << program << (row.name.size() == 2 ? " -s " : " -l ")
       << StringRef(row.name).ltrim('-');
    if (!row.value.empty() && !row.isValueOptional)
      os << completeInFish(classifyValue(row.value));
    os << " -d '" << escaped(firstLine(row), "\\'") << "'\n";
  }
}

bool onnx_split::printCompletion(const ProgramHelp &help, StringRef program,
                                 StringRef shell, llvm::raw_ostream &os) {
  if (shell == "bash")
    printBash(help, program, os);
  else if (shell == "zsh")
    printZsh(help, program, os);
  else if (shell == "fish")
    printFish(help, program, os);
  else
    return false;
  return true;
}
