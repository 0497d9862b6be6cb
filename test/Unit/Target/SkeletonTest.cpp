//===- SkeletonTest.cpp - Tests of the walks over the wire format ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The messages are made by hand, so that the tests do not share the code that
/// they judge: a field is its number times 8 plus its wire type, then its value
/// (protobuf encoding guide).
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/Skeleton.h"

#include <gtest/gtest.h>

using namespace onnx_split;

namespace {

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 128; value /= 128)
    bytes += char(value % 128 + 128);
  return bytes + char(value);
}

std::string number(uint64_t field, uint64_t value) {
  return varint(field * 8) + varint(value);
}

std::string message(uint64_t field, const std::string &contents) {
  return varint(field * 8 + 2) + varint(contents.size()) + contents;
}

// Fields of ONNX's messages, see its .proto file.
std::string graph(const std::string &contents) { return message(7, contents); }
std::string initializer(const std::string &contents) {
  return graph(message(5, contents));
}
std::string rawData(const std::string &contents) {
  return message(9, contents);
}
std::string marker(uint64_t index) { return number(PayloadMarkerField, index); }

const std::string Large(PayloadThreshold, 'x');

/// What strip leaves; fails the test where it refuses the model.
Skeleton stripped(const std::string &model) {
  llvm::Expected<Skeleton> skeleton = strip(model);
  if (skeleton)
    return *skeleton;
  ADD_FAILURE() << llvm::toString(skeleton.takeError());
  return {};
}

/// Why strip refuses the model; fails the test where it does not.
std::string refusal(const std::string &model) {
  llvm::Expected<Skeleton> skeleton = strip(model);
  if (!skeleton)
    return llvm::toString(skeleton.takeError());
  ADD_FAILURE() << "not refused";
  return "";
}

/// Writes the pieces out; ranges are of `file`.
std::string join(const Pieces &pieces, const std::string &file) {
  std::string bytes;
  for (const Piece &piece : pieces.pieces)
    bytes +=
        piece.length ? file.substr(piece.offset, piece.length) : piece.bytes;
  EXPECT_EQ(bytes.size(), pieces.size);
  return bytes;
}

std::string rebuilt(const std::string &model) {
  Skeleton skeleton = stripped(model);
  return join(splice(skeleton.bytes, skeleton.payloads), model);
}

/// A model with a payload wherever there can be one, and with fields around
/// them that must stay.
std::string sample() {
  std::string tensor =
      number(1, 1024) + number(2, 2) + message(8, "w") + rawData(Large);
  std::string sparse = message(1, tensor) + message(2, tensor) + number(3, 9);
  std::string body = message(2, "body") + message(5, tensor);
  std::string node =
      message(4, "Op") +
      message(5, message(1, "t") + message(5, tensor) + number(20, 4)) +
      message(5, message(10, tensor) + message(10, tensor) + number(20, 9)) +
      message(5, message(6, body)) + message(5, message(11, body)) +
      message(5, message(22, sparse)) + message(5, message(23, sparse));
  return number(1, 8) +
         graph(message(1, node) + message(2, "g") + message(5, tensor) +
               message(15, sparse)) +
         message(25, message(1, "f") + message(7, node)) + number(1000, 1);
}

TEST(Skeleton, LeavesAModelWithoutPayloadsAlone) {
  std::string model = number(1, 8) + initializer(number(2, 1));
  Skeleton skeleton = stripped(model);
  EXPECT_EQ(skeleton.bytes, model);
  EXPECT_TRUE(skeleton.payloads.empty());
}

TEST(Skeleton, ReplacesAPayloadByAMarker) {
  std::string before = number(1, 1024), after = message(12, "doc");
  std::string model = initializer(before + rawData(Large) + after);
  Skeleton skeleton = stripped(model);
  EXPECT_EQ(skeleton.bytes, initializer(before + after + marker(0)));
  ASSERT_EQ(skeleton.payloads.size(), 1u);
  EXPECT_EQ(skeleton.payloads[0].file, 0);
  EXPECT_EQ(skeleton.payloads[0].field, 9);
  EXPECT_EQ(skeleton.payloads[0].length, Large.size());
  EXPECT_EQ(skeleton.payloads[0].offset, model.find(Large));
}

TEST(Skeleton, KeepsWhatIsShorterThanTheThreshold) {
  std::string model = initializer(rawData(Large.substr(1)));
  EXPECT_EQ(stripped(model).bytes, model);
}

TEST(Skeleton, TakesPackedFieldsButNotStringsOrSegments) {
  for (uint64_t field : {4, 5, 7, 9, 10, 11})
    EXPECT_EQ(stripped(initializer(message(field, Large))).payloads.size(), 1u)
        << "field " << field;
  // segment, string_data, name and doc_string.
  for (uint64_t field : {3, 6, 8, 12})
    EXPECT_EQ(stripped(initializer(message(field, Large))).payloads.size(), 0u)
        << "field " << field;
}

TEST(Skeleton, KeepsTensorsWithValuesInSeveralFields) {
  // Spliced in, the second could come before the first.
  for (const std::string &other :
       {rawData(""), rawData(Large), message(4, Large), number(5, 1)}) {
    std::string model = initializer(rawData(Large) + other);
    EXPECT_EQ(stripped(model).bytes, model);
  }
}

TEST(Skeleton, OnlyLooksWhereTensorsAre) {
  // doc_string of the model, value_info of a graph, an unknown field.
  for (const std::string &model :
       {message(6, rawData(Large)), graph(message(13, rawData(Large))),
        message(1000, message(5, rawData(Large)))})
    EXPECT_EQ(stripped(model).bytes, model);
}

TEST(Skeleton, FindsPayloadsWhereverTheyCanBe) {
  // A node has t, two tensors, the two bodies' and twice two of sparse tensors:
  // 1 + 2 + 2 + 4 = 9; the graph one and two more; the function a node.
  EXPECT_EQ(stripped(sample()).payloads.size(), 9u + 3u + 9u);
}

TEST(Skeleton, SpliceUndoesStrip) {
  std::string model = sample();
  EXPECT_EQ(rebuilt(model), model);
  EXPECT_LT(stripped(model).bytes.size(), Large.size());
}

TEST(Skeleton, SplicePutsTheFieldWhereProtobufWritesIt) {
  // protobuf writes fields in the order of their numbers, unknown ones last.
  std::string model = initializer(rawData(Large) + number(1, 1024) +
                                  message(12, "doc") + number(1000, 1));
  std::string skeleton = initializer(number(1, 1024) + message(12, "doc") +
                                     number(1000, 1) + marker(0));
  EXPECT_EQ(join(splice(skeleton, stripped(model).payloads), model),
            initializer(number(1, 1024) + rawData(Large) + message(12, "doc") +
                        number(1000, 1)));
}

TEST(Skeleton, SpliceCountsLengthsOfManyBytes) {
  // 2 x 1024 bytes have lengths of two bytes, and so has what holds them.
  std::string model =
      graph(message(5, rawData(Large)) + message(5, rawData(Large + Large)));
  EXPECT_EQ(rebuilt(model), model);
}

TEST(Skeleton, ReadsEveryWireType) {
  std::string model = varint(1000 * 8 + 1) + "12345678" + // fixed64
                      varint(1000 * 8 + 5) + "1234" +     // fixed32
                      varint(1000 * 8 + 3) + number(1, 2) + message(2, "x") +
                      varint(1001 * 8 + 3) + varint(1001 * 8 + 4) +
                      varint(1000 * 8 + 4); // a group in a group
  EXPECT_EQ(stripped(model).bytes, model);
}

TEST(Skeleton, RefusesWhatIsNoMessage) {
  EXPECT_EQ(refusal("\xff"), "byte 1: the file ends inside a number");
  EXPECT_EQ(refusal(std::string(11, '\xff')),
            "byte 10: a number has more than ten bytes");
  EXPECT_EQ(refusal(varint(1 * 8 + 6)), "byte 1: wire type 6 does not exist");
  // The end of a group that did not begin.
  EXPECT_EQ(refusal(varint(1 * 8 + 4)), "byte 1: wire type 4 does not exist");
  EXPECT_EQ(refusal(varint(1 * 8 + 3) + varint(2 * 8 + 4)),
            "byte 2: a group ends that did not begin");
  EXPECT_EQ(refusal(varint(1 * 8 + 3)),
            "byte 1: the file ends inside a number");
  EXPECT_EQ(refusal(varint(0)), "byte 1: field number 0 is out of range");
  EXPECT_EQ(refusal(varint(uint64_t(1) << 32)),
            "byte 5: field number 536870912 is out of range");
  EXPECT_EQ(refusal(varint(9 * 8 + 1) + "1234567"),
            "byte 1: a field of 8 bytes passes the end, 7 bytes are left");
}

TEST(Skeleton, RefusesLengthsBeyondTheEnd) {
  EXPECT_EQ(refusal(varint(7 * 8 + 2) + varint(5) + "1234"),
            "byte 2: a field of 5 bytes passes the end, 4 bytes are left");
  // Lengths that would wrap around in 64 bits.
  EXPECT_EQ(refusal(varint(7 * 8 + 2) + varint(~uint64_t(0)) + "1234"),
            "byte 11: a field of 18446744073709551615 bytes passes the end, 4 "
            "bytes are left");
  // Inside, the position is still that in the file.
  EXPECT_EQ(refusal(number(1, 8) + graph(varint(1 * 8 + 2) + varint(9))),
            "byte 6: a field of 9 bytes passes the end, 0 bytes are left");
}

TEST(Skeleton, RefusesItsOwnMarkerInAFile) {
  EXPECT_EQ(refusal(initializer(marker(0))),
            "byte 4: a tensor uses the reserved field 536870911");
}

TEST(Skeleton, LimitsTheDepth) {
  // One level of bodies is three messages: graph, node and attribute.
  auto nested = [](int levels) {
    std::string contents;
    for (int i = 0; i < levels; ++i)
      contents = message(1, message(5, message(6, contents)));
    return graph(contents);
  };
  // The model counts as depth 0, its graph as 1.
  EXPECT_TRUE(stripped(nested(33)).payloads.empty());
  EXPECT_NE(refusal(nested(34)).find("more than 100 nested messages"),
            std::string::npos);
}

TEST(Skeleton, LimitsTheDepthOfGroups) {
  auto nested = [](int levels) {
    std::string contents;
    for (int i = 0; i < levels; ++i)
      contents = varint(9 * 8 + 3) + contents + varint(9 * 8 + 4);
    return contents;
  };
  EXPECT_EQ(stripped(nested(100)).bytes, nested(100));
  EXPECT_NE(refusal(nested(101)).find("groups are nested too deeply"),
            std::string::npos);
}

TEST(Skeleton, SurvivesEveryTruncation) {
  std::string model = sample();
  for (size_t size = 0; size < model.size(); ++size) {
    // A copy of its own, so that a sanitizer sees a read past the end.
    std::vector<char> part(model.begin(), model.begin() + size);
    llvm::Expected<Skeleton> skeleton =
        strip(llvm::StringRef(part.data(), part.size()));
    // Cut between two fields of the model it is still a message.
    if (skeleton)
      EXPECT_EQ(rebuilt(model.substr(0, size)), model.substr(0, size));
    else
      llvm::consumeError(skeleton.takeError());
  }
}

TEST(Skeleton, SurvivesEveryChangedByte) {
  std::string model = initializer(number(1, 1024) + rawData(Large)) +
                      graph(message(1, message(5, message(5, rawData("x")))));
  for (size_t position = 0; position < model.size(); ++position)
    for (int value : {0x00, 0x01, 0x07, 0x7f, 0x80, 0xff}) {
      std::string changed = model;
      changed[position] = char(value);
      llvm::Expected<Skeleton> skeleton = strip(changed);
      if (!skeleton)
        llvm::consumeError(skeleton.takeError());
      else
        for (const Payload &payload : skeleton->payloads)
          EXPECT_LE(payload.offset + payload.length, changed.size());
    }
}

TEST(Pieces, JoinsBytesAndSkipsNothing) {
  Pieces pieces, more;
  pieces.append("");
  EXPECT_TRUE(pieces.pieces.empty());
  pieces.append("ab");
  pieces.append("c");
  pieces.append(Payload{2, 5, 0, 9});
  more.append("d");
  more.append(Payload{2, 5, 7, 9});
  more.append("e");
  pieces.append(std::move(more));
  ASSERT_EQ(pieces.pieces.size(), 3u);
  EXPECT_EQ(pieces.pieces[0].bytes, "abcd");
  EXPECT_EQ(pieces.pieces[1].file, 2);
  EXPECT_EQ(pieces.pieces[1].offset, 5u);
  EXPECT_EQ(pieces.pieces[1].length, 7u);
  EXPECT_EQ(pieces.pieces[2].bytes, "e");
  EXPECT_EQ(pieces.size, 4u + 7u + 1u);
}

} // namespace
