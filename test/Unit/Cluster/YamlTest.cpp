//===- YamlTest.cpp - Tests of what YAML is accepted ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ClusterTestUtil.h"

using namespace llvm;
using namespace onnx_split;

namespace {

std::string repeat(StringRef text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i)
    result += text;
  return result;
}

TEST(YamlTest, Forms) {
  // Directives, markers, comments, quotes, CR LF, a byte order mark.
  for (const char *text :
       {"%YAML 1.2\n---\nversion: 1\ndevices: [{name: a}]\n...\n",
        "--- # here\nversion: \"1\"\n\"devices\": [{'name': 'a'}] # there\n",
        "version: 1\r\ndevices:\r\n  - name: a\r\n",
        "\xEF\xBB\xBFversion: 1\ndevices: [{name: a}]",
        "{version: 1, devices: [{name: a}]}",
        "{\"version\": 1, \"devices\": [{\"name\": \"a\"}]}",
        "version: 1\ndevices:\n- name: \"\\x61\"\n"}) {
    Cluster cluster = parseGood(text);
    EXPECT_EQ(cluster.findDevice("a"), 0) << text;
  }
}

TEST(YamlTest, Empty) {
  for (const char *text :
       {"", " ", "\n\n", "# only this", "---\n", "---\n...\n"})
    EXPECT_EQ(parseBad(text),
              Messages{"c.yaml:1:1: error: the file is empty; a cluster file "
                       "has the keys 'version' and 'devices'"})
        << text;
}

TEST(YamlTest, WrongRoot) {
  const char *tail =
      "; a cluster file is a mapping with the keys version, "
      "device_types, devices, links, media, profile, ingress, egress";
  EXPECT_EQ(parseBad("hello")[0],
            std::string("c.yaml:1:1: error: found 'hello'") + tail);
  EXPECT_EQ(parseBad("- a\n")[0],
            std::string("c.yaml:1:1: error: found a list") + tail);
}

TEST(YamlTest, SyntaxErrors) {
  EXPECT_EQ(parseBad("version: 1\ndevices: [{name: a}\n"),
            Messages{"c.yaml:2:10: error: not valid YAML: this '[' is never "
                     "closed"});
  EXPECT_EQ(parseBad("version: 1\n  devices: x\n"),
            Messages{"c.yaml:2:10: error: not valid YAML: unexpected token; "
                     "expected Key or Block End"});
  EXPECT_EQ(parseBad("name: \"\\q\"\n"),
            Messages{"c.yaml:1:9: error: not valid YAML: unrecognized escape "
                     "code"});
}

TEST(YamlTest, BracesThatNothingCloses) {
  EXPECT_EQ(parseBad("version: 1\ndevices:\n  - {name: a # }\n  - {name: b}\n"),
            Messages{"c.yaml:3:5: error: not valid YAML: this '{' is never "
                     "closed"});
  // Those in quotes and comments count for nothing; an apostrophe is no quote.
  EXPECT_EQ(parseBad("# {\nversion: '{'\nnote: it's \"[\n  devices: x\n"),
            Messages{"c.yaml:4:10: error: not valid YAML: unexpected token; "
                     "expected Key or Block End"});
}

TEST(YamlTest, TabsDoNotIndent) {
  EXPECT_EQ(parseBad("version: 1\ndevices:\n \t- {name: a}\n"),
            Messages{"c.yaml:3:2: error: a tab in the indentation; YAML is "
                     "indented with spaces"});
  parseGood("version: 1\ndevices:\t[{name:\ta}]\t\n");
}

TEST(YamlTest, DecimalCommas) {
  EXPECT_EQ(parseBad("version: 1\ndevices: [{memory: 1,5 GiB, name: a}]\n"),
            Messages{"c.yaml:2:20: error: a decimal comma; write '1.5 GiB'"});
  EXPECT_EQ(parseBad("version: 1\ndevices:\n- name: a\n  memory: 1,5 GiB\n"),
            Messages{"c.yaml:4:11: error: a decimal comma in '1,5 GiB'; write "
                     "'1.5 GiB'"});
}

TEST(YamlTest, CollectionsStartAtTheirBracket) {
  const char *tail = ": error: a cluster file needs the key 'version'; add "
                     "'version: 1' at the top";
  EXPECT_EQ(parseBad("  {\n  devices: [{name: a}]}\n"),
            Messages{std::string("c.yaml:1:3") + tail});
  EXPECT_EQ(parseBad("# [\ndevices: [{name: a}]\n"),
            Messages{std::string("c.yaml:2:1") + tail});
}

TEST(YamlTest, RefusedParts) {
  const char *anchors = "anchors and aliases are not allowed in a cluster "
                        "file; devices can share figures through "
                        "'device_types'";
  EXPECT_EQ(parseBad("a: &x 1\n"),
            Messages{std::string("c.yaml:1:4: error: ") + anchors});
  EXPECT_EQ(parseBad("a: *x\n"),
            Messages{std::string("c.yaml:1:4: error: ") + anchors});
  EXPECT_EQ(parseBad("a: &x {b: 1}\n"),
            Messages{std::string("c.yaml:1:4: error: ") + anchors});
  EXPECT_EQ(parseBad("&x a: 1\n"),
            Messages{std::string("c.yaml:1:1: error: ") + anchors});
  EXPECT_EQ(parseBad("a: !!int 1\n"),
            Messages{"c.yaml:1:4: error: tags are not allowed in a cluster "
                     "file; found '!!int'"});
  EXPECT_EQ(parseBad("a: |\n  text\n"),
            Messages{"c.yaml:2:1: error: block text ('|' or '>') is not "
                     "allowed in a cluster file; write the value on one "
                     "line"});
  EXPECT_EQ(parseBad("? [a]\n: 1\n"),
            Messages{"c.yaml:1:3: error: found a list where the name of a key "
                     "belongs"});
  EXPECT_EQ(parseBad("version: 1\n---\nversion: 1\n"),
            Messages{"c.yaml:3:1: error: a second YAML document; a cluster "
                     "file is one"});
  EXPECT_EQ(parseBad("a: 1\n---\n"),
            Messages{"c.yaml:3:1: error: a second YAML document; a cluster "
                     "file is one"});
}

TEST(YamlTest, NotText) {
  EXPECT_EQ(parseBad(StringRef("version: 1\nde\0vices", 19)),
            Messages{"c.yaml:2:3: error: unexpected NUL byte in a text file"});
  EXPECT_EQ(parseBad("version: 1\n# \xE9t\xE9\n"),
            Messages{"c.yaml:2:3: error: not a text file in UTF-8"});
  EXPECT_EQ(parseBad(StringRef("\xFF\xFEv\0e\0", 6)),
            Messages{"c.yaml:1:1: error: not a text file in UTF-8"});
  EXPECT_EQ(parseBad(StringRef("\x7F"
                               "ELF\2\1\1\0\0",
                               9))[0],
            "c.yaml:1:8: error: unexpected NUL byte in a text file");
}

TEST(YamlTest, DeepNesting) {
  // Much deeper than any stack would hold.
  for (const char *open : {"[", "{", "- ", "? ", "[a: ", "{a: ", "[{a: "}) {
    Messages messages = parseBad(repeat(open, 300'000));
    EXPECT_EQ(messages.size(), 1u) << open;
  }
  EXPECT_EQ(parseBad(repeat("- ", 20) + "a"),
            Messages{"c.yaml:1:35: error: nested more than 16 levels deep"});
  std::string steps;
  for (int i = 0; i < 1000; ++i)
    steps += repeat(" ", i) + "a:\n";
  EXPECT_EQ(parseBad(steps).size(), 1u);
}

TEST(YamlTest, AliasesDoNotExpand) {
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'z'; ++c)
    laughs += std::string(1, c) + ": &" + c + " [" +
              repeat(std::string("*") + char(c - 1) + ",", 10) + "]\n";
  EXPECT_EQ(parseBad(laughs).size(), 1u);
}

TEST(YamlTest, LongRuns) {
  std::string start = "version: 1\ndevices: [";
  EXPECT_EQ(parseBad(start + repeat(",", 500'000) + "]"),
            Messages{"c.yaml:2:1011: error: more than 1000 commas in a row"});
  EXPECT_EQ(parseBad(start + "{name" + repeat(" \n,", 200'000) + "}]"),
            Messages{"c.yaml:1003:1: error: more than 1000 commas in a row"});
  // Comments, and what is none, between and before the commas.
  EXPECT_EQ(parseBad(start + repeat(", # x, y\n", 50'000) + "]").size(), 1u);
  EXPECT_EQ(parseBad(start + "a#" + repeat(",", 500'000) + "]").size(), 1u);
  EXPECT_EQ(parseBad(start + "\"#\"" + repeat(",#\n", 200'000) + "]").size(),
            1u);
  EXPECT_EQ(parseBad("a: 1\n" + repeat("...\n", 200'000)),
            Messages{"c.yaml:3:1: error: a second end of the document "
                     "('...')"});
}

TEST(YamlTest, LargeFiles) {
  EXPECT_EQ(parseBad(repeat("# comment\n", 110'000)),
            Messages{"c.yaml:1:1: error: the file is larger than 1 MiB; a "
                     "large link table belongs into 'links.matrix'"});
  EXPECT_EQ(
      parseBad("version: 1\ndevices: [" + repeat("{},", 300'000) + "]").size(),
      21u);
  // A long word is not repeated in full.
  EXPECT_LT(parseBad("version: 1\ndevices: [{name: " + repeat("a/", 500'000) +
                     "}]")[0]
                .size(),
            300u);
}

TEST(YamlTest, QuotationsStayOnOneLine) {
  EXPECT_EQ(parseBad("version: \"a\\nb\\tc\\x7F\"\ndevices: [{name: a}]"),
            Messages{"c.yaml:1:10: error: unknown version 'a?b?c?'; the one "
                     "version of this format is 1"});
  // Not in the middle of a character.
  std::string letters = repeat("\xC3\xA9", 40);
  EXPECT_EQ(parseBad("version: a" + letters + "\ndevices: [{name: a}]"),
            Messages{"c.yaml:1:10: error: unknown version 'a" +
                     letters.substr(0, 58) +
                     "...'; the one version of this format is 1"});
}

/// Every prefix, and every single wrong byte, of a file that uses everything:
/// it parses or it is reported, and nothing else happens.
TEST(YamlTest, DamagedFiles) {
  std::string whole = R"(version: 1
device_types: {t: {compute: {f32: 1 OP/s}, unsupported: [If, "a:*"]}}
devices:
  - {name: a, type: t, memory: 1.5e3 MiB}
  - name: 'r'
    count: 2
links:
  default: {bandwidth: 0, latency: 1 ms}
  between: [{from: a, to: r, bandwidth: 2 kbit/s}] # text
media: [{name: m, devices: [a, r], bandwidth: 3 MB/s}]
ingress: "\x61"
)";
  parseGood(whole);
  auto check = [](const std::string &text) {
    Parsed parsed = parseText(text);
    EXPECT_NE(parsed.cluster.has_value(), !parsed.messages.empty()) << text;
  };
  for (size_t length = 0; length < whole.size(); ++length)
    check(whole.substr(0, length));
  for (size_t place = 0; place < whole.size(); ++place)
    for (char c : StringRef("\0\t\n \"'#&*-!|>%@:,?[]{}\\9\x80\xFF", 26)) {
      std::string text = whole;
      text[place] = c;
      check(text);
      text = whole;
      text.insert(place, 1, c);
      check(text);
    }
}

} // namespace
