//===- DiagnosticPrinter.cpp - Diagnostics for people ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/DiagnosticPrinter.h"

#include "onnx-split/Support/Progress.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace onnx_split;

/// "file:line:column: name: ", as far as it is known.
static void printLocation(Location loc, llvm::raw_ostream &os) {
  if (auto named = dyn_cast<NameLoc>(loc)) {
    printLocation(named.getChildLoc(), os);
    os << named.getName().getValue() << ": ";
  } else if (auto file = dyn_cast<FileLineColLoc>(loc)) {
    os << file.getFilename().getValue() << ":";
    if (file.getLine() > 0)
      os << file.getLine() << ":" << file.getColumn() << ":";
    os << " ";
  }
}

static StringRef toString(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return "error: ";
  case DiagnosticSeverity::Warning:
    return "warning: ";
  case DiagnosticSeverity::Note:
    return "note: ";
  case DiagnosticSeverity::Remark:
    return "remark: ";
  }
  return "";
}

/// Names in files may hold anything; a terminal must not obey it.
static void printHarmless(StringRef text, llvm::raw_ostream &os) {
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      os << "\\x" << llvm::toHex(StringRef(&c, 1), /*LowerCase=*/true);
    else
      os << c;
}

static void printMessage(const Diagnostic &diagnostic, llvm::raw_ostream &os) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  printLocation(diagnostic.getLocation(), stream);
  stream << toString(diagnostic.getSeverity()) << diagnostic;
  printHarmless(text, os);
  os << "\n";
}

static bool isExplanation(Diagnostic &diagnostic) {
  return llvm::any_of(
      diagnostic.getMetadata(), [](const DiagnosticArgument &mark) {
        return mark.getKind() ==
                   DiagnosticArgument::DiagnosticArgumentKind::String &&
               mark.getAsString() == ExplanationMark;
      });
}

DiagnosticPrinter::DiagnosticPrinter(MLIRContext *context,
                                     llvm::raw_ostream &os)
    : ScopedDiagnosticHandler(context) {
  setHandler([this, &os](Diagnostic &diagnostic) {
    Progress::Pause pause;
    bool isKept = keepsRemarks && isExplanation(diagnostic) &&
                  diagnostic.getSeverity() == DiagnosticSeverity::Remark;
    auto take = [&](const Diagnostic &message) {
      if (!isKept)
        return printMessage(message, os);
      std::string text;
      llvm::raw_string_ostream stream(text);
      printHarmless(message.str(), stream);
      remarks.push_back(std::move(text));
    };
    take(diagnostic);
    for (const Diagnostic &note : diagnostic.getNotes())
      take(note);
  });
}
