from tests.monitoring.conftest import campaign, recorded, register, watch

__all__ = ["campaign", "recorded", "register", "watch"]
