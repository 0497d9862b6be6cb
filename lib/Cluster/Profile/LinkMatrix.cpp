//===- LinkMatrix.cpp - Link rates from a CSV file ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinkMatrix.h"

#include "../ReferencedFile.h"
#include "onnx-split/Cluster/Cluster.h"
#include "onnx-split/Support/Quantity/Decimal.h"
#include "onnx-split/Support/Quantity/Units.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/DenseMap.h"

#include <algorithm>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

/// Enough for 60 characters per pair of the largest cluster.
static constexpr uint64_t MaxTableMebibytes = 64;
static constexpr uint64_t BitsPerMbit = 1'000'000;

namespace {
/// A table has as many rows as columns, for the same devices: a row that is
/// missing means a file that was cut off more often than a link that is none.
class MatrixReader {
public:
  MatrixReader(StringRef table, const DeviceNames &deviceNames,
               Diagnostics &sink)
      : text(table), names(deviceNames), diagnostics(sink) {}

  void read(function_ref<void(int32_t, int32_t, int64_t)> setRate);

private:
  /// A device of the header or of the first column.
  struct Label {
    int32_t device;
    SMRange where;
  };

  std::optional<SmallVector<StringRef>> nextRow();
  std::optional<int32_t> readDevice(StringRef cell);
  std::optional<int64_t> readRate(StringRef cell);
  bool readHeader();
  bool readRow(ArrayRef<StringRef> cells,
               function_ref<void(int32_t, int32_t, int64_t)> setRate);

  StringRef text;
  const DeviceNames &names;
  Diagnostics &diagnostics;
  std::vector<Label> columns;
  /// By device: where its column and its row are labelled.
  DenseMap<int32_t, SMRange> columnOf;
  DenseMap<int32_t, SMRange> rowOf;
};
} // namespace

static SMRange rangeOf(StringRef cell) {
  return SMRange(SMLoc::getFromPointer(cell.begin()),
                 SMLoc::getFromPointer(cell.end()));
}

/// The cells of the next line that is not blank, without the blanks and quotes
/// around them. They point into the buffer: their places are their locations.
std::optional<SmallVector<StringRef>> MatrixReader::nextRow() {
  while (!text.empty()) {
    StringRef line = text.take_until([](char c) { return c == '\n'; });
    text = text.drop_front(std::min(text.size(), line.size() + 1));
    line = line.rtrim("\r");
    if (line.trim().empty())
      continue;
    SmallVector<StringRef> cells;
    // One cell more than any table needs shows that a row is too long.
    line.split(cells, ',', /*MaxSplit=*/MaxClusterDevices + 1);
    for (StringRef &cell : cells) {
      cell = cell.trim(" \t");
      if (cell.size() >= 2 && cell.starts_with("\"") && cell.ends_with("\""))
        cell = cell.drop_front().drop_back().trim(" \t");
    }
    return cells;
  }
  return std::nullopt;
}

/// Groups are refused: one figure for many links does not make a table.
std::optional<int32_t> MatrixReader::readDevice(StringRef cell) {
  std::optional<DeviceRange> range =
      names.resolve(cell, rangeOf(cell), diagnostics);
  if (!range)
    return std::nullopt;
  if (!range->isGroup)
    return range->first;
  diagnostics.error(rangeOf(cell), quote(cell) +
                                       " is a group of devices; the "
                                       "matrix names each device: '" +
                                       cell + "-0' and so on");
  return std::nullopt;
}

/// Mbit/s as bits per second; nothing written is 0, no link. None if it was
/// reported.
std::optional<int64_t> MatrixReader::readRate(StringRef cell) {
  if (cell.empty())
    return 0;
  StringRef rest = cell;
  std::optional<Decimal> number = Decimal::consume(rest);
  if (!number || !rest.empty()) {
    diagnostics.error(rangeOf(cell),
                      "found " + quote(cell) +
                          "; a figure of the matrix is a number in Mbit/s, 0 "
                          "or more, without a unit; 0 or nothing means no "
                          "link");
    return std::nullopt;
  }
  std::optional<int64_t> rate =
      number->scale(BitsPerMbit, Rounding::Down, MaxQuantity);
  // As for other rates, rounding must not turn a slow link into none.
  if (rate && (*rate > 0 || number->isZero()))
    return rate;
  diagnostics.error(rangeOf(cell),
                    quote(cell) + (rate ? " Mbit/s is below 1 bit/s"
                                        : " Mbit/s is too large; the largest "
                                          "bandwidth is 1000000 Tbit/s"));
  return std::nullopt;
}

/// An empty cell, then the device of each column.
bool MatrixReader::readHeader() {
  const char *start = text.begin();
  std::optional<SmallVector<StringRef>> cells = nextRow();
  if (!cells) {
    diagnostics.error(pointAt(start),
                      "the matrix is empty; its first row is a header of "
                      "device names");
    return false;
  }
  if (cells->size() == 1) {
    StringRef cell = cells->front();
    diagnostics.error(rangeOf(cell),
                      "found " + quote(cell) +
                          "; the first row is an empty cell and the names of "
                          "the devices, with ',' between them");
    return false;
  }
  for (StringRef cell : ArrayRef<StringRef>(*cells).drop_front()) {
    std::optional<int32_t> device = readDevice(cell);
    if (!device) {
      if (diagnostics.full())
        return false;
      continue;
    }
    auto [first, isNew] = columnOf.try_emplace(*device, rangeOf(cell));
    if (isNew) {
      columns.push_back({*device, rangeOf(cell)});
      continue;
    }
    diagnostics.error(rangeOf(cell),
                      "a second column for device " + quote(cell));
    diagnostics.note(first->second, "first here");
  }
  // Without every column the cells of a row cannot be told apart.
  return columns.size() + 1 == cells->size();
}

/// A device, then the rates of its links to those of the header. False after an
/// error in anything but a rate.
bool MatrixReader::readRow(
    ArrayRef<StringRef> cells,
    function_ref<void(int32_t, int32_t, int64_t)> setRate) {
  StringRef label = cells.front();
  std::optional<int32_t> from = readDevice(label);
  if (!from)
    return false;
  auto [first, isNew] = rowOf.try_emplace(*from, rangeOf(label));
  if (!isNew) {
    diagnostics.error(rangeOf(label),
                      "a second row for device " + quote(label));
    diagnostics.note(first->second, "first here");
    return false;
  }
  if (!columnOf.count(*from)) {
    diagnostics.error(rangeOf(label), "device " + quote(label) +
                                          " has a row but no column; the "
                                          "header names every device of the "
                                          "matrix");
    return false;
  }
  ArrayRef<StringRef> figures = cells.drop_front();
  if (figures.size() != columns.size()) {
    StringRef place = figures.size() > columns.size() ? figures[columns.size()]
                                                      : cells.back();
    diagnostics.error(rangeOf(place),
                      "the row of device " + quote(label) + " has too " +
                          (figures.size() > columns.size() ? "many" : "few") +
                          " figures; the header names " +
                          Twine(columns.size()) + " devices");
    return false;
  }
  for (size_t i = 0; i < figures.size(); ++i) {
    // Tools write all kinds of things on the diagonal: 0, -, inf.
    if (columns[i].device == *from)
      continue;
    std::optional<int64_t> rate = readRate(figures[i]);
    if (rate)
      setRate(*from, columns[i].device, *rate);
    else if (diagnostics.full())
      return false;
  }
  return true;
}

void MatrixReader::read(function_ref<void(int32_t, int32_t, int64_t)> setRate) {
  text.consume_front("\xEF\xBB\xBF");
  if (!readHeader())
    return;
  bool good = true;
  while (std::optional<SmallVector<StringRef>> cells = nextRow()) {
    good &= readRow(*cells, setRate);
    if (diagnostics.full())
      return;
  }
  if (!good)
    return;
  for (const Label &column : columns)
    if (!rowOf.count(column.device))
      diagnostics.error(column.where, "this device has a column but no row; "
                                      "write 0 where there is no link");
}

void cluster::readLinkMatrix(
    const YamlNode &path, StringRef folder, const DeviceNames &names,
    Diagnostics &diagnostics,
    function_ref<void(int32_t, int32_t, int64_t)> setRate) {
  std::optional<StringRef> text = readReferencedFile(
      path, folder, "the name of a CSV file", MaxTableMebibytes, diagnostics);
  if (text)
    MatrixReader(*text, names, diagnostics).read(setRate);
}
