//===- ProfileTest.cpp - Tests of the key 'profile' -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Seeds.h"
#include "ClusterTestUtil.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"

using namespace llvm;
using namespace onnx_split;

namespace {

using Rows = std::vector<std::string>;

/// Reads clusters beside profiles in a folder of their own.
class ProfileTest : public testing::Test {
protected:
  /// A profile of the model with the digest 0000...
  std::string profile(StringRef rest, char digit = '0') {
    return ("{\"version\": 1, \"model\": {\"digest\": \"" +
            std::string(64, digit) + "\"},\n" + rest + "}")
        .str();
  }
  Cluster good(StringRef text) {
    return parseGood(text, folder.path("c.yaml"));
  }
  Messages bad(StringRef text) { return parseBad(text, folder.path("c.yaml")); }
  /// The messages of a cluster of a, b, c and the group r of two with this file
  /// as its profile.
  Messages badFile(StringRef text) {
    folder.write("p.json", text);
    return bad(devices() + "profile: p.json\n");
  }
  /// The same where the second line of the profile is this.
  Messages badPart(StringRef rest) { return badFile(profile(rest)); }
  std::string devices() {
    return "version: 1\ndevices: [{name: a}, {name: b}, {name: c}, {name: r, "
           "count: 2}]\nlinks: {default: {bandwidth: 7 bit/s, latency: 2 "
           "ns}}\n";
  }
  /// "index:name:ns ..." of one profile of a device.
  static std::string nodesOf(const Cluster &cluster, int32_t device,
                             size_t number = 0) {
    std::string text;
    for (const MeasuredNode &node :
         cluster.devices[device].profiles[number]->nodes)
      text += (text.empty() ? "" : " ") + std::to_string(node.index) + ":" +
              node.name + ":" + std::to_string(node.ns);
    return text;
  }

  ClusterFolder folder;
};

TEST_F(ProfileTest, Figures) {
  folder.write(
      "p.json",
      profile("\"runtime\": [1, {}], \"more\": null, \"devices\": [\n"
              "{\"device\": \"b\", \"item_ns\": 5, \"resident_bytes\": 6,\n"
              " \"runtime_memory_bytes\": 10,"
              " \"message_ns\": 7, \"byte_ps\": 8, \"mood\": true, \"nodes\": "
              "[{\"index\": 2, \"name\": \"n\\u00e9\\\"\", \"ns\": 9}, "
              "{\"index\": 0, \"ns\": 3600000000000}]},\n"
              "{\"device\": \"r-1\"}]"));
  Cluster cluster = good(devices() + "profile: p.json\n");
  EXPECT_TRUE(cluster.devices[0].profiles.empty());
  ASSERT_EQ(cluster.devices[1].profiles.size(), 1u);
  const DeviceProfile &b = *cluster.devices[1].profiles[0];
  EXPECT_EQ(b.file, folder.path("p.json"));
  EXPECT_EQ(b.digest, std::string(64, '0'));
  EXPECT_EQ(b.itemNs, 5);
  EXPECT_EQ(b.residentBytes, 6);
  EXPECT_EQ(b.runtimeMemoryBytes, 10);
  EXPECT_EQ(b.messageNs, 7);
  EXPECT_EQ(b.bytePs, 8);
  EXPECT_EQ(nodesOf(cluster, 1), "2:n\xC3\xA9\":9 0::3600000000000");
  ASSERT_EQ(cluster.devices[4].profiles.size(), 1u);
  EXPECT_TRUE(cluster.devices[4].profiles[0]->nodes.empty());
  EXPECT_EQ(cluster.devices[4].profiles[0]->itemNs, std::nullopt);
}

TEST_F(ProfileTest, WrittenAndReadBack) {
  NewProfile written;
  written.runtime = "onnxruntime 1";
  written.modelFile = "m.onnx";
  written.modelDigest = std::string(64, 'a');
  DeviceProfile figures;
  figures.nodes = {{0, "first \"n\xC3\xA9\"", 11}, {3, "", 0}};
  figures.inputs = {{"n\xC3\xA9\"", {1, 64}}, {"scalar", {}}};
  figures.itemNs = 12;
  figures.residentBytes = 13;
  figures.runtimeMemoryBytes = 17;
  figures.messageNs = 14;
  figures.bytePs = 15;
  DeviceProfile elsewhere;
  elsewhere.inputs = {{"n\xC3\xA9\"", {2, 64}}};
  elsewhere.nodes = {{0, "", 99}};
  written.devices = {{"b", figures}, {"b", elsewhere}, {"r-0", {}}};
  written.links = {{"a", "b", 1000, 16}, {"r-1", "c", 1, 0}};
  std::string text;
  llvm::raw_string_ostream os(text);
  writeProfile(written, os);
  folder.write("p.json", text);

  Cluster cluster = good(devices() + "profile: p.json\n");
  ASSERT_EQ(cluster.devices[1].profiles.size(), 2u);
  EXPECT_EQ(cluster.devices[1].profiles[1]->inputs, elsewhere.inputs);
  EXPECT_EQ(nodesOf(cluster, 1, 1), "0::99");
  const DeviceProfile &b = *cluster.devices[1].profiles[0];
  EXPECT_EQ(b.inputs, figures.inputs);
  EXPECT_EQ(b.digest, written.modelDigest);
  EXPECT_EQ(nodesOf(cluster, 1), "0:first \"n\xC3\xA9\":11 3::0");
  EXPECT_EQ(b.itemNs, 12);
  EXPECT_EQ(b.residentBytes, 13);
  EXPECT_EQ(b.runtimeMemoryBytes, 17);
  EXPECT_EQ(b.messageNs, 14);
  EXPECT_EQ(b.bytePs, 15);
  // What was not measured is not said.
  ASSERT_EQ(cluster.devices[3].profiles.size(), 1u);
  EXPECT_EQ(cluster.devices[3].profiles[0]->itemNs, std::nullopt);
  EXPECT_EQ(cluster.devices[3].profiles[0]->runtimeMemoryBytes, std::nullopt);
  EXPECT_EQ(cluster.devices[3].profiles[0]->bytePs, std::nullopt);
  EXPECT_EQ(cluster.link(0, 1).bitsPerSecond, 1000);
  EXPECT_EQ(cluster.link(0, 1).messageNs, 16);
  EXPECT_EQ(cluster.link(4, 2).bitsPerSecond, 1);
}

TEST_F(ProfileTest, OnlyLinksWrittenAndReadBack) {
  NewProfile written;
  written.runtime = "onnxruntime 1";
  written.devices = {{"a", {}}};
  written.links = {{"b", "a", 5, 6}};
  std::string text;
  llvm::raw_string_ostream os(text);
  writeProfile(written, os);
  EXPECT_EQ(text.find("model"), std::string::npos);
  EXPECT_EQ(text.find("nodes"), std::string::npos);
  folder.write("p.json", text);
  Cluster cluster = good(devices() + "profile: p.json\n");
  EXPECT_EQ(cluster.link(1, 0).bitsPerSecond, 5);
}

TEST_F(ProfileTest, SeveralFiles) {
  // Two models on one device, and one on several.
  folder.write("p.json", profile("\"devices\": [{\"device\": \"a\", \"nodes\": "
                                 "[{\"index\": 0, \"ns\": 1}]}]"));
  folder.write("q.json",
               profile("\"devices\": [{\"device\": \"a\", \"nodes\": "
                       "[{\"index\": 0, \"ns\": 2}]}, {\"device\": \"b\"}]",
                       '1'));
  Cluster cluster = good(devices() + "profile: [p.json, q.json]\n");
  ASSERT_EQ(cluster.devices[0].profiles.size(), 2u);
  EXPECT_EQ(nodesOf(cluster, 0, 0), "0::1");
  EXPECT_EQ(nodesOf(cluster, 0, 1), "0::2");
  EXPECT_EQ(cluster.devices[1].profiles.size(), 1u);
  EXPECT_EQ(good(devices() + "profile: []\n").devices[0].profiles.size(), 0u);
}

TEST_F(ProfileTest, OfDevices) {
  // Only the device's own entry counts, and no link.
  folder.write("p.json",
               profile("\"devices\": [{\"device\": \"a\", \"nodes\": "
                       "[{\"index\": 0, \"ns\": 1}]}, {\"device\": \"r-0\"},"
                       "{\"device\": \"r-1\", \"nodes\": [{\"index\": 5, "
                       "\"ns\": 6}]}, {\"device\": \"elsewhere\"}],"
                       "\"links\": [{\"from\": \"a\", \"to\": \"r-0\", "
                       "\"bits_per_second\": 1, \"latency_ns\": 1}]"));
  Cluster cluster = good("version: 1\ndevices: [{name: a, profile: p.json}, "
                         "{name: r, count: 2, profile: p.json}]\n"
                         "links: {default: {bandwidth: 7 bit/s}}\n");
  EXPECT_EQ(nodesOf(cluster, 0), "0::1");
  EXPECT_EQ(nodesOf(cluster, 1), "");
  EXPECT_EQ(nodesOf(cluster, 2), "5::6");
  EXPECT_EQ(linkRows(cluster),
            (Rows{"0/0 7/0 7/0", "7/0 0/0 7/0", "7/0 7/0 0/0"}));
  EXPECT_EQ(bad("version: 1\ndevices: [{name: b, profile: p.json}]\n"),
            Messages{"c.yaml:2:30: error: 'p.json' does not measure device "
                     "'b'; its devices: a, r-0, r-1, elsewhere"});
  folder.write("q.json", profile("\"links\": []"));
  EXPECT_EQ(bad("version: 1\ndevices: [{name: b, profile: q.json}]\n"),
            Messages{"c.yaml:2:30: error: 'q.json' does not measure device "
                     "'b'; it has no devices"});
}

TEST_F(ProfileTest, LinksArePrecise) {
  // Stronger than every other rule, even 'no link', for its pair alone.
  folder.write("m.csv", ",a,b\na,,3\nb,4,\n");
  folder.write("p.json",
               "{\"version\": 1, \"links\": [\n"
               "{\"from\": \"a\", \"to\": \"b\", \"bits_per_second\": 94100000,"
               " \"latency_ns\": 210000},\n"
               "{\"from\": \"b\", \"to\": \"c\", \"bits_per_second\": 5, "
               "\"message_time_ns\": 4},\n"
               "{\"from\": \"c\", \"to\": \"a\", \"bits_per_second\": 0, "
               "\"latency_ns\": 9}]}");
  Cluster cluster =
      good(withDevices("profile: p.json\nlinks:\n"
                       "  default: {bandwidth: 7 bit/s, latency: 2 ns}\n"
                       "  matrix: m.csv\n"
                       "  between:\n"
                       "    - {from: a, to: b, bandwidth: 1 bit/s}\n"
                       "    - {devices: [b, c], bandwidth: 0}\n"
                       "media: [{name: w, devices: [a, b], bandwidth: 9 "
                       "bit/s}]\n"));
  // What was measured is no latency, whatever older profiles call it.
  EXPECT_EQ(linkRows(cluster), (Rows{"0/0 94100000/2+210000 7/2",
                                     "4000000/2 0/0 5/2+4", "0/0 0/0 0/0"}));
  // The pair still shares its medium.
  EXPECT_EQ(cluster.mediumOf[0 * 3 + 1], 0);
  // Links of a profile are links: no 'links' are needed.
  EXPECT_EQ(
      linkRows(good(withDevices("profile: p.json\n"))),
      (Rows{"0/0 94100000/0+210000 0/0", "0/0 0/0 5/0+4", "0/0 0/0 0/0"}));
}

TEST_F(ProfileTest, BadPaths) {
  for (StringRef key :
       {"profile: ", "profile: [", "devices: [{name: a, profile: "}) {
    std::string end = key.contains("name") ? "}]\n"
                      : key.ends_with("[") ? "]\n"
                                           : "\n";
    std::string start = key.starts_with("devices")
                            ? "version: 1\n"
                            : "version: 1\ndevices: [{name: a}]\n";
    std::string place =
        (key.starts_with("devices") ? "c.yaml:2:" : "c.yaml:3:") +
        std::to_string(key.size() + 1) + ": error: ";
    auto badPath = [&](const std::string &path) {
      return bad(start + key.str() + path + end);
    };
    EXPECT_EQ(badPath("../p.json"),
              Messages{place + "bad path '../p.json'; it must be relative to "
                               "the folder of the cluster file, without '..'"});
    EXPECT_EQ(badPath("/p.json"),
              Messages{place + "bad path '/p.json'; it must be relative to "
                               "the folder of the cluster file, without '..'"});
    EXPECT_EQ(
        badPath("none.json"),
        Messages{place + "cannot read 'none.json': No such file or directory"});
    EXPECT_EQ(badPath("{a: b}"),
              Messages{place + "found a mapping where the name of a profile "
                               "belongs"});
  }
  ASSERT_FALSE(sys::fs::create_directory(folder.path("sub")));
  EXPECT_EQ(bad("version: 1\ndevices: [{name: a}]\nprofile: sub\n"),
            Messages{"c.yaml:3:10: error: cannot read 'sub': not a file"});
  // Sparse: nothing of it is read.
  folder.write("large.json", "");
  int descriptor = 0;
  ASSERT_FALSE(
      sys::fs::openFileForWrite(folder.path("large.json"), descriptor));
  ASSERT_FALSE(sys::fs::resize_file(descriptor, (uint64_t(64) << 20) + 1));
  sys::Process::SafelyCloseFileDescriptor(descriptor);
  EXPECT_EQ(bad("version: 1\ndevices: [{name: a}]\nprofile: large.json\n"),
            Messages{"c.yaml:3:10: error: cannot read 'large.json': larger "
                     "than 64 MiB"});
  std::string many = "p.json";
  for (int i = 0; i < 64; ++i)
    many += ", p.json";
  EXPECT_EQ(bad("version: 1\ndevices: [{name: a}]\nprofile: [" + many + "]\n"),
            Messages{"c.yaml:3:10: error: more than 64 profiles; one file can "
                     "hold many devices"});
}

TEST_F(ProfileTest, BadTop) {
  EXPECT_EQ(badFile(""), Messages{"c.yaml:4:10: error: cannot read 'p.json': "
                                  "the file is empty"});
  EXPECT_EQ(badFile("3"), Messages{"p.json:1:1: error: found '3'; a profile is "
                                   "an object, or ONNX Runtime's list of "
                                   "events"});
  EXPECT_EQ(badFile("{}"),
            (Messages{"p.json:1:1: error: missing key 'version' in a profile",
                      "p.json:1:1: error: the profile has neither 'devices' "
                      "nor 'links'; it measures nothing"}));
  EXPECT_EQ(badFile("{\"version\": 2, \"links\": []}"),
            Messages{"p.json:1:13: error: unknown version '2'; the one version "
                     "of profiles is the number 1"});
  EXPECT_EQ(badFile("{\"version\": \"1\", \"links\": []}"),
            Messages{"p.json:1:13: error: unknown version '1'; the one version "
                     "of profiles is the number 1"});
  const char *nodes = "\"devices\": [{\"device\": \"a\", \"nodes\": "
                      "[{\"index\": 0, \"ns\": 1}]}]}";
  EXPECT_EQ(badFile(std::string("{\"version\": 1, ") + nodes),
            Messages{"p.json:1:1: error: missing key 'model' in a profile with "
                     "node times"});
  EXPECT_EQ(badFile(std::string("{\"version\": 1, \"model\": 5, ") + nodes),
            Messages{"p.json:1:25: error: found '5'; 'model' is an object"});
  EXPECT_EQ(badFile(std::string("{\"version\": 1, \"model\": {}, ") + nodes),
            Messages{"p.json:1:25: error: missing key 'digest' in 'model'"});
  for (StringRef digest : {"\"A0\"", "\"\"", "null"})
    EXPECT_EQ(badFile(("{\"version\": 1, \"model\": {\"digest\": " + digest +
                       "}, " + nodes)
                          .str()),
              Messages{"p.json:1:36: error: found " +
                       (digest == "null" ? std::string("null")
                                         : "'" + digest.trim('"').str() + "'") +
                       "; 'digest' is a SHA-256 as 64 small hexadecimal "
                       "digits"});
  EXPECT_EQ(badPart("\"devices\": {}"),
            Messages{"p.json:2:12: error: found an object; 'devices' is a list "
                     "of objects"});
  EXPECT_EQ(badPart("\"devices\": [\"a\"], \"links\": [[]]"),
            (Messages{"p.json:2:13: error: found 'a'; a device is an object",
                      "p.json:2:29: error: found a list; a link is an "
                      "object"}));
}

TEST_F(ProfileTest, BadDevices) {
  EXPECT_EQ(badPart("\"devices\": [{\"device\": \"d\"}, {\"device\": \"r\"}, "
                    "{\"device\": 4}, {}]"),
            (Messages{"p.json:2:58: error: found '4'; 'device' is a name in "
                      "double quotes",
                      "p.json:2:62: error: missing key 'device' in a device",
                      "p.json:2:24: error: unknown device 'd'; devices: a, b, "
                      "c, r, r-0, r-1",
                      "p.json:2:41: error: 'r' is a group of devices; a "
                      "profile names each device: 'r-0' and so on"}));
  EXPECT_EQ(badPart("\"devices\": [{\"device\": \"r-2\"}]"),
            Messages{"p.json:2:24: error: unknown device 'r-2' (did you mean "
                     "'r-0'?); devices: a, b, c, r, r-0, r-1"});
  EXPECT_EQ(badPart("\"devices\": [{\"device\": \"a\"}, {\"device\": \"a\"}]"),
            (Messages{"p.json:2:41: error: device 'a' is measured twice on one "
                      "model",
                      "p.json:2:24: note: first here"}));
}

TEST_F(ProfileTest, Inputs) {
  auto device = [](StringRef inputs) {
    return ("{\"device\": \"a\", \"inputs\": " + inputs + "}").str();
  };
  auto list = [&](StringRef first, StringRef second) {
    return "\"devices\": [" + device(first) + ",\n" + device(second) + "]";
  };
  // Each operating point once; one that is not said is one of its own.
  for (StringRef other : {"{\"x\": [1, 3]}", "{\"x\": []}", "{}"}) {
    folder.write("p.json", profile(list("{\"x\": [1, 2]}", other)));
    EXPECT_EQ(good(devices() + "profile: p.json\n").devices[0].profiles.size(),
              2u);
  }
  EXPECT_EQ(badPart(list("{\"x\": [1, 2]}", "{\"x\": [1, 2]}")),
            (Messages{"p.json:3:12: error: device 'a' is measured twice on one "
                      "model with the same inputs",
                      "p.json:2:24: note: first here"}));
  EXPECT_EQ(badPart(list("4", "{\"x\": 7, \"y\": [-1, \"N\", 2]}")),
            (Messages{"p.json:2:39: error: found '4'; 'inputs' is an object",
                      "p.json:3:33: error: found '7'; the shape of input 'x' "
                      "is a list of whole numbers",
                      "p.json:3:42: error: found '-1'; 'inputs' is a whole "
                      "number of 0 or more, an extent",
                      "p.json:3:46: error: found 'N'; 'inputs' is a whole "
                      "number of 0 or more, an extent"}));
  EXPECT_EQ(
      badPart("\"devices\": [" + device("{\"x\": [1],\n\"x\": [2]}") + "]"),
      Messages{"p.json:3:6: error: input 'x' appears twice"});
}

TEST_F(ProfileTest, BadFigures) {
  auto figure = [&](StringRef key, StringRef value) {
    return badPart(
        ("\"devices\": [{\"device\": \"a\", \"" + key + "\": " + value + "}]")
            .str());
  };
  for (StringRef value : {"-1", "1.5", "1e3", "3600000000001",
                          "99999999999999999999999", "true", "[]", "\"5\""})
    for (StringRef key : {"item_ns", "message_ns"}) {
      Messages messages = figure(key, value);
      ASSERT_EQ(messages.size(), 1u) << value.str();
      EXPECT_TRUE(StringRef(messages[0])
                      .ends_with(("; '" + key +
                                  "' is a whole number of nanoseconds, at "
                                  "most 3600000000000 (one hour)")
                                     .str()))
          << messages[0];
    }
  EXPECT_EQ(figure("resident_bytes", "1000000000000000001"),
            Messages{"p.json:2:47: error: found '1000000000000000001'; "
                     "'resident_bytes' is a whole number of bytes"});
  EXPECT_EQ(figure("byte_ps", "1000000000001"),
            Messages{"p.json:2:40: error: found '1000000000001'; 'byte_ps' is "
                     "a whole number of picoseconds, at most 1000000000000"});
  EXPECT_EQ(figure("nodes", "{}"),
            Messages{"p.json:2:38: error: found an object; 'nodes' is a list "
                     "of objects"});
  EXPECT_EQ(
      figure("nodes", "[7, {},\n{\"index\": -1, \"name\": 3, \"ns\": -2},\n"
                      "{\"index\": 4, \"ns\": 1}, {\"index\": 4, \"ns\": 1}]"),
      (Messages{"p.json:2:39: error: found '7'; a node is an object",
                "p.json:2:42: error: missing key 'index' in a node",
                "p.json:2:42: error: missing key 'ns' in a node",
                "p.json:3:11: error: found '-1'; 'index' is a whole number of "
                "0 or more, the position in the source graph",
                "p.json:3:32: error: found '-2'; 'ns' is a whole number of "
                "nanoseconds, at most 3600000000000 (one hour)",
                "p.json:3:23: error: found '3'; 'name' is a name in double "
                "quotes",
                "p.json:4:34: error: node 4 appears twice",
                "p.json:4:11: note: first here"}));
}

TEST_F(ProfileTest, BadLinks) {
  auto link = [](StringRef from, StringRef to, StringRef rest) {
    return ("{\"from\": \"" + from + "\", \"to\": \"" + to + "\", " + rest +
            "}")
        .str();
  };
  const char *figures = "\"bits_per_second\": 1, \"latency_ns\": 2";
  EXPECT_EQ(badPart("\"links\": [{}]"),
            (Messages{"p.json:2:11: error: missing key 'from' in a link",
                      "p.json:2:11: error: missing key 'to' in a link",
                      "p.json:2:11: error: missing key 'bits_per_second' in a "
                      "link",
                      "p.json:2:11: error: missing key 'message_time_ns' in a "
                      "link"}));
  EXPECT_EQ(badPart("\"links\": [" +
                    link("a", "b",
                         "\"bits_per_second\": 1, \"latency_ns\": 2, "
                         "\"message_time_ns\": 2") +
                    "]")
                .front()
                .substr(13),
            "error: 'latency_ns' is what older profiles call "
            "'message_time_ns'; a link has one of them");
  EXPECT_EQ(
      badPart("\"links\": [" +
              link("a", "b", "\"bits_per_second\": 1.5, \"latency_ns\": -2") +
              "]"),
      (Messages{"p.json:2:55: error: found '1.5'; 'bits_per_second' is a "
                "whole number of bits per second; 0 means no link",
                "p.json:2:74: error: found '-2'; 'latency_ns' is a whole "
                "number of nanoseconds, at most 3600000000000 (one "
                "hour)"}));
  EXPECT_EQ(badPart("\"links\": [\n" + link("a", "x", figures) + ",\n" +
                    link("r", "a", figures) + ",\n" + link("a", "a", figures) +
                    "]"),
            (Messages{"p.json:3:21: error: unknown device 'x'; devices: a, b, "
                      "c, r, r-0, r-1",
                      "p.json:4:10: error: 'r' is a group of devices; a "
                      "profile names each device: 'r-0' and so on",
                      "p.json:5:21: error: a link from device 'a' to "
                      "itself"}));
}

TEST_F(ProfileTest, MeasuredTwice) {
  const char *rest =
      "\"devices\": [{\"device\": \"a\", \"nodes\": [{\"index\": "
      "0, \"ns\": 1}]}],\n\"links\": [{\"from\": \"a\", \"to\": "
      "\"b\", \"bits_per_second\": 1, \"latency_ns\": 2}]";
  folder.write("p.json", profile(rest));
  folder.write("q.json", profile(rest));
  EXPECT_EQ(bad(devices() + "profile: [p.json, q.json]\n"),
            (Messages{"q.json:2:24: error: device 'a' is measured twice on one "
                      "model",
                      "p.json:2:24: note: first here",
                      "q.json:3:31: error: the link from 'a' to 'b' is "
                      "measured twice",
                      "p.json:3:31: note: first here"}));
  folder.write("ort.json",
               "[{\"cat\": \"Session\", \"name\": \"model_run\"}, {\"cat\": "
               "\"Node\", \"name\": \"n_kernel_time\", \"ts\": 0, \"dur\": "
               "1}]");
  // Which model ONNX Runtime ran is not known.
  EXPECT_EQ(bad("version: 1\nprofile: p.json\ndevices: [{name: a, profile: "
                "ort.json}, {name: b}]\n"),
            (Messages{"p.json:2:24: error: device 'a' is measured twice on one "
                      "model",
                      "c.yaml:3:30: note: first here"}));
  EXPECT_EQ(bad(devices() + "profile: ort.json\n"),
            Messages{"c.yaml:4:10: error: 'ort.json' is a profile of ONNX "
                     "Runtime, which does not say what device it is of; name "
                     "it in the device: 'devices: [{name: box, profile: "
                     "ort.json}]'"});
}

TEST_F(ProfileTest, BadJson) {
  std::vector<std::pair<std::string, std::string>> cases = {
      {"{", "1:2: error: expected a key in double quotes"},
      {"{\"a\" 1}", "1:6: error: expected ':'"},
      {"{\"a\": 1 \"b\"}", "1:9: error: expected ',' or '}'"},
      {"{\"a\": [1 2]}", "1:10: error: expected ',' or ']'"},
      {"{\"a\": }", "1:7: error: expected a value in JSON"},
      {"{\"a\": nil}", "1:7: error: expected a value in JSON"},
      {"{\"a\": 01}", "1:9: error: malformed number"},
      {"{\"a\": -}", "1:8: error: malformed number"},
      {"{\"a\": 1.}", "1:9: error: malformed number"},
      {"{\"a\": 1e}", "1:9: error: malformed number"},
      {"{\"a", "1:4: error: the file ends inside a string"},
      {"{\"a\n\"", "1:4: error: a string has a line break or another control "
                   "character"},
      {"{\"\\x\"", "1:4: error: unknown escape in a string"},
      {"{\"\\u12\"", "1:5: error: expected four hexadecimal digits"},
      {"{\"\\ud800\\u1\"", "1:11: error: expected four hexadecimal digits"},
      {"{} {}", "1:4: error: expected the end of the file"},
      {"[1", "1:2: error: found '1'; an event of ONNX Runtime's profile is an "
             "object"},
  };
  for (const auto &[text, message] : cases)
    EXPECT_EQ(badFile(text)[0], "p.json:" + message) << text;
  EXPECT_EQ(badFile(StringRef("{\"a\0\"}", 6)),
            Messages{"p.json:1:4: error: unexpected NUL byte in a text file"});
  EXPECT_EQ(badFile("{\"\xFF\"}"),
            Messages{"p.json:1:3: error: not a text file in UTF-8"});
  // Half a character is none, and a pair is one.
  folder.write("p.json", profile("\"devices\": [{\"device\": \"a\", \"nodes\": "
                                 "[{\"index\": 0, \"ns\": 1, \"name\": "
                                 "\"\\ud83d\\ude00\\ud83dx\\udc00\\t\"}]}]"));
  EXPECT_EQ(nodesOf(good(devices() + "profile: p.json\n"), 0),
            "0:\xF0\x9F\x98\x80\xEF\xBF\xBDx\xEF\xBF\xBD\t:1");
}

TEST_F(ProfileTest, HostileFiles) {
  EXPECT_EQ(badFile("{\"a\":" + std::string(1000000, '[')),
            Messages{"p.json:1:37: error: nested more than 32 levels deep"});
  EXPECT_EQ(badFile(std::string(1000000, '[')),
            Messages{"p.json:1:33: error: nested more than 32 levels deep"});
  std::string values = "{\"a\": [0";
  for (int i = 0; i < 2000000; ++i)
    values += ",0";
  EXPECT_EQ(badFile(values + "]}")[0],
            "p.json:1:4000004: error: more than 2000000 values");
  std::string many = "\"devices\": [0";
  for (int i = 0; i < 1000; ++i)
    many += ",\n0";
  Messages messages = badPart(many + "]");
  EXPECT_EQ(messages.size(), 21u);
}

/// A file with any one wrong byte is read or reported.
TEST_F(ProfileTest, DamagedFiles) {
  std::string whole = profile(
      "\"devices\": [{\"device\": \"a\", \"item_ns\": 1, \"nodes\": "
      "[{\"index\": 0, \"name\": \"\\u00e9\", \"ns\": 12}]}], \"links\": "
      "[{\"from\": \"a\", \"to\": \"b\", \"bits_per_second\": 1, "
      "\"latency_ns\": 2}]");
  for (size_t place = 0; place < whole.size(); place += test::Thinned)
    for (char c : StringRef("\0\n ,:\"\\{}[]-0x\x80", 15)) {
      std::string text = whole;
      text[place] = c;
      folder.write("p.json", text);
      Parsed parsed =
          parseText(devices() + "profile: p.json\n", folder.path("c.yaml"));
      EXPECT_NE(parsed.cluster.has_value(), !parsed.messages.empty()) << text;
    }
}

} // namespace
