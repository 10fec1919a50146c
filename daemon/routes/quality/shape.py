"""Where the face is, how large, how turned, and how alone."""

from __future__ import annotations

import math

from daemon.routes.quality.look import Look


def second_face(look: Look) -> float:
    """Area of the second largest face as a share of the one judged, 0..1 for the largest."""
    area = max(look.face.box.area, 1.0)
    return min(1.0, max((face.box.area for face in look.others), default=0.0) / area)


def eye_distance(look: Look) -> float:
    """Distance of the eyes in pixels, the head's turn made good."""
    # Past 60 degrees the estimate of the turn is no more than a guess.
    return look.eyes_px / max(math.cos(math.radians(look.pose.yaw)), 0.5)


def head_share(look: Look) -> float:
    """Eye-to-chin distance as a share of the picture's height."""
    return look.chin_px / look.photo.size[1]


def left_margin(look: Look) -> float:
    """Room left of the eye on the picture's left, in eye distances."""
    return float(look.points[0][0]) / look.eyes_px


def right_margin(look: Look) -> float:
    """Room right of the eye on the picture's right, in eye distances."""
    return (look.photo.size[0] - float(look.points[1][0])) / look.eyes_px


def margin_above(look: Look) -> float:
    """Room above the eyes, in eye-chin distances."""
    return float(look.mid_eye[1]) / look.chin_px


def margin_below(look: Look) -> float:
    """Room below the eyes, in eye-chin distances."""
    return (look.photo.size[1] - float(look.mid_eye[1])) / look.chin_px
