"""OpenCV's dnn module reads the parts directly."""

# /// script
# dependencies = ["opencv-python-headless==5.0.0.93", "numpy==2.4.6"]
# ///

import chain
import cv2


def run_part(part, feeds, outputs, work):
    net = cv2.dnn.readNetFromONNX(str(part))
    for name, array in feeds.items():
        net.setInput(array, name)
    return net.forward(outputs)


chain.chain(run_part)
