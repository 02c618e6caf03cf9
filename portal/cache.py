"""The shared cache when there is a Redis: an outage of it must not take pages down with it."""

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

log = logging.getLogger(__name__)
AWAY = (RedisConnectionError, RedisTimeoutError)


class ForgivingRedisCache(RedisCache):
    """As Django's, but while Redis is away it remembers nothing instead of raising: what is cached here can be made anew.

    Log-in rate limits do not count during that time; the log says so.
    """

    def add(self, key: str, value: Any, *args: Any, **more: Any) -> bool:
        return self._or(True, super().add, key, value, *args, **more)

    def get(self, key: str, default: Any = None, *args: Any, **more: Any) -> Any:
        return self._or(default, super().get, key, default, *args, **more)

    def set(self, key: str, value: Any, *args: Any, **more: Any) -> None:
        self._or(None, super().set, key, value, *args, **more)

    def touch(self, key: str, *args: Any, **more: Any) -> bool:
        return self._or(False, super().touch, key, *args, **more)

    def delete(self, key: str, *args: Any, **more: Any) -> bool:
        return self._or(False, super().delete, key, *args, **more)

    def get_many(self, keys: Any, *args: Any, **more: Any) -> dict[str, Any]:
        return self._or({}, super().get_many, keys, *args, **more)

    def set_many(self, data: dict[str, Any], *args: Any, **more: Any) -> list[str]:
        return self._or(list(data), super().set_many, data, *args, **more)

    def incr(self, key: str, delta: int = 1, *args: Any, **more: Any) -> int:
        return self._or(delta, super().incr, key, delta, *args, **more)

    def has_key(self, key: str, *args: Any, **more: Any) -> bool:
        return self._or(False, super().has_key, key, *args, **more)

    @staticmethod
    def _or(otherwise: Any, call: Any, *args: Any, **more: Any) -> Any:
        try:
            return call(*args, **more)
        except AWAY as error:
            log.error("Redis is away, nothing is cached and log-in attempts are not counted: %s", error)
            return otherwise
