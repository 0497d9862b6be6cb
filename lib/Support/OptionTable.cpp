//===- OptionTable.cpp - The options that a program shows -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OptionTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace onnx_split;
using llvm::StringRef;
namespace cl = llvm::cl;

/// "local-search": what is typed as it stands.
static bool isWord(StringRef text) {
  return !text.empty() && llvm::all_of(text, [](char c) {
    return llvm::isLower(c) || llvm::isDigit(c) || c == '-';
  });
}

ValueKind onnx_split::classifyValue(StringRef value) {
  ValueKind kind;
  llvm::SmallVector<StringRef> parts;
  value.split(parts, '|');
  if (parts.size() > 1) {
    kind.is = ValueKind::Choice;
    for (StringRef part : parts)
      if (isWord(part))
        kind.words.push_back(part.str());
    return kind;
  }
  kind.hasName = value.consume_front("NAME=");
  if (value == "DIR" || value == "FOLDER") {
    kind.is = ValueKind::Folder;
  } else if (value == "FILE" || value == "CLUSTER") {
    kind.is = ValueKind::File;
  } else if (value == "MODEL") {
    // Those of importFile().
    kind = {ValueKind::File,
            {"onnx", "textproto", "onnxtxt", "mlir", "mlirbc"}};
  } else if (auto [stem, ending] = value.rsplit('.');
             isWord(ending) && stem.upper() == stem) {
    kind = {ValueKind::File, {ending.str()}};
    if (ending == "yaml")
      kind.words.push_back("yml");
  }
  return kind;
}

std::string onnx_split::dashed(StringRef name) {
  return ((name.size() == 1 ? "-" : "--") + name).str();
}

std::string OptionRow::spell() const {
  if (value.empty())
    return name;
  std::string text = ("<" + value + ">").str();
  if (isValueOptional)
    return name + "[=" + text + "]";
  return name + (StringRef(name).starts_with("--") ? "=" : " ") + text;
}

OptionRow onnx_split::makeRow(const cl::Option &option) {
  auto occurrences = option.getNumOccurrencesFlag();
  return {dashed(option.ArgStr), option.ValueStr,
          option.getValueExpectedFlag() == cl::ValueOptional,
          occurrences == cl::ZeroOrMore || occurrences == cl::OneOrMore,
          option.HelpStr.str()};
}

/// One that takes no value.
static OptionRow makePlainRow(StringRef name, StringRef meaning) {
  OptionRow row;
  row.name = dashed(name);
  row.meaning = meaning.str();
  return row;
}

/// Of one group, by name.
static std::vector<OptionRow> rowsOf(const cl::OptionCategory *group) {
  std::vector<OptionRow> rows;
  for (const auto &entry : cl::getRegisteredOptions())
    if (llvm::is_contained(entry.second->Categories, group) &&
        entry.second->getOptionHiddenFlag() == cl::NotHidden)
      rows.push_back(makeRow(*entry.second));
  llvm::sort(rows, [](const OptionRow &a, const OptionRow &b) {
    return StringRef(a.name).ltrim('-') < StringRef(b.name).ltrim('-');
  });
  return rows;
}

std::vector<OptionGroup> onnx_split::listOptions(const ProgramHelp &help) {
  std::vector<OptionGroup> groups;
  for (const HelpGroup &values : help.values) {
    groups.push_back({values.name, {}});
    for (const auto &[name, meaning] : values.entries)
      groups.back().rows.push_back(makePlainRow(name, meaning));
  }
  for (const cl::OptionCategory *group : help.groups)
    groups.push_back({group->getName(), rowsOf(group)});
  groups.push_back(
      {"More",
       {makePlainRow("help", "This text"),
        makePlainRow("help-mlir", "All options, those of MLIR as well"),
        makePlainRow("version", "This version, and those of the libraries")}});
  return groups;
}
