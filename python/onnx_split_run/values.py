"""Values of tensors as Python has them: arrays, lists of arrays, and tensors of ONNX
Runtime for elements that NumPy has no type for."""

from __future__ import annotations

from typing import Any

import numpy

from . import element_types
from .errors import RunError, describe, describe_kind
from .memory import Memory, value_bytes
from .runtime import load_runtime
from .session import Port, describe_shape


def _bits(array: numpy.ndarray) -> numpy.ndarray:
    """The same bytes in a type that ONNX Runtime takes as bits."""
    return numpy.ascontiguousarray(array).view(f"uint{8 * array.dtype.itemsize}")


def check_fit(value: Any, port: Port, where: str) -> None:
    """An error that begins with `where` unless the port takes the value."""
    if isinstance(value, numpy.ndarray):
        found, dims = element_types.number_of(value.dtype), value.shape
    elif hasattr(value, "is_tensor") and value.is_tensor():
        found, dims = value.element_type(), tuple(value.shape())
    else:
        return
    if port.kind != "tensor":
        return
    if found != port.element_type:
        name = element_types.by_number(found).name if found else str(value.dtype)
        raise RunError(f"{where}: input '{port.name}' has elements of {name} where the model "
                       f"takes {element_types.by_number(port.element_type).name}")
    if len(dims) != len(port.dims) or any(
            0 <= taken != given for taken, given in zip(port.dims, dims)):
        raise RunError(f"{where}: input '{port.name}' has shape {describe_shape(dims)} where "
                       f"the model takes {describe_shape(port.dims)}")


def _make_array(value: Any, port: Port, where: str) -> numpy.ndarray:
    """Of the port's type, from numbers and lists that have it: no fraction becomes a
    whole number."""
    name = element_types.by_number(port.element_type).name
    try:
        given = numpy.asarray(value)
        with numpy.errstate(invalid="ignore"):
            made = numpy.asarray(value, element_types.array_type(port.element_type))
    except (TypeError, ValueError, OverflowError) as error:
        raise RunError(f"{where}: input '{port.name}' is no array of {name}: "
                       f"{describe(error)}") from None
    if made.dtype.kind in "iu" and given.dtype.kind in "iuf" and not (made == given).all():
        raise RunError(f"{where}: input '{port.name}' has numbers that are no {name}, which the "
                       "model takes")
    return made


def as_given(value: Any, port: Port, where: str) -> Any:
    """A caller's value as the port takes it: numbers and lists become an array of its
    type. An error that begins with `where` for one that it does not take."""
    if port.kind == "optional" or hasattr(value, "is_tensor"):
        pass
    elif port.kind != "tensor":
        if not isinstance(value, (list, tuple)):
            raise RunError(f"{where}: input '{port.name}' is {describe_kind(value)} where the "
                           "model takes a sequence: give a list of arrays")
    elif isinstance(value, (bool, int, float, list, tuple)):
        value = _make_array(value, port, where)
    elif isinstance(value, numpy.generic):
        value = numpy.asarray(value)
    elif not isinstance(value, numpy.ndarray):
        raise RunError(f"{where}: input '{port.name}' is {describe_kind(value)} where the model "
                       f"takes a NumPy array of {element_types.by_number(port.element_type).name} "
                       f"with shape {describe_shape(port.dims)}")
    check_fit(value, port, where)
    return value


def to_tensor(value: Any) -> Any:
    """A tensor of ONNX Runtime that holds an array's elements, of any type but text."""
    if not isinstance(value, numpy.ndarray):
        return value
    runtime = load_runtime()
    number = element_types.number_of(value.dtype)
    if value.dtype.kind == "V" or value.dtype.name == "bfloat16" or number >= 16:
        return runtime.OrtValue.ortvalue_from_numpy_with_onnx_type(_bits(value), number)
    return runtime.OrtValue.ortvalue_from_numpy(numpy.ascontiguousarray(value))


def empty_tensor(element_type: int, shape: tuple[int, ...]) -> Any:
    """A tensor of zeros in ONNX Runtime's memory."""
    value = load_runtime().OrtValue.ortvalue_from_shape_and_type(list(shape), element_type)
    value_bytes(value).fill(0)
    return value


def to_array(value: Any) -> Any:
    """An array of a tensor, a list of arrays of a sequence, None of an empty optional.
    What is no tensor of ONNX Runtime stays as it is. An error where no installed
    package has the type of the elements: bits would be taken for numbers."""
    if isinstance(value, Memory):
        data, number, shape = value.array(), value.element_type, value.shape
    elif not hasattr(value, "is_tensor"):
        return value
    elif not value.has_value():
        return None
    elif not value.is_tensor() or value.element_type() == element_types.STRING:
        return value.numpy()
    else:
        data, number, shape = value_bytes(value), value.element_type(), tuple(value.shape())
    dtype = element_types.array_type(number)
    if dtype is None:
        raise RunError(f"there are no arrays of {element_types.by_number(number).name}; the "
                       "package ml_dtypes has some of these types")
    # Its memory may be ONNX Runtime's, which takes it back.
    return data.copy().view(dtype).reshape(shape)
