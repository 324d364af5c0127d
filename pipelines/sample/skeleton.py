"""Skeletons and the poses that bend them. Left and right are the image's."""

from dataclasses import dataclass, field

import numpy as np

from pipelines.sample.shapes import Point

Limb = tuple[float, float]
"""Directions of the upper and lower part in degrees: 0 down, 90 to the right of the image, 180 up."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Directions of all limbs.

    Attributes:
        left_arm, right_arm, left_leg, right_leg: of the limbs on that side of the image.
        lean: of the trunk, to the right.
        turn: 0 seen from the front, towards 1 seen from the side; narrows shoulders and hips.
    """

    left_arm: Limb = (-9, -4)
    right_arm: Limb = (9, 4)
    left_leg: Limb = (-3, -2)
    right_leg: Limb = (3, 2)
    lean: float = 0.0
    turn: float = 0.0


POSES: dict[str, Pose] = {
    "stand": Pose(),
    "hip": Pose(left_arm=(-46, 52), right_arm=(12, 3), left_leg=(-6, -4), right_leg=(8, 3), lean=1),
    "hips": Pose(left_arm=(-48, 50), right_arm=(48, -50), left_leg=(-10, -7), right_leg=(10, 7)),
    "walk": Pose((-30, -8), (24, 46), (-24, -34), (22, 8), 3, 0.55),
    "stride": Pose((-38, 4), (34, 62), (-30, -52), (30, 14), 6, 0.6),
    "run": Pose((-52, -4), (40, 118), (-36, -88), (50, -6), 12, 0.6),
    "sit": Pose((-16, 38), (18, -36), (-44, 4), (48, -2), -2),
    "raise": Pose((-150, -172), (148, 168), (-7, -5), (7, 5)),
    "wave": Pose((-10, -4), (128, 172), (-4, -3), (5, 3), 2),
    "hold": Pose((-12, -2), (16, 142), (-4, -2), (5, 3)),
    "offer": Pose((-14, -6), (44, 108), (-5, -4), (6, 3), 1),
    "swing": Pose((-30, 40), (74, 128), (-18, -12), (20, 12), 5),
    "catch": Pose((-98, -148), (42, 74), (-20, -14), (18, 10), -4),
    "carry": Pose(left_arm=(-24, 22), right_arm=(8, 4), left_leg=(-4, -3), right_leg=(6, 4)),
    "rest": Pose(left_arm=(-10, -5), right_arm=(32, -20), left_leg=(-6, -4), right_leg=(7, 4)),
    "cross": Pose((-26, 78), (26, -74), (-5, -3), (5, 3)),
    "lunge": Pose((-70, -84), (52, 22), (-50, -14), (34, 40), -7),
}


@dataclass(slots=True)
class Body:
    """Where a posed person's joints are, in image pixels.

    Attributes:
        h: standing height.
        hip, neck, head: along the trunk.
        left, right: shoulder, elbow, wrist, hand of each arm.
        left_leg, right_leg: hip joint, knee, ankle, toe.
    """

    h: float
    hip: Point
    neck: Point
    head: Point
    left: list[Point] = field(default_factory=list)
    right: list[Point] = field(default_factory=list)
    left_leg: list[Point] = field(default_factory=list)
    right_leg: list[Point] = field(default_factory=list)

    def box(self, margin: float) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 around all joints."""
        points = np.array([self.head, self.hip, *self.left, *self.right, *self.left_leg, *self.right_leg])
        low, high = points.min(0) - margin, points.max(0) + margin
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def step(start: Point, degrees: float, length: float) -> Point:
    """The point ``length`` away; 0 degrees is down, 90 to the right."""
    return start[0] + length * float(np.sin(np.radians(degrees))), start[1] + length * float(
        np.cos(np.radians(degrees))
    )


def posed(pose: Pose, foot: Point, h: float) -> Body:
    """Place a skeleton ``h`` pixels tall so that its lowest ankle stands at ``foot``."""
    hip = (0.0, 0.0)
    neck = step(hip, 180 - pose.lean, 0.335 * h)
    head = step(neck, 180 - pose.lean * 1.3, 0.105 * h)
    body = Body(h, hip, neck, head)
    wide = 1 - 0.55 * pose.turn
    for side, arm, leg in ((-1, pose.left_arm, pose.left_leg), (1, pose.right_arm, pose.right_leg)):
        shoulder = (neck[0] + side * 0.094 * h * wide, neck[1] + 0.043 * h)
        elbow = step(shoulder, arm[0], 0.165 * h)
        wrist = step(elbow, arm[1], 0.145 * h)
        joint = (hip[0] + side * 0.044 * h * wide, hip[1] + 0.01 * h)
        knee = step(joint, leg[0], 0.24 * h)
        ankle = step(knee, leg[1], 0.23 * h)
        arm_points = [shoulder, elbow, wrist, step(wrist, arm[1], 0.045 * h)]
        toe = (ankle[0] + (0.055 if pose.turn > 0.3 else side * 0.028) * h, ankle[1] + 0.026 * h)
        if side < 0:
            body.left, body.left_leg = arm_points, [joint, knee, ankle, toe]
        else:
            body.right, body.right_leg = arm_points, [joint, knee, ankle, toe]
    low = max((body.left_leg[2], body.right_leg[2]), key=lambda p: p[1])
    return _moved(body, foot[0] - (hip[0] + low[0]) / 2, foot[1] - 0.03 * h - low[1])


def _moved(body: Body, dx: float, dy: float) -> Body:
    def to(p: Point) -> Point:
        return p[0] + dx, p[1] + dy

    limbs = [[to(p) for p in limb] for limb in (body.left, body.right, body.left_leg, body.right_leg)]
    return Body(body.h, to(body.hip), to(body.neck), to(body.head), *limbs)
