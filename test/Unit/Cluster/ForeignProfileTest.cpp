//===- ForeignProfileTest.cpp - Profiles of other programs ----------------===//
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

using Rows = std::vector<std::string>;

class RuntimeProfileTest : public testing::Test {
protected:
  static std::string event(StringRef category, StringRef name, int start,
                           StringRef duration, int thread = 1) {
    return ("{\"cat\": \"" + category + "\", \"pid\": 9, \"tid\": " +
            Twine(thread) + ", \"dur\": " + duration +
            ", \"ts\": " + Twine(start) + ", \"ph\": \"X\", \"name\": \"" +
            name + "\", \"args\": {\"op_name\": \"Conv\"}}")
        .str();
  }
  static std::string kernel(StringRef name, int start, int duration,
                            int thread = 1) {
    return event("Node", name.str() + "_kernel_time", start,
                 std::to_string(duration), thread);
  }
  static std::string run(int start = 0) {
    return event("Session", "model_run", start, "100");
  }
  static std::string join(const std::vector<std::string> &events) {
    std::string text;
    for (const std::string &entry : events)
      text += (text.empty() ? "[\n" : ",\n") + entry;
    return text + "\n]\n";
  }
  static constexpr StringLiteral cluster =
      "version: 1\ndevices: [{name: a, count: 2, profile: p.json}]\n"
      "links: {default: {bandwidth: 1 bit/s}}\n";

  /// "name:ns ..." as each of the two devices has it.
  std::string times(const std::vector<std::string> &events) {
    folder.write("p.json", join(events));
    Cluster parsed = parseGood(cluster, folder.path("c.yaml"));
    if (parsed.devices.size() != 2)
      return "";
    EXPECT_EQ(parsed.devices[0].profiles, parsed.devices[1].profiles);
    EXPECT_EQ(parsed.devices[0].profiles.at(0)->digest, "");
    std::string text;
    for (const MeasuredNode &node : parsed.devices[0].profiles[0]->nodes) {
      EXPECT_EQ(node.index, -1);
      text +=
          (text.empty() ? "" : " ") + node.name + ":" + std::to_string(node.ns);
    }
    return text;
  }
  Messages bad(const std::vector<std::string> &events) {
    folder.write("p.json", join(events));
    return parseBad(cluster, folder.path("c.yaml"));
  }

  ClusterFolder folder;
};

TEST_F(RuntimeProfileTest, MeanOfRuns) {
  // Three runs; 7 us in all are 2333.3 ns for each, rounded up.
  EXPECT_EQ(times({event("Session", "session_initialization", 0, "99"),
                   kernel("one", 0, 3), kernel("two", 3, 10), run(),
                   kernel("one", 20, 4), kernel("two", 24, 20), run(),
                   event("Node", "one_fence_before", 50, "1000"),
                   event("Other", "one_kernel_time", 50, "1000"),
                   kernel("two", 40, 0), run()}),
            "one:2334 two:10000");
}

TEST_F(RuntimeProfileTest, BodiesAreInside) {
  // 'inner' runs in a body of 'outer', which ends later and so is written
  // later; 'same' takes all of the time of 'loop'. What another thread does
  // meanwhile is inside nothing.
  EXPECT_EQ(times({kernel("before", 0, 10), kernel("inner", 12, 5),
                   kernel("outer", 10, 10), kernel("after", 20, 1),
                   kernel("same", 30, 5), kernel("loop", 30, 5),
                   kernel("thread", 11, 2, 2), run()}),
            "before:10000 outer:10000 after:1000 loop:5000 thread:2000");
}

TEST_F(RuntimeProfileTest, Errors) {
  EXPECT_EQ(bad({run()}),
            Messages{"p.json:1:1: error: no kernel times (events of the "
                     "category 'Node' whose names end in '_kernel_time'); the "
                     "file must be the profile of an inference session"});
  EXPECT_EQ(bad({kernel("a", 0, 1)}),
            Messages{"p.json:1:1: error: no event 'model_run', so that the "
                     "number of items is not known"});
  for (const char *duration : {"-1", "1.5", "3600000001", "null"}) {
    Messages messages = bad({event("Node", "a_kernel_time", 0, duration)});
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_TRUE(StringRef(messages[0])
                    .ends_with("; 'dur' is a whole number of microseconds, at "
                               "most 3600000000"))
        << messages[0];
  }
  EXPECT_EQ(bad({"{\"cat\": \"Node\", \"name\": \"a_kernel_time\"}"}),
            (Messages{"p.json:2:1: error: missing key 'dur' in an event",
                      "p.json:2:1: error: missing key 'ts' in an event"}));
  EXPECT_EQ(bad({"7"}), Messages{"p.json:2:1: error: found '7'; an event of "
                                 "ONNX Runtime's profile is an object"});
  std::string hour = event("Node", "a_kernel_time", 0, "3600000000");
  EXPECT_EQ(
      bad({hour, event("Node", "a_kernel_time", 0, "3600000000", 2), run()}),
      Messages{"p.json:1:1: error: node 'a' takes more than an hour for "
               "one item"});
  EXPECT_EQ(times({hour, run(), run()}), "a:1800000000000");
}

class IperfTest : public testing::Test {
protected:
  static constexpr StringLiteral between =
      "links:\n  default: {bandwidth: 7 bit/s, latency: 2 ns}\n  between:\n    "
      "- {";
  /// The links of a cluster where this file measured the one from a to b.
  Rows rows(StringRef file, StringRef entry = "from: a, to: b") {
    folder.write("i.json", file);
    return linkRows(parseGood(text(entry), folder.path("c.yaml")));
  }
  Messages bad(StringRef file, StringRef entry = "from: a, to: b") {
    folder.write("i.json", file);
    return parseBad(text(entry), folder.path("c.yaml"));
  }
  std::string text(StringRef entry) {
    return ("version: 1\ndevices: [{name: a}, {name: b}]\n" + between + entry +
            ", profile: i.json}\n")
        .str();
  }

  ClusterFolder folder;
};

TEST_F(IperfTest, Rates) {
  // What arrived, rounded down; the latency is that of weaker rules or stated.
  EXPECT_EQ(rows("{\"start\": {}, \"intervals\": [], \"end\": {\"sum_sent\": "
                 "{\"bits_per_second\": 9e7}, \"sum_received\": {\"seconds\": "
                 "1.5, \"bits_per_second\": 94134567.89}}}"),
            (Rows{"0/0 94134567/2", "7/2 0/0"}));
  EXPECT_EQ(rows("{\"end\": {\"sum_sent\": {\"bits_per_second\": 9.5e7}}}",
                 "devices: [a, b], latency: 3 us"),
            (Rows{"0/0 95000000/3000", "95000000/3000 0/0"}));
}

TEST_F(IperfTest, Errors) {
  EXPECT_EQ(bad("{\"start\": {}, \"error\": \"unable to connect\"}"),
            Messages{"i.json:1:24: error: iperf3 failed and measured nothing: "
                     "'unable to connect'"});
  for (StringRef file : {"{}", "[]", "{\"end\": 4}",
                         "{\"end\": {\"sum\": "
                         "{\"bits_per_second\": "
                         "5}}}"})
    EXPECT_EQ(bad(file),
              Messages{"i.json:1:1: error: no 'bits_per_second' in "
                       "'end.sum_received' or 'end.sum_sent'; the file must "
                       "be the output of 'iperf3 -J' for a TCP test"});
  for (StringRef figure : {"0", "-1", "0.5", "1e19", "\"5\"", "null"}) {
    Messages messages =
        bad(("{\"end\": {\"sum_sent\": {\"bits_per_second\": " + figure + "}}}")
                .str());
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_TRUE(StringRef(messages[0])
                    .ends_with("; 'bits_per_second' is a number from 1 to "
                               "10^18"))
        << messages[0];
  }
  EXPECT_EQ(bad("{", "devices: [a, b]"),
            Messages{"i.json:1:2: error: expected a key in double quotes"});
  EXPECT_EQ(bad("{}", "devices: [a, b], bandwidth: 5 bit/s"),
            (Messages{"c.yaml:6:25: error: a link has either a 'bandwidth' or "
                      "a 'profile' that measured it",
                      "c.yaml:6:45: note: the other one"}));
  EXPECT_EQ(parseBad("version: 1\ndevices: [{name: a}, {name: b}]\n"
                     "links: {between: [{devices: [a, b], profile: ../i}]}\n",
                     folder.path("c.yaml")),
            Messages{"c.yaml:3:46: error: bad path '../i'; it must be relative "
                     "to the folder of the cluster file, without '..'"});
}

} // namespace
