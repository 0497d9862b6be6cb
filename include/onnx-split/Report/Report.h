//===- Report.h - The page that shows a plan --------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// report.json, which holds what a picture needs beside plan.json, and the page
/// that draws both. What the page looks like is made in lib/Report/Page; here
/// it is one text that data is put into.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_REPORT_REPORT_H
#define ONNX_SPLIT_REPORT_REPORT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace onnx_split {

/// What both are called in an output folder.
inline constexpr llvm::StringLiteral ReportPageName = "report.html";
inline constexpr llvm::StringLiteral ReportDataName = "report.json";

/// Why this build cannot write a page, to follow "--report: "; empty where it
/// can.
std::string whyNoReport();

/// The JSON texts that a page shows. Those that are empty are left out.
struct ReportTexts {
  /// plan.json and report.json.
  std::string plan, report;
  /// Of onnx-split-run: --json and --trace.
  std::string run, trace;
};

/// SHA-256 of a plan.json, by which its report.json is known.
std::string getPlanDigest(llvm::StringRef plan);

/// Whether a file begins like a page or a report.json of any run.
bool isReport(llvm::StringRef text);

/// Both texts of a plan that was written with --report: report.json is in the
/// folder of `planFile`, and of that plan. Files of up to 256 MiB.
llvm::Expected<ReportTexts> readReportTexts(llvm::StringRef planFile);

/// Writes a page that needs nothing else, not even a network: markup, style and
/// script of the page, and the texts, whatever characters are in their names.
void writeReport(const ReportTexts &texts, llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_REPORT_REPORT_H
