//===- MatrixTest.cpp - Tests of links.matrix -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ClusterTestUtil.h"

#include "llvm/Support/FileSystem.h"

using namespace llvm;
using namespace onnx_split;

namespace {

using Rows = std::vector<std::string>;

class MatrixTest : public testing::Test {
protected:
  /// A cluster of a, b, c and the group r of two, with this table.
  std::string clusterWith(StringRef table, StringRef links = "") {
    folder.write("m.csv", table);
    return ("version: 1\ndevices: [{name: a}, {name: b}, {name: c}, {name: r, "
            "count: 2}]\nlinks:\n  matrix: m.csv\n" +
            links)
        .str();
  }
  Rows rows(StringRef table, StringRef links = "") {
    return linkRows(
        parseGood(clusterWith(table, links), folder.path("c.yaml")));
  }
  Messages bad(StringRef table) {
    return parseBad(clusterWith(table), folder.path("c.yaml"));
  }
  Messages badPath(StringRef path) {
    return parseBad(withDevices(("links: {matrix: " + path + "}").str()),
                    folder.path("c.yaml"));
  }

  ClusterFolder folder;
};

TEST_F(MatrixTest, RowsSend) {
  EXPECT_EQ(rows(",a,b,c\na,,1,2\nb,3,,4\nc,5,6,\n"),
            (Rows{"0/0 1000000/0 2000000/0 0/0 0/0",
                  "3000000/0 0/0 4000000/0 0/0 0/0",
                  "5000000/0 6000000/0 0/0 0/0 0/0", "0/0 0/0 0/0 0/0 0/0",
                  "0/0 0/0 0/0 0/0 0/0"}));
}

TEST_F(MatrixTest, Figures) {
  EXPECT_EQ(rows("Mbit/s,a,b,c\na,-,0.000001,0.0000019\n"
                 "b,1e3,inf,0\nc,.5,22.1,a\n"),
            (Rows{"0/0 1/0 1/0 0/0 0/0", "1000000000/0 0/0 0/0 0/0 0/0",
                  "500000/0 22100000/0 0/0 0/0 0/0", "0/0 0/0 0/0 0/0 0/0",
                  "0/0 0/0 0/0 0/0 0/0"}));
}

TEST_F(MatrixTest, SpreadsheetForms) {
  // A byte order mark, quotes, spaces, CR LF, blank lines, rows in another
  // order, no newline at the end.
  Rows expected = {"0/0 1000000/0 0/0 0/0 0/0", "2000000/0 0/0 0/0 0/0 0/0",
                   "0/0 0/0 0/0 0/0 0/0", "0/0 0/0 0/0 0/0 0/0",
                   "0/0 0/0 0/0 0/0 0/0"};
  EXPECT_EQ(rows("\xEF\xBB\xBF\"\", \"a\" ,b\r\n\r\nb,\"2\",0\r\n  a , 0 , 1 "),
            expected);
}

TEST_F(MatrixTest, Precedence) {
  // Stronger than the default and the medium, even where it says 'no link';
  // weaker than 'between'. The latency comes from the default.
  EXPECT_EQ(rows(",a,b\na,,1\nb,,\n",
                 "  default: {bandwidth: 7 bit/s, latency: 2 ns}\n"),
            (Rows{"0/0 1000000/2 7/2 7/2 7/2", "0/0 0/0 7/2 7/2 7/2",
                  "7/2 7/2 0/0 7/2 7/2", "7/2 7/2 7/2 0/0 7/2",
                  "7/2 7/2 7/2 7/2 0/0"}));
  EXPECT_EQ(rows(",a,b\na,,1\nb,,\n",
                 "media: [{name: m, devices: [a, b, c], bandwidth: 9 bit/s}]"),
            (Rows{"0/0 1000000/0 9/0 0/0 0/0", "0/0 0/0 9/0 0/0 0/0",
                  "9/0 9/0 0/0 0/0 0/0", "0/0 0/0 0/0 0/0 0/0",
                  "0/0 0/0 0/0 0/0 0/0"}));
  EXPECT_EQ(rows(",a,b\na,,1\nb,2,\n",
                 "  between: [{from: b, to: a, bandwidth: 5 bit/s}]\n"),
            (Rows{"0/0 1000000/0 0/0 0/0 0/0", "5/0 0/0 0/0 0/0 0/0",
                  "0/0 0/0 0/0 0/0 0/0", "0/0 0/0 0/0 0/0 0/0",
                  "0/0 0/0 0/0 0/0 0/0"}));
}

TEST_F(MatrixTest, BadHeader) {
  const char *form = "; the first row is an empty cell and the names of the "
                     "devices, with ',' between them";
  EXPECT_EQ(bad(""), Messages{"c.yaml:4:11: error: cannot read 'm.csv': the "
                              "file is empty"});
  EXPECT_EQ(bad("\n \n"), Messages{"m.csv:1:1: error: the matrix is empty; its "
                                   "first row is a header of device names"});
  EXPECT_EQ(bad(";a;b\na;0;1\n"),
            Messages{std::string("m.csv:1:1: error: found ';a;b'") + form});
  EXPECT_EQ(
      bad(",a,x,a\n"),
      (Messages{
          "m.csv:1:4: error: unknown device 'x'; devices: a, b, c, r, r-0, r-1",
          "m.csv:1:6: error: a second column for device 'a'",
          "m.csv:1:2: note: first here"}));
  EXPECT_EQ(bad(",a,r\n"),
            Messages{"m.csv:1:4: error: 'r' is a group of devices; the matrix "
                     "names each device: 'r-0' and so on"});
  EXPECT_EQ(bad(",a,\n"),
            Messages{"m.csv:1:4: error: unknown device ''; devices: a, b, c, "
                     "r, r-0, r-1"});
}

TEST_F(MatrixTest, BadRows) {
  EXPECT_EQ(
      bad(",a,b\na,0,1\nx,1,0\nb,1,0\nb,1,0\nc,1,0\n"),
      (Messages{
          "m.csv:3:1: error: unknown device 'x'; devices: a, b, c, r, r-0, r-1",
          "m.csv:5:1: error: a second row for device 'b'",
          "m.csv:4:1: note: first here",
          "m.csv:6:1: error: device 'c' has a row but no column; "
          "the header names every device of the matrix"}));
  EXPECT_EQ(bad(",a,b\na,0,1\n"),
            Messages{"m.csv:1:4: error: this device has a column but no row; "
                     "write 0 where there is no link"});
  EXPECT_EQ(
      bad(",a,b\na,0,1,2\nb,0\n"),
      (Messages{"m.csv:2:7: error: the row of device 'a' has too many figures; "
                "the header names 2 devices",
                "m.csv:3:3: error: the row of device 'b' has too few figures; "
                "the header names 2 devices"}));
}

TEST_F(MatrixTest, BadFigures) {
  auto bad = [&](StringRef figure) {
    return this->bad((",a,b\na,0, " + figure + "\nb,1,0\n").str());
  };
  for (StringRef figure : {"-1", "x", "10 Mbit/s", "inf", "nan", "1.5.", "1;2"})
    EXPECT_EQ(bad(figure),
              Messages{("m.csv:2:6: error: found '" + figure +
                        "'; a figure of the matrix is a number in Mbit/s, 0 or "
                        "more, without a unit; 0 or nothing means no link")
                           .str()});
  EXPECT_EQ(bad("1e13"),
            Messages{"m.csv:2:6: error: '1e13' Mbit/s is too large; the "
                     "largest bandwidth is 1000000 Tbit/s"});
  EXPECT_EQ(bad("1e-7"),
            Messages{"m.csv:2:6: error: '1e-7' Mbit/s is below 1 bit/s"});
}

TEST_F(MatrixTest, BadFiles) {
  for (const char *path : {"/etc/passwd", "../m.csv", "x/../m.csv", "''",
                           "'C:\\m.csv'", "\"m\\0.csv\""}) {
    std::string shown = StringRef(path).trim("'\"").str();
    if (StringRef(path).contains("\\0"))
      shown = "m?.csv";
    EXPECT_EQ(badPath(path),
              Messages{"c.yaml:3:17: error: bad path '" + shown +
                       "'; it must be relative to the folder of the cluster "
                       "file, without '..'"});
  }
  EXPECT_EQ(badPath("none.csv"),
            Messages{"c.yaml:3:17: error: cannot read 'none.csv': No such file "
                     "or directory"});
  ASSERT_FALSE(sys::fs::create_directory(folder.path("sub")));
  EXPECT_EQ(badPath("sub"),
            Messages{"c.yaml:3:17: error: cannot read 'sub': not a file"});
  EXPECT_EQ(badPath("[m.csv]"),
            Messages{"c.yaml:3:17: error: found a list where the name of a CSV "
                     "file belongs"});
  folder.write("sub/m.csv", ",a,b\na,0,1\nb,1,0\n");
  parseGood(withDevices("links: {matrix: sub/m.csv}"), folder.path("c.yaml"));
}

TEST_F(MatrixTest, HostileTables) {
  EXPECT_EQ(bad(StringRef(",a\0b\n", 5)),
            Messages{"m.csv:1:3: error: unexpected NUL byte in a text file"});
  EXPECT_EQ(bad(",a,b\na,\xFF,1\n"),
            Messages{"m.csv:2:3: error: not a text file in UTF-8"});
  // A row of a million cells, and a thousand bad rows.
  EXPECT_EQ(bad(",a,b\na" + std::string(1000000, ',') + "\n"),
            Messages{"m.csv:2:5: error: the row of device 'a' has too many "
                     "figures; the header names 2 devices"});
  Messages many;
  std::string rows = ",a,b\n";
  for (int i = 0; i < 1000; ++i)
    rows += "x,0,0\n";
  many = bad(rows);
  EXPECT_EQ(many.size(), 21u);
  EXPECT_EQ(many.back(),
            "m.csv:22:1: note: more errors from here on are not shown");
}

/// A table with any one wrong byte is read or reported.
TEST_F(MatrixTest, DamagedTables) {
  std::string whole = "Mbit/s,a,\"b\"\r\na,0,1.5e1\nb,,0";
  for (size_t place = 0; place < whole.size(); ++place)
    for (char c : StringRef("\0\t\r\n ,;\"'#-.e9ar\x80", 17)) {
      std::string table = whole;
      table[place] = c;
      Parsed parsed = parseText(clusterWith(table), folder.path("c.yaml"));
      EXPECT_NE(parsed.cluster.has_value(), !parsed.messages.empty()) << table;
    }
}

} // namespace
