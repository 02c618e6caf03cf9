"""What Django's permissions are here: administrators by role may do all that the administration offers."""

from django.contrib.auth.backends import BaseBackend
from django.db.models import Model

from portal.roles import Anyone, Role, has_role


class RoleBackend(BaseBackend):
    """Answers has_perm from the role. It logs nobody in."""

    def has_perm(self, user_obj: Anyone, perm: str, obj: Model | None = None) -> bool:
        return has_role(user_obj, Role.ADMINISTRATORS)

    def has_module_perms(self, user_obj: Anyone, app_label: str) -> bool:
        return has_role(user_obj, Role.ADMINISTRATORS)
