//===- LinksTest.cpp - Tests of links and media ---------------------------===//
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

TEST(LinksTest, Default) {
  EXPECT_EQ(linkRows(parseGood(withDevices(
                "links: {default: {bandwidth: 5 bit/s, latency: 6 ns}}"))),
            (Rows{"0/0 5/6 5/6", "5/6 0/0 5/6", "5/6 5/6 0/0"}));
  EXPECT_EQ(linkRows(parseGood(
                withDevices("links: {default: {bandwidth: 5 bit/s}}"))),
            (Rows{"0/0 5/0 5/0", "5/0 0/0 5/0", "5/0 5/0 0/0"}));
}

TEST(LinksTest, BetweenWithoutDefault) {
  EXPECT_EQ(linkRows(parseGood(withDevices(R"(
links:
  between:
    - {devices: [a, b], bandwidth: 5 bit/s, latency: 6 ns}
    - {from: c, to: a, bandwidth: 7 bit/s}
)"))),
            (Rows{"0/0 5/6 0/0", "5/6 0/0 0/0", "7/0 0/0 0/0"}));
}

TEST(LinksTest, BetweenOverridesDefault) {
  // A latency that an entry leaves out stays what it was.
  EXPECT_EQ(linkRows(parseGood(withDevices(R"(
links:
  default: {bandwidth: 1 bit/s, latency: 2 ns}
  between:
    - {devices: [a, b], bandwidth: 5 bit/s}
    - {devices: [a, c], bandwidth: 5 bit/s, latency: 0 ns}
    - {devices: [b, c], bandwidth: 0}
)"))),
            (Rows{"0/0 5/2 5/0", "5/2 0/0 0/0", "5/0 0/0 0/0"}));
}

TEST(LinksTest, OneDirectionRefinesBoth) {
  // Whichever comes first in the file.
  Rows expected = {"0/0 5/6 8/9", "3/6 0/0 0/0", "3/4 0/0 0/0"};
  EXPECT_EQ(linkRows(parseGood(withDevices(R"(
links:
  between:
    - {devices: [a, b], bandwidth: 5 bit/s, latency: 6 ns}
    - {from: b, to: a, bandwidth: 3 bit/s}
    - {from: c, to: a, bandwidth: 3 bit/s, latency: 4 ns}
    - {devices: [a, c], bandwidth: 8 bit/s, latency: 9 ns}
)"))),
            expected);
  // One direction can be missing, or be the only one.
  EXPECT_EQ(linkRows(parseGood(withDevices(R"(
links:
  between:
    - {devices: [a, b], bandwidth: 5 bit/s, latency: 6 ns}
    - {from: b, to: a, bandwidth: 0}
)"))),
            (Rows{"0/0 5/6 0/0", "0/0 0/0 0/0", "0/0 0/0 0/0"}));
}

TEST(LinksTest, GivenTwice) {
  EXPECT_EQ(
      parseBad(withDevices(R"(
links:
  between:
    - {devices: [a, b], bandwidth: 5 bit/s}
    - {devices: [b, a], bandwidth: 5 bit/s}
    - {from: c, to: a, bandwidth: 5 bit/s}
    - {from: c, to: a, bandwidth: 6 bit/s}
)")),
      (Messages{"c.yaml:7:21: error: the link from 'b' to 'a' is given twice",
                "c.yaml:6:21: note: first here",
                "c.yaml:9:21: error: the link from 'c' to 'a' is given twice",
                "c.yaml:8:21: note: first here"}));
}

TEST(LinksTest, Groups) {
  const char *devices = R"(
version: 1
devices: [{name: a}, {name: r, count: 2}, {name: s, count: 2}]
links:
  between:
)";
  // One to all of a group, both ways.
  EXPECT_EQ(
      linkRows(parseGood(std::string(devices) +
                         "    - {devices: [a, r], bandwidth: 5 bit/s}\n")),
      (Rows{"0/0 5/0 5/0 0/0 0/0", "5/0 0/0 0/0 0/0 0/0", "5/0 0/0 0/0 0/0 0/0",
            "0/0 0/0 0/0 0/0 0/0", "0/0 0/0 0/0 0/0 0/0"}));
  // Within a group, and from group to group.
  EXPECT_EQ(
      linkRows(parseGood(std::string(devices) +
                         "    - {devices: [r, r], bandwidth: 5 bit/s}\n"
                         "    - {from: r, to: s, bandwidth: 6 bit/s}\n"
                         "    - {from: r-0, to: r-1, bandwidth: 7 bit/s}\n")),
      (Rows{"0/0 0/0 0/0 0/0 0/0", "0/0 0/0 7/0 6/0 6/0", "0/0 5/0 0/0 6/0 6/0",
            "0/0 0/0 0/0 0/0 0/0", "0/0 0/0 0/0 0/0 0/0"}));
  EXPECT_EQ(
      linkRows(parseGood(std::string(devices) +
                         "    - {from: s, to: s, bandwidth: 5 bit/s}\n")),
      (Rows{"0/0 0/0 0/0 0/0 0/0", "0/0 0/0 0/0 0/0 0/0", "0/0 0/0 0/0 0/0 0/0",
            "0/0 0/0 0/0 0/0 5/0", "0/0 0/0 0/0 5/0 0/0"}));
  // A member is not more specific than its group.
  EXPECT_EQ(
      parseBad(std::string(devices) +
               "    - {devices: [a, r], bandwidth: 5 bit/s}\n"
               "    - {devices: [a, r-1], bandwidth: 6 bit/s}\n"),
      (Messages{"c.yaml:7:21: error: the link from 'a' to 'r-1' is given twice",
                "c.yaml:6:21: note: first here"}));
}

TEST(LinksTest, BadEntries) {
  auto bad = [](StringRef entry) {
    return parseBad(withDevices(("links: {between: [{" + entry + "}]}").str()));
  };
  const char *ends = "c.yaml:3:19: error: a link has either 'devices: [a, b]' "
                     "for both directions, or 'from: a' and 'to: b' for one";
  EXPECT_EQ(bad("bandwidth: 0"), Messages{ends});
  EXPECT_EQ(bad("bandwidth: 0, from: a"), Messages{ends});
  EXPECT_EQ(bad("bandwidth: 0, devices: [a, b], to: c"), Messages{ends});
  EXPECT_EQ(bad("bandwidth: 0, devices: [a, b, c]"),
            Messages{"c.yaml:3:43: error: 'devices' of a link are two names, "
                     "for example [a, b]"});
  EXPECT_EQ(bad("bandwidth: 0, devices: [a, a]"),
            Messages{"c.yaml:3:47: error: a link from device 'a' to itself"});
  EXPECT_EQ(bad("bandwidth: 0, from: b, to: b"),
            Messages{"c.yaml:3:47: error: a link from device 'b' to itself"});
  EXPECT_EQ(
      bad("bandwidth: 0, devices: [x, y]"),
      (Messages{"c.yaml:3:44: error: unknown device 'x'; devices: a, b, c",
                "c.yaml:3:47: error: unknown device 'y'; devices: a, b, c"}));
  EXPECT_EQ(bad("devices: [a, b]"),
            Messages{"c.yaml:3:19: error: a link needs the key 'bandwidth'; "
                     "for example 'bandwidth: 100 Mbit/s'"});
  EXPECT_EQ(bad("devices: [a, b], bandwith: 5 kbit/s"),
            Messages{"c.yaml:3:37: error: unknown key 'bandwith' in a link "
                     "(did you mean 'bandwidth'?); allowed keys: devices, "
                     "from, to, bandwidth, latency, profile, message_time, "
                     "medium"});
  EXPECT_EQ(bad("device: [a, b], bandwidth: 5 kbit/s"),
            Messages{"c.yaml:3:20: error: unknown key 'device' in a link "
                     "(did you mean 'devices'?); allowed keys: devices, "
                     "from, to, bandwidth, latency, profile, message_time, "
                     "medium"});
  EXPECT_EQ(bad("devices: [a, b], bandwidth: 100"),
            Messages{"c.yaml:3:48: error: '100' has no unit; write for example "
                     "'100 Mbit/s'; units of bandwidth: bit/s, kbit/s, Mbit/s, "
                     "Gbit/s, Tbit/s, B/s, kB/s, MB/s, GB/s, TB/s, KiB/s, "
                     "MiB/s, GiB/s, TiB/s"});
  EXPECT_EQ(bad("devices: [a, b], bandwidth: 0, latency: -1 ms"),
            Messages{"c.yaml:3:60: error: '-1 ms' is negative; latency must "
                     "be 0 or more"});
}

TEST(LinksTest, BadForms) {
  EXPECT_EQ(parseBad(withDevices("links: 100 Mbit/s")),
            Messages{"c.yaml:3:8: error: found '100 Mbit/s'; 'links' is a "
                     "mapping with the keys default, between, matrix"});
  EXPECT_EQ(parseBad(withDevices("links: {default: 100 Mbit/s}")),
            Messages{"c.yaml:3:18: error: found '100 Mbit/s'; 'default' is a "
                     "mapping with the keys bandwidth, latency, message_time"});
  EXPECT_EQ(parseBad(withDevices("links: {default: {latency: 1 ms}}")),
            Messages{"c.yaml:3:18: error: 'default' needs the key 'bandwidth'; "
                     "for example 'bandwidth: 100 Mbit/s'"});
  EXPECT_EQ(parseBad(withDevices("links: {between: {from: a}}")),
            Messages{"c.yaml:3:18: error: found a mapping; 'between' is a "
                     "list, for example [{devices: [a, b], bandwidth: 22 "
                     "Mbit/s}]"});
}

TEST(LinksTest, NoLinkAtAll) {
  const char *tail = ": error: 3 devices but no link between any two of them; "
                     "add for example 'links: {default: {bandwidth: 100 "
                     "Mbit/s, latency: 1 ms}}'";
  EXPECT_EQ(parseBad(withDevices("")),
            Messages{std::string("c.yaml:2:1") + tail});
  EXPECT_EQ(parseBad(withDevices("links: {}")),
            Messages{std::string("c.yaml:3:1") + tail});
  EXPECT_EQ(parseBad(withDevices("links: {default: {bandwidth: 0}}")),
            Messages{std::string("c.yaml:3:1") + tail});
  // A single device needs none.
  parseGood("version: 1\ndevices: [{name: a}]\nlinks: {}\n");
}

TEST(MediaTest, GivesItsRateToPairsWithoutOne) {
  Cluster cluster = parseGood(withDevices(R"(
links:
  default: {bandwidth: 1 bit/s, latency: 2 ns}
  between:
    - {from: a, to: b, bandwidth: 5 bit/s}
media:
  - {name: wifi, devices: [b, a], bandwidth: 50 bit/s}
)"));
  EXPECT_EQ(linkRows(cluster),
            (Rows{"0/0 5/2 1/2", "50/2 0/0 1/2", "1/2 1/2 0/0"}));
  ASSERT_EQ(cluster.media.size(), 1u);
  EXPECT_EQ(cluster.media[0].name, "wifi");
  EXPECT_EQ(cluster.media[0].devices, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(cluster.media[0].bitsPerSecond, 50);
  // The pair with a rate of its own shares the medium all the same.
  EXPECT_EQ(cluster.mediumOf,
            (std::vector<int32_t>{-1, 0, -1, 0, -1, -1, -1, -1, -1}));
}

TEST(MediaTest, SufficesAsTheOnlyLink) {
  Cluster cluster = parseGood(
      withDevices("media: [{name: bus, devices: [a, c], bandwidth: 1 kB/s}]"));
  EXPECT_EQ(linkRows(cluster),
            (Rows{"0/0 0/0 8000/0", "0/0 0/0 0/0", "8000/0 0/0 0/0"}));
}

TEST(MediaTest, NoMediaMeansNoTable) {
  for (const char *media : {"", "media: []\n"})
    EXPECT_TRUE(
        parseGood(withDevices(std::string(media) +
                              "links: {default: {bandwidth: 1 bit/s}}\n"))
            .mediumOf.empty());
}

TEST(MediaTest, GroupsAndSeveralMedia) {
  Cluster cluster = parseGood(R"(
version: 1
devices: [{name: r, count: 2}, {name: a}, {name: b}]
media:
  - {name: m, devices: [r, a], bandwidth: 5 bit/s}
  - {name: n, devices: [b, a], bandwidth: 6 bit/s}
)");
  EXPECT_EQ(cluster.media.at(0).devices, (std::vector<int32_t>{0, 1, 2}));
  EXPECT_EQ(cluster.media.at(1).devices, (std::vector<int32_t>{2, 3}));
  EXPECT_EQ(cluster.mediumOf,
            (std::vector<int32_t>{-1, 0, 0, -1, 0, -1, 0, -1, 0, 0, -1, 1, -1,
                                  -1, 1, -1}));
  EXPECT_EQ(linkRows(cluster), (Rows{"0/0 5/0 5/0 0/0", "5/0 0/0 5/0 0/0",
                                     "5/0 5/0 0/0 6/0", "0/0 0/0 6/0 0/0"}));
}

TEST(MediaTest, PairInTwoMedia) {
  EXPECT_EQ(parseBad(withDevices(R"(
media:
  - {name: m, devices: [a, b], bandwidth: 5 bit/s}
  - {name: n, devices: [c, b, a], bandwidth: 6 bit/s}
)")),
            (Messages{"c.yaml:6:24: error: devices 'a' and 'b' share two "
                      "media; say in 'between' which one their link uses, for "
                      "example {devices: [a, b], medium: m}",
                      "c.yaml:5:12: note: the other medium"}));
  // One direction is not both.
  EXPECT_EQ(parseBad(withDevices(R"(
media:
  - {name: m, devices: [a, b], bandwidth: 5 bit/s}
  - {name: n, devices: [c, b, a], bandwidth: 6 bit/s}
links: {between: [{from: a, to: b, medium: n}]}
)"))
                .front(),
            "c.yaml:6:24: error: devices 'b' and 'a' share two media; say in "
            "'between' which one their link uses, for example {devices: [b, "
            "a], medium: m}");
}

TEST(MediaTest, BetweenChooses) {
  Cluster cluster = parseGood(withDevices(R"(
media:
  - {name: m, devices: [a, b], bandwidth: 5 bit/s}
  - {name: n, devices: [c, b, a], bandwidth: 6 bit/s}
links:
  between:
    - {devices: [a, b], medium: n}
    - {from: b, to: a, bandwidth: 7 bit/s, message_time: 3 ns, medium: m}
    - {devices: [b, c], bandwidth: 9 bit/s, medium: none}
)"));
  EXPECT_EQ(cluster.mediumOf,
            (std::vector<int32_t>{-1, 1, 1, 0, -1, -1, 1, -1, -1}));
  // A medium that is chosen gives its rate, unless another one is stated.
  EXPECT_EQ(linkRows(cluster),
            (Rows{"0/0 6/0 6/0", "7/0+3 0/0 9/0", "6/0 9/0 0/0"}));
  // Without any media there is nothing to be left.
  EXPECT_TRUE(parseGood(withDevices("links: {between: [{devices: [a, b], "
                                    "bandwidth: 1 bit/s, medium: none}]}\n"))
                  .mediumOf.empty());
}

TEST(MediaTest, WhatIsNoLinkNeedsNoChoice) {
  Cluster cluster = parseGood(withDevices(R"(
media:
  - {name: m, devices: [a, b], bandwidth: 5 bit/s}
  - {name: n, devices: [c, b, a], bandwidth: 6 bit/s}
links: {between: [{devices: [a, b], bandwidth: 0}]}
)"));
  EXPECT_EQ(cluster.link(0, 1).bitsPerSecond, 0);
  EXPECT_EQ(parseBad(withDevices("media: [{name: none, devices: [a, b], "
                                 "bandwidth: 5 bit/s}]\n")),
            Messages{"c.yaml:3:16: error: no medium can be called 'none', "
                     "which in 'between' stands for no medium"});
}

TEST(MediaTest, BadChoices) {
  auto bad = [](StringRef between) {
    return parseBad(
        withDevices(("media: [{name: m, devices: [a, b], bandwidth: 5 bit/s}]\n"
                     "links: {between: [{" +
                     between + "}]}\n")
                        .str()));
  };
  EXPECT_EQ(bad("devices: [a, b], medium: w"),
            (Messages{"c.yaml:4:45: error: there is no medium 'w'; allowed are "
                      "'m' and 'none'"}));
  EXPECT_EQ(bad("devices: [a, c], medium: m"),
            (Messages{"c.yaml:4:33: error: device 'c' is not in the medium "
                      "'m'",
                      "c.yaml:3:16: note: the medium"}));
  EXPECT_EQ(bad("devices: [a, b], medium: none"),
            Messages{"c.yaml:4:19: error: a link needs the key 'bandwidth'; "
                     "for example 'bandwidth: 100 Mbit/s'"});
}

TEST(MediaTest, BadMedia) {
  auto bad = [](StringRef media) {
    return parseBad(withDevices(("media: " + media).str()));
  };
  EXPECT_EQ(bad("wifi"), Messages{"c.yaml:3:8: error: found 'wifi'; 'media' is "
                                  "a list, for example [{name: wifi, devices: "
                                  "[a, b], bandwidth: 54 Mbit/s}]"});
  EXPECT_EQ(bad("[{}]"),
            (Messages{"c.yaml:3:9: error: a medium needs the key "
                      "'name'; for example 'name: wifi'",
                      "c.yaml:3:9: error: a medium needs the key "
                      "'bandwidth'; for example 'bandwidth: 100 "
                      "Mbit/s'",
                      "c.yaml:3:9: error: a medium needs the key "
                      "'devices'; for example 'devices: [a, b]'"}));
  EXPECT_EQ(bad("[{name: m, devices: [a], bandwidth: 5 bit/s}]"),
            Messages{"c.yaml:3:28: error: a medium joins at least two "
                     "devices"});
  EXPECT_EQ(bad("[{name: m, devices: a, bandwidth: 5 bit/s}]"),
            (Messages{"c.yaml:3:28: error: found 'a'; the 'devices' of a "
                      "medium are a list of device names"}));
  EXPECT_EQ(bad("[{name: m, devices: [a, b, a], bandwidth: 5 bit/s}]"),
            (Messages{"c.yaml:3:35: error: device 'a' appears twice in the "
                      "medium",
                      "c.yaml:3:29: note: first here"}));
  EXPECT_EQ(
      bad("[{name: m, devices: [a, bb], bandwidth: 0}]"),
      (Messages{"c.yaml:3:48: error: '0' has no unit; write for example "
                "'100 Mbit/s'; units of bandwidth: bit/s, kbit/s, "
                "Mbit/s, Gbit/s, Tbit/s, B/s, kB/s, MB/s, GB/s, TB/s, "
                "KiB/s, MiB/s, GiB/s, TiB/s",
                "c.yaml:3:32: error: unknown device 'bb'; devices: a, b, c"}));
  EXPECT_EQ(bad("[{name: m, devices: [a, b], bandwidth: 5 bit/s}, "
                "{name: m, devices: [a, c], bandwidth: 5 bit/s}]"),
            (Messages{"c.yaml:3:64: error: medium name 'm' appears twice",
                      "c.yaml:3:16: note: first here"}));
  EXPECT_EQ(bad("[{name: 'a/b', devices: [a, b], bandwidth: 5 bit/s, "
                "latency: 1 ms}]"),
            (Messages{"c.yaml:3:60: error: unknown key 'latency' in a medium; "
                      "allowed keys: name, devices, bandwidth",
                      "c.yaml:3:16: error: bad name 'a/b' of a medium; allowed "
                      "are letters, digits, '.', '_' and '-', not starting "
                      "with '.', at most 64 characters"}));
}

} // namespace
