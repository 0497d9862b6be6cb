//===- PassOptions.h - Options that are one of a few ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How passes and command lines read options whose values are enumerators, by
/// the names that these have everywhere else.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_SPLIT_TRANSFORMS_PASSOPTIONS_H
#define ONNX_SPLIT_DIALECT_SPLIT_TRANSFORMS_PASSOPTIONS_H

#include "onnx-split/Analysis/Crossing.h"
#include "onnx-split/Placement/Placement.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace onnx_split {

/// The enumerators of an option, in the order in which messages list them;
/// their names are those of toString.
template <typename EnumT> struct OptionValues;
template <> struct OptionValues<Boundary> {
  static constexpr Boundary All[] = {Boundary::Ops, Boundary::Io,
                                     Boundary::Opaque};
};
template <> struct OptionValues<placement::Objective> {
  static constexpr placement::Objective All[] = {
      placement::Objective::Throughput, placement::Objective::Latency,
      placement::Objective::Devices};
};
template <> struct OptionValues<placement::Strategy> {
  static constexpr placement::Strategy All[] = {
#define STRATEGY(ID, NAME, HELP, SEARCH) placement::Strategy::ID,
#include "onnx-split/Placement/Strategies.def"
  };
};

/// Reads one enumerator; says which there are where it is none of them.
template <typename EnumT>
class EnumParser : public llvm::cl::basic_parser<EnumT> {
public:
  using llvm::cl::basic_parser<EnumT>::basic_parser;

  /// True on error, as everywhere in llvm::cl.
  bool parse(llvm::cl::Option &option, llvm::StringRef, llvm::StringRef text,
             EnumT &value) {
    std::string names;
    constexpr size_t count = std::size(OptionValues<EnumT>::All);
    for (size_t i = 0; i < count; ++i) {
      EnumT candidate = OptionValues<EnumT>::All[i];
      llvm::StringRef name = toString(candidate);
      if (text == name) {
        value = candidate;
        return false;
      }
      names += (i == 0 ? "" : i + 1 < count ? ", " : " or ") + name.str();
    }
    // As errors of other options begin, whichever program has this one.
    std::string program = llvm::sys::fs::getMainExecutable(nullptr, nullptr);
    llvm::errs() << llvm::sys::path::filename(program) << ": error: --"
                 << option.ArgStr << " takes " << names << ", not '" << text
                 << "'\n";
    return true;
  }

  void printOptionDiff(const llvm::cl::Option &option, EnumT value,
                       const llvm::cl::OptionValue<EnumT> &,
                       size_t globalWidth) const {
    this->printOptionName(option, globalWidth);
    llvm::outs() << "= " << toString(value) << '\n';
  }
};

/// As it is written in textual pass pipelines.
inline llvm::raw_ostream &operator<<(llvm::raw_ostream &os, Boundary boundary) {
  return os << toString(boundary);
}
namespace placement {
inline llvm::raw_ostream &operator<<(llvm::raw_ostream &os,
                                     Objective objective) {
  return os << toString(objective);
}
inline llvm::raw_ostream &operator<<(llvm::raw_ostream &os, Strategy strategy) {
  return os << toString(strategy);
}

/// "auto|exact|...", and what each one does, for --help.
inline const std::string &strategyChoices() {
  static const std::string text = [] {
    std::string names;
    for (const StrategyInfo &info : strategies())
      names += (names.empty() ? "" : "|") + std::string(info.name);
    return names;
  }();
  return text;
}
inline const std::string &strategyHelp() {
  static const std::string text = [] {
    std::string lines = "How to plan (default: auto)";
    for (const StrategyInfo &info : strategies())
      lines += std::string("\n") + info.name + ": " + info.help;
    return lines;
  }();
  return text;
}
} // namespace placement

} // namespace onnx_split

namespace llvm::cl {
template <>
class parser<onnx_split::Boundary>
    : public onnx_split::EnumParser<onnx_split::Boundary> {
public:
  using EnumParser::EnumParser;
};
template <>
class parser<onnx_split::placement::Objective>
    : public onnx_split::EnumParser<onnx_split::placement::Objective> {
public:
  using EnumParser::EnumParser;
};
template <>
class parser<onnx_split::placement::Strategy>
    : public onnx_split::EnumParser<onnx_split::placement::Strategy> {
public:
  using EnumParser::EnumParser;
};
} // namespace llvm::cl

#endif // ONNX_SPLIT_DIALECT_SPLIT_TRANSFORMS_PASSOPTIONS_H
