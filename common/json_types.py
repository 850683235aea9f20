"""What JSON and YAML hold before anybody has looked what it is."""

from __future__ import annotations

from typing import Any

JSONObject = dict[str, Any]
