//===- Results.cpp - The plan and what is written of it -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Results.h"

#include "onnx-split/Pipeline/EmitParts.h"
#include "onnx-split/Report/Report.h"
#include "onnx-split/Report/ReportData.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace onnx_split;

/// SHA-256 of a file that was read before; empty if it has gone since.
static std::string digestOf(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(
                                  (*buffer)->getBuffer())),
                              /*LowerCase=*/true)
                : std::string();
}

/// What plan.json keeps of the command line: the options that a later --plan
/// must agree with, or takes over. `sequences` are those of the plan.
static Plan::Options describeOptions(const Options &options,
                                     int64_t sequences) {
  auto list = [](const auto &values) {
    return std::vector<std::string>(values.begin(), values.end());
  };
  const graph::InferTypesPassOptions &infer = options.pipeline.inferTypes;
  std::vector<std::string> states = list(options.pipeline.place.states);
  if (states.empty())
    states.push_back("auto");
  return {list(infer.dims),  list(infer.shapes), list(infer.assumes),
          list(infer.alsos), list(options.set),  options.observe,
          std::move(states), sequences};
}

Plan onnx_split::completePlan(ModuleOp module, PlanInterface interface,
                              std::vector<std::string> explanation,
                              const Options &options) {
  Plan plan = gatherPlan(module);
  plan.interface = std::move(interface);
  plan.explanation = std::move(explanation);
  plan.options = describeOptions(options, plan.options.sequences);
  plan.sourceFile = options.model;
  plan.clusterFile = options.pipeline.place.devices;
  plan.clusterDigest = digestOf(options.pipeline.place.devices);
  return plan;
}

/// Both texts that a page shows of a plan.
static ReportTexts makeTexts(ModuleOp module, const Plan &plan) {
  ReportTexts texts;
  llvm::raw_string_ostream planText(texts.plan), reportText(texts.report);
  writePlan(plan, planText);
  writeReportData(module, plan, reportText);
  return texts;
}

/// Writes what --report=FILE asks for under another name beside it.
static FailureOr<llvm::sys::fs::TempFile>
writeReportFile(const ReportTexts &texts, StringRef file,
                MLIRContext *context) {
  auto fail = [&](const llvm::Twine &why) {
    return emitError(FileLineColLoc::get(context, file, 0, 0))
           << "cannot write: " << why;
  };
  auto temporary = llvm::sys::fs::TempFile::create(file + "-%%%%%%%%");
  if (!temporary)
    return LogicalResult(fail(llvm::toString(temporary.takeError())));
  llvm::raw_fd_ostream os(temporary->FD, /*shouldClose=*/false);
  if (file.ends_with_insensitive(".json"))
    os << texts.report;
  else
    writeReport(texts, os);
  os.flush();
  if (!os.has_error())
    return std::move(*temporary);
  std::string why = os.error().message();
  os.clear_error();
  llvm::consumeError(temporary->discard());
  return LogicalResult(fail(why));
}

LogicalResult onnx_split::writeResults(ModuleOp module, const Plan &plan,
                                       const Emission &emission,
                                       StringRef folder,
                                       const Options &options) {
  ReportTexts texts;
  if (options.asksForReport())
    texts = makeTexts(module, plan);
  bool isFileApart = !options.report.empty();
  MLIRContext *context = module.getContext();
  std::optional<llvm::sys::fs::TempFile> page;
  if (isFileApart) {
    auto written = writeReportFile(texts, options.report, context);
    if (failed(written))
      return failure();
    page = std::move(*written);
  }
  // Under its own name only once all else is there.
  auto keepPage = [&] {
    llvm::Error error =
        page ? page->keep(options.report.getValue()) : llvm::Error::success();
    if (!error)
      return LogicalResult(success());
    return LogicalResult(
        emitError(FileLineColLoc::get(context, options.report.getValue(), 0, 0))
        << "cannot write: " << llvm::toString(std::move(error)));
  };
  if (options.dryRun)
    return keepPage();
  Further further = emission.getFurther();
  if (options.emits(Emit::Mpi))
    further.files.push_back(
        {"hostfile", [&](llvm::raw_ostream &os) { writeHostfile(plan, os); }});
  auto problem = module->getAttrOfType<StringAttr>(split::ProblemAttrName);
  if (problem)
    further.files.push_back({"problem.json", [&](llvm::raw_ostream &os) {
                               os << problem.getValue();
                             }});
  if (options.asksForReport()) {
    further.files.push_back({ReportDataName.str(), [&](llvm::raw_ostream &os) {
                               os << texts.report;
                             }});
    if (!isFileApart)
      further.files.push_back(
          {ReportPageName.str(),
           [&](llvm::raw_ostream &os) { writeReport(texts, os); }});
  }
  if (succeeded(emitParts(module, plan, options.weights, further, folder,
                          options.force)))
    return keepPage();
  if (page)
    llvm::consumeError(page->discard());
  return failure();
}

/// What --report writes.
static std::string getReportFile(const Options &options, StringRef folder) {
  if (!options.report.empty())
    return options.report;
  llvm::SmallString<256> file(folder);
  llvm::sys::path::append(file, ReportPageName);
  return std::string(file);
}

Status onnx_split::printResults(
    const Plan &plan, const Emission &emission,
    const std::optional<FailureOr<runtime::Verification>> &verification,
    StringRef folder, const Options &options) {
  bool asJson = options.format == Format::Json;
  if (asJson)
    writePlan(plan, llvm::outs());
  else
    printPlan(plan, llvm::outs());
  if (!asJson && !options.dryRun) {
    printParts(plan, folder, options.emits(Emit::Mpi), llvm::outs());
    emission.print(plan, folder, llvm::outs());
  }
  if (!asJson && options.asksForReport())
    llvm::outs() << "report       " << getReportFile(options, folder) << "\n";
  if (!verification)
    return Done;
  if (failed(*verification))
    return NotVerified;
  // Standard output holds the summary alone, which scripts read as JSON.
  runtime::printVerification(**verification,
                             asJson ? llvm::errs() : llvm::outs());
  return (*verification)->allSame() ? Done : NotVerified;
}
