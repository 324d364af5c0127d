"""Shader graphs of Cycles, a little shorter to write."""

from typing import Any

import bpy


class Graph:
    """A new material and its nodes.

    Attributes:
        material: Blender's material.
        output: its output node.
    """

    def __init__(self, name: str) -> None:
        self.material: Any = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.material.node_tree.nodes.clear()
        self.output = self.node("OutputMaterial")

    def node(self, kind: str, settings: dict[str, Any] | None = None, **inputs: Any) -> Any:
        """A node ``ShaderNode<kind>``: its settings, then its inputs (values, or sockets to link), _ for space."""
        made = self.material.node_tree.nodes.new(f"ShaderNode{kind}")
        for name, value in (settings or {}).items():
            setattr(made, name, value)
        for name, value in inputs.items():
            self.feed(made.inputs[name.replace("_", " ")], value)
        return made

    def feed(self, socket: Any, value: Any) -> None:
        """Link an output to a socket, or set its value."""
        if isinstance(value, bpy.types.NodeSocket):
            self.material.node_tree.links.new(value, socket)
        elif isinstance(value, tuple) and len(value) == 3 and socket.type == "RGBA":
            socket.default_value = (*value, 1)
        else:
            socket.default_value = value

    def math(self, operation: str, first: Any, second: Any = 0.0) -> Any:
        """The result of a ``ShaderNodeMath``."""
        made = self.node("Math", {"operation": operation})
        self.feed(made.inputs[0], first)
        self.feed(made.inputs[1], second)
        return made.outputs[0]

    def ramp(self, factor: Any, *stops: tuple[float, tuple[float, float, float]]) -> Any:
        """A colour that changes with a factor, at two or more stops."""
        made = self.node("ValToRGB", Fac=factor)
        elements = made.color_ramp.elements
        for _ in range(len(stops) - 2):
            elements.new(0.5)
        for element, (position, colour) in zip(elements, stops, strict=True):
            element.position = position
            element.color = (*colour, 1)
        return made.outputs["Color"]

    def surface(self, shader: Any) -> Any:
        """Make a node's first output the surface; returns the material."""
        self.material.node_tree.links.new(shader.outputs[0], self.output.inputs["Surface"])
        return self.material
