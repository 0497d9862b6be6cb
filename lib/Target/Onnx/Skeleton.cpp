//===- Skeleton.cpp - Models without their large payloads -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/Skeleton.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace onnx_split;

//===----------------------------------------------------------------------===//
// Which fields lead to tensors
//===----------------------------------------------------------------------===//

namespace {
/// The messages on the way from a model to its tensors. Everything else, also
/// training_info and a function's default attributes, is copied as it is.
enum class Message {
  Model,
  Graph,
  Function,
  Node,
  Attribute,
  Tensor,
  SparseTensor,
  Other
};

/// The low three bits of a tag (protobuf encoding guide, "Message Structure").
enum WireType : unsigned {
  Varint = 0,
  Fixed64 = 1,
  Delimited = 2,
  GroupStart = 3,
  GroupEnd = 4,
  Fixed32 = 5
};
} // namespace

/// The message that a length-delimited field holds; numbers are those of the
/// onnx.proto of ONNX 1.23.
static Message childOf(Message parent, uint32_t field) {
  switch (parent) {
  case Message::Model:
    // graph and functions
    return field == 7    ? Message::Graph
           : field == 25 ? Message::Function
                         : Message::Other;
  case Message::Graph:
    // node, initializer and sparse_initializer
    return field == 1    ? Message::Node
           : field == 5  ? Message::Tensor
           : field == 15 ? Message::SparseTensor
                         : Message::Other;
  case Message::Function:
    return field == 7 ? Message::Node : Message::Other;
  case Message::Node:
    // attribute
    return field == 5 ? Message::Attribute : Message::Other;
  case Message::Attribute:
    // t and tensors, g and graphs, sparse_tensor and sparse_tensors
    switch (field) {
    case 5:
    case 10:
      return Message::Tensor;
    case 6:
    case 11:
      return Message::Graph;
    case 22:
    case 23:
      return Message::SparseTensor;
    default:
      return Message::Other;
    }
  case Message::SparseTensor:
    // values and indices
    return field == 1 || field == 2 ? Message::Tensor : Message::Other;
  case Message::Tensor:
  case Message::Other:
    return Message::Other;
  }
  return Message::Other;
}

/// float_data, int32_data, int64_data, raw_data, double_data, uint64_data.
static bool isPayloadField(uint32_t field) {
  return is_contained({4u, 5u, 7u, 9u, 10u, 11u}, field);
}

//===----------------------------------------------------------------------===//
// Reading the wire format
//===----------------------------------------------------------------------===//

namespace {
/// One field of a message, as a range of the message's bytes.
struct Field {
  uint32_t number = 0;
  unsigned wireType = 0;
  /// The whole field with its tag, and the contents of a delimited one.
  StringRef whole, contents;
  /// Value of a varint.
  uint64_t value = 0;
};

/// Reads the fields of one message in order. `base` is the position of the
/// message in the file, for messages to the user.
class FieldReader {
public:
  FieldReader(StringRef message, uint64_t start)
      : bytes(message), base(start) {}

  bool atEnd() const { return position == bytes.size(); }
  uint64_t offsetOf(StringRef part) const {
    return base + (part.data() - bytes.data());
  }

  /// The next field, skipped over: what it contains is not looked at. Fails
  /// where it passes the end of the message or is none.
  Expected<Field> next() {
    Field field;
    size_t start = position;
    uint64_t tag;
    if (Error error = readVarint(tag))
      return error;
    field.number = tag >> 3;
    field.wireType = tag & 7;
    if (tag >> 3 == 0 || tag >> 3 > PayloadMarkerField)
      return fail("field number " + Twine(tag >> 3) + " is out of range");
    if (Error error = skipValue(field, /*depth=*/0))
      return error;
    field.whole = bytes.slice(start, position);
    return field;
  }

private:
  Error fail(const Twine &what) const {
    return createStringError("byte " + Twine(base + position) + ": " + what);
  }

  /// Seven bits a byte, the lowest first; the high bit says that more follow.
  Error readVarint(uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (position == bytes.size())
        return fail("the file ends inside a number");
      uint8_t byte = bytes[position++];
      value |= uint64_t(byte & 0x7f) << std::min(shift, 63u);
      if (!(byte & 0x80))
        return Error::success();
    }
    return fail("a number has more than ten bytes");
  }

  Error skip(uint64_t count) {
    if (count > bytes.size() - position)
      return fail("a field of " + Twine(count) + " bytes passes the end, " +
                  Twine(bytes.size() - position) + " bytes are left");
    position += count;
    return Error::success();
  }

  Error skipValue(Field &field, unsigned depth) {
    switch (field.wireType) {
    case Varint:
      return readVarint(field.value);
    case Fixed64:
      return skip(8);
    case Fixed32:
      return skip(4);
    case Delimited: {
      uint64_t length;
      if (Error error = readVarint(length))
        return error;
      size_t start = position;
      if (Error error = skip(length))
        return error;
      field.contents = bytes.slice(start, position);
      return Error::success();
    }
    case GroupStart:
      return skipGroup(field.number, depth);
    default:
      return fail("wire type " + Twine(field.wireType) + " does not exist");
    }
  }

  /// Groups are obsolete, but protobuf keeps unknown ones.
  Error skipGroup(uint32_t number, unsigned depth) {
    if (depth == MaxMessageDepth)
      return fail("groups are nested too deeply");
    while (true) {
      uint64_t tag;
      if (Error error = readVarint(tag))
        return error;
      if ((tag & 7) == GroupEnd)
        return tag >> 3 == number ? Error::success()
                                  : fail("a group ends that did not begin");
      Field inner;
      inner.number = tag >> 3;
      inner.wireType = tag & 7;
      if (Error error = skipValue(inner, depth + 1))
        return error;
    }
  }

  StringRef bytes;
  uint64_t base;
  size_t position = 0;
};
} // namespace

static void appendVarint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(char(value | 0x80));
  out.push_back(char(value));
}

/// Tag and length of a field whose contents follow.
static std::string delimitedHeader(uint32_t number, uint64_t length) {
  std::string header;
  appendVarint(header, uint64_t(number) << 3 | Delimited);
  appendVarint(header, length);
  return header;
}

//===----------------------------------------------------------------------===//
// strip
//===----------------------------------------------------------------------===//

/// The only payload field of a tensor, or none where it has several: protobuf
/// then joins or overrides them, so they are left to it.
static Expected<std::optional<Field>> findPayload(StringRef tensor,
                                                  uint64_t base) {
  FieldReader reader(tensor, base);
  std::optional<Field> payload;
  unsigned fields = 0;
  while (!reader.atEnd()) {
    Expected<Field> field = reader.next();
    if (!field)
      return field.takeError();
    if (field->number == PayloadMarkerField)
      return createStringError("byte " + Twine(reader.offsetOf(field->whole)) +
                               ": a tensor uses the reserved field " +
                               Twine(PayloadMarkerField));
    if (!isPayloadField(field->number))
      continue;
    ++fields;
    if (field->wireType == Delimited &&
        field->contents.size() >= PayloadThreshold)
      payload = *field;
  }
  if (fields != 1)
    payload.reset();
  return payload;
}

/// Appends `bytes`, the contents of a message at position `base` of the file,
/// to `out`, and moves the payloads in it to the table. Lengths of messages
/// around a payload change, so that they are written anew.
static Error stripMessage(Message message, StringRef bytes, uint64_t base,
                          unsigned depth, Skeleton &skeleton,
                          std::string &out) {
  if (depth > MaxMessageDepth)
    return createStringError("byte " + Twine(base) + ": more than " +
                             Twine(MaxMessageDepth) + " nested messages");
  const char *payloadStart = nullptr;
  if (message == Message::Tensor) {
    Expected<std::optional<Field>> payload = findPayload(bytes, base);
    if (!payload)
      return payload.takeError();
    if (*payload) {
      payloadStart = (*payload)->whole.data();
      skeleton.payloads.push_back(
          {0, base + ((*payload)->contents.data() - bytes.data()),
           (*payload)->contents.size(), int32_t((*payload)->number)});
    }
  }

  FieldReader reader(bytes, base);
  while (!reader.atEnd()) {
    Expected<Field> field = reader.next();
    if (!field)
      return field.takeError();
    if (field->whole.data() == payloadStart)
      continue;
    Message child = field->wireType == Delimited
                        ? childOf(message, field->number)
                        : Message::Other;
    if (child == Message::Other) {
      out += field->whole;
      continue;
    }
    std::string contents;
    if (Error error = stripMessage(child, field->contents,
                                   reader.offsetOf(field->contents), depth + 1,
                                   skeleton, contents))
      return error;
    out += delimitedHeader(field->number, contents.size());
    out += contents;
  }
  if (payloadStart) {
    appendVarint(out, uint64_t(PayloadMarkerField) << 3 | Varint);
    appendVarint(out, skeleton.payloads.size() - 1);
  }
  return Error::success();
}

Expected<Skeleton> onnx_split::strip(StringRef model) {
  Skeleton skeleton;
  if (Error error = stripMessage(Message::Model, model, /*base=*/0,
                                 /*depth=*/0, skeleton, skeleton.bytes))
    return error;
  return skeleton;
}

//===----------------------------------------------------------------------===//
// splice
//===----------------------------------------------------------------------===//

void Pieces::append(StringRef bytes) {
  if (bytes.empty())
    return;
  if (pieces.empty() || pieces.back().length != 0)
    pieces.emplace_back();
  pieces.back().bytes += bytes;
  size += bytes.size();
}

void Pieces::append(const Payload &payload) {
  if (payload.length == 0)
    return;
  pieces.push_back({"", payload.file, payload.offset, payload.length});
  size += payload.length;
}

void Pieces::append(Pieces &&other) {
  for (Piece &piece : other.pieces) {
    if (piece.length == 0) {
      append(piece.bytes);
    } else {
      size += piece.length;
      pieces.push_back(std::move(piece));
    }
  }
}

/// The payload that a tensor's marker stands for, or null.
static const Payload *findMarked(StringRef tensor, ArrayRef<Payload> payloads) {
  FieldReader reader(tensor, 0);
  while (!reader.atEnd()) {
    Field field = cantFail(reader.next());
    if (field.number == PayloadMarkerField)
      return &payloads[field.value];
  }
  return nullptr;
}

/// The contents of a message with payloads in the place of markers. protobuf
/// writes fields by number, so that a payload goes before the first field with
/// a higher one; the marker itself has the highest.
static Pieces spliceMessage(Message message, StringRef bytes,
                            ArrayRef<Payload> payloads) {
  const Payload *payload =
      message == Message::Tensor ? findMarked(bytes, payloads) : nullptr;
  Pieces result;
  auto insertPayload = [&] {
    result.append(delimitedHeader(payload->field, payload->length));
    result.append(*payload);
    payload = nullptr;
  };
  FieldReader reader(bytes, 0);
  while (!reader.atEnd()) {
    // protobuf wrote these bytes itself, so that they are well-formed.
    Field field = cantFail(reader.next());
    if (payload && field.number > uint32_t(payload->field))
      insertPayload();
    if (message == Message::Tensor && field.number == PayloadMarkerField)
      continue;
    Message child = field.wireType == Delimited ? childOf(message, field.number)
                                                : Message::Other;
    if (child == Message::Other) {
      result.append(field.whole);
      continue;
    }
    Pieces contents = spliceMessage(child, field.contents, payloads);
    result.append(delimitedHeader(field.number, contents.size));
    result.append(std::move(contents));
  }
  return result;
}

Pieces onnx_split::splice(StringRef skeleton, ArrayRef<Payload> payloads) {
  return spliceMessage(Message::Model, skeleton, payloads);
}
