//===- Import.cpp - From an ONNX file to the IR ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/Import.h"

#include "ModelReader.h"
#include "OtherFormats.h"

#include "onnx-split/Support/Nesting.h"
#include "onnx-split/Support/Progress.h"
#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Target/Onnx/Skeleton.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "onnx/defs/parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/SourceMgr.h"

#include <climits>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

using namespace mlir;
using namespace onnx_split;

//===----------------------------------------------------------------------===//
// Text formats: everything is in memory, nothing is stripped
//===----------------------------------------------------------------------===//

namespace {
/// Reports what protobuf's text parser finds at line and column.
class TextErrors : public google::protobuf::io::ErrorCollector {
public:
  TextErrors(MLIRContext *mlirContext, StringRef file)
      : context(mlirContext), path(file) {}
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string &message) override {
    emitError(FileLineColLoc::get(context, path, line + 1, column + 1))
        << message;
  }

private:
  MLIRContext *context;
  StringRef path;
};
} // namespace

/// Protobuf counts bytes in an int.
static constexpr size_t MaxProtobufBytes = INT_MAX;

/// protobuf's text format. Errors are emitted at line and column.
static LogicalResult parseTextproto(StringRef text, StringRef path,
                                    MLIRContext *context,
                                    onnx::ModelProto &model) {
  TextErrors errors(context, path);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.SetRecursionLimit(MaxMessageDepth);
  google::protobuf::io::ArrayInputStream input(text.data(),
                                               static_cast<int>(text.size()));
  return success(parser.Parse(&input, &model));
}

/// Fails where brackets are nested more deeply than the parsers of text, which
/// call themselves, can stand.
static LogicalResult checkNesting(StringRef text, unsigned maxDepth,
                                  StringRef comment, StringRef path,
                                  MLIRContext *context) {
  size_t offset = findTooDeep(text, maxDepth, comment);
  if (offset == StringRef::npos)
    return success();
  StringRef before = text.take_front(offset);
  unsigned line = before.count('\n') + 1;
  unsigned column = offset - (before.rfind('\n') + 1) + 1;
  return emitError(FileLineColLoc::get(context, path, line, column))
         << "nested more than " << maxDepth << " levels deep";
}

/// ONNX's own text syntax, one model and nothing behind it.
static LogicalResult parseOnnxText(StringRef text, Location loc,
                                   onnx::ModelProto &model) {
  // ONNX's parser throws on some malformed text.
  try {
    onnx::OnnxParser parser(std::string_view(text.data(), text.size()));
    auto status = parser.Parse(model);
    if (!status.IsOK()) {
      // Its message spans lines; ours is one.
      std::string message = StringRef(status.ErrorMessage()).trim().str();
      llvm::replace(message, '\n', ' ');
      return emitError(loc) << "the ONNX text is malformed: " << message;
    }
    if (!parser.EndOfInput())
      return emitError(loc) << "the ONNX text goes on after the model";
  } catch (const std::exception &exception) {
    return emitError(loc) << "the ONNX text is malformed: " << exception.what();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Binary files
//===----------------------------------------------------------------------===//

/// Says what the file is instead of a model, if that can be told, or else why
/// it is none.
static LogicalResult failNoModel(StringRef file, const Twine &reason,
                                 Location loc) {
  StringRef other = describeOtherFormat(file);
  if (other.empty())
    return emitError(loc) << "not an ONNX model" << reason;
  return emitError(loc) << "not an ONNX model, but " << other;
}

/// The file's bytes are for messages only.
static LogicalResult parseSkeleton(const std::string &bytes, StringRef file,
                                   Location loc, onnx::ModelProto &model) {
  if (bytes.size() > MaxProtobufBytes)
    return emitError(loc) << "has " << bytes.size()
                          << " bytes beside its weights, and protobuf reads at "
                             "most 2 GiB";
  google::protobuf::io::CodedInputStream input(
      reinterpret_cast<const uint8_t *>(bytes.data()),
      static_cast<int>(bytes.size()));
  input.SetRecursionLimit(MaxMessageDepth);
  input.SetTotalBytesLimit(INT_MAX);
  if (!model.ParseFromCodedStream(&input) || !input.ConsumedEntireMessage())
    return failNoModel(file,
                       ": its protobuf messages do not have the fields of a "
                       "ModelProto",
                       loc);
  return success();
}

static std::string digestOf(StringRef bytes) {
  return llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(bytes)),
                     /*LowerCase=*/true);
}

/// For whoever waits.
static std::string describeReading(llvm::MemoryBufferRef buffer) {
  return ("reading " + buffer.getBufferIdentifier() + ", " +
          formatBytes(int64_t(buffer.getBufferSize())))
      .str();
}

OwningOpRef<ModuleOp> onnx_split::importBuffer(llvm::MemoryBufferRef buffer,
                                               MLIRContext *context,
                                               const ImportOptions &options) {
  context->loadDialect<graph::OnnxDialect>();
  StringRef path = buffer.getBufferIdentifier();
  Progress progress(describeReading(buffer));
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  StringRef text = buffer.getBuffer();
  if (text.empty()) {
    emitError(loc) << "the file is empty, so it is no ONNX model";
    return {};
  }

  onnx::ModelProto model;
  Skeleton skeleton;
  StringRef extension = llvm::sys::path::extension(path);
  if (extension == ".textproto" || extension == ".onnxtxt") {
    if (text.size() > MaxProtobufBytes) {
      emitError(loc) << "has " << text.size()
                     << " bytes of text, and at most 2 GiB are read; a binary "
                        ".onnx may have any size";
      return {};
    }
    if (extension == ".onnxtxt" &&
        (failed(checkNesting(text, MaxMessageDepth, "#", path, context)) ||
         failed(parseOnnxText(text, loc, model))))
      return {};
    if (extension == ".textproto" &&
        failed(parseTextproto(text, path, context, model)))
      return {};
    // The digest is of the binary form, whatever the text looked like.
    skeleton.bytes = model.SerializeAsString();
  } else {
    // Payloads of what is no file (a pipe) cannot be referred to later, so that
    // they stay.
    llvm::Expected<Skeleton> stripped =
        llvm::sys::fs::is_regular_file(path)
            ? strip(text)
            : llvm::Expected<Skeleton>(Skeleton{text.str(), {}});
    if (!stripped) {
      (void)failNoModel(
          text, ", or a damaged one: " + llvm::toString(stripped.takeError()),
          loc);
      return {};
    }
    skeleton = std::move(*stripped);
    if (failed(parseSkeleton(skeleton.bytes, text, loc, model)))
      return {};
  }

  OwningOpRef<ModuleOp> module =
      readModel(model, skeleton.payloads, path, digestOf(skeleton.bytes),
                context, options);
  if (!module || failed(verify(*module)))
    return {};
  return module;
}

/// Brackets inside each other that IR may have: a model at the limit of
/// protobuf's nesting has about half of it.
static constexpr unsigned MaxMlirDepth = 256;

static OwningOpRef<ModuleOp>
parseMlir(std::unique_ptr<llvm::MemoryBuffer> buffer, MLIRContext *context) {
  if (!isBytecode(*buffer) &&
      failed(checkNesting(buffer->getBuffer(), MaxMlirDepth, "//",
                          buffer->getBufferIdentifier(), context)))
    return {};
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(std::move(buffer), SMLoc());
  return parseSourceFile<ModuleOp>(sourceMgr, context);
}

OwningOpRef<ModuleOp> onnx_split::importFile(StringRef path,
                                             MLIRContext *context,
                                             const ImportOptions &options) {
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  // Opening a folder or a pipe succeeds, reading it does not or never ends.
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status)) {
    emitError(loc) << "cannot read the model: " << error.message();
    return {};
  }
  if (!llvm::sys::fs::is_regular_file(status)) {
    emitError(loc) << "cannot read the model: "
                   << (llvm::sys::fs::is_directory(status)
                           ? "it is a folder; name the file in it"
                           : "not a regular file");
    return {};
  }
  // Without a terminating zero the file is mapped, never read as a whole; but
  // MLIR's parser needs one.
  StringRef extension = llvm::sys::path::extension(path);
  auto buffer = llvm::MemoryBuffer::getFile(
      path, /*IsText=*/false,
      /*RequiresNullTerminator=*/extension == ".mlir");
  if (!buffer) {
    emitError(loc) << "cannot read the model: " << buffer.getError().message();
    return {};
  }
  if (extension == ".mlir" || extension == ".mlirbc") {
    Progress progress(describeReading(**buffer));
    context->loadDialect<graph::OnnxDialect>();
    return parseMlir(std::move(*buffer), context);
  }
  return importBuffer(**buffer, context, options);
}
