//===- Report.cpp - The page that shows a plan ----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Report/Report.h"

#include "PageTexts.h"

#include "onnx-split/Support/ReadAtMost.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

using namespace onnx_split;
using llvm::StringRef;

std::string onnx_split::whyNoReport() {
  return PageScript.empty()
             ? "this build has no report page, because what draws it was not "
               "there; run utils/bootstrap, then cmake and ninja again. "
               "--report=FILE.json writes the data alone"
             : "";
}

std::string onnx_split::getPlanDigest(StringRef plan) {
  return llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(plan)),
                     /*LowerCase=*/true);
}

llvm::Expected<ReportTexts> onnx_split::readReportTexts(StringRef planFile) {
  constexpr size_t maxBytes = size_t(256) << 20;
  llvm::SmallString<256> dataFile = llvm::sys::path::parent_path(planFile);
  llvm::sys::path::append(dataFile, ReportDataName);
  auto data = readAtMost(dataFile, maxBytes + 1);
  if (!data)
    return llvm::createStringError(
        "--report: " + dataFile +
        " cannot be read: " + data.getError().message() +
        "; 'onnx-split --report' writes it beside plan.json");
  auto plan = readAtMost(planFile, maxBytes + 1);
  if (!plan)
    return llvm::createStringError(
        "--report: " + planFile +
        " cannot be read: " + plan.getError().message());
  for (const auto *buffer : {&*data, &*plan})
    if ((*buffer)->getBufferSize() > maxBytes)
      return llvm::createStringError(
          "--report: " + (*buffer)->getBufferIdentifier() +
          " is larger than 256 MiB");
  if (!isReport((*data)->getBuffer()))
    return llvm::createStringError("--report: " + dataFile +
                                   " is not what 'onnx-split --report' writes");
  std::string digest = getPlanDigest((*plan)->getBuffer());
  if (!(*data)->getBuffer().take_front(512).contains(digest))
    return llvm::createStringError("--report: " + dataFile +
                                   " was written for another plan than " +
                                   planFile);
  return ReportTexts{(*plan)->getBuffer().str(), (*data)->getBuffer().str(), "",
                     ""};
}

/// JSON has '<' in strings alone, where it may be escaped; no end tag and no
/// comment of the page can then be in it.
static void writeData(llvm::StringRef id, llvm::StringRef json,
                      llvm::raw_ostream &os) {
  if (json.empty())
    return;
  os << "<script type=\"application/json\" id=\"" << id << "\">";
  while (!json.empty()) {
    auto [before, after] = json.split('<');
    os << before;
    if (before.size() < json.size())
      os << "\\u003c";
    json = after;
  }
  os << "</script>\n";
}

/// What a page begins with. No request can leave it, whatever is in it.
static constexpr llvm::StringLiteral PageHead =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data: blob:\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>onnx-split report</title>\n"
    "<link rel=\"icon\" href=\"data:,\">\n"
    "<style>\n";

/// The members that report.json begins with, as they are written.
static constexpr llvm::StringLiteral DataHead =
    "{\"version\":1,\"program\":\"onnx-split ";

bool onnx_split::isReport(StringRef text) {
  return text.starts_with(PageHead) || text.starts_with(DataHead);
}

void onnx_split::writeReport(const ReportTexts &texts, llvm::raw_ostream &os) {
  os << PageHead << PageStyle
     << "</style>\n"
        "</head>\n"
        "<body>\n"
        "<div id=\"page\"></div>\n"
        "<noscript>This page draws itself with JavaScript. The figures are in "
        "plan.json and report.json.</noscript>\n";
  writeData("plan", texts.plan, os);
  writeData("report", texts.report, os);
  writeData("run", texts.run, os);
  writeData("trace", texts.trace, os);
  os << "<script>\n" << PageScript << "</script>\n</body>\n</html>\n";
}
